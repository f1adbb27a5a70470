from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.settings import VadConfig
from vidtag.listening.speech.stretches import (
    LONGEST_JOINED_GAP,
    PADDING,
    Stretch,
    StretchBuilder,
)
from vidtag.listening.speech.vad import Span
from vidtag.media.samples import SAMPLE_RATE

SECOND = SAMPLE_RATE


def shaped(spans: list[Span], total: int, **settings: float) -> list[Stretch]:
    builder = StretchBuilder(VadConfig.model_validate(settings))
    return [*builder.feed(spans, total), *builder.finish(total)]


def test_spans_are_padded() -> None:
    assert shaped([(SECOND, 2 * SECOND)], 5 * SECOND) == [
        Stretch(SECOND - PADDING, 2 * SECOND + PADDING, ((SECOND - PADDING, 2 * SECOND + PADDING),))
    ]


def test_padding_stays_within_the_recording() -> None:
    (stretch,) = shaped([(100, SECOND)], SECOND + 50)
    assert (stretch.start, stretch.end) == (0, SECOND + 50)


def test_close_spans_are_joined_and_their_padding_meets_halfway() -> None:
    (stretch,) = shaped([(SECOND, 2 * SECOND), (2 * SECOND + 1000, 3 * SECOND)], 9 * SECOND)
    assert stretch.parts == (
        (SECOND - PADDING, 2 * SECOND + 500),
        (2 * SECOND + 500, 3 * SECOND + PADDING),
    )


def test_spans_are_not_joined_over_a_long_silence() -> None:
    after = 2 * SECOND + LONGEST_JOINED_GAP + 1
    assert len(shaped([(SECOND, 2 * SECOND), (after, after + SECOND)], 20 * SECOND)) == 2
    assert len(shaped([(SECOND, 2 * SECOND), (after - 1, after + SECOND)], 20 * SECOND)) == 1


def test_spans_are_joined_up_to_the_length_asked_for() -> None:
    spans = [(n * 2 * SECOND, n * 2 * SECOND + SECOND) for n in range(12)]
    sizes = [len(s.parts) for s in shaped(spans, 30 * SECOND, merge_length_s=5)]
    assert sizes == [3, 3, 3, 3]
    assert len(shaped(spans, 30 * SECOND, merge_vad=False)) == 12


def test_a_span_that_was_cut_is_not_padded_at_the_cut() -> None:
    first, second = shaped([(SECOND, 16 * SECOND), (16 * SECOND, 40 * SECOND)], 60 * SECOND)
    assert first.end == second.start == 16 * SECOND


SPANS = st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 200_000)), max_size=30).map(
    lambda steps: [
        (at - length, at)
        for (_, length), at in zip(
            steps, itertools.accumulate(gap + length for gap, length in steps), strict=True
        )
    ]
)


@given(SPANS, st.floats(0, 60), st.booleans(), st.integers(0, 50_000))
def test_stretches_are_ordered_hold_all_spans_and_no_more(
    spans: list[Span], length: float, merge: bool, tail: int
) -> None:
    total = (spans[-1][1] if spans else 0) + tail
    stretches = shaped(spans, total, merge_length_s=length, merge_vad=merge)
    parts = [part for stretch in stretches for part in stretch.parts]
    assert len(parts) == len(spans)
    for (start, end), span in zip(parts, spans, strict=True):
        assert max(0, span[0] - PADDING) <= start <= span[0]
        assert span[1] <= end <= min(span[1] + PADDING, total)
    for left, right in itertools.pairwise(parts):
        assert left[1] <= right[0]
    for stretch in stretches:
        assert (stretch.start, stretch.end) == (stretch.parts[0][0], stretch.parts[-1][1])
        if len(stretch.parts) > 1:
            assert stretch.end - stretch.start <= length * SECOND + 2 * PADDING + 1


@given(SPANS, st.floats(0, 60), st.data())
def test_it_does_not_matter_how_spans_come(
    spans: list[Span], length: float, data: st.DataObject
) -> None:
    total = (spans[-1][1] if spans else 0) + 100_000
    config = VadConfig(merge_length_s=length)
    builder = StretchBuilder(config)
    found: list[Stretch] = []
    rest = list(spans)
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        taken, rest = rest[:count], rest[count:]
        settled = rest[0][0] if rest else total
        settled = data.draw(st.integers(taken[-1][1], settled))
        found += builder.feed(taken, settled)
        needed = builder.needed
        assert needed is None or needed <= taken[-1][0]
        assert builder.lookback(settled) <= settled
    found += builder.finish(total)
    assert found == shaped(spans, total, merge_length_s=length)
