"""The cheapest division of the units into cues, found exactly by dynamic programming.

What a cue costs depends only on its first and last unit and the onset after it, and its length is
bounded by the length of its lines, so the time is linear in the number of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from vidtag.subtitles.layout.cue_costs import cue_costs
from vidtag.subtitles.layout.in_times import SHIFTS
from vidtag.subtitles.layout.unit_table import UnitTable

_AT_ONCE = 8192
"""Units whose cues are priced at once; bounds memory."""


class CueUnits(NamedTuple):
    """Which units make a cue.

    Attributes:
        first: number of its first unit.
        second_line: number of the first unit of its second line; ``stop`` if there is none.
        stop: number of the unit after its last.
        shift: moments that it appears after its onset.
    """

    first: int
    second_line: int
    stop: int
    shift: int = 0


def divide(table: UnitTable) -> Iterator[CueUnits]:
    """Cues in order: every unit is in one of them, and their costs have the least sum.

    Works backwards: ``least[s, i]`` is the least cost of showing the units from ``i`` on, where the
    first cue of them is shifted by ``SHIFTS[s]``.
    """
    count, kinds = table.count, len(SHIFTS)
    least = np.full((kinds, count + 1), np.inf)
    least[0, count] = 0.0
    length = np.ones((count, kinds), np.int32)
    following = np.zeros((count, kinds), np.int8)
    first_line = np.zeros((count, kinds), np.int32)
    rows = np.arange(kinds)
    for begin in range((count - 1) // _AT_ONCE * _AT_ONCE, -1, -_AT_ONCE):
        end = min(begin + _AT_ONCE, count)
        priced = cue_costs(table, begin, end)
        costs, offset = priced.costs, priced.offset.tolist()
        choices = np.zeros((end - begin, kinds), np.int64)
        for index in range(end - 1, begin - 1, -1):
            first, last = offset[index - begin], offset[index - begin + 1]
            tail = least[:, index + 1 : index + 1 + last - first]
            totals = (costs[:, :, first:last] + tail).reshape(kinds, -1)
            choice = choices[index - begin] = totals.argmin(1)
            least[:, index] = totals[rows, choice]
        lengths = np.diff(priced.offset)[:, None]
        units = choices % lengths
        length[begin:end] = units + 1
        following[begin:end] = choices // lengths
        first_line[begin:end] = priced.first_line[priced.offset[:-1, None] + units]
    index, kind = 0, int(least[:, 0].argmin())
    while index < count:
        stop = index + int(length[index, kind])
        first = int(first_line[index, kind])
        yield CueUnits(index, index + first if first else stop, stop, SHIFTS[kind])
        index, kind = stop, int(following[index, kind])
