"""Quiet recordings made louder before they are listened to: of a microphone that stood far away, or
a track that was recorded low. Pure.

Models and thresholds expect sound about as loud as people record it; twenty decibels below that no
laugh and no applause is found. Raised is what lies low as a whole, not what is quiet beside louder
sound, and never so far that the noise of a room would be heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from vidtag.media.level import AUDIBLE_DB, SILENCE_DB, dbfs, frame_power, mean_square
from vidtag.media.samples import SAMPLE_RATE, Samples

LOUD_DB = -36.0
"""Level to which the loud parts of a quiet recording are raised. What is louder stays as it is."""

HUSHED_DB = AUDIBLE_DB - 5.0
"""Level up to which its quiet parts are raised: they are not to become audible."""

MOST_DB = 40.0
"""Decibels by which sound is raised at most: the noise of 16 bits (-101 dBFS) stays inaudible."""

_HUSHED, _LOUD = 0.05, 0.9
"""Shares of the frames that are no louder than a recording's quiet, and than its loud parts."""

_RAMP = SAMPLE_RATE
"""Samples over which one gain becomes another."""


class Gain:
    """By how much sounds are raised that keep their levels beside each other.

    Attributes:
        most: the highest gain so far, in decibels.
    """

    def __init__(self) -> None:
        self._heard = _counts(())
        self._last: float | None = None
        self.most = 0.0

    def hear(self, sounds: Sequence[Samples]) -> None:
        """Take the next chunk of each into account."""
        self._heard += _counts(sounds)

    def applied(self, sounds: Sequence[Samples]) -> list[Samples]:
        """The chunk of each that follows the one before; it was heard, and perhaps others after it.

        A chunk that is louder than the rest counts by itself.
        """
        loud = max(_level(self._heard, _LOUD), _level(_counts(sounds), _LOUD))
        room = min(LOUD_DB - loud, HUSHED_DB - _level(self._heard, _HUSHED), MOST_DB)
        gain = max(0.0, room)
        last = gain if self._last is None else self._last
        self._last, self.most = gain, max(self.most, gain)
        if gain == last == 0.0:
            return list(sounds)
        return [_amplified(sound, last, gain) for sound in sounds]


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


def _counts(sounds: Sequence[Samples]) -> npt.NDArray[np.int64]:
    """How many frames have which level, in whole decibels from ``SILENCE_DB`` to 0. Digital silence
    is no part of a recording."""
    steps = round(-SILENCE_DB)
    counts = np.zeros(steps + 1, np.int64)
    for sound in sounds:
        levels = np.round(dbfs(frame_power(sound)) - SILENCE_DB).astype(np.int64)
        counts += np.bincount(np.minimum(levels, steps), minlength=steps + 1)
    counts[0] = 0
    return counts


def _level(counts: npt.NDArray[np.int64], share: float) -> float:
    """The level that this share of the frames does not exceed, in dBFS; 0 if there are none."""
    whole = int(counts.sum())
    return float(np.searchsorted(np.cumsum(counts), share * whole)) + SILENCE_DB if whole else 0.0


def _amplified(sound: Samples, last: float, gain: float) -> Samples:
    factors = np.full(len(sound), mean_square(gain) ** 0.5, np.float32)
    ramp = np.linspace(last, gain, min(_RAMP, len(sound)), endpoint=False)
    factors[: len(ramp)] = 10 ** (ramp / 20)
    louder: Samples = np.clip(sound * factors, -1.0, 1.0)
    return louder
