"""Frames per second of a picture, by when its frames are shown and by what its file declares.

Files without a rate of their own (FLV, Matroska from some recorders) are declared to have as many
frames per second as their clock has ticks: 1000. A clock of QuickTime's 600 ticks per second, or of
Matroska's 1000, rounds the times of frames, and with them the mean that a file declares; a rate
that the frames keep to is the one they were taken at.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from vidtag.core.timecode import STANDARD_RATES

UNKNOWN_RATE = Fraction(25)
"""Frames per second where neither the file nor its frames tell."""

_RATES = tuple(
    sorted({*STANDARD_RATES, *map(Fraction, (5, 6, 8, 10, 12, 15, 20, 90, 240)), Fraction(25, 2)})
)
"""Frame rates that cameras and recorders have."""

_TOO_HIGH = Fraction(3, 2)
"""A declared rate this many times the one that frames have is none that they were taken at."""

_NEAR = Fraction(1, 50)
"""Part by which a rate that frames keep to may differ from the mean of a few of them."""


def rate_of_frames(
    places: Iterable[Sequence[int]], time_base: Fraction, declared: Fraction | None
) -> Fraction:
    """Frames per second of a picture.

    What is declared is kept unless the frames contradict it: they may be fewer (repeated pictures,
    fields that are stored one by one), but a file does not hold fewer than it declares.

    Args:
        places: presentation times of frames one after another, in ticks, in any order, from one or
            more places of the file.
        time_base: seconds of a tick.
        declared: mean frames per second that the file declares; None where it does not.
    """
    runs = [sorted(set(times)) for times in places]
    steps = sorted(b - a for run in runs for a, b in itertools.pairwise(run))
    if not steps:
        return declared or UNKNOWN_RATE
    usual = steps[len(steps) // 2]
    # A frame that was dropped, or a picture that stood still, says nothing about the rate.
    single = [step for step in steps if 2 * step < 3 * usual and 2 * step > usual]
    measured = 1 / (Fraction(sum(single), len(single)) * time_base)
    if declared is not None and declared < measured * _TOO_HIGH:
        kept = [rate for rate in _RATES if abs(rate - declared) < declared / 2000]
        return next((rate for rate in kept if _fits(runs, time_base, rate)), declared)
    near = (rate for rate in _RATES if abs(rate - measured) < rate * _NEAR)
    ranked = sorted((_spread(runs, time_base, rate), rate) for rate in near)
    if ranked and ranked[0][0] <= time_base + _SLACK:
        return ranked[0][1]
    return measured.limit_denominator(1001)


_SLACK = Fraction(1, 100_000)
"""Seconds by which times may be off besides being rounded to a tick."""


def _fits(runs: Sequence[Sequence[int]], time_base: Fraction, rate: Fraction) -> bool:
    return _spread(runs, time_base, rate) <= time_base + _SLACK


def _spread(runs: Sequence[Sequence[int]], time_base: Fraction, rate: Fraction) -> Fraction:
    """Seconds by which frames, counted at a rate, lie apart from their places at the most."""
    widest = Fraction(0)
    for run in runs:
        off = []
        for time in run:
            since = (time - run[0]) * time_base
            off.append(since - round(since * rate) / rate)
        widest = max(widest, max(off, default=Fraction(0)) - min(off, default=Fraction(0)))
    return widest
