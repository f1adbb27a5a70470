"""The frame number as a row of black and white cells along the lower edge of a picture.

A picture read back from any copy of the video (cut, re-encoded, scaled) tells by it which frame
of the demo it is. The row is two guard cells (black, white), 16 bits of the number from the
highest to the lowest, and two cells of a checksum: the number's count of ones modulo four.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

CELLS = 20
MARGIN = 40 / 1280
"""Left edge of the row, as a share of the picture's width."""
CELL_WIDTH = 24 / 1280
"""As a share of the picture's width."""
HEIGHT = 12 / 720
"""As a share of the picture's height."""

Picture = NDArray[np.uint8]


def _bits(number: int) -> list[int]:
    value = [number >> bit & 1 for bit in range(15, -1, -1)]
    check = sum(value) % 4
    return [0, 1, *value, check >> 1, check & 1]


def _edges(width: int) -> list[int]:
    return [round((MARGIN + i * CELL_WIDTH) * width) for i in range(CELLS + 1)]


def draw(picture: Picture, number: int) -> None:
    """Write the number into an RGB picture of shape (height, width, 3), in place.

    Raises:
        ValueError: the number has no 16 bits.
    """
    if not 0 <= number < 1 << 16:
        raise ValueError(f"frame number {number} does not fit 16 bits")
    height, width = picture.shape[:2]
    edges = _edges(width)
    top = height - round(HEIGHT * height)
    for bit, left, right in zip(_bits(number), edges, edges[1:], strict=False):
        picture[top:, left:right] = 255 if bit else 0


def read(picture: Picture) -> int:
    """The number in a picture of shape (height, width, 3) or (height, width).

    Raises:
        ValueError: there is no such row, or it was damaged.
    """
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture.astype(float)
    height, width = grey.shape
    edges = _edges(width)
    # The middle of each cell only: scaling and compression blur the borders.
    middle = round((1 - HEIGHT / 2) * height)
    reach = max(1, round(HEIGHT * height / 5))
    levels = [
        float(
            grey[
                middle - reach : middle + reach,
                left + (right - left) // 4 : right - (right - left) // 4,
            ].mean()
        )
        for left, right in itertools.pairwise(edges)
    ]
    black, white = levels[0], levels[1]
    if white - black < 80:
        raise ValueError("the picture carries no frame number")
    bits = [int(level > (black + white) / 2) for level in levels]
    number = int("".join(map(str, bits[2:18])), 2)
    if _bits(number) != bits:
        raise ValueError("the frame number in the picture is damaged")
    return number
