"""Out-times: the first frame without a cue.

A cue stays until its sound has ended and it can be read in comfort, at most ``lag`` after its
last word, never into the gap before the next cue. Near a shot change it ends just before that, or
well after it. Gaps too short to be seen as gaps are closed.
"""

from __future__ import annotations

import numpy as np

from vidtag.subtitles.layout.arrays import Floats, Ints
from vidtag.subtitles.layout.in_times import TRIM
from vidtag.subtitles.layout.unit_table import UnitTable

COMFORT = 0.8
"""Share of the reading speed at which a cue is comfortable."""


def out_frames(
    table: UnitTable,
    here: Ints,
    stop: Ints,
    start: Ints,
    reading: Floats,
    next_shift: Ints | int = 0,
) -> Ints:
    """Out-times of cues.

    Args:
        here, stop: first unit of each cue, and the unit after its last.
        start: in-time of each cue.
        reading: frames needed to read each.
        next_shift: frames that the next cue appears after its onset.
    """
    profile, grid = table.profile, table.grid
    least, most = table.least[stop - 1], grid.frames(profile.max_duration)
    gap = table.gap[stop - 1]
    heard_until = table.heard_until[stop - 1]
    needed_frames = np.ceil(reading - 1e-6).astype(np.int64)
    comfort = np.ceil(needed_frames / COMFORT).astype(np.int64)
    latest = heard_until + grid.frames(profile.linger)
    # A marker that shares a cue with speech doesn't keep that on the screen.
    wanted = np.where(table.marker[here], table.wanted_until[stop - 1], heard_until)
    out = np.maximum(wanted, start + least)
    out = np.maximum(out, np.minimum(start + comfort, latest))
    if len(table.changes) > 1:
        needed = np.maximum(least, np.minimum(needed_frames, latest - start))
        out = _clear_of_changes(table, start, heard_until, out, needed, gap)
    following = table.in_frame[stop] + next_shift
    room = following - gap
    out = np.minimum(np.minimum(out, room), start + most)
    silence = following - out
    close = silence < grid.frames(profile.close_below)
    close &= table.closes_gaps[stop - 1] & (room - start <= most)
    return np.maximum(np.where(close, room, out), start + 1)


def _clear_of_changes(
    table: UnitTable, start: Ints, heard_until: Ints, out: Ints, needed: Ints, gap: Ints
) -> Ints:
    """Out-times near a shot change, moved to just before it; or, where the sound or the reading
    goes on after it, well past it.

    Args:
        needed: frames each cue must be shown for.
        gap: frames between each and a shot change.
    """
    snap = table.grid.frames(table.profile.near_change)
    change = table.changes[np.searchsorted(table.changes, heard_until + gap - TRIM)]
    before = change - gap
    fits = (out > change - snap) & (before - start >= needed)
    moved = np.where(fits, before, out)
    # The shot change before that out-time, if the cue is shown across it.
    crossed = table.changes[np.maximum(np.searchsorted(table.changes, moved) - 1, 0)]
    across = ~fits & (crossed > start) & (moved > crossed) & (moved < crossed + snap)
    return np.where(across, crossed + snap, moved)
