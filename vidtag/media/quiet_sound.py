"""Quiet recordings made louder before they are listened to: of a microphone that stood far away, or
a track that was recorded low. Pure.

Models and thresholds expect sound about as loud as people record it; twenty decibels below that no
laugh and no applause is found. Raised is what lies low as a whole, not what is quiet beside louder
sound, and never so far that the noise of a room would be heard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from vidtag.media.level import AUDIBLE_DB, FRAME, SILENCE_DB, dbfs, mean_square
from vidtag.media.samples import SAMPLE_RATE, Samples

LOUD_DB = -36.0
"""Level to which the loud parts of a quiet recording are raised. What is louder stays as it is."""

TOP_DB = -18.0
"""Level to which the loudest fifth of a second of a chunk is raised at most: a laugh at its usual
level, in a room where hardly anything else is heard, stays as it is."""

HUSHED_DB = AUDIBLE_DB - 5.0
"""Level up to which its quiet parts are raised: they are not to become audible."""

MOST_DB = 40.0
"""Decibels by which sound is raised at most: the noise of 16 bits (-101 dBFS) stays inaudible."""

_HUSHED, _LOUD = 0.05, 0.9
"""Shares of the frames that are no louder than a recording's quiet, and than its loud parts."""

_TOP = SAMPLE_RATE // FRAME // 5
"""Frames that are louder than all others: a click is none by itself."""

_RAMP = SAMPLE_RATE
"""Samples over which a gain rises to a higher one; it falls at once."""

_STEPS = round(-SILENCE_DB)

_Counts = npt.NDArray[np.int64]
"""How many frames have which level, in whole decibels from ``SILENCE_DB`` to 0."""


class Gain:
    """By how much sounds are raised that keep their levels beside each other."""

    def __init__(self) -> None:
        self._heard = _counts(())
        self._waiting: deque[_Counts] = deque()
        self._last: float | None = None
        self._audible = self._raised = 0.0

    @property
    def mean(self) -> float:
        """Decibels by which what is audible was raised, on average over its frames."""
        return self._raised / max(1.0, self._audible)

    def hear(self, sounds: Sequence[Samples]) -> None:
        """Take the next chunk of each into account."""
        self._waiting.append(_counts(sounds))
        self._heard += self._waiting[-1]

    def applied(self, sounds: Sequence[Samples]) -> list[Samples]:
        """The chunk of each that follows the one before; it was heard, and perhaps others after it.

        A chunk that is louder than the rest counts by itself. One that would be inaudible all the
        same stays as it is.
        """
        own = self._waiting.popleft()
        gain = max(0.0, self._room(own)) if own.any() else 0.0
        audible = int(own[max(0, round(AUDIBLE_DB - gain - SILENCE_DB)) :].sum())
        if not audible:
            return list(sounds)
        first = gain if self._last is None else min(self._last, gain)
        self._last = gain
        self._audible += audible
        self._raised += gain * audible
        return [_amplified(sound, first, gain) if gain else sound for sound in sounds]

    def _room(self, own: _Counts) -> float:
        loud = max(_level(self._heard, _LOUD), _level(own, _LOUD))
        top = _level(own, 1 - _TOP / max(_TOP, own.sum()))
        hushed = _level(self._heard, _HUSHED)
        return min(LOUD_DB - loud, TOP_DB - top, HUSHED_DB - hushed, MOST_DB)


def raised(
    chunks: Iterable[Sequence[Samples]], gains: Sequence[Gain]
) -> Iterator[Sequence[Samples]]:
    """Sound made louder by what is known of it up to the chunk that follows.

    Args:
        chunks: a chunk of each of one or more sounds, of shape ``(samples,)`` each.
        gains: one for all of them, or one for each.
    """

    def shared(chunk: Sequence[Samples]) -> Sequence[Sequence[Samples]]:
        return [chunk] if len(gains) == 1 else [[sound] for sound in chunk]

    def louder(chunk: Sequence[Samples]) -> list[Samples]:
        return [
            sound
            for gain, own in zip(gains, shared(chunk), strict=True)
            for sound in gain.applied(own)
        ]

    waiting: Sequence[Samples] | None = None
    for chunk in chunks:
        for gain, own in zip(gains, shared(chunk), strict=True):
            gain.hear(own)
        if waiting is not None:
            yield louder(waiting)
        waiting = chunk
    if waiting is not None:
        yield louder(waiting)


def _counts(sounds: Sequence[Samples]) -> _Counts:
    """The levels of all frames. A constant offset is no sound, and digital silence no part of a
    recording."""
    counts = np.zeros(_STEPS + 1, np.int64)
    for sound in sounds:
        frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
        levels = np.round(dbfs(frames.var(axis=1, dtype=np.float64)) - SILENCE_DB).astype(np.int64)
        counts += np.bincount(np.minimum(levels, _STEPS), minlength=_STEPS + 1)
    counts[0] = 0
    return counts


def _level(counts: _Counts, share: float) -> float:
    """The level that this share of the frames does not exceed, in dBFS."""
    return float(np.searchsorted(np.cumsum(counts), share * int(counts.sum()))) + SILENCE_DB


def _amplified(sound: Samples, first: float, gain: float) -> Samples:
    factors = np.full(len(sound), mean_square(gain) ** 0.5, np.float32)
    ramp = np.linspace(first, gain, min(_RAMP, len(sound)), endpoint=False)
    factors[: len(ramp)] = 10 ** (ramp / 20)
    centred = np.where(sound, sound - sound.mean(dtype=np.float64), 0.0).astype(np.float32)
    louder: Samples = np.clip(centred * factors, -1.0, 1.0)
    return louder
