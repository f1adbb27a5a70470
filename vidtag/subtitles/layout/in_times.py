"""In-times: the frame that a cue would appear on if it began with a unit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from vidtag.subtitles.layout.arrays import Bools, Floats, Ints
from vidtag.subtitles.layout.frame_grid import FrameGrid

NEVER = 1 << 40
"""A frame after every other."""
SHIFTS = (0, -1, 1)
"""How a cue may appear: on its onset, a moment before, a moment after."""
_MOMENT = Fraction(1, 12)
"""Seconds by which it may: two frames of a film, as near as the guides want in-times."""
TRIM = 2
"""Frames by which a cue may end before its sound does, to end before a shot change."""


def change_frames(shots: Sequence[float], grid: FrameGrid) -> Ints:
    """Frames of shot changes in order, and ``NEVER`` after them."""
    return np.array([*sorted({grid.nearest(shot) for shot in shots}), NEVER], np.int64)


def in_frames(
    start: Floats,
    end: Floats,
    changes: Ints,
    grid: FrameGrid,
    gap: Ints,
    near: int,
    snap_before: float,
) -> Ints:
    """In-time of each unit: the frame of its onset, or a shot change nearby.

    Args:
        start, end: of the units, in seconds.
        changes: frames of shot changes.
        gap: frames between a cue that ends with the unit before each and the next.
        near: frames from a shot change within which an in-time moves onto it.
        snap_before: seconds that a unit may wait for a shot change after its onset.
    """
    origin = grid.showing(0.0)
    frame = np.maximum(grid.showing_all(start), origin)
    before = np.searchsorted(changes, frame, side="right") - 1
    change = np.where(before >= 0, changes[before], -NEVER)
    heard_until = np.append(origin, grid.showing_all(end[:-1]) + 1)
    # What was said before keeps its sound, but for the frames nobody misses.
    free = (change >= heard_until + gap - TRIM) | (
        (change >= heard_until) & (np.arange(len(change)) == 0)
    )
    frame = np.where((frame - change < near) & free, change, frame)
    if snap_before > 0:
        following = changes[np.searchsorted(changes, frame)]
        soon = following - frame <= grid.frames(Fraction(snap_before))
        frame = np.where(soon & (following <= grid.showing_all(end)), following, frame)
    return np.maximum.accumulate(frame)


def shortly_after(frames: Ints, changes: Ints, near: int) -> Bools:
    """Whether frames lie less than ``near`` after a shot change, and not on it."""
    place = np.searchsorted(changes, frames, side="right") - 1
    after = np.where(place >= 0, frames - changes[place], NEVER)
    return np.asarray((after > 0) & (after < near))


def moment(grid: FrameGrid) -> int:
    """Frames by which an in-time may differ from the onset where that gives time to read."""
    return max(1, int(_MOMENT * grid.rate))


def may_shift(frames: Ints, changes: Ints, grid: FrameGrid, gap: Ints, near: int) -> Bools:
    """Whether in-times may differ by a moment: not near a shot change, nor before the picture."""
    step = moment(grid)
    place = np.searchsorted(changes, frames - step - gap - near)
    clear = changes[place] > frames + step + near
    return np.asarray(clear & (frames - step >= grid.showing(0.0)))
