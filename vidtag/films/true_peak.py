"""Keeps sound below a true peak: what lies between samples counts too (ITU-R BS.1770-4)."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

_TIMES = 4
"""Points that are looked at per sample, as BS.1770 does at 48 kHz."""

_TAPS = 24
"""Samples on either side that a point between two is made of."""

_BLOCK = 96
"""Samples whose points are worked out at once."""

_REACH = 240
"""Samples over which the gain falls and rises again; 5 ms at 48 kHz."""

MARGIN = _TAPS + 2 * _REACH
"""Samples on either side that decide how much one sample is lowered."""

Sound = NDArray[np.float64]


def true_peaks(sound: Sound, above: float = 0.0) -> Sound:
    """Highest absolute value at and right after each sample, of any channel.

    Args:
        sound: samples x channels.
        above: what lies between samples is left out where it cannot be higher than that.
    """
    peaks: Sound = functools.reduce(np.maximum, np.abs(sound.T), np.zeros(len(sound)))
    if not len(sound):
        return peaks
    blocks = np.zeros((-(-len(sound) // _BLOCK) + 2, _BLOCK))
    inner = slice(_BLOCK, _BLOCK + len(sound))
    blocks.ravel()[inner] = peaks
    # A point is made of its block's samples and some of the blocks beside.
    highest = np.lib.stride_tricks.sliding_window_view(blocks.max(axis=1), 3).max(axis=1)
    loud = 1 + np.flatnonzero(highest * np.abs(_points()).sum(axis=0).max() > above)
    padded = np.zeros(blocks.size)
    for channel in sound.T:
        padded[inner] = channel
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(_points()))
        between = np.abs(windows[loud * _BLOCK - _TAPS + 1] @ _points())
        between = between.reshape(len(loud), _TIMES - 1, _BLOCK).max(axis=1)
        blocks[loud] = np.maximum(blocks[loud], between)
    return blocks.ravel()[inner]


def limit(sound: Sound, ceiling: float) -> Sound:
    """The sound, lowered smoothly about whatever exceeds a true peak, and else as it is.

    Args:
        sound: samples x channels.
        ceiling: amplitude of the highest true peak allowed.
    """
    peaks = true_peaks(sound, ceiling)
    if peaks.max(initial=0.0) <= ceiling:
        return sound
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # The lowest gain about each sample, then its mean over as many: never above what is wanted.
    width = 2 * _REACH + 1
    lowest = _lowest(np.pad(wanted, 2 * _REACH, constant_values=1.0), width)
    gain = np.convolve(lowest, np.full(width, 1 / width), "valid")
    limited: Sound = sound * gain[:, None]
    return limited


def _lowest(values: Sound, width: int) -> Sound:
    """The lowest of each ``width`` values in a row."""
    reached = 1
    while reached < width:
        # The lowest of twice as many, or of as many as are missing.
        step = min(reached, width - reached)
        values = np.minimum(values[:-step], values[step:])
        reached += step
    return values


@functools.cache
def _points() -> Sound:
    """Matrix that makes of a block's samples, and those that its points reach, the points a
    quarter, a half and three quarters after each: windowed sincs.

    Samples x points: all first quarters, then all halves, then all three quarters.
    """
    places = np.arange(-_TAPS + 1, _TAPS + 1)
    points = np.zeros((_BLOCK + 2 * _TAPS - 1, _TIMES - 1, _BLOCK))
    for step in range(1, _TIMES):
        offset = places - step / _TIMES
        kernel = np.sinc(offset) * np.cos(np.pi * offset / (2 * _TAPS)) ** 2
        for number in range(_BLOCK):
            points[number : number + 2 * _TAPS, step - 1, number] = kernel / kernel.sum()
    return points.reshape(len(points), -1)
