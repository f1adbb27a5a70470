"""Where a narrow picture is cut out of a wide one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.names import AspectRatio
from vidtag.films.camera import window_start
from vidtag.films.focus import HEIGHT, WIDTH, best_window, saliency
from vidtag.films.social import social_size

VERTICAL = 9 / 16 / (16 / 9)


def scene(left: int, moving: bool) -> np.ndarray:
    """Eight pictures of a flat ground, with a block of stripes somewhere, that may move."""
    pictures = np.full((8, HEIGHT, WIDTH), 90, np.float32)
    for number, picture in enumerate(pictures):
        at = left + (number % 2) * 3 * moving
        picture[20:50, at : at + 14] = np.where(np.arange(14) % 4 < 2, 220, 30)
    return pictures


@pytest.mark.parametrize("left", [10, 40, 80, 105])
@pytest.mark.parametrize("moving", [True, False])
def test_the_window_holds_what_stands_out(left: int, moving: bool) -> None:
    x, _ = best_window(saliency(scene(left, moving)), VERTICAL, 1.0)
    assert (x - VERTICAL / 2) * WIDTH <= left + 1
    assert (x + VERTICAL / 2) * WIDTH >= left + 13


def test_movement_draws_more_than_what_stands_still() -> None:
    both = np.maximum(scene(12, moving=False), scene(100, moving=True))
    x, _ = best_window(saliency(both), VERTICAL, 1.0)
    assert x > 0.6


def test_where_nothing_stands_out_the_middle_is_taken() -> None:
    assert best_window(np.zeros((HEIGHT, WIDTH), np.float32), 0.3, 1.0) == pytest.approx(
        (0.5, 0.5), abs=0.01
    )
    assert not saliency(np.zeros((0, HEIGHT, WIDTH), np.float32)).any()


@given(st.floats(0, 1), st.integers(1, 500).map(lambda n: 2 * n), st.integers(1000, 2000))
def test_a_window_stays_within_the_picture(middle: float, length: int, whole: int) -> None:
    start = window_start(middle, length, whole)
    assert 0 <= start <= whole - length


@pytest.mark.parametrize(
    ("source", "aspect_ratio", "size"),
    [
        ((1920, 1080), AspectRatio.VERTICAL, (1080, 1920)),
        ((1280, 720), AspectRatio.VERTICAL, (720, 1280)),
        ((3840, 2160), AspectRatio.SQUARE, (1080, 1080)),
        ((320, 180), AspectRatio.VERTICAL, (180, 320)),
        ((1080, 1920), AspectRatio.VERTICAL, (1080, 1920)),
        ((1281, 721), AspectRatio.SOURCE, (1280, 720)),
    ],
)
def test_sizes(source: tuple[int, int], aspect_ratio: AspectRatio, size: tuple[int, int]) -> None:
    assert social_size(*source, aspect_ratio) == size
