"""Timecode, against OpenTimelineIO's own."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.errors import UserError
from vidtag.core.timecode import (
    STANDARD_RATES,
    can_drop,
    from_timecode,
    nominal,
    to_timecode,
    usable_rate,
)

NTSC = Fraction(30000, 1001)
TIMECODE_RATES = [rate for rate in STANDARD_RATES if rate <= 60]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (107892, "01:00:00;00"),
    ],
)
def test_drop_frame_leaves_out_the_numbers_of_the_standard(frame: int, text: str) -> None:
    assert to_timecode(frame, NTSC, drop=True) == text
    assert from_timecode(text, NTSC) == (frame, True)


def test_non_drop_at_ntsc_counts_on() -> None:
    assert to_timecode(1800, NTSC, drop=False) == "00:01:00:00"
    assert from_timecode("00:01:00:00", NTSC) == (1800, False)


@given(st.sampled_from(TIMECODE_RATES), st.integers(0, 23 * 3600 * 60), st.booleans())
def test_it_is_what_opentimelineio_writes(rate: Fraction, frame: int, drop: bool) -> None:
    drop = drop and can_drop(rate)
    frame = frame % (nominal(rate) * 3600 * 23)
    text = to_timecode(frame, rate, drop=drop)
    theirs = otio.opentime.to_timecode(
        otio.opentime.RationalTime(frame, float(rate)), float(rate), drop
    )
    assert text == theirs
    assert from_timecode(text, rate) == (frame, drop)


@pytest.mark.parametrize("text", ["", "1:2:3", "00:61:00:00", "00:00:00:30", "aa:bb:cc:dd"])
def test_what_is_no_timecode_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not a timecode"):
        from_timecode(text, NTSC)


@pytest.mark.parametrize(
    ("measured", "variable", "counted"),
    [
        (Fraction(2997, 100), False, NTSC),
        (Fraction(30), False, Fraction(30)),
        (Fraction(24000, 1001), False, Fraction(24000, 1001)),
        (Fraction(12), False, Fraction(12)),
        (Fraction(15000, 1001), False, Fraction(15000, 1001)),
        (Fraction(25, 2), False, Fraction(24000, 1001)),
        (Fraction(2983, 100), True, NTSC),
        (Fraction(0), True, Fraction(25)),
    ],
)
def test_rates_that_timecode_can_count(
    measured: Fraction, variable: bool, counted: Fraction
) -> None:
    assert usable_rate(measured, variable) == counted
