"""How loud sound is, frame by frame, where it is quiet, and where it begins; pure.

A level is the mean square of a frame in decibels relative to full scale (dBFS): a square wave of
full scale has 0 dBFS. Frames follow one another without overlap.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from vidtag.media.samples import SAMPLE_RATE, Samples

Floats: TypeAlias = npt.NDArray[np.float64]
AnyFloats = TypeVar("AnyFloats", npt.NDArray[np.float32], npt.NDArray[np.float64])

FRAME = SAMPLE_RATE // 100
"""Samples in a frame, unless another length is given."""

FRAME_SECONDS = FRAME / SAMPLE_RATE
"""10 ms: one or two periods of a low voice, so that the level does not follow each period."""

SILENCE_DB = -120.0
"""Level of digital silence. All else in a recording of 16 bits is louder: a single sample of the
least value gives its frame -112 dBFS."""

AUDIBLE_DB = -50.0
"""Level that a sound must reach for a frame to be an event. What is softer lies some 25 dB below
ordinary speech, where recordings have the noise of their room."""

QUIET_BEFORE_ONSET = 25
"""Frames (0.25 s) that must be quiet before a sound for it to begin there: longer than the pauses
within words and the gap between two ``ha`` of a laugh."""

_ROUNDING_DB = -100.0
"""About the noise that rounding to 16 bits makes (-101 dBFS). It is added before pauses are looked
for, or digital silence would pull the threshold below the noise of the other pauses."""

_QUIETEST, _LOUDEST = 5, 90
"""Percentiles of the levels that count as the quietest and the loudest of a recording: a dropout
or a click is neither."""


def frame_power(audio: Samples, frame: int = FRAME) -> Floats:
    """Mean square of each whole frame, shape ``(frames,)``; what is left at the end is not used.

    Args:
        audio: shape ``(samples,)``.
        frame: samples in a frame.
    """
    whole = audio[: len(audio) // frame * frame].reshape(-1, frame)
    power: Floats = np.square(whole, dtype=np.float64).mean(axis=1)
    return power


def dbfs(power: Floats) -> Floats:
    """The level of each mean square; ``SILENCE_DB`` at least."""
    levels: Floats = 10 * np.log10(np.maximum(power, mean_square(SILENCE_DB)))
    return levels


def mean_square(level: float) -> float:
    """The mean square that has a level, in dBFS; for a difference in decibels, the factor."""
    return float(10 ** (level / 10))


def pause_levels(power: Floats) -> Floats:
    """The levels in which pauses are looked for: as if the recording were rounded to 16 bits."""
    return dbfs(power + mean_square(_ROUNDING_DB))


def is_audible(audio: Samples) -> bool:
    """Whether any frame reaches ``AUDIBLE_DB``."""
    return bool((frame_power(audio) >= mean_square(AUDIBLE_DB)).any())


def loudest_before(levels: AnyFloats) -> AnyFloats:
    """The greatest of the ``QUIET_BEFORE_ONSET`` values before each that has so many before it.

    Args:
        levels: levels or mean squares, shape ``(..., frames)``.

    Returns:
        Shape ``(..., frames - QUIET_BEFORE_ONSET)``.
    """
    windows = sliding_window_view(levels[..., :-1], QUIET_BEFORE_ONSET, axis=-1)
    loudest: AnyFloats = windows.max(axis=-1)
    return loudest


def highest_near(values: Floats, reach: int) -> Floats:
    """The highest of each value and of ``reach`` before and after it, shape ``(values,)``."""
    around = sliding_window_view(np.pad(values, reach, "edge"), 2 * reach + 1)
    highest: Floats = around.max(axis=-1)
    return highest


def find_pauses(
    audio: Samples, *, below: float, shortest: int, frame: int = FRAME, smooth: int = 1
) -> npt.NDArray[np.int64]:
    """Where a recording of speech is quiet for a while.

    Args:
        audio: shape ``(samples,)``.
        below: how far from the quietest to the loudest, in decibels, quiet reaches; 0 to 1.
        shortest: frames that a pause lasts at least.
        frame: samples in a frame.
        smooth: frames that a level is the mean of; odd.

    Returns:
        Shape ``(pauses, 2)``: the first frame of each pause, and the first after it.
    """
    power = frame_power(audio, frame)
    if len(power) < max(shortest, smooth):
        return np.zeros((0, 2), np.int64)
    if smooth > 1:
        power = np.convolve(power, np.full(smooth, 1 / smooth), "same")
    levels = pause_levels(power)
    low, high = np.percentile(levels, (_QUIETEST, _LOUDEST))
    quiet = np.concatenate(([False], levels < low + (high - low) * below, [False]))
    edges = np.flatnonzero(np.diff(quiet)).reshape(-1, 2)
    return edges[edges[:, 1] - edges[:, 0] >= shortest]


def quietest(values: Floats, width: int, *, last: bool = False) -> int:
    """Where the run of ``width`` values begins whose mean is least.

    Args:
        values: of at least ``width`` frames: levels, mean squares, or how much of a voice each has.
        last: of runs with the same mean the last counts, not the first.
    """
    means = np.convolve(values, np.full(width, 1 / width), "valid")
    if last:
        return len(means) - 1 - int(np.argmin(means[::-1]))
    return int(np.argmin(means))


class LevelMeter:
    """The level of every frame of a stream; what is left at the end counts as a frame."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.float32)
        self._levels: list[Samples] = []
        self._samples = 0

    def feed(self, chunk: Samples) -> None:
        """Take the next samples, any number."""
        self._samples += len(chunk)
        audio = np.concatenate([self._rest, np.asarray(chunk, np.float32)])
        self._rest = audio[len(audio) // FRAME * FRAME :]
        self._levels.append(dbfs(frame_power(audio)).astype(np.float32))

    def finish(self) -> tuple[npt.NDArray[np.float32], int]:
        """Levels in dBFS, shape ``(frames,)``, and the number of samples; to be called once."""
        if len(self._rest):
            rest = frame_power(self._rest, len(self._rest))
            self._levels.append(dbfs(rest).astype(np.float32))
        return np.concatenate([np.zeros(0, np.float32), *self._levels]), self._samples
