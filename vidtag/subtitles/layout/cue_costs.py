"""What each possible cue costs: its lines, its time on the screen, and where it begins and ends.

Costs have three tiers, so far apart that a lower one hardly ever outweighs a higher: broken rules
(a cue too short), lines that end badly (an article parted from its noun), and taste (balance,
pauses, sentences). Reading too fast is worth some bad ends. ``docs/subtitles.md`` lists them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidtag.subtitles.layout.arrays import Floats, Ints, running_sum
from vidtag.subtitles.layout.boundary_costs import RULE, UGLY
from vidtag.subtitles.layout.in_times import SHIFTS, moment
from vidtag.subtitles.layout.out_times import COMFORT, out_frames
from vidtag.subtitles.layout.unit_table import UnitTable

_STUB = 15.0
_STUB_SHARE = 0.2
"""A line shorter than this share of a full one, beside a longer one, is a stub."""
_LONE_WORD = 40.0
_SHORT = 15.0
_COMFORTABLE_SECONDS = 1.3
_SHIFT = 5.0
"""Cost of an in-time that is not the onset: it is to give time to read, not taste."""
_TOO_FAST = 6 * UGLY
"""Cost of reading too fast, at least; twice as much where no time is left.

As much as three cues that end badly: fast speech cannot be read in time however
it is cut, and would be cut by its times instead of its sense. It hardly counts by how much a rule
is missed, or several cues would be read a trace too fast in place of one.
"""
_OFF_CHANGE = 0.3
"""Share of a broken rule that an edge of a cue costs that is near a shot change but not on it."""


class CueCosts(NamedTuple):
    """What each possible cue of some units costs, cue by cue: all that begin with the first unit,
    by their length, then all that begin with the second.

    Attributes:
        offset: number of the first cue of each unit, and how many there are.
        costs: of each cue by its in-time and that of the next one, as in ``SHIFTS``: an array of
            shape (shifts, shifts, cues), infinite for what does not fit.
        first_line: units in the first line of each, 0 where there is but one line.
    """

    offset: Ints
    costs: Floats
    first_line: NDArray[np.int32]


def cue_costs(table: UnitTable, begin: int, end: int) -> CueCosts:
    """Costs of every cue that begins with a unit in ``begin:end``."""
    starts = np.arange(begin, end)
    two_lines = table.line_start[begin:end] + 2 * table.full_line
    # A second line loses its leading space, so one more space fits than two lines hold.
    two_lines += table.full_line // 8
    reach = np.searchsorted(table.width_before, two_lines, side="right") - 1 - starts
    offset = running_sum(np.maximum(reach, 1))
    here = np.repeat(starts, np.diff(offset))
    stop = here + 1 + np.arange(offset[-1]) - np.repeat(offset[:-1], np.diff(offset))
    lines, first_line = _line_costs(table, here, stop)
    (fits,) = np.nonzero(np.isfinite(lines))
    here, stop, cost = here[fits], stop[fits], lines[fits]
    second = np.where(first_line[fits] > 0, here + first_line[fits], stop)
    inner_before = table.inner_before
    cost += table.weights.of("cue", here) + table.cue_break[stop - 1]
    cost += inner_before[stop - 1] - inner_before[here]
    cost += np.where((stop - here > 1) | table.may_be_alone[here], 0.0, _LONE_WORD)
    costs = np.full((len(SHIFTS), len(SHIFTS), len(lines)), np.inf)
    costs[:, :, fits] = cost + _time_costs(table, here, second, stop)
    return CueCosts(offset, costs, first_line)


def _line_costs(table: UnitTable, here: Ints, stop: Ints) -> tuple[Floats, NDArray[np.int32]]:
    """Cost of the best lines for the cues ``here:stop``, and units in the first of two lines."""
    width_before, line_start, full = table.width_before, table.line_start, table.full_line
    must_end = table.must_end_before[stop - 1] - table.must_end_before[here]
    one = (width_before[stop] - line_start[here] <= full) & (must_end == 0)
    cost = np.where(one, 0.0, np.inf)
    first_line = np.zeros(len(here), np.int32)
    (two,) = np.nonzero(~one & (must_end <= 1) & (stop - here > 1))
    if table.profile.max_lines < 2 or not len(two):
        return cost, first_line
    first, end, forced = here[two], stop[two], must_end[two]
    dashed = table.two_speak(first, end)
    dash = np.where(dashed, table.dash_width[first], 0)
    # Second lines that leave both lines short enough begin with units from lowest to highest.
    lowest = np.maximum(np.searchsorted(line_start, width_before[end] - full), first + 1)
    highest = np.searchsorted(width_before, line_start[first] + full - dash, side="right") - 1
    highest = np.minimum(highest, end - 1)
    balance, top_heavy = (table.weights.of(name, first) for name in ("balance", "top_heavy"))
    second_line = table.weights.of("second_line", first)
    for step in range(int((highest - lowest).max(initial=-1)) + 1):
        (some,) = np.nonzero(lowest + step <= highest)
        second = lowest[some] + step
        above = (width_before[second] - line_start[first[some]]) / full
        below = (width_before[end[some]] - line_start[second]) / full
        uneven = above - below
        stub = np.minimum(above, below) < _STUB_SHARE
        shape = balance[some] * uneven**2 + _STUB * stub + top_heavy[some] * (uneven > 0)
        total = table.line_break[second - 1] + (forced[some] == 0) * shape + second_line[some]
        # The line must break where a marker, another language or another speaker begins.
        at = table.must_end_before[second] - table.must_end_before[second - 1]
        fits = below <= 1 - dashed[some] * table.dash_width[second] / full
        better = (at == forced[some]) & (total < cost[two[some]]) & fits
        chosen = two[some[better]]
        cost[chosen] = total[better]
        first_line[chosen] = second[better] - here[chosen]
    return cost, first_line


def _time_costs(table: UnitTable, here: Ints, second: Ints, stop: Ints) -> Floats:
    """Cost of how long the cues ``here:stop`` are shown, and of edges near shot changes, for every
    shift of their in-times and of the next ones: of shape (shifts, shifts, cues).
    """
    reading = table.reading(here, second, stop)
    step = moment(table.grid)
    cost, spare = _shown_costs(table, here, stop, reading, 0, 0)
    room = table.in_frame[stop] - table.gap[stop - 1] - table.in_frame[here]
    # Others have time enough whatever happens, or never.
    close = abs(spare) <= 2 * step
    costs = np.full((len(SHIFTS), len(SHIFTS), len(here)), np.inf)
    for number, own in enumerate(SHIFTS):
        for other, following in enumerate(SHIFTS):
            may = (table.may_shift[here] | (own == 0)) & (table.may_shift[stop] | (following == 0))
            may &= (following >= own) | (room > (own - following) * step)
            costs[number, other, may] = cost[may]
            if own or following:
                (some,) = np.nonzero(may & close)
                costs[number, other, some], _ = _shown_costs(
                    table, here[some], stop[some], reading[some], own * step, following * step
                )
    costs[1:] += _SHIFT
    return costs


def _shown_costs(
    table: UnitTable, here: Ints, stop: Ints, reading: Floats, shift: int, next_shift: int
) -> tuple[Floats, Floats]:
    """Cost of how long cues are shown; and how many frames they have more than they need.

    Args:
        reading: frames needed to read each.
        shift, next_shift: frames that each appears after its onset, and the one after it.
    """
    profile, grid = table.profile, table.grid
    start = table.in_frame[here] + shift
    out = out_frames(table, here, stop, start, reading, next_shift)
    shown = out - start
    least, most = table.least[stop - 1], grid.frames(profile.max_duration)
    short = np.maximum(0, least - shown) / np.maximum(least, 1)
    # A frame counts whole: what needs 20.3 frames is read too fast in 20.
    fast = np.maximum(0.0, reading - 1e-6 - shown) / np.maximum(reading, 1.0)
    long = (stop - here > 1) & (table.heard_until[stop - 1] - start > most)
    cost = RULE * ((short > 0) * (0.5 + short) + long * 2.0)
    cost += _TOO_FAST * (fast > 0) * (1.0 + fast)
    cost += _SHORT * np.maximum(0.0, _COMFORTABLE_SECONDS - shown / float(grid.rate))
    hurry = np.maximum(0.0, reading / np.maximum(shown, 1) - COMFORT)
    cost += table.weights.of("fast", here) * hurry
    if len(table.changes) > 1:
        left = table.changes[np.searchsorted(table.changes, out)] - out
        off = (left < grid.frames(profile.near_change)) & (left != table.gap[stop - 1])
        cost += _OFF_CHANGE * RULE * (table.after_change[here] + off.astype(np.float64))
    return np.asarray(cost, np.float64), np.asarray(shown - np.maximum(reading, least))
