"""The scanner's clock, economy and memory, with a detector whose answers can be worked out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidtag.core.records import Emotion, EventKind
from vidtag.core.settings import EventKindConfig, EventsConfig
from vidtag.listening.events.scan import Curves, EventScanner
from vidtag.listening.windows import Tagger, TaggerScope, WindowPosteriors
from vidtag.media.level import SILENCE_DB
from vidtag.media.samples import SAMPLE_RATE

KINDS = tuple(EventKind)
NOISE = 0.01


class ToneDetector:
    """Hears loudness as laughter: the share of a window's samples that is loud."""

    def __init__(self) -> None:
        self.lengths: set[int] = set()
        self.asked = 0

    def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
        self.lengths.add(windows.shape[1])
        self.asked += len(windows)
        answer = np.zeros((len(windows), len(KINDS)), np.float32)
        answer[:, KINDS.index(EventKind.LAUGHTER)] = (np.abs(windows) > 0.3).mean(axis=1)
        answer[:, KINDS.index(EventKind.BGM)] = windows.shape[1] / SAMPLE_RATE / 10
        emotions = np.eye(len(Emotion), dtype=np.float32)[np.zeros(len(windows), int)]
        return WindowPosteriors(answer, emotions=emotions)


class Trace:
    """A tagger that gives loud stretches a faint trace of laughter, and all else none, or next to
    none."""

    def __init__(
        self, kinds: tuple[EventKind, ...] = (EventKind.LAUGHTER,), none: float = 1e-6
    ) -> None:
        self.scope = TaggerScope(kinds)
        self.asked = 0
        self._none = none

    def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
        self.asked += len(windows)
        answer = np.full((len(windows), len(KINDS)), self._none, np.float32)
        loud = (np.abs(windows) > 0.3).any(axis=1)
        answer[:, KINDS.index(EventKind.LAUGHTER)] = np.where(loud, 0.1, self._none)
        return WindowPosteriors(answer)


def recording(seconds: float, loud: list[tuple[float, float]]) -> np.ndarray:
    """Faint noise with loud stretches."""
    audio = np.random.default_rng(1).normal(0, NOISE, round(seconds * SAMPLE_RATE))
    audio = np.clip(audio, -0.1, 0.1)
    for start, end in loud:
        audio[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0.5
    return audio.astype(np.float32)


def scan(
    audio: np.ndarray,
    block: int = 480_000,
    config: EventsConfig | None = None,
    tagger: Tagger | None = None,
) -> tuple[Curves, ToneDetector]:
    detector = ToneDetector()
    scanner = EventScanner(detector, config or EventsConfig(), tagger)
    for first in range(0, len(audio), block):
        scanner.feed(audio[first : first + block])
    return scanner.finish(), detector


def test_times_are_those_of_the_samples() -> None:
    curves, _ = scan(recording(90, [(20.3, 24.1), (59.9, 61.0)]))
    laughter = curves.curve(EventKind.LAUGHTER)
    for edge in (20.3, 24.1, 59.9, 61.0):
        # half of a window lies on either side of an edge when the edge is its middle
        assert np.interp(edge, curves.times, laughter) == pytest.approx(0.5, abs=0.04)
    assert laughter[np.abs(curves.times - 40) < 5].max() == 0
    assert curves.duration == 90


def test_the_ends_are_heard_as_if_the_room_went_on() -> None:
    curves, _ = scan(recording(30, [(0, 2), (28, 30)]))
    laughter = curves.curve(EventKind.LAUGHTER)
    assert laughter[0] == pytest.approx(1)
    assert laughter[-1] == pytest.approx(1, abs=0.1)
    assert len(laughter) == len(curves.times)
    assert 30 - curves.hop <= curves.times[-1] <= 30


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 50_000), st.floats(0.0, 12.0), st.floats(0.01, 4.0))
def test_how_it_is_cut_into_blocks_does_not_matter(block: int, start: float, length: float) -> None:
    audio = recording(12.3, [(start, start + length)])
    whole, _ = scan(audio, len(audio))
    pieces, _ = scan(audio, max(block, 500))
    np.testing.assert_allclose(whole.posteriors, pieces.posteriors, atol=1e-6)
    np.testing.assert_array_equal(whole.loudness, pieces.loudness)
    assert whole.measured == pieces.measured


def test_windows_are_dense_only_at_edges() -> None:
    config = EventsConfig(hop=0.5, fine_hop=0.0625)
    quiet, _ = scan(recording(100, []), config=config)
    busy, _ = scan(recording(100, [(20, 80)]), config=config)
    assert quiet.measured == 201
    assert quiet.measured < busy.measured < quiet.measured + 60


