"""A transcript somebody brings: the words of a recording, with what times there are."""

from __future__ import annotations

from dataclasses import dataclass

from vidtag.core.origins import WordsFrom
from vidtag.core.records import Language


@dataclass(frozen=True, slots=True)
class TimedText:
    """Text that was said from ``start`` to ``end``: a word, or a piece of one.

    Attributes:
        text: as it is written, with the space before it.
        probability: how sure its writer was of it.
    """

    text: str
    start: float
    end: float
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """What was said in one stretch: a cue, a segment, or a line.

    Attributes:
        text: on one line.
        start, end: in seconds; 0 where nothing is known.
        language: one that the model knows; None where it is another.
        pieces: the text in pieces with times; none where no word has one.
        said: what each of several people says, where dashes tell them apart: the text, in parts.
    """

    text: str
    start: float
    end: float
    language: Language | None
    pieces: tuple[TimedText, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a recording.

    Attributes:
        source: where they are from.
        passages: in order; those with times do not overlap.
        notes: what of the file could not be read.
    """

    source: WordsFrom
    passages: tuple[GivenPassage, ...]
    notes: tuple[str, ...] = ()


def parts_words(before: str, after: str) -> bool:
    """Whether a space belongs between two words that are written on lines of their own.

    None does between ideographs and kana, nor between these and other letters.
    """
    return bool(before and after) and not (_is_unspaced(before[-1]) or _is_unspaced(after[0]))


def _is_unspaced(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uf900" <= character <= "\uffef"
