"""Fingerprints of sound that survive another loudness, codec and some noise.

A frame's fingerprint is 32 bits: whether the energy of neighbouring bands, and of the same bands a
moment before, rises or falls (Haitsma and Kalker, A Highly Robust Audio Fingerprinting System,
ISMIR 2002). Bands lie between 300 and 3000 Hz; a frame is 0.256 s long, and one begins every 16 ms.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from vidtag.media.samples import SAMPLE_RATE, Samples

HOP = 256
"""Samples from one fingerprint to the next: 16 ms."""

_LENGTH = 4096
_BANDS = 33
_LOWEST, _HIGHEST = 300.0, 3000.0
_BATCH = 2000
"""Frames transformed at once; bounds memory."""

_SET_BITS = np.array([value.bit_count() for value in range(256)], np.float32)
"""How many bits of a byte are set."""

Prints = npt.NDArray[np.uint32]


def fingerprints(chunks: Iterable[Samples]) -> tuple[Prints, npt.NDArray[np.float32]]:
    """Fingerprints of a recording, and how loud each frame is.

    Args:
        chunks: 16 kHz mono.

    Returns:
        Of ``n`` frames, shape (n,); frame ``i`` is centred on sample ``i * HOP``. Levels are in
        decibels below full scale.
    """
    edges = np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1)
    bins = np.searchsorted(np.fft.rfftfreq(_LENGTH, 1 / SAMPLE_RATE), edges)
    window = np.hanning(_LENGTH).astype(np.float32)
    kept = np.zeros(_LENGTH // 2, np.float32)
    prints: list[Prints] = []
    levels: list[npt.NDArray[np.float32]] = []
    before = np.zeros((1, _BANDS), np.float32)
    for chunk in (*chunks, np.zeros(_LENGTH // 2, np.float32)):
        kept = np.concatenate((kept, chunk))
        count = max((len(kept) - _LENGTH) // HOP + 1, 0)
        for first in range(0, count, _BATCH):
            some = min(_BATCH, count - first)
            frames = np.lib.stride_tricks.sliding_window_view(
                kept[first * HOP : (first + some - 1) * HOP + _LENGTH], _LENGTH
            )[::HOP]
            power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
            bands = np.log(np.add.reduceat(power, bins, axis=1)[:, :_BANDS] + 1e-9)
            bands = bands.astype(np.float32)
            steps = np.diff(bands, axis=1)
            rise = np.diff(np.concatenate((np.diff(before, axis=1), steps)), axis=0) > 0
            before = bands[-1:]
            prints.append(np.packbits(rise, axis=1).view(">u4")[:, 0].astype(np.uint32))
            mean = np.mean(np.square(frames), axis=1)
            levels.append((10 * np.log10(mean + 1e-12)).astype(np.float32))
        kept = kept[count * HOP :]
    if not prints:
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    return np.concatenate(prints), np.concatenate(levels)


def differing(one: Prints, other: Prints) -> npt.NDArray[np.float32]:
    """Share of the bits that differ, frame by frame."""
    unlike = np.ascontiguousarray(one ^ other).view(np.uint8).reshape(-1, 4)
    share: npt.NDArray[np.float32] = _SET_BITS[unlike].sum(axis=1) / np.float32(32)
    return share
