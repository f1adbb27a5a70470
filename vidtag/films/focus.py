"""Where in a wide picture the eye goes, so that a narrow one can be cut out of it.

Motion and fine detail draw the eye; the middle and what is not at the bottom, where captions are,
a little more than the rest. The place is chosen once per shot and stays: a frame that wanders
about looks like a mistake.
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
"""Pictures per second that are looked at."""

WIDTH, HEIGHT = 128, 72
"""Their size in pixels, whatever the shape of the source."""

_DETAIL = 0.25
"""How much all edges of a shot count together, against all its movement: scenery has edges too."""

_LEAST_MOTION = 0.02
"""Mean grey levels of change in a shot below which nothing moves."""

_MIDDLE = 0.5
"""Width of the bell that favours the middle, as part of the picture."""

_CAPTIONS = 0.2
"""Part of the picture at the bottom that does not count."""

_STILL = 1.0
"""Grey levels of change that are noise, not movement."""


@dataclass(frozen=True, slots=True)
class Focus:
    """From a second of a clip on, where the middle of what matters is: 0 left or top, 1 right."""

    start: float
    x: float
    y: float


def find_focus(clip: Path, shots: Sequence[float], width: float, height: float) -> list[Focus]:
    """Where to look in each shot of a clip.

    Args:
        clip: a video file.
        shots: seconds of the clip at which a new shot begins, ascending.
        width, height: size of the window to choose, as parts of the picture.

    Raises:
        ToolError: the clip cannot be read.
    """
    small = input_file(clip).video.filter("fps", SAMPLES).filter("scale", WIDTH, HEIGHT)
    data = run(ffmpeg.output(small, "pipe:1", format="rawvideo", pix_fmt="gray"), path=clip)
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
    """How much each place of a shot draws the eye: HEIGHT x WIDTH, from n x HEIGHT x WIDTH."""
    if not len(pictures):
        return np.zeros((HEIGHT, WIDTH), np.float32)
    mean = pictures.mean(axis=0)
    seen = _share(np.abs(np.gradient(mean, axis=0)) + np.abs(np.gradient(mean, axis=1))) * _DETAIL
    if len(pictures) > 1:
        changes = np.abs(np.diff(pictures, axis=0)) - _STILL
        motion = np.maximum(changes, 0).mean(axis=0)
        if motion.mean() >= _LEAST_MOTION:
            seen += _share(motion)
    away = (np.arange(WIDTH) + 0.5) / WIDTH - 0.5
    return np.asarray(seen * np.exp(-((away / _MIDDLE) ** 2) / 2), np.float32)


def _share(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each place's share of the whole, without where captions are."""
    kept = np.array(seen, np.float32)
    kept[round(HEIGHT * (1 - _CAPTIONS)) :] = 0
    return np.asarray(kept / max(float(kept.sum()), 1e-9), np.float32)


def best_window(seen: NDArray[np.float32], width: float, height: float) -> tuple[float, float]:
    """Middle of the window that holds most, as parts of the picture; the middle one of equals.

    Args:
        seen: what there is to see, rows x columns.
        width, height: size of the window, as parts of the picture.
    """
    return _best(seen.sum(axis=0), width), _best(seen.sum(axis=1), height)


def _best(line: NDArray[np.float32], length: float) -> float:
    count = max(1, min(line.size, round(length * line.size)))
    held = np.convolve(line, np.ones(count, np.float32), "valid")
    middles = (np.arange(held.size) + count / 2) / line.size
    best = np.flatnonzero(held >= held.max() * (1 - 1e-4))
    return float(min(middles[best], key=lambda middle: abs(middle - 0.5)))
