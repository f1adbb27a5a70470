"""Titles that stand in the picture already, low down, so that subtitles can keep clear of them.

A line of letters is a narrow band in which strokes stand close beside each other, that does not
move while the picture behind it may, with little above and below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.media.ffmpeg import input_file, stream
from vidtag.media.flag_runs import runs

_RATE = 2
"""Pictures per second that are compared."""

_WIDTH = 640
"""Pixels that a picture is wide for that."""

_FROM = 0.6
"""Share of the height from which on titles matter."""

_STROKE = 40.0
"""Grey levels from one pixel to the second next at the edge of a stroke."""

_BLOCK = 32
"""Pixels over which strokes are counted."""

_DENSE = 0.14
"""Share of a block's pixels that are edges of strokes in a line of letters."""

_FEWEST_BLOCKS = 3
"""Blocks side by side that a title takes: a tenth of the picture and a half."""

_LOWEST, _HIGHEST = 0.015, 0.1
"""Share of the picture's height that one line of letters has."""

_AROUND = 0.4
"""Share of its own density that may be above and below a line of letters."""

_SHORTEST = 1.5
"""Seconds that a title stands."""

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Title:
    """A line of letters in the picture; places in shares of its width and height."""

    start: float
    end: float
    left: float
    right: float
    top: float
    bottom: float


def find_titles(clip: Path, size: tuple[int, int]) -> list[Title]:
    """The lines of letters that stand low in a picture.

    Args:
        clip: a video file with square pixels.
        size: its width and height, as displayed.

    Raises:
        ToolError: the clip cannot be read.
    """
    height = round(size[1] * _WIDTH / size[0] / 2) * 2
    small = input_file(clip).video.filter("fps", _RATE).filter("scale", _WIDTH, height)
    output = ffmpeg.output(small, "pipe:1", format="rawvideo", pix_fmt="gray")
    standing: list[Title] = []
    done: list[Title] = []
    before: Grey | None = None
    with stream(output, path=clip) as data:
        number = 0
        while len(block := data.read(_WIDTH * height)) == _WIDTH * height:
            picture = np.frombuffer(block, np.uint8).reshape(height, _WIDTH)
            low = picture[round(_FROM * height) :].astype(np.float32)
            if before is not None:
                time = (number - 1) / _RATE, number / _RATE
                standing, gone = _continued(standing, text_lines(before, low, height), time)
                done += gone
            before = low
            number += 1
    # A title comes and goes between two pictures that are looked at.
    return [
        replace(one, start=max(one.start - 1 / _RATE, 0.0), end=one.end + 1 / _RATE)
        for one in done + standing
        if one.end - one.start >= _SHORTEST
    ]


def text_lines(before: Grey, after: Grey, height: int) -> list[tuple[float, float, float, float]]:
    """Lines of letters that are in both of two pictures.

    Args:
        before, after: grey levels of the lower part of the picture.
        height: rows of the whole picture.

    Returns:
        Left, right, top and bottom of each, in shares of the whole picture.
    """
    edges = [low[:, 2:] - low[:, :-2] for low in (before, after)]
    same = np.minimum(np.abs(edges[0]), np.abs(edges[1])) * (edges[0] * edges[1] > 0)
    strokes = np.pad(same > _STROKE, ((0, 0), (1, 1))).astype(np.float32)
    density = strokes.reshape(len(strokes), -1, _BLOCK).mean(axis=2)
    # Three rows together: a row through the bar of an E has no edge.
    padded = np.pad(density, ((1, 1), (0, 0)), mode="edge")
    density = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    found = []
    rows = np.array([_longest_run(row > _DENSE)[1] >= _FEWEST_BLOCKS for row in density])
    for first, end in runs(rows):
        share = (end - first) / height
        if not _LOWEST <= share <= _HIGHEST:
            continue
        inside = density[first:end].mean(axis=0)
        start, count = _longest_run(inside > _DENSE)
        if count < _FEWEST_BLOCKS:
            continue
        columns = slice(start, start + count)
        reach = max(2, (end - first) // 3)
        # Directly at the line there are the ends of letters.
        above = density[max(first - 2 - reach, 0) : max(first - 2, 0), columns]
        below = density[end + 2 : end + 2 + reach, columns]
        around = max((part.mean() for part in (above, below) if part.size), default=0.0)
        if around > _AROUND * inside[columns].mean():
            continue
        top = (round(_FROM * height) + first) / height
        found.append((start * _BLOCK / _WIDTH, (start + count) * _BLOCK / _WIDTH, top, top + share))
    return found


def _continued(
    standing: Sequence[Title],
    lines: Sequence[tuple[float, float, float, float]],
    time: tuple[float, float],
) -> tuple[list[Title], list[Title]]:
    """Titles that stand on or begin, and those that are gone."""
    start, end = time
    kept: list[Title] = []
    left_over = list(standing)
    for left, right, top, bottom in lines:
        same = next((one for one in left_over if one.top < bottom and one.bottom > top), None)
        if same is None:
            kept.append(Title(start, end, left, right, top, bottom))
            continue
        left_over.remove(same)
        kept.append(
            replace(
                same,
                end=end,
                left=min(same.left, left),
                right=max(same.right, right),
                top=min(same.top, top),
                bottom=max(same.bottom, bottom),
            )
        )
    return kept, left_over


def _longest_run(marks: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest stretch of true begins, and how long it is."""
    first, end = max(runs(marks), key=lambda run: run[1] - run[0], default=(0, 0))
    return first, end - first
