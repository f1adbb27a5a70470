"""Which part of a wide picture draws the eye, so that a narrow one can be cropped from it.

Motion and fine detail draw the eye, and the middle more than the sides; the bottom does not count,
because captions are there. The part is chosen once per shot and stays: a crop that moves about
looks like a mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.media.ffmpeg import input_file, run

SAMPLES = 4
"""Pictures per second that are compared."""

WIDTH, HEIGHT = 128, 72
"""Their size in pixels, whatever the aspect ratio of the source."""

_DETAIL = 0.25
"""Weight of all edges of a shot against all its motion: scenery has edges too."""

_LEAST_MOTION = 0.02
"""Mean grey levels of change in a shot below which nothing moves."""

_MIDDLE = 0.5
"""Standard deviation, as a share of the picture, of the bell curve that favours the middle."""

_CAPTIONS = 0.2
"""Share of the picture, at the bottom, that does not count."""

_NOISE = 1.0
"""Grey levels of change that are noise, not motion."""


@dataclass(frozen=True, slots=True)
class Focus:
    """Where the middle of the crop is from ``start`` on: 0 is left or top, 1 right or bottom."""

    start: float
    x: float
    y: float


def find_focus(clip: Path, shots: Sequence[float], width: float, height: float) -> list[Focus]:
    """Where the middle of a crop should be in each shot of a clip.

    Args:
        clip: a video file.
        shots: seconds of the clip at which a new shot begins, ascending.
        width, height: size of the crop, as shares of the picture.

    Raises:
        ToolError: the clip cannot be read.
    """
    reduced = input_file(clip).video.filter("fps", SAMPLES).filter("scale", WIDTH, HEIGHT)
    data = run(ffmpeg.output(reduced, "pipe:1", format="rawvideo", pix_fmt="gray"), path=clip)
    pictures = np.frombuffer(data, np.uint8).reshape(-1, HEIGHT, WIDTH).astype(np.float32)
    starts = [0.0, *(time for time in shots if time > 0)]
    found = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else np.inf
        times = np.arange(len(pictures)) / SAMPLES
        # A sample next to a cut may show the other shot.
        inside = pictures[(times >= start + 0.5 / SAMPLES) & (times < end - 0.5 / SAMPLES)]
        x, y = best_window(saliency(inside), width, height)
        found.append(Focus(start, x, y))
    return found


def saliency(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each pixel of a shot draws the eye.

    Args:
        pictures: grey levels, pictures x HEIGHT x WIDTH.

    Returns:
        HEIGHT x WIDTH.
    """
    if not len(pictures):
        return np.zeros((HEIGHT, WIDTH), np.float32)
    mean = pictures.mean(axis=0)
    edges = np.abs(np.gradient(mean, axis=0)) + np.abs(np.gradient(mean, axis=1))
    weights = _share(edges) * _DETAIL
    if len(pictures) > 1:
        changes = np.abs(np.diff(pictures, axis=0)) - _NOISE
        motion = np.maximum(changes, 0).mean(axis=0)
        if motion.mean() >= _LEAST_MOTION:
            weights += _share(motion)
    distance = (np.arange(WIDTH) + 0.5) / WIDTH - 0.5
    return np.asarray(weights * np.exp(-((distance / _MIDDLE) ** 2) / 2), np.float32)


def _share(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each pixel's share of the sum, without the bottom, where captions are."""
    kept = np.array(weights, np.float32)
    kept[round(HEIGHT * (1 - _CAPTIONS)) :] = 0
    return np.asarray(kept / max(float(kept.sum()), 1e-9), np.float32)


def best_window(weights: NDArray[np.float32], width: float, height: float) -> tuple[float, float]:
    """Middle of the window that holds most, as shares of the picture; the middle one of equals.

    Args:
        weights: how much each pixel counts, rows x columns.
        width, height: size of the window, as shares of the picture.
    """
    return _best_middle(weights.sum(axis=0), width), _best_middle(weights.sum(axis=1), height)


def _best_middle(weights: NDArray[np.float32], length: float) -> float:
    """:func:`best_window` along one side of the picture."""
    count = max(1, min(weights.size, round(length * weights.size)))
    sums = np.convolve(weights, np.ones(count, np.float32), "valid")
    middles = (np.arange(sums.size) + count / 2) / weights.size
    best = np.flatnonzero(sums >= sums.max() * (1 - 1e-4))
    return float(min(middles[best], key=lambda middle: abs(middle - 0.5)))
