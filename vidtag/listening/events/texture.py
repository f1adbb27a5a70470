"""What a laugh is made of, kept of all sound to look at its spans once they are known.

Kept are the peaks of the spectrogram, by which a recording is known again, and how periodic each
moment is, by which one person is told from many. That is some 700 bytes a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from vidtag.media.samples import SAMPLE_RATE, Samples

HOP = 256
"""Samples from one frame to the next: 16 ms."""
HOP_SECONDS = HOP / SAMPLE_RATE
VOICE_SECONDS = 2 * HOP_SECONDS
"""From one answer about voices to the next."""

LENGTH = 1024
BINS = 256
"""Of the spectrum, below its highest; a bin is 15.6 Hz wide."""

_LOWEST = 13
"""Bin below which there are no peaks: hum and rumble, 200 Hz."""
_WIDE, _LONG = 5, 3
"""Bins and frames on each side that a peak is higher than."""
_PITCH_PERIODS = (SAMPLE_RATE // 600, SAMPLE_RATE // 75)
"""Samples of the period of a voice: 600 to 75 Hz."""
_VOICE_BINS = (6, 128)
"""94 to 2000 Hz: above that, noise of the room is as loud as a voice's overtones."""
_LEAST = 1e-4
"""Power of a peak that is more than the rounding of 16 bits."""
_BATCH = 512
"""Frames looked at at once; bounds memory."""

_WINDOW = np.hanning(LENGTH).astype(np.float32)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(_WINDOW)) ** 2)[: _PITCH_PERIODS[1]]
_OWN = (_OWN / _OWN[0]).astype(np.float32)

Peaks = npt.NDArray[np.int64]
"""``[n]`` peaks in the order of time: ``frame * BINS + bin``."""


@dataclass(frozen=True, slots=True)
class Texture:
    """What is kept of a recording.

    Attributes:
        peaks: of the spectrogram, in the order of time: ``frame * BINS + bin``; frame ``i`` is
            centred on sample ``i * HOP``.
        voicing: ``[n]``, one for every two frames, how like one period the next is, 0 to 1: near 1
            for one voice, about 0.3 for noise and for many voices.
    """

    peaks: Peaks
    voicing: npt.NDArray[np.float16]

    def peaks_between(self, start: float, end: float) -> Peaks:
        """Peaks between two moments, in seconds, counted from the first."""
        first = round(start / HOP_SECONDS)
        last = max(first, round(end / HOP_SECONDS))
        low, high = np.searchsorted(self.peaks, (first * BINS, last * BINS))
        return self.peaks[low:high] - first * BINS


class TextureMeter:
    """Takes the texture of a stream."""

    def __init__(self) -> None:
        self._kept: Samples = np.zeros(LENGTH // 2, np.float32)
        self._before = np.zeros((2 * _LONG, BINS), np.float32)
        self._frames = 0
        self._peaks: list[npt.NDArray[np.int64]] = []
        self._voicing: list[npt.NDArray[np.float16]] = []

    def feed(self, chunk: Samples) -> None:
        """Take the next samples, ``[n]`` float32 mono at 16 kHz, of any number."""
        self._kept = np.concatenate((self._kept, np.asarray(chunk, np.float32)))
        count = max((len(self._kept) - LENGTH) // HOP + 1, 0)
        for first in range(0, count, _BATCH):
            some = min(_BATCH, count - first)
            frames = sliding_window_view(
                self._kept[first * HOP : (first + some - 1) * HOP + LENGTH], LENGTH
            )[::HOP]
            self._take(frames)
        self._kept = self._kept[count * HOP :]

    def finish(self) -> Texture:
        """The texture of all that was fed; to be called once."""
        self.feed(np.zeros(LENGTH // 2 + _LONG * HOP, np.float32))
        return Texture(
            np.concatenate([np.zeros(0, np.int64), *self._peaks]),
            np.concatenate([np.zeros(0, np.float16), *self._voicing]),
        )

    def _take(self, frames: Samples) -> None:
        if not frames.any():  # gaps of hours shall cost nothing
            power = np.zeros((len(frames), BINS), np.float32)
            voicing = np.zeros((len(frames) + 1 - self._frames % 2) // 2, np.float32)
        else:
            spectra = np.fft.rfft(frames * _WINDOW, axis=1)
            whole = np.square(spectra.real) + np.square(spectra.imag)
            power = whole[:, :BINS].copy()
            voicing = _voicing(whole[self._frames % 2 :: 2])
        self._voicing.append(voicing.astype(np.float16))
        # The last frames wait for those after them.
        around = np.concatenate((self._before, power))
        self._before = around[-2 * _LONG :]
        found = _peaks(around)
        self._peaks.append(found + (self._frames - _LONG) * BINS)
        self._frames += len(frames)


def _voicing(power: npt.NDArray[np.floating]) -> Samples:
    """How like one period the next is, of spectra ``[frames, LENGTH / 2 + 1]``, 0 to 1."""
    power[:, : _VOICE_BINS[0]] = 0.0
    power[:, _VOICE_BINS[1] :] = 0.0
    correlation = np.fft.irfft(power, axis=1)
    first, last = _PITCH_PERIODS
    near = correlation[:, first:last] / _OWN[first:]
    best = near.max(axis=1) / np.maximum(correlation[:, 0], 1e-9)
    result: Samples = np.clip(best, 0.0, 1.0).astype(np.float32)
    return result


def _peaks(power: Samples) -> npt.NDArray[np.int64]:
    """Peaks of ``[frames, BINS]`` but the first and last frames, whose neighbours are not there."""
    if len(power) <= 2 * _LONG:
        return np.zeros(0, np.int64)
    along = _highest(power, 2 * _LONG + 1)
    padded = np.pad(along, ((0, 0), (_WIDE, _WIDE)))
    highest = _highest(padded.T, 2 * _WIDE + 1).T
    inner = power[_LONG:-_LONG]
    at = (inner >= highest) & (inner > _LEAST)
    at[:, :_LOWEST] = False
    found: npt.NDArray[np.int64] = np.flatnonzero(at)
    return found


def _highest(values: Samples, width: int) -> Samples:
    """The highest of each ``width`` successive rows."""
    highest, reach = values, 1
    while reach < width:
        step = min(reach, width - reach)
        highest = np.maximum(highest[:-step], highest[step:])
        reach += step
    return highest
