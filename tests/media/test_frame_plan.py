"""Evenness of timestamps, without any file."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.media.frame_plan import FramePlan, is_even

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]


@given(
    st.sampled_from(RATES),
    st.sampled_from([1000, 12_800, 90_000, 1_000_000]),
    st.integers(0, 10**6),
    st.integers(1, 400),
)
def test_rounding_to_a_time_base_leaves_frames_even(
    rate: Fraction, units: int, first: int, count: int
) -> None:
    """From any frame of a film, however it was rounded."""
    times = [round((first + n) / rate * units) for n in range(count)]
    assert is_even(times, rate, Fraction(1, units))


@pytest.mark.parametrize("units", [25, 1000, 90_000])
def test_a_missing_or_late_frame_is_not_even(units: int) -> None:
    rate = Fraction(25)
    times = [round(n / rate * units) for n in range(50)]
    assert not is_even(times[:20] + times[21:], rate, Fraction(1, units))
    late = [t + (units // 25 if n > 30 else 0) for n, t in enumerate(times)]
    assert not is_even(late, rate, Fraction(1, units))


def test_a_coarse_clock_is_kept_to() -> None:
    """Of 600 ticks a second, rounded times of 29.97 frames lie up to 1.6 ms off their places."""
    rate = Fraction(30000, 1001)
    times = [round(n / rate * 600) for n in range(25, 85)]
    assert not is_even(times, rate, Fraction(1, 600))
    assert is_even([24 * n for n in range(60)], Fraction(25), Fraction(1, 600))


def test_a_plan_tells_its_times_in_seconds() -> None:
    plan = FramePlan((90_000, 93_003, 99_009), 102_012, 90_000, Fraction(1, 90_000))
    assert plan.start_time == 1
    assert plan.end_time == Fraction(102_012, 90_000)
    assert plan.shortest_gap == Fraction(3003, 90_000)
    assert plan.longest_gap == Fraction(6006, 90_000)
