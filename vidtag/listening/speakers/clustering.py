"""Local voices to speakers: agglomerative clustering that stops by itself, or at a number.

Voices join by the mean cosine of their voiceprints (average linkage), the nearest first. Two voices
that one window told apart hardly ever join. What is too short for a voiceprint to be trusted takes
no part, and goes to the nearest speaker afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.listening.speakers.voice_stream import LocalVoice

STOP = 0.35
"""Mean cosine below which two groups of voiceprints are two speakers (docs/speakers.md)."""

_APART = 0.25
"""Taken off the cosine of two groups by the share of the smaller one's windows that both are in."""

_TRUSTED = 1.0
"""Seconds of sound from which a voiceprint decides how many speakers there are."""

_FAINTEST = 2.5
"""Seconds below which a group is no speaker of its own, where the number is free."""

_BLOCK = 1500
"""Voices clustered at once; bounds memory."""

_SURE = 0.6
"""Mean cosine down to which voices of one block join before they meet those of the next."""

_SHARPNESS = 8.0
"""How fast probability falls with cosine, in units of e."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose a local voice is: a speaker counted from 0, and how surely (0 to 1)."""

    speaker: int
    probability: float


@dataclass(eq=False)
class _Group:
    """Voices that are one speaker's, as far as is known.

    Attributes:
        total: sum of their voiceprints, each as often as it has seconds.
        seconds: how often that is.
        windows: those that have a voice of it.
    """

    members: list[int]
    total: Floats
    seconds: float
    windows: frozenset[int]


def assign(
    voices: Sequence[LocalVoice], least: int = 1, most: int | None = None
) -> list[Assignment | None]:
    """Whose each voice is; None where nothing tells. Speakers are numbered as they come.

    Args:
        least, most: how many speakers there may be; there are fewer if there are fewer voices.
    """
    trusted = [
        n for n, v in enumerate(voices) if v.voiceprint is not None and v.seconds >= _TRUSTED
    ]
    if not trusted:
        trusted = [n for n, voice in enumerate(voices) if voice.voiceprint is not None]
    if not trusted:
        return [None] * len(voices)
    groups: list[_Group] = []
    for first in range(0, len(trusted), _BLOCK):
        block = [_single(n, voices[n]) for n in trusted[first : first + _BLOCK]]
        if len(trusted) > _BLOCK:
            block = _joined(block, _SURE, least, None)
        groups += block
    groups = _joined(groups, STOP, least, most)
    groups = _without_faint(groups, least)
    centres = np.stack([_unit(group.total) for group in groups])
    owner = {n: number for number, group in enumerate(groups) for n in group.members}
    found = _place(voices, centres, owner)
    return _numbered_as_they_come(voices, found)


def _single(number: int, voice: LocalVoice) -> _Group:
    assert voice.voiceprint is not None
    weight = max(voice.seconds, 1e-3)
    return _Group([number], voice.voiceprint * weight, weight, frozenset((voice.window,)))


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
    cosine = (totals @ totals.T) / np.outer(weights, weights)
    presence = _presence(groups)
    shared, windows = presence @ presence.T, presence.sum(axis=1)
    near = cosine - _APART * np.minimum(shared / np.minimum.outer(windows, windows), 1.0)
    np.fill_diagonal(near, -np.inf)
    left: list[_Group | None] = list(groups)
    while count > max(least, 1):
        a, b = divmod(int(near.argmax()), len(left))
        if near[a, b] < stop and (most is None or count <= most):
            break
        one, other = left[a], left[b]
        assert one is not None
        assert other is not None
        share = weights[a] / (weights[a] + weights[b])
        cosine[a] = cosine[:, a] = share * cosine[a] + (1 - share) * cosine[b]
        shared[a] = shared[:, a] = shared[a] + shared[b]
        weights[a] += weights[b]
        windows[a] += windows[b]
        row = cosine[a] - _APART * np.minimum(shared[a] / np.minimum(windows, windows[a]), 1.0)
        row[[a, *(n for n, group in enumerate(left) if group is None), b]] = -np.inf
        near[a] = near[:, a] = row
        near[b] = near[:, b] = -np.inf
        left[a] = _Group(
            one.members + other.members,
            one.total + other.total,
            one.seconds + other.seconds,
            one.windows | other.windows,
        )
        left[b] = None
        count -= 1
    return [group for group in left if group is not None]


def _presence(groups: Sequence[_Group]) -> Floats:
    """1 where a group has a voice in a window, shape (groups, windows)."""
    column = {w: n for n, w in enumerate(sorted({w for g in groups for w in g.windows}))}
    presence = np.zeros((len(groups), len(column)), np.float32)
    for row, group in enumerate(groups):
        presence[row, [column[window] for window in group.windows]] = 1.0
    return presence


def _without_faint(groups: list[_Group], least: int) -> list[_Group]:
    """Groups without those too faint to be speakers, as long as enough are left."""
    loudest = sorted(groups, key=lambda group: -group.seconds)
    kept = [g for n, g in enumerate(loudest) if n < least or g.seconds >= _FAINTEST]
    return kept or loudest[:1]


def _place(
    voices: Sequence[LocalVoice], centres: Floats, owner: dict[int, int]
) -> list[Assignment | None]:
    """Whose each voice is, by the group it is in, or else by the nearest that its window leaves."""
    by_window: dict[int, list[int]] = {}
    for number, voice in enumerate(voices):
        by_window.setdefault(voice.window, []).append(number)
    found: list[Assignment | None] = [None] * len(voices)
    for numbers in by_window.values():
        taken = {owner[n] for n in numbers if n in owner}
        for n in sorted(numbers, key=lambda n: (n not in owner, -voices[n].seconds)):
            voiceprint = voices[n].voiceprint
            if voiceprint is None:
                continue
            cosines = centres @ voiceprint
            if n in owner:
                chosen = owner[n]
            else:
                free = [s for s in range(len(centres)) if s not in taken]
                chosen = max(free or range(len(centres)), key=lambda s: cosines[s])
                taken.add(chosen)
            weights = np.exp(_SHARPNESS * (cosines - cosines.max()))
            found[n] = Assignment(chosen, float(weights[chosen] / weights.sum()))
    return found


def _numbered_as_they_come(
    voices: Sequence[LocalVoice], found: Sequence[Assignment | None]
) -> list[Assignment | None]:
    starts = sorted(
        (voice.stretches[0].start, one.speaker)
        for voice, one in zip(voices, found, strict=True)
        if one is not None
    )
    number = {speaker: n for n, speaker in enumerate(dict.fromkeys(s for _, s in starts))}
    return [one and Assignment(number[one.speaker], one.probability) for one in found]
