"""Keeps sound below a true peak: what lies between samples counts too (ITU-R BS.1770-4)."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

_TIMES = 4
"""Points that are looked at per sample, as BS.1770 does at 48 kHz."""

_TAPS = 24
"""Samples on either side that a point between two is made of."""

_REACH = 240
"""Samples over which the gain falls and rises again; 5 ms at 48 kHz."""

MARGIN = _TAPS + 2 * _REACH
"""Samples on either side that decide how much one sample is lowered."""

Sound = NDArray[np.float64]


def true_peaks(sound: Sound) -> Sound:
    """Highest absolute value at and right after each sample, of any channel.

    Args:
        sound: samples x channels.
    """
    peaks: Sound = np.abs(sound).max(axis=1, initial=0.0)
    if not len(sound):
        return peaks
    for kernel in _kernels():
        for channel in sound.T:
            between = np.convolve(channel, kernel)[_TAPS - 1 : _TAPS - 1 + len(channel)]
            peaks = np.maximum(peaks, np.abs(between))
    return peaks


def limit(sound: Sound, ceiling: float) -> Sound:
    """The sound, lowered smoothly about whatever exceeds a true peak, and else as it is.

    Args:
        sound: samples x channels.
        ceiling: amplitude of the highest true peak allowed.
    """
    peaks = true_peaks(sound)
    if peaks.max(initial=0.0) <= ceiling:
        return sound
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # The lowest gain about each sample, then its mean over as many: never above what is wanted.
    width = 2 * _REACH + 1
    padded = np.pad(wanted, 2 * _REACH, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, width).min(axis=1)
    gain = np.convolve(lowest, np.full(width, 1 / width), "valid")
    limited: Sound = sound * gain[:, None]
    return limited


@functools.cache
def _kernels() -> list[Sound]:
    """What makes the points a quarter, a half and three quarters after a sample: windowed sincs."""
    places = np.arange(-_TAPS + 1, _TAPS + 1)
    kernels = []
    for step in range(1, _TIMES):
        offset = places - step / _TIMES
        window = np.cos(np.pi * offset / (2 * _TAPS)) ** 2
        kernel = np.sinc(offset) * window
        # np.convolve turns it round.
        kernels.append((kernel / kernel.sum())[::-1])
    return kernels
