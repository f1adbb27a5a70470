"""Stretches of time, as pairs of start and end in seconds."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[float, float]
"""Start and end, in seconds."""


def merged(intervals: Iterable[Interval], gap: float = 0.0) -> list[Interval]:
    """Intervals in order, those that touch, overlap or are no more than ``gap`` apart made one."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
