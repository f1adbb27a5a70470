"""Times carried over from one reading of a sentence to another, by dynamic time warping."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.fft import dct

from tools.pocket.sounds import RATE

HOP = 160
WINDOW = 400
Array = npt.NDArray[np.float64]


def carry_over(
    times: Sequence[float], known: npt.NDArray[np.floating], other: npt.NDArray[np.floating]
) -> list[float]:
    """Where moments of one sound, in seconds, are in another one that says the same."""
    a, b = _cepstra(known), _cepstra(other)
    path = warp(((a[:, None] - b[None]) ** 2).sum(2) ** 0.5)
    return [float(t) for t in np.interp(np.array(times) * RATE / HOP, *path) * HOP / RATE]


def _cepstra(audio: npt.NDArray[np.floating]) -> Array:
    """The shape of the spectrum every 10 ms, (frames, 13), each coefficient of unit spread."""
    padded = np.pad(audio, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(frames, 512)) ** 2
    edges = np.unique(np.geomspace(3, 256, 25).astype(int))
    bands = np.stack([power[:, a:b].sum(1) for a, b in pairwise(edges)], 1)
    logs = np.log(bands + 1e-6 * bands.max())
    shape: Array = dct(logs, norm="ortho")[:, :13]  # the first, loudness, tells pauses
    return (shape - shape.mean(0)) / (shape.std(0) + 1e-9)


def warp(cost: Array) -> tuple[Array, Array]:
    """The cheapest monotonic path through a matrix of costs, from corner to corner.

    Returns:
        Rows and columns of its steps.
    """
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0
    for diagonal in range(rows + columns - 1):  # the cells of a diagonal do not need each other
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        before = np.minimum(total[i, j], np.minimum(total[i, j + 1], total[i + 1, j]))
        total[i + 1, j + 1] = before + cost[i, j]
    i, j, path = rows, columns, []
    while i and j:
        path.append((i - 1, j - 1))
        options = (total[i - 1, j - 1], total[i - 1, j], total[i, j - 1])
        step = int(np.argmin(options))
        i, j = i - (step != 2), j - (step != 1)
    steps = np.array(path[::-1], float)
    return steps[:, 0], steps[:, 1]
