"""Texts as pieces, with the times between which each may be emitted."""

from __future__ import annotations

from dataclasses import dataclass

from sentencepiece import SentencePieceProcessor

from tools.pocket import grammar
from tools.pocket.mix import Unit, text_of
from tools.pocket.network import BLANK

EARLY, LATE, OVER = 0.05, 0.11, 0.10
"""Seconds: a unit's first piece may be emitted from EARLY before its start until LATE after it,
the rest of it until OVER after its end. One frame is 0.06 s, and the middle of the first window is
half a frame after the start, which is where a start is read off a frame."""
SPACE_EARLY = 0.35
"""Seconds before a unit's start from which a space of its own may be emitted."""
SPACE = "\u2581"


@dataclass(frozen=True)
class Target:
    """A text as pieces, and from when to when, in seconds, each may be emitted."""

    pieces: list[int]
    earliest: list[float]
    latest: list[float]


def target(
    pieces: SentencePieceProcessor, lang: str, parts: list[str], units: tuple[Unit, ...]
) -> Target:
    """The pieces of a text and the times at which CTC may emit them."""
    names = pieces.encode(text_of(lang, parts), out_type=str)
    earliest, latest = [], []
    previous = -1
    for name, number in zip(
        names, _owners(names, parts, 1 if lang in grammar.SPACED else 0), strict=True
    ):
        unit = units[number]
        if name == SPACE and number != previous and unit.exact:
            # Not the unit's onset: that is the piece after it.
            earliest.append(unit.earliest - SPACE_EARLY)
            latest.append(unit.latest)
            continue
        first = number != previous and name not in grammar.PUNCTUATION
        earliest.append(unit.earliest - EARLY)
        latest.append(unit.latest + LATE if first and unit.exact else unit.end + OVER)
        previous = number
    return Target([pieces.piece_to_id(name) for name in names], earliest, latest)


def _owners(names: list[str], parts: list[str], gap: int) -> list[int]:
    """The number of the unit that each piece belongs to, by counting characters."""
    ends, end = [], 0
    for part in parts:
        end += len(part)
        ends.append(end)
        end += gap
    out, at, number = [], 0, 0
    for name in names:
        lead = len(name) - len(name.lstrip(SPACE))
        while number + 1 < len(parts) and at + lead >= ends[number]:
            number += 1
        out.append(number)
        at += len(name)
    return out


@dataclass(frozen=True)
class Columns:
    """A target as CTC computes it: only the pieces that occur, each with its time.

    Attributes:
        ids: piece of each column, the blank first; a piece that comes twice in a row is one
            column, for CTC must know that it is the same again.
        earliest, latest: seconds between which the column may be emitted.
        numbers: the text as numbers of its columns.
    """

    ids: list[int]
    earliest: list[float]
    latest: list[float]
    numbers: list[int]


ALWAYS = 1e6
"""Seconds: the blank may be emitted from minus this to this."""


def columns(text: Target) -> Columns:
    """The columns of a text."""
    out = Columns([BLANK], [-ALWAYS], [ALWAYS], [])
    for piece, begin, end in zip(text.pieces, text.earliest, text.latest, strict=True):
        if out.numbers and out.ids[-1] == piece:
            out.latest[-1] = end
        else:
            out.ids.append(piece)
            out.earliest.append(begin)
            out.latest.append(end)
        out.numbers.append(len(out.ids) - 1)
    return out
