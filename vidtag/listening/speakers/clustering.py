"""Pieces of voices to speakers: agglomerative clustering that stops by itself, or at a number.

Pieces join by the mean cosine of their voiceprints (average linkage), the nearest first. Two groups
are two speakers if pieces of one are much less alike to those of the other than among themselves:
some voices are steadier than others, so that one cosine does not fit all. What is too short for a
voiceprint to be trusted takes no part. Then each piece goes to the speaker it is nearest to,
whatever else the same window took for one voice with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.listening.speakers.voice_stream import Piece

STOP = 0.65
"""Mean cosine between two groups below which they are two speakers, as a share of that within them
(docs/speakers.md)."""

_USUAL = 0.4
"""Mean cosine within a group, as long as little of it is known."""

_USUAL_WEIGHT = 8.0
"""Weight of that, in pairs of a second and a second."""

_TRUSTED = 0.7
"""Seconds of sound from which a voiceprint decides how many speakers there are."""

_FAINTEST = 2.5
"""Seconds below which a group is no speaker of its own, where the number is free."""

_BLOCK = 600
"""Pieces that are clustered at once, and groups that are kept for the next ones; bounds memory."""

_SURE = 0.4
"""Mean cosine down to which pieces join before they meet those of the next block."""

_SHARPNESS = 8.0
"""How fast probability falls with cosine, in units of e."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose a piece is: a speaker counted from 0, and how surely (0 to 1)."""

    speaker: int
    probability: float


@dataclass(frozen=True, eq=False)
class _Group:
    """Pieces that are one speaker's, as far as is known.

    Attributes:
        total: sum of their voiceprints, each as often as it has seconds.
        seconds: how often that is.
        squares: sum of the squares of each piece's seconds: what pieces have with themselves.
    """

    total: Floats
    seconds: float
    squares: float


@dataclass(frozen=True, slots=True)
class _Join:
    """Group ``b`` joins group ``a``; numbers count the groups there were before any joined.

    Attributes:
        cosine: the mean between the two.
        alike: that as a share of the mean within them.
    """

    a: int
    b: int
    cosine: float
    alike: float


def assign(
    pieces: Sequence[Piece], least: int = 1, most: int | None = None
) -> list[Assignment | None]:
    """Whose each piece is; None where nothing tells. Speakers are numbered as they come.

    Args:
        least, most: how many speakers there may be; there are fewer if there are fewer pieces.
    """
    printed = [one for one in pieces if one.voiceprint is not None]
    trusted = [one for one in printed if one.seconds >= _TRUSTED] or printed
    if not trusted:
        return [None] * len(pieces)
    groups: list[_Group] = []
    for first in range(0, len(trusted), _BLOCK):
        groups += [_single(one) for one in trusted[first : first + _BLOCK]]
        if len(trusted) > _BLOCK:
            groups = _fewer(groups, max(_BLOCK, least))
    speakers = _speakers(groups, least, most)
    centres = np.stack([_unit(group.total) for group in speakers])
    return _numbered_as_they_come(pieces, _placed(pieces, centres))


def same_voices(
    pieces: Sequence[Piece], assignments: Sequence[Assignment | None]
) -> tuple[tuple[int, ...], ...]:
    """Speakers who would be one, had their number not been asked for: each time all of one voice.

    Args:
        assignments: what ``assign`` gave.
    """
    of_speaker: dict[int, list[_Group]] = {}
    for piece, one in zip(pieces, assignments, strict=True):
        if one is not None and piece.voiceprint is not None:
            of_speaker.setdefault(one.speaker, []).append(_single(piece))
    speakers = sorted(of_speaker)
    if not speakers:
        return ()
    joins = _joins([_sum(of_speaker[speaker]) for speaker in speakers])
    voices = [{speaker} for speaker in speakers]
    for join in joins:
        if join.alike < STOP:
            break
        voices[join.a] |= voices[join.b]
        voices[join.b] = set()
    return tuple(tuple(sorted(voice)) for voice in voices if len(voice) > 1)


def _sum(groups: Sequence[_Group]) -> _Group:
    """All groups as one."""
    return _Group(
        np.sum([group.total for group in groups], axis=0, dtype=np.float32),
        sum(group.seconds for group in groups),
        sum(group.squares for group in groups),
    )


def _single(piece: Piece) -> _Group:
    assert piece.voiceprint is not None
    weight = max(piece.seconds, 1e-3)
    return _Group(piece.voiceprint * weight, weight, weight**2)


def _unit(total: Floats) -> Floats:
    result: Floats = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return result


def _fewer(groups: Sequence[_Group], most: int) -> list[_Group]:
    """Groups of which those that are surely one speaker's have joined, ``most`` at most."""
    joins = _joins(groups)
    sure = next((n for n, join in enumerate(joins) if join.cosine < _SURE), len(joins))
    return _joined(groups, joins[: max(sure, len(groups) - most)])