@given(st.floats(0.3, 1.0), st.floats(1.0, 20.0))
def test_a_short_sound_out_of_quiet_is_heard(length: float, start: float) -> None:
    """Whole in what two coarse windows leave unheard, its rise out of quiet gives it away."""
    config = EventsConfig(window=1.0, hop=2.0, fine_hop=0.125)
    curves, _ = scan(recording(28, [(start, start + length)]), config=config)
    assert curves.curve(EventKind.LAUGHTER).max() >= 0.49 * min(length, 0.5)


@given(st.floats(1.65, 6.0), st.floats(0.0, 20.0))
def test_what_lies_between_two_coarse_windows_is_found(length: float, start: float) -> None:
    """Steps of two windows leave a window's length unheard; what is longer cannot hide there."""
    config = EventsConfig(window=1.0, hop=2.0, fine_hop=0.125)
    curves, _ = scan(recording(28, [(start, start + length)]), config=config)
    laughter = curves.curve(EventKind.LAUGHTER)
    middle = start + length / 2
    assert np.interp(middle, curves.times, laughter) > 0.9
    for edge in (start, start + length):
        if edge > 1:
            assert np.interp(edge, curves.times, laughter) == pytest.approx(0.5, abs=0.1)


@given(st.floats(0.5, 1.2), st.floats(2.0, 20.0))
def test_beside_a_tagger_no_short_sound_hides_between_the_models_steps(
    length: float, start: float
) -> None:
    """In the midst of a din, where no rise out of quiet gives it away."""
    audio = recording(28, [(start, start + length)])
    audio[np.abs(audio) <= 0.1] = 0.2
    curves, _ = scan(audio, config=EventsConfig(hop=2.0), tagger=Trace())
    row = round((start + length / 2) / curves.hop)
    assert curves.curve(EventKind.LAUGHTER)[row - 1 : row + 2].max() >= min(length, 1.0) - 0.15


def test_the_model_is_asked_only_what_a_tagger_leaves_open() -> None:
    config, tagger = EventsConfig(hop=2.0), Trace(KINDS)
    curves, model = scan(recording(100, [(50, 51)]), config=config, tagger=tagger)
    assert tagger.asked >= 101  # everything, every second
    assert 3 <= model.asked == curves.measured <= 30  # around the sound
    assert curves.curve(EventKind.LAUGHTER)[round(50.5 / curves.hop)] > 0.9
    silent, unasked = scan(recording(100, []), config=config, tagger=Trace(KINDS))
    assert unasked.asked == 0
    assert silent.posteriors.max() == 0


def test_what_a_tagger_hears_in_any_talk_is_not_searched_closer() -> None:
    """Talk has a hundred thousandth of a laugh; a thousandth is a trace of one."""
    config = EventsConfig(hop=2.0)
    talk, traced = Trace(KINDS, none=1e-5), Trace((EventKind.APPLAUSE,), none=1e-3)
    scan(recording(100, []), config=config, tagger=talk)
    assert talk.asked == 101
    scan(recording(100, []), config=config, tagger=traced)
    assert traced.asked > 700


def test_the_curves_say_where_the_model_was_not_asked() -> None:
    audio, config = recording(100, [(50, 51)]), EventsConfig(hop=2.0)
    beside, _ = scan(audio, config=config, tagger=Trace(KINDS))
    assert beside.unasked is not None
    laughs = ~beside.unasked[:, beside.kinds.index(EventKind.LAUGHTER)]
    around = beside.times[laughs]
    assert around[0] == pytest.approx(50, abs=2)
    assert around[-1] == pytest.approx(51, abs=2)
    assert laughs[(beside.times >= 50) & (beside.times <= 51)].all()
    assert scan(audio, config=config)[0].unasked is None


def test_emotions_can_be_wanted_everywhere() -> None:
    model, audio = ToneDetector(), recording(20, [])
    scanner = EventScanner(model, EventsConfig(hop=2.0), Trace(KINDS), emotions=True)
    heard = [one for batch in (scanner.feed(audio),) for one in batch.results]
    assert len(heard) == 10
    assert all(one.emotions is not None for one in heard)


def test_a_kind_that_the_tagger_does_not_know_is_asked_in_coarse_steps() -> None:
    config, tagger = EventsConfig(hop=2.0), Trace()
    curves, model = scan(recording(100, [(50, 51)]), config=config, tagger=tagger)
    assert 51 <= model.asked == curves.measured <= 51 + 30
    answered = ~np.isnan(curves.posteriors)
    assert answered.all()


