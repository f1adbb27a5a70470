"""The pure parts of the sound stream: placing on the clock, channels, chunks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidtag.core.records import Channel
from vidtag.media import timed_samples
from vidtag.media.mixdown import channel_weights
from vidtag.media.resample import in_chunks, resampled
from vidtag.media.samples import SAMPLE_RATE
from vidtag.media.timed_samples import TimedSamples, missing_seconds

RATE = 16_000
MONO = channel_weights(("FC",), Channel.MIX)


def chunk(time: float | None, seconds: float = 0.02, value: float = 0.5) -> TimedSamples:
    return TimedSamples(time, RATE, np.full((1, round(seconds * RATE)), value, np.float32), MONO)


def run_of(start: float, count: int, seconds: float = 0.02) -> list[TimedSamples]:
    return [chunk(start + i * seconds, seconds) for i in range(count)]


def placed(chunks: list[TimedSamples]) -> list[TimedSamples]:
    return list(timed_samples.placed(chunks))


def total(chunks: list[TimedSamples]) -> float:
    return sum(c.duration for c in chunks)


def test_steady_chunks_stay_as_they_are() -> None:
    result = placed(run_of(1.0, 100))
    assert [c.time for c in result] == pytest.approx([1 + i * 0.02 for i in range(100)])
    assert total(result) == pytest.approx(2)


def test_a_gap_moves_what_follows() -> None:
    result = placed([*run_of(0, 50), *run_of(1.5, 50)])
    assert result[49].time == pytest.approx(0.98)
    assert result[50].time == pytest.approx(1.5)
    assert total(result) == pytest.approx(2)


def test_a_small_lost_packet_is_a_gap_at_once() -> None:
    result = placed([*run_of(0, 50), *run_of(1.02, 50)])
    assert result[50].time == pytest.approx(1.02)


def test_two_gaps_shortly_after_each_other() -> None:
    result = placed([*run_of(0, 20), *run_of(0.5, 4), *run_of(1.0, 40)])
    assert result[20].time == pytest.approx(0.5)
    assert result[24].time == pytest.approx(1.0)


def test_doubled_time_is_cut() -> None:
    result = placed([*run_of(0, 50), *run_of(0.7, 50)])
    assert total(result) == pytest.approx(1.7, abs=0.002)
    times = [c.time or 0.0 for c in result]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(1.68, abs=0.002)


def test_one_wrong_timestamp_is_not_believed() -> None:
    chunks = run_of(0, 100)
    for wrong in (500.0, 0.0):
        chunks[50] = chunk(wrong)
        assert [c.time for c in placed(chunks)] == pytest.approx([i * 0.02 for i in range(100)])


def test_timestamps_that_are_missing_follow_on() -> None:
    chunks = [chunk(2.0), *(chunk(None) for _ in range(20))]
    assert placed(chunks)[-1].time == pytest.approx(2.4)
    assert placed([chunk(None)])[0].time == 0


def test_slow_drift_is_followed() -> None:
    """A recorder whose clock runs 0.1 % slow: after 100 s its timestamps are 0.1 s ahead."""
    chunks = [chunk(i * 0.02 * 1.001) for i in range(5000)]
    for number, result in enumerate(placed(chunks)):
        assert result.time == pytest.approx(number * 0.02 * 1.001, abs=0.005)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-0.0035, 0.0035), min_size=30, max_size=60))
def test_jitter_within_the_tolerance_changes_nothing(jitter: list[float]) -> None:
    chunks = [chunk(i * 0.02 + (j if i else 0)) for i, j in enumerate(jitter)]
    assert [c.time for c in placed(chunks)] == pytest.approx([i * 0.02 for i in range(len(chunks))])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 3), st.integers(1, 30)), min_size=1, max_size=12))
def test_placed_never_goes_back(runs: list[tuple[float, int]]) -> None:
    chunks: list[TimedSamples] = []
    end = 0.0
    for shift, count in runs:
        end += shift
        chunks += run_of(end, count)
        end += count * 0.02
    reached = -1e9
    for result in placed(chunks):
        assert result.time is not None
        assert result.time >= reached - 1e-9
        reached = result.time + result.duration


def test_shift_takes_the_smallest_difference() -> None:
    assert missing_seconds([chunk(1.1), chunk(1.15)], 1.0) == pytest.approx(0.1)
    assert missing_seconds([chunk(1.1), chunk(1.0)], 1.0) == 0
    assert missing_seconds([], 1.0) == 0


def test_silence_before_and_between_and_nothing_before_zero() -> None:
    pieces = [*placed([chunk(-0.01), *run_of(0.01, 20)]), *run_of(1.0, 5)]
    samples = np.concatenate(list(resampled(pieces)))
    assert len(samples) == round(1.1 * SAMPLE_RATE)
    sound = np.flatnonzero(samples)
    assert sound[0] == 0
    assert not samples[round(0.41 * SAMPLE_RATE) : SAMPLE_RATE].any()
    assert samples[SAMPLE_RATE:].all()


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
def test_runs_of_other_rates_are_as_long_as_they_are(rate: int) -> None:
    step = (rate // 10) / rate
    tenth = np.full((1, rate // 10), 0.1, np.float32)
    pieces = [TimedSamples(0.5 + i * step, rate, tenth, MONO) for i in range(35)]
    samples = np.concatenate(list(resampled(pieces)))
    assert len(samples) == pytest.approx((0.5 + 35 * step) * SAMPLE_RATE, abs=1)
    assert samples[round(0.6 * SAMPLE_RATE) : -1600] == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize(
    ("names", "channel", "expected"),
    [
        (("FC",), Channel.RIGHT, [1]),
        (("FL", "FR"), Channel.MIX, [0.5, 0.5]),
        (("FL", "FR"), Channel.LEFT, [1, 0]),
        (("FC", "FL", "FR"), Channel.RIGHT, [0, 0, 1]),
        (("NONE", "NONE", "NONE"), Channel.MIX, [1 / 3] * 3),
        (("NONE", "NONE"), Channel.RIGHT, [0, 1]),
        (("LFE",), Channel.MIX, [1]),
    ],
)
def test_channel_weights(names: tuple[str, ...], channel: Channel, expected: list[float]) -> None:
    assert channel_weights(names, channel).tolist() == pytest.approx(expected)


def test_each_form_is_mixed_by_itself_and_none_overshoots() -> None:
    """As where a broadcast goes from stereo to mono, or to other numbers, within a second."""
    stereo = channel_weights(("FL", "FR"), Channel.MIX)
    wild = np.array([[np.nan, np.inf, -np.inf, 1.5, -2.0]], np.float32)
    parts = [
        TimedSamples(0.0, RATE, np.array([[0.5, 1.0], [0.25, -1.0]], np.float32), stereo),
        TimedSamples(None, RATE, np.array([[0.125, 0.25], [0.125, 0.75]], np.float32), stereo),
        TimedSamples(None, RATE, wild, MONO),
        TimedSamples(None, RATE, np.array([[-32768, 16384]], np.int16), MONO),
        TimedSamples(None, RATE, np.array([[0, 255], [128, 255]], np.uint8), stereo),
    ]
    (samples,) = resampled(parts)
    assert samples.dtype == np.float32
    assert samples.tolist() == [
        *(0.375, 0.0, 0.125, 0.5),
        *(0.0, 1.0, -1.0, 1.0, -1.0),
        *(-1.0, 0.5),
        *(-0.5, 127 / 128),
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 60))
def test_chunks_are_full_but_for_the_last(lengths: list[int], size: int) -> None:
    ends = np.cumsum([0, *lengths])
    parts = [np.arange(a, b, dtype=np.float32) for a, b in itertools.pairwise(ends)]
    blocks = list(in_chunks(parts, size))
    assert all(len(b) == size for b in blocks[:-1])
    assert all(0 < len(b) <= size for b in blocks)
    joined = np.concatenate(blocks) if blocks else np.zeros(0)
    assert np.array_equal(joined, np.arange(ends[-1]))
