"""Curves to spans: what always holds, and where edges are put."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.builders.present import present
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventKindConfig, EventsConfig, TaggerConfig
from vidtag.listening.events.scan import Curves, TaggerCurves
from vidtag.listening.events.track import evidence, find_spans
from vidtag.media.level import SILENCE_DB

HOP = 0.0625
LAUGHTER, APPLAUSE, BGM = EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.BGM


def curves(loudness: np.ndarray | None = None, **columns: list[float] | np.ndarray) -> Curves:
    """Curves with a window of 1 s, one column per kind by name; even loudness unless given."""
    kinds = tuple(EventKind(name) for name in columns)
    rows = np.array(list(columns.values()), np.float32).T.reshape(-1, len(kinds))
    duration = max(len(rows) - 1, 0) * HOP
    if loudness is None:
        loudness = np.full(int(np.ceil(duration / 0.01)), -30.0)
    return Curves(
        kinds, rows, HOP, (1.0,) * len(kinds), loudness.astype(np.float32), duration, len(rows)
    )


def settings(snap: float = 0.0, **row: float) -> EventsConfig:
    off = dict.fromkeys(("min_duration", "merge_gap", "edge", "sustain", "smooth"), 0.0)
    given = {"on": 0.6, "off": 0.4, **off, **row}
    everything = {kind: EventKindConfig(**given) for kind in EventKind}
    return EventsConfig(snap=snap, kinds=everything)


def bump(start: float, end: float, duration: float, height: float = 1.0) -> np.ndarray:
    """A curve that is up between two times and falls off within a tenth of a second."""
    times = np.arange(int(duration / HOP) + 1) * HOP
    rise = np.clip((times - start) / 0.1 + 0.5, 0, 1)
    fall = np.clip((end - times) / 0.1 + 0.5, 0, 1)
    return height * np.minimum(rise, fall)


def spans(found: tuple[EventSpan, ...], kind: EventKind = LAUGHTER) -> list[EventSpan]:
    return [span for span in found if span.kind is kind]


# ---------------------------------------------------------------- cases


def test_beside_a_tagger_applause_begins_where_it_is_half_hidden_by_speech() -> None:
    """Two seconds under speech, of which little is heard, then three in the clear."""
    curve = np.maximum(bump(3, 8, 10, 0.12), bump(5, 8, 10))
    beside = EventsConfig(tagger=TaggerConfig(model="yamnet"))
    alone, both = (config.with_calibration({}) for config in (EventsConfig(), beside))
    (late,) = find_spans(curves(Applause=curve), alone)
    (whole,) = find_spans(curves(Applause=curve), both)
    assert late.start > 5.0
    assert whole.start == pytest.approx(3.2, abs=0.1)  # a quarter of a window later than the curve
    assert not find_spans(curves(Applause=bump(3, 8, 10, 0.12)), both)  # never clear: nothing


def beside_a_tagger(own: np.ndarray, said: np.ndarray) -> Curves:
    """Applause as SenseVoice hears it, and as a tagger does."""
    alone = curves(Applause=own)
    events = np.zeros((len(own), len(EventKind)), np.float32)
    events[:, tuple(EventKind).index(APPLAUSE)] = said
    labels = np.zeros((len(own), 0), np.float16)
    return replace(alone, tagger=TaggerCurves(tuple(EventKind), events, (), labels))


BESIDE = EventsConfig(tagger=TaggerConfig(model="yamnet")).with_calibration({})


def test_what_both_have_found_goes_on_where_sensevoice_alone_is_sure() -> None:
    """Three seconds of claps under speech, of which the tagger hears nothing, and then two."""
    own = bump(3, 8, 12, 0.95)
    (whole,) = find_spans(beside_a_tagger(own, bump(6, 8, 12, 0.5)), BESIDE)
    assert (whole.start, whole.end) == (pytest.approx(3.2, abs=0.1), pytest.approx(7.8, abs=0.1))
    assert find_spans(beside_a_tagger(own, np.zeros(len(own))), BESIDE) == ()


def test_doubts_of_sensevoice_carry_nothing_on() -> None:
    own = np.maximum(bump(6, 8, 12, 0.95), bump(3, 8, 12, 0.6))
    (span,) = find_spans(beside_a_tagger(own, bump(6, 8, 12, 0.5)), BESIDE)
    assert span.start > 5.9


def test_where_sensevoice_was_not_asked_it_carries_nothing_on() -> None:
    own = bump(3, 8, 12, 0.95)
    found = beside_a_tagger(own, bump(6, 8, 12, 0.5))
    unasked = (found.times < 5.5)[:, None]
    (span,) = find_spans(replace(found, unasked=unasked), BESIDE)
    assert span.start > 5.4


def test_one_bump_is_one_span() -> None:
    (span,) = find_spans(curves(Laughter=bump(3, 5, 10)), settings())
    assert (span.start, span.end) == (pytest.approx(3, abs=0.05), pytest.approx(5, abs=0.05))
    assert span.peak == 1.0
    assert 0.9 < span.mean <= 1.0


def test_nothing_heard_is_no_span() -> None:
    assert find_spans(curves(Laughter=np.zeros(100)), settings()) == ()
    assert find_spans(curves(Laughter=[]), settings()) == ()


def test_a_wavering_curve_does_not_flicker() -> None:
    wavering = bump(3, 5, 10) * (0.7 + 0.29 * np.cos(np.arange(161)))
    assert len(find_spans(curves(Laughter=wavering), settings())) == 1


def test_one_startled_moment_is_no_event_where_on_must_be_sustained() -> None:
    curve = np.maximum(bump(3, 3.4, 12), bump(6, 8, 12))
    (span,) = find_spans(curves(Laughter=curve), settings(sustain=1.0))
    assert (span.start, span.end) == (pytest.approx(6, abs=0.05), pytest.approx(8, abs=0.05))


def test_a_slow_kind_goes_on_through_doubts() -> None:
    curve = bump(3, 15, 20) * (np.arange(321) % 40 < 28)
    assert len(find_spans(curves(BGM=curve), settings())) > 3
    (span,) = find_spans(curves(BGM=curve), settings(smooth=4.0))
    assert (span.start, span.end) == (pytest.approx(3, abs=1), pytest.approx(15, abs=1))


def test_what_never_reaches_on_is_not_heard() -> None:
    assert find_spans(curves(Laughter=bump(3, 5, 10, height=0.59)), settings()) == ()


def test_a_window_hears_early_and_late_and_both_are_taken_off() -> None:
    (span,) = find_spans(curves(Laughter=bump(3, 5, 10)), settings(edge=0.2))
    assert (span.start, span.end) == (pytest.approx(3.2, abs=0.05), pytest.approx(4.8, abs=0.05))


def test_trimming_does_not_turn_a_short_sound_around() -> None:
    (span,) = find_spans(curves(Laughter=bump(3, 3.3, 10)), settings(edge=0.4))[:1] or [None]
    assert span is None or span.start < span.end


def test_what_sounds_at_the_ends_of_the_recording_lasts_to_its_ends() -> None:
    curve = np.maximum(bump(-2, 2, 10), bump(8, 12, 10))
    first, second = find_spans(curves(Laughter=curve), settings(edge=0.2))
    assert first.start == 0
    assert second.end == 10


def test_close_spans_are_one_and_short_ones_dropped() -> None:
    curve = np.maximum.reduce([bump(2, 3, 20), bump(3.4, 5, 20), bump(10, 10.3, 20)])
    found = find_spans(curves(Laughter=curve), settings(merge_gap=0.5, min_duration=0.6))
    assert [(round(s.start, 1), round(s.end, 1)) for s in found] == [(2.0, 5.0)]


def test_kinds_overlap() -> None:
    found = find_spans(
        curves(Laughter=bump(2, 5, 10) / 2, BGM=bump(1, 8, 10) * 0.9), settings(on=0.4)
    )
    assert [span.kind for span in found] == [BGM, LAUGHTER]


def test_laughter_and_applause_at_once_share_the_probability_but_not_the_verdict() -> None:
    both = bump(3, 6, 10) * 0.49
    found = find_spans(curves(Laughter=both, Applause=both), settings())
    assert {span.kind for span in found} == {LAUGHTER, APPLAUSE}


def test_the_lesser_of_two_is_not_heard() -> None:
    found = find_spans(
        curves(Laughter=bump(3, 6, 10) * 0.8, Applause=bump(3, 6, 10) * 0.15), settings()
    )
    assert [span.kind for span in found] == [LAUGHTER]


def test_speech_is_not_laughter_because_laughter_is_the_best_of_the_rest() -> None:
    assert find_spans(curves(Laughter=bump(3, 6, 10) * 0.3), settings()) == ()


def test_edges_snap_to_where_the_sound_begins_and_ends() -> None:
    loudness = np.full(1000, -60.0)
    loudness[317:488] = -25.0
    found = find_spans(curves(loudness, Laughter=bump(3, 5, 10)), settings(snap=0.25))
    assert [(s.start, s.end) for s in found] == [(pytest.approx(3.17), pytest.approx(4.88))]


def test_the_pauses_within_a_laugh_are_not_its_beginning() -> None:
    loudness = np.full(1000, -60.0)
    for burst in range(310, 500, 20):  # "ha ha ha", five a second
        loudness[burst : burst + 10] = -25.0
    found = find_spans(curves(loudness, Laughter=bump(3.2, 4.9, 10)), settings(snap=0.25))
    assert [(s.start, s.end) for s in found] == [(pytest.approx(3.10), pytest.approx(5.0))]


def test_without_a_clear_edge_nothing_moves() -> None:
    level = -30 + 2 * np.sin(np.arange(1000))
    plain = find_spans(curves(level, Laughter=bump(3, 5, 10)), settings())
    assert find_spans(curves(level, Laughter=bump(3, 5, 10)), settings(snap=0.25)) == plain


def test_a_kind_that_is_not_wanted_is_not_tracked() -> None:
    config = EventsConfig(kinds={LAUGHTER: None})
    assert find_spans(curves(Laughter=bump(3, 5, 10)), config) == ()


# ---------------------------------------------------------------- what always holds

probabilities = hnp.arrays(np.float32, st.integers(0, 120), elements=st.floats(0, 1, width=32))
rows = st.builds(
    lambda a, b, length, gap, edge, sustain, smooth: EventKindConfig(
        on=max(a, b),
        off=min(a, b),
        min_duration=length,
        merge_gap=gap,
        edge=edge,
        sustain=sustain,
        smooth=smooth,
    ),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1.5),
    st.floats(0, 1.5),
    st.floats(0, 0.49),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([0.0, 1.0]),
)


@st.composite
def heard(draw: st.DrawFn) -> Curves:
    curve = draw(probabilities)
    if draw(st.booleans()):
        curve = np.repeat(curve, 5)[:200]
    level = draw(hnp.arrays(np.float32, 40, elements=st.floats(SILENCE_DB, 0, width=32)))
    duration = max(len(curve) - 1, 0) * HOP
    loudness = np.resize(np.repeat(level, 20), int(np.ceil(duration / 0.01)))
    return curves(loudness, Laughter=curve, Applause=(1 - curve) * draw(st.floats(0, 1, width=32)))


def config_of(row: EventKindConfig, snap: float) -> EventsConfig:
    return EventsConfig(snap=snap, kinds=dict.fromkeys(EventKind, row))


@given(heard(), rows, st.sampled_from([0.0, 0.25, 1.0]))
def test_spans_are_whole(found: Curves, row: EventKindConfig, snap: float) -> None:
    everything = find_spans(found, config_of(row, snap))
    assert list(everything) == sorted(everything, key=lambda span: span.start)
    strength = evidence(found, config_of(row, snap))
    for kind in found.kinds:
        of_kind = spans(everything, kind)
        for span in of_kind:
            assert 0 <= span.start < span.end <= found.duration
            assert span.duration >= present(row.min_duration)
            assert present(row.on) <= span.peak <= 1
            assert 0 <= span.mean <= span.peak
            assert span.peak in strength[kind]
        for before, after in pairwise(of_kind):
            assert after.start - before.end > present(row.merge_gap)


@given(heard(), rows, st.floats(0, 1), st.sampled_from([0.0, 0.25]))
def test_a_higher_threshold_hears_less(
    found: Curves, row: EventKindConfig, on: float, snap: float
) -> None:
    stricter = row.model_copy(update={"on": max(on, present(row.on))})
    loose = find_spans(found, config_of(row, snap))
    for span in find_spans(found, config_of(stricter, snap)):
        assert any(s.start <= span.start and span.end <= s.end for s in spans(loose, span.kind))


@given(heard(), rows, st.floats(0, 2))
def test_a_higher_minimum_only_drops(found: Curves, row: EventKindConfig, length: float) -> None:
    longer = row.model_copy(update={"min_duration": max(length, present(row.min_duration))})
    assert set(find_spans(found, config_of(longer, 0.25))) <= set(
        find_spans(found, config_of(row, 0.25))
    )


@given(heard(), rows, st.floats(0, 2))
def test_a_wider_gap_only_joins(found: Curves, row: EventKindConfig, gap: float) -> None:
    wider = row.model_copy(update={"merge_gap": max(gap, present(row.merge_gap))})
    joined = find_spans(found, config_of(wider, 0.25))
    for span in find_spans(found, config_of(row, 0.25)):
        assert any(s.start <= span.start and span.end <= s.end for s in spans(joined, span.kind))


@given(heard())
def test_evidence_is_at_most_what_is_shared(found: Curves) -> None:
    strength = evidence(found, settings())
    total = strength[LAUGHTER] * 0 + found.posteriors.sum(axis=1)
    for kind in found.kinds:
        own = found.curve(kind)
        assert (strength[kind] >= own - 1e-6).all()
        assert (strength[kind] <= np.minimum(total, 3 * own) + 1e-6).all()
        assert (strength[kind] <= 1).all()


def test_what_nobody_can_hear_is_no_event() -> None:
    level = np.full(1000, -70.0)
    column = np.maximum(bump(2, 4, 10), bump(6, 8, 10))
    level[300] = -45.0
    (span,) = find_spans(curves(level, Laughter=column), settings())
    assert span.start < 3 < span.end
