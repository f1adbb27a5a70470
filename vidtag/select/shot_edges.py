"""Clip edges and shot changes: no flash of another shot at either end, and the picture's own cuts
where they are near. Pure.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

FLASH = 0.5
"""Seconds below which a piece of another shot at the edge of a clip is seen as a flash."""

NEAR = 0.25
"""Seconds that a clip may grow for its edge to fall on a shot change."""


def fit(
    start: float,
    end: float,
    shots: Sequence[float],
    *,
    keep: tuple[float, float],
    room: tuple[float, float],
) -> tuple[float, float]:
    """Move the edges of a clip to shot changes near by.

    Args:
        start, end: the clip.
        shots: times of the first frames of new shots, in order.
        keep: what the clip must not lose: its first word or reaction, and its last.
        room: how far out the edges may go: to the words outside, and to the clips beside.

    Returns:
        Start and end: unchanged where nothing is near or nothing is allowed.
    """
    if not shots:
        return start, end
    first, last = bisect_left(shots, start - FLASH), bisect_right(shots, end + FLASH)
    near = shots[max(0, first - 1) : last + 1]
    start = _edge(start, keep[0], room[0], near)
    # The same seen from the other side: times run backwards.
    return start, -_edge(-end, -keep[1], -room[1], [-shot for shot in reversed(near)])


def _edge(edge: float, keep: float, room: float, shots: Sequence[float]) -> float:
    """A clip's first edge; see ``fit``. The clip lies above it."""
    flashes = [shot for shot in shots if edge < shot < edge + FLASH]
    if flashes:
        spared = [shot for shot in flashes if shot <= keep]
        if spared:
            return spared[-1]
        # Words begin within the flash: then show so much of that shot that it is none.
        before = max((shot for shot in shots if shot <= edge), default=-math.inf)
        earlier = max(flashes[0] - FLASH, before)
        return earlier if room <= earlier < edge else edge
    if edge in shots:
        return edge
    near = [shot for shot in shots if edge - NEAR <= shot < edge and shot >= room]
    return near[-1] if near else edge