def _speakers(groups: Sequence[_Group], least: int, most: int | None) -> list[_Group]:
    """Groups that are a speaker each. How many there are is counted by those that are not faint."""
    joins = _joins(groups)
    counts = _not_faint(groups, joins)
    count = next((n for n, join in enumerate(joins) if join.alike < STOP), len(joins))
    while most is not None and count < len(joins) and counts[count] > most:
        count += 1
    if counts[count] < least:
        enough = [n for n, found in enumerate(counts) if found >= least]
        count = enough[-1] if enough else max(len(groups) - least, 0)
    loudest = sorted(_joined(groups, joins[:count]), key=lambda group: -group.seconds)
    kept = [g for n, g in enumerate(loudest) if n < least or g.seconds >= _FAINTEST]
    return kept or loudest[:1]


def _joins(groups: Sequence[_Group]) -> list[_Join]:
    """How groups join until there is one, the nearest first."""
    totals = np.stack([group.total for group in groups])
    seconds = np.array([group.seconds for group in groups], np.float32)
    squares = np.array([group.squares for group in groups], np.float32)
    near = (totals @ totals.T) / np.outer(seconds, seconds)
    np.fill_diagonal(near, -np.inf)
    left = np.ones(len(groups), bool)
    joins = []
    for _ in range(len(groups) - 1):
        a, b = divmod(int(near.argmax()), len(left))
        own = [_within(totals[n], float(seconds[n]), float(squares[n])) for n in (a, b)]
        cosine = float(near[a, b])
        joins.append(_Join(a, b, cosine, cosine / float(np.sqrt(own[0] * own[1]))))
        share = seconds[a] / (seconds[a] + seconds[b])
        row = share * near[a] + (1 - share) * near[b]
        left[b] = False
        row[~left] = row[a] = -np.inf
        near[a] = near[:, a] = row
        near[b] = near[:, b] = -np.inf
        seconds[a] += seconds[b]
        squares[a] += squares[b]
        totals[a] += totals[b]
    return joins


def _within(total: Floats, seconds: float, squares: float) -> float:
    """Mean cosine between two pieces of a group; the usual one, if it has few."""
    pairs = seconds**2 - squares
    cosines = float(total @ total) - squares
    return max((cosines + _USUAL * _USUAL_WEIGHT) / (pairs + _USUAL_WEIGHT), 0.1)


def _not_faint(groups: Sequence[_Group], joins: Sequence[_Join]) -> list[int]:
    """How many groups are loud enough to be speakers, before the first join and after each."""
    seconds = [group.seconds for group in groups]
    counts = [sum(one >= _FAINTEST for one in seconds)]
    for join in joins:
        both = seconds[join.a], seconds[join.b]
        seconds[join.a] = sum(both)
        change = (sum(both) >= _FAINTEST) - sum(one >= _FAINTEST for one in both)
        counts.append(counts[-1] + change)
    return counts


def _joined(groups: Sequence[_Group], joins: Sequence[_Join]) -> list[_Group]:
    """What is left of groups after they joined."""
    left: dict[int, _Group] = dict(enumerate(groups))
    for join in joins:
        left[join.a] = _sum((left[join.a], left.pop(join.b)))
    return [*left.values()]


def _placed(pieces: Sequence[Piece], centres: Floats) -> list[Assignment | None]:
    """Whose each piece is: of those that are near, by its voiceprint; without one, whose the
    nearest piece of the same voice is.
    """
    found: list[Assignment | None] = []
    for piece in pieces:
        if piece.voiceprint is None:
            found.append(None)
            continue
        cosines = centres @ piece.voiceprint
        chances = np.exp(_SHARPNESS * (cosines - cosines.max()))
        chosen = int(cosines.argmax())
        found.append(Assignment(chosen, float(chances[chosen] / chances.sum())))
    voices: dict[tuple[int, int], list[int]] = {}
    for number, piece in enumerate(pieces):
        voices.setdefault((piece.window, piece.voice), []).append(number)
    for numbers in voices.values():
        known = [n for n in numbers if found[n] is not None]
        for n in numbers:
            if found[n] is None and known:
                found[n] = found[min(known, key=lambda other: abs(other - n))]
    return found


def _numbered_as_they_come(
    pieces: Sequence[Piece], found: Sequence[Assignment | None]
) -> list[Assignment | None]:
    starts = sorted(
        (piece.start, one.speaker)
        for piece, one in zip(pieces, found, strict=True)
        if one is not None
    )
    number = {speaker: n for n, speaker in enumerate(dict.fromkeys(s for _, s in starts))}
    return [one and Assignment(number[one.speaker], one.probability) for one in found]
