"""Which laughs and applauses are one recording that is played several times. Pure.

Each event is known by its landmarks: pairs of peaks of its spectrogram, as their pitches and the
time between them (Wang, An Industrial-Strength Audio Search Algorithm, ISMIR 2003). Level,
equalising and words in between leave enough of them. Events that share many at one offset in time
are the same recording, unless what is around them is the same, too: then a scene is shown again, or
music under both of them goes round. Time is linear in the number of events; memory does not depend
on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventSpan
from vidtag.listening.events.texture import BINS, HOP_SECONDS, Peaks, Texture

_FARTHEST, _NEAREST = 31, 2
"""Frames between the two peaks of a landmark."""
_APART = 32
"""Bins between them at most."""
_PARTNERS = 8
"""Later peaks that a peak makes landmarks with at most."""
_LONGEST = 20.0
"""Seconds of an event that are looked at; recordings of laughs are shorter."""
_REMEMBERED = 16
"""Events that are remembered for each landmark: the latest."""
_VOTES = 40
"""Landmarks that two events share at one offset, at least; by chance they share 20 at most."""
_MOMENTS = 10
"""Frames that these landmarks begin in, at least: a click or a word has fewer."""
_AROUND = (0.75, 2.5)
"""Seconds before and after an event, from and to, that must not be the same."""
_SAME_AROUND = 0.4
"""Share of the peaks that are the same around both, of the share that is the same in both, from
which on a scene is shown again."""
_FEW = 8
"""Peaks of which a share says nothing."""

_CODES = BINS * (2 * _APART + 1) * (_FARTHEST + 1)
_FRAMES = 1 << 12
"""More than the frames of the longest event."""

Codes = npt.NDArray[np.int64]


def recordings(spans: Sequence[EventSpan], texture: Texture) -> tuple[int | None, ...]:
    """For each span the number of the recording that it is, counted from 1 in the order of time;
    None for what is heard once.

    Args:
        spans: ordered by start.
        texture: of the whole recording.
    """
    if len(spans) < 2:
        return (None,) * len(spans)
    memory = _Memory()
    same: list[int] = []
    for number, span in enumerate(spans):
        codes, frames = _landmarks(_peaks_of(span, texture))
        found = memory.best(codes, frames)
        memory.add(number, codes, frames)
        is_same = found is not None and not _shown_again(spans[found[0]], span, found[1], texture)
        same.append(same[found[0]] if found is not None and is_same else number)
    several = sorted({first for number, first in enumerate(same) if first != number})
    numbers = {first: place for place, first in enumerate(several, 1)}
    return tuple(numbers.get(first) for first in same)


def _peaks_of(span: EventSpan, texture: Texture) -> Peaks:
    return texture.peaks_between(span.start, min(span.end, span.start + _LONGEST))


def _landmarks(peaks: Peaks) -> tuple[Codes, Codes]:
    """Landmarks as numbers below ``_CODES``, each once, and the frames in which they begin."""
    frames, bins = peaks // BINS, peaks % BINS
    partners = np.zeros(len(peaks), np.int64)
    codes: list[Codes] = [np.zeros(0, np.int64)]
    begin: list[Codes] = [np.zeros(0, np.int64)]
    for step in range(1, len(peaks)):
        later = frames[step:] - frames[:-step]
        if later.min() > _FARTHEST:
            break
        higher = bins[step:] - bins[:-step]
        fits = (later >= _NEAREST) & (later <= _FARTHEST) & (np.abs(higher) <= _APART)
        fits &= partners[:-step] < _PARTNERS
        partners[:-step] += fits
        code = (bins[:-step] * (2 * _APART + 1) + higher + _APART) * (_FARTHEST + 1) + later
        codes.append(code[fits])
        begin.append(frames[:-step][fits])
    once, first = np.unique(np.concatenate(codes), return_index=True)
    return once, np.concatenate(begin)[first]


class _Memory:
    """The events that had each landmark lately, and when in them it was."""

    def __init__(self) -> None:
        self._seen = np.full((_CODES, _REMEMBERED), -1, np.int32)
        self._next = np.zeros(_CODES, np.uint8)

    def add(self, number: int, codes: Codes, frames: Codes) -> None:
        """Remember an event's landmarks; the oldest of others are forgotten for it."""
        self._seen[codes, self._next[codes]] = number * _FRAMES + frames
        self._next[codes] = (self._next[codes] + 1) % _REMEMBERED

    def best(self, codes: Codes, frames: Codes) -> tuple[int, int] | None:
        """The earlier event that shares enough, and by how many frames it has them later."""
        entries = self._seen[codes].astype(np.int64)
        row, column = np.nonzero(entries >= 0)
        if not len(row):
            return None
        numbers, theirs = np.divmod(entries[row, column], _FRAMES)
        # Two frames side by side count together: what begins between two is in either.
        keys = numbers * (4 * _FRAMES) + (theirs - frames[row]) + 2 * _FRAMES
        offsets, which, votes = np.unique(keys, return_inverse=True, return_counts=True)
        follows = np.append(np.diff(offsets) == 1, False)
        together = votes + np.where(follows, np.roll(votes, -1), 0)
        place = int(together.argmax())
        if together[place] < _VOTES:
            return None
        near = (which == place) | (which == place + 1 if follows[place] else False)
        if len(np.unique(frames[row[near]])) < _MOMENTS:
            return None
        number, offset = divmod(int(offsets[place]), 4 * _FRAMES)
        return number, offset - 2 * _FRAMES


def _shown_again(before: EventSpan, after: EventSpan, offset: int, texture: Texture) -> bool:
    """Whether the sound around two events is the same, as it is in them.

    Args:
        offset: frames by which the earlier has later what both have.
    """
    # What the later event has at time t, the earlier one had at t + back.
    back = before.start - after.start + offset * HOP_SECONDS
    start = min(after.start, before.start - back)
    end = max(after.end, before.end - back)
    within = max(after.start, before.start - back), min(after.end, before.end - back)
    inside = _share(texture, *within, back)
    near, far = _AROUND
    outside = (
        _share(texture, start - far, start - near, back),
        _share(texture, end + near, end + far, back),
    )
    return any(share is not None and share > _SAME_AROUND * (inside or 1.0) for share in outside)


def _share(texture: Texture, start: float, end: float, back: float) -> float | None:
    """Share of the peaks between two moments that are there earlier, too; None if there are few."""
    if start < 0 or start + back < 0:
        return None
    own, earlier = (
        texture.peaks_between(start, end),
        texture.peaks_between(start + back, end + back),
    )
    if min(len(own), len(earlier)) < _FEW:
        return None
    near = np.concatenate((earlier - BINS, earlier, earlier + BINS))
    return float(np.isin(own, near).mean())
