"""Pieces of voices to speakers: agglomerative clustering that stops by itself, or at a number.

Pieces join by the mean cosine of their voiceprints (average linkage), the nearest first. What is
too short for a voiceprint to be trusted takes no part. Then each piece goes to the speaker it is
nearest to, whatever else the same window took for one voice with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.listening.speakers.voice_stream import Piece

STOP = 0.27
"""Mean cosine below which two groups of voiceprints are two speakers (docs/speakers.md)."""

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
    """

    total: Floats
    seconds: float


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
            groups = _joined(groups, _SURE, least, max(_BLOCK, least))
    groups = _without_faint(_joined(groups, STOP, least, most), least)
    centres = np.stack([_unit(group.total) for group in groups])
    return _numbered_as_they_come(pieces, _placed(pieces, centres))


def _single(piece: Piece) -> _Group:
    assert piece.voiceprint is not None
    weight = max(piece.seconds, 1e-3)
    return _Group(piece.voiceprint * weight, weight)


def _unit(total: Floats) -> Floats:
    result: Floats = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return result


def _joined(groups: list[_Group], stop: float, least: int, most: int | None) -> list[_Group]:
    """Join groups, nearest first, until none are nearer than ``stop``, and there are neither too
    many nor fewer than ``least``.
    """
    count = len(groups)
    if count < 2:
        return groups
    totals = np.stack([group.total for group in groups])
    weights = np.array([group.seconds for group in groups], np.float32)
    near = (totals @ totals.T) / np.outer(weights, weights)
    np.fill_diagonal(near, -np.inf)
    left = np.ones(count, bool)
    while count > max(least, 1):
        a, b = divmod(int(near.argmax()), len(left))
        if near[a, b] < stop and (most is None or count <= most):
            break
        share = weights[a] / (weights[a] + weights[b])
        row = share * near[a] + (1 - share) * near[b]
        left[b] = False
        row[~left] = row[a] = -np.inf
        near[a] = near[:, a] = row
        near[b] = near[:, b] = -np.inf
        weights[a] += weights[b]
        totals[a] += totals[b]
        count -= 1
    return [_Group(totals[n], float(weights[n])) for n in np.flatnonzero(left)]


def _without_faint(groups: list[_Group], least: int) -> list[_Group]:
    """Groups without those too faint to be speakers, as long as enough are left."""
    loudest = sorted(groups, key=lambda group: -group.seconds)
    kept = [g for n, g in enumerate(loudest) if n < least or g.seconds >= _FAINTEST]
    return kept or loudest[:1]


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
