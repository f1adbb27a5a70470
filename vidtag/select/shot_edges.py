"""Clip edges and shot changes; pure.

No flash of another shot is left at either end, and an edge moves to a shot change that is near.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

FLASH = 0.5
"""Seconds below which a piece of another shot at the edge of a clip is seen as a flash."""

NEAR = 0.25
"""Seconds that a clip may grow for its edge to fall on a shot change."""


def snap_to_shots(
    start: float,
    end: float,
    shots: Sequence[float],
    *,
    keep: tuple[float, float],
    room: tuple[float, float],
) -> tuple[float, float]:
    """Move the edges of a clip to shot changes nearby.

    Args:
        start, end: the clip.
        shots: times of the first frames of new shots, in order.
        keep: what the clip must not lose: start of its first word or reaction, end of its last.
        room: how far out the edges may go: to the words and clips before and after.

    Returns:
        Start and end: unchanged where no shot change is near, or none can be reached.
    """
    if not shots:
        return start, end
    first, last = bisect_left(shots, start - FLASH), bisect_right(shots, end + FLASH)
    near = shots[max(0, first - 1) : last + 1]
    start = _edge(start, keep[0], room[0], near)
    # The end is the start of the clip with time reversed.
    return start, -_edge(-end, -keep[1], -room[1], [-shot for shot in reversed(near)])


def _edge(edge: float, keep: float, room: float, shots: Sequence[float]) -> float:
    """The start of a clip; see :func:`snap_to_shots`."""

    def flashes(start: float) -> list[float]:
        return [shot for shot in shots if start < shot < start + FLASH]

    if not flashes(edge):
        if edge in shots:
            return edge
        near = [shot for shot in shots if edge - NEAR <= shot < edge and shot >= room]
        return near[-1] if near else edge
    later = [shot for shot in shots if edge < shot <= min(edge + FLASH, keep)]
    # Where words begin within the flash: so much more of that shot that it is no flash.
    before = max((shot for shot in shots if shot <= edge), default=-math.inf)
    earlier = max(flashes(edge)[0] - FLASH, before)
    choices = [*reversed(later), *([earlier] if room <= earlier < edge else [])]
    return next((choice for choice in choices if not flashes(choice)), (*choices, edge)[0])
