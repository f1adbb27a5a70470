"""The cheapest division of the units into cues, found exactly by dynamic programming.

What a cue costs depends only on its first and last unit and the onset after it, and its length is
bounded by the length of its lines, so the time is linear in the number of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from vidtag.subtitles.layout.cue_costs import cue_costs
from vidtag.subtitles.layout.unit_table import UnitTable

_AT_ONCE = 16384
"""Units whose cues are priced at once; bounds memory."""


class CueUnits(NamedTuple):
    """Which units make a cue.

    Attributes:
        first: number of its first unit.
        second_line: number of the first unit of its second line; ``stop`` if there is none.
        stop: number of the unit after its last.
    """

    first: int
    second_line: int
    stop: int


def divide(table: UnitTable) -> Iterator[CueUnits]:
    """Cues in order: every unit is in one of them, and their costs have the least sum.

    Works backwards: ``least[i]`` is the least cost of showing the units from ``i`` on.
    """
    count = table.count
    least = np.zeros(count + 1)
    length = np.ones(count, np.int32)
    first_line = np.zeros(count, np.int32)
    for begin in range((count - 1) // _AT_ONCE * _AT_ONCE, -1, -_AT_ONCE):
        end = min(begin + _AT_ONCE, count)
        costs, first_lines = cue_costs(table, begin, end)
        longest = costs.shape[1]
        padded = np.full(end - begin + longest + 1, np.inf)
        tail = least[end : end + longest + 1]
        padded[end - begin : end - begin + len(tail)] = tail
        chosen = []
        totals = np.empty(longest)
        for index in range(end - begin - 1, -1, -1):
            np.add(costs[index], padded[index + 1 : index + 1 + longest], out=totals)
            choice = int(totals.argmin())
            padded[index] = totals[choice]
            chosen.append(choice)
        choices = np.array(chosen[::-1])
        length[begin:end] = choices + 1
        first_line[begin:end] = first_lines[np.arange(end - begin), choices]
        least[begin:end] = padded[: end - begin]
    index = 0
    while index < count:
        stop = index + int(length[index])
        yield CueUnits(index, index + int(first_line[index]) if first_line[index] else stop, stop)
        index = stop
