"""Time bases and rates of PyAV as fractions. Before version 19 they are; since then they are
numbers of its own, which do not divide whole nor hold more than 32 bits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any


def base_of(timed: Any) -> Fraction:
    """Seconds per tick of a stream, packet or frame that has a time base."""
    base = timed.time_base
    assert base is not None
    return as_fraction(base)


def seconds_of(ticks: int, base: Any) -> float:
    """Ticks of a time base in seconds, to the last bit as ``float(ticks * base_of(...))``; for what
    is asked of every packet and frame, which fractions take too long for.
    """
    seconds: float = ticks * base.numerator / base.denominator
    return seconds


def as_fraction(number: Any) -> Fraction:
    """A rational number of PyAV, of whatever version."""
    if isinstance(number, Fraction):
        return number
    return Fraction(number.numerator, number.denominator)
