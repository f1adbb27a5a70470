"""A camera that is moved seldom: it holds, then eases to another place, and cuts with the shots."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

EASE = 0.6
"""Seconds from one place to another."""

_EARLY = 0.008
"""Seconds that a cut comes before its time, half a frame at 60 per second, so that rounding cannot
make it late."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Where the middle of the crop is from ``start`` on: 0 is left or top, 1 right or bottom.

    Attributes:
        start: seconds.
        eased: whether the camera gets there in a movement around that time, not at once.
    """

    start: float
    x: float
    y: float
    eased: bool = False


def holds(places: Sequence[float], leeway: float) -> list[tuple[int, float]]:
    """Few places to hold from which something that moves is never further than ``leeway`` away.

    Args:
        places: where it is in each picture.

    Returns:
        Number of the first picture of each hold, and the place.
    """
    found = []
    first, low, high = 0, places[0], places[0]
    for number, place in enumerate(places):
        if max(high, place) - min(low, place) > 2 * leeway:
            found.append((first, (low + high) / 2))
            first, low, high = number, place, place
        low, high = min(low, place), max(high, place)
    return [*found, (first, (low + high) / 2)]


def window_start(middle: float, length: int, whole: int) -> int:
    """Pixel, an even one, at which a window begins that lies within the picture.

    Args:
        middle: of the window, as a share of the picture.
        length: pixels of the window.
        whole: pixels of the picture.
    """
    return min(max(round((middle * whole - length / 2) / 2) * 2, 0), whole - length)


def over_time(found: Sequence[Hold], values: Sequence[int]) -> str:
    """An expression of ffmpeg that has the value of each hold, and what lies between in movements.

    It is a sum of steps, each a cut or a smooth one, and so no deeper where there are many.
    """
    parts = [str(values[0])]
    pairs = zip(itertools.pairwise(found), itertools.pairwise(values), strict=True)
    for (before, hold), (value, following) in pairs:
        if value == following:
            continue
        if hold.eased:
            ease = min(EASE, 2 * (hold.start - before.start))
            share = f"st(0,clip((t-{hold.start - ease / 2:.3f})/{ease:.3f},0,1))"
            step = f"{share}*ld(0)*(3-2*ld(0))"
        else:
            step = f"gte(t,{hold.start - _EARLY:.3f})"
        parts.append(f"({following - value})*{step}")
    return "+".join(parts)


def within(spans: Sequence[tuple[float, float]]) -> str:
    """An expression of ffmpeg that is 1 within spans of seconds, as frames are shown."""
    return "+".join(f"gte(t,{start - _EARLY:.3f})*lt(t,{end - _EARLY:.3f})" for start, end in spans)
