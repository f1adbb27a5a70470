"""How clips are laid out in a reel, without any file."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.films.clip_info import ClipInfo
from vidtag.films.composition import fitted_size, letterbox
from vidtag.films.reel_layout import arrange, common_rate, frame_ranges
from vidtag.films.stored_clip import STEPS

CARD = np.zeros((180, 320, 3), np.uint8)
durations = st.lists(
    st.fractions(Fraction(1, 10), 60, max_denominator=90_000), min_size=1, max_size=8
)
rates = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(50)])


def silent(duration: Fraction, rate: Fraction = Fraction(25)) -> ClipInfo:
    return ClipInfo(Path("clip.mp4"), duration, (320, 180), rate, tracks=())


@given(durations, rates, st.fractions(0, 2, max_denominator=1000), st.booleans())
def test_parts_follow_each_other_on_whole_frames(
    lengths: list[Fraction], rate: Fraction, fade: Fraction, titled: bool
) -> None:
    clips = [silent(length, rate) for length in lengths]
    parts = arrange(clips, [CARD] * len(clips) if titled else None, fade)
    assert len(parts) == len(clips) * (2 if titled else 1)
    assert parts[0].start == 0
    assert parts[0].fade_in == parts[-1].fade_out == 0
    for part in parts:
        assert (part.start * rate).denominator == 1
        assert (part.duration * rate).denominator == 1
        assert part.duration > 0
    for one, other in itertools.pairwise(parts):
        assert one.end - other.start == one.fade_out == other.fade_in
        assert one.fade_out <= fade
        assert one.fade_in + one.fade_out <= one.duration


@given(durations, rates, st.fractions(0, 2, max_denominator=1000), st.booleans())
def test_ranges_hold_every_frame_once_and_only_what_is_alone(
    lengths: list[Fraction], rate: Fraction, fade: Fraction, titled: bool
) -> None:
    clips = [silent(length, rate) for length in lengths]
    parts = arrange(clips, [CARD] * len(clips) if titled else None, fade)
    ranges = frame_ranges(parts, rate)
    assert ranges[0].first == 0
    assert ranges[-1].end == parts[-1].end * rate
    assert all(one.end == other.first for one, other in itertools.pairwise(ranges))
    for frames in ranges:
        assert frames.first < frames.end
        if frames.part is not None:
            times = [(n + 0.5) / rate for n in (frames.first, frames.end - 1)]
            assert all(frames.part.opacity(float(time)) == 1 for time in times)
            assert sum(part.start < times[0] and times[1] < part.end for part in parts) == 1


@given(durations, st.floats(0, 1))
def test_what_fades_out_and_what_fades_in_make_one_whole(
    lengths: list[Fraction], place: float
) -> None:
    parts = arrange([silent(length) for length in lengths], None, Fraction(1, 5))
    for one, other in itertools.pairwise(parts):
        time = float(other.start) + place * float(other.fade_in)
        if one.fade_out and other.start <= time < one.end:
            assert one.opacity(time) + other.opacity(time) == pytest.approx(1)


def test_the_highest_rate_wins_up_to_sixty() -> None:
    assert common_rate([silent(Fraction(1), Fraction(25)), silent(Fraction(1), Fraction(50))]) == 50
    assert common_rate([silent(Fraction(1), Fraction(240))]) == 60


@given(st.fractions(1, 60, max_denominator=100_000_000))
def test_any_rate_leaves_a_clock_that_an_mp4_can_have(rate: Fraction) -> None:
    kept = common_rate([silent(Fraction(1), rate)])
    assert (kept * STEPS).numerator < 1 << 31
    assert abs(kept - rate) < Fraction(1, 30_000)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480), (2, 2)])
def test_other_shapes_fit_between_black_bars(size: tuple[int, int]) -> None:
    clip = ClipInfo(Path("clip.mp4"), Fraction(1), size, Fraction(25), tracks=())
    width, height = fitted_size(clip, (320, 180))
    assert width <= 320
    assert height <= 180
    assert 320 - width <= 2 or 180 - height <= 2
    framed = letterbox(np.full((height, width, 3), 255, np.uint8), (320, 180))
    assert framed.shape == (180, 320, 3)
    assert (framed == 255).sum() == width * height * 3