def test_a_sure_and_even_sound_costs_the_coarse_rate() -> None:
    config = EventsConfig(window=1.0, hop=2.0, fine_hop=0.125)
    quiet, _ = scan(recording(100, []), config=config)
    long, _ = scan(recording(100, [(20, 80)]), config=config)
    assert quiet.measured == 51
    assert long.measured <= quiet.measured + 30 + 2 * 8  # within a sound, a window a second


def test_what_nobody_can_hear_is_not_asked_about() -> None:
    faint = recording(20, []) / 10  # -60 dB of full scale
    curves, detector = scan(faint)
    assert detector.asked == curves.measured == 0
    faint[5 * SAMPLE_RATE : 6 * SAMPLE_RATE] *= 10
    assert scan(faint)[1].asked > 0


def test_longer_windows_for_a_kind_that_needs_them() -> None:
    config = EventsConfig(
        window=1.0, hop=0.5, kinds={EventKind.BGM: EventKindConfig(window=3.0, edge=0.1)}
    )
    curves, detector = scan(recording(20, []), config=config)
    assert detector.lengths == {16_000, 48_000}
    assert curves.windows[curves.kinds.index(EventKind.BGM)] == 3.0
    np.testing.assert_allclose(curves.curve(EventKind.BGM), 0.3, atol=1e-6)


def test_digital_silence_is_not_asked_about() -> None:
    curves, detector = scan(np.zeros(30 * SAMPLE_RATE, np.float32))
    assert detector.asked == curves.measured == 0
    assert curves.posteriors.max() == 0
    assert (curves.loudness == SILENCE_DB).all()


@pytest.mark.parametrize("samples", [0, 1, 100, 7_999, 8_000, 16_000, 16_001])
def test_recordings_shorter_than_a_window(samples: int) -> None:
    curves, _ = scan(np.full(samples, 0.5, np.float32))
    assert curves.duration == samples / SAMPLE_RATE
    assert len(curves.posteriors) == len(curves.times)
    if samples:
        assert curves.curve(EventKind.LAUGHTER) == pytest.approx(1)
    else:
        assert len(curves.times) == 0


def test_loudness_is_in_decibels_of_full_scale() -> None:
    curves, _ = scan(np.concatenate([np.full(1600, 0.1), np.full(1680, 1.0)]).astype(np.float32))
    assert len(curves.loudness) == 21
    np.testing.assert_allclose(curves.loudness[:10], -20, atol=1e-3)
    np.testing.assert_allclose(curves.loudness[10:], 0, atol=1e-3)


@pytest.mark.parametrize("block", [1600, 33_333, 480_000])
def test_answers_come_once_and_do_not_depend_on_blocks(block: int) -> None:
    """Whole answers, and the promise that nothing before ``settled`` is still to come."""
    audio = recording(70, [(20.3, 24.1), (59.9, 61.0)])

    def asked(block: int) -> list[tuple[int, float]]:
        scanner, found, settled = EventScanner(ToneDetector(), EventsConfig()), [], 0
        for first in range(0, len(audio), block):
            batch = scanner.feed(audio[first : first + block])
            for one in batch.results:
                assert one.events.shape == (len(KINDS),)
                assert one.emotions is not None
                assert one.emotions.shape == (len(Emotion),)
                assert one.end - one.start == SAMPLE_RATE
                assert (one.start + one.end) // 2 >= settled
                found.append((one.start, float(one.events[KINDS.index(EventKind.LAUGHTER)])))
            assert batch.settled >= settled
            settled = batch.settled
        assert settled > len(audio) - 3 * SAMPLE_RATE
        return sorted(found)

    found = asked(block)
    assert len({start for start, _ in found}) == len(found)
    assert found == asked(10**7)


def test_kinds_that_are_switched_off_are_absent() -> None:
    config = EventsConfig(kinds={EventKind.BREATH: None, EventKind.BGM: None})
    curves, _ = scan(recording(5, []), config=config)
    assert EventKind.BREATH not in curves.kinds
    assert curves.curve(EventKind.BREATH).max() == 0


def test_memory_does_not_grow_with_the_recording() -> None:
    def peak(minutes: int) -> int:
        scanner = EventScanner(ToneDetector(), EventsConfig())
        block = recording(30, [])
        tracemalloc.start()
        for _ in range(minutes * 2):
            scanner.feed(block)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    short, long = peak(2), peak(10)
    audio = 8 * 60 * SAMPLE_RATE * 4
    assert long - short < audio / 20
