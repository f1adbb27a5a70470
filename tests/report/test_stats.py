import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_document, make_sentence
from tests.builders.present import present
from vidtag.core.intervals import merged
from vidtag.core.records import Emotion, EventKind, EventSpan, Language, SpeakerTurn
from vidtag.report.page import render
from vidtag.report.report_view import report_view
from vidtag.report.stats import BIN_SECONDS, longest_pause, measure, step_of

times = st.floats(0, 4000).map(lambda x: round(x, 3))
intervals = st.lists(st.tuples(times, times).map(lambda t: (min(t), max(t))), max_size=12)


@st.composite
def documents(draw):
    edges = sorted(draw(st.lists(times, max_size=16)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    segments = [
        make_sentence(a, b, "x y", draw(st.sampled_from(Language)), draw(st.sampled_from(Emotion)))
        for a, b in pairs
    ]
    events = [
        EventSpan(draw(st.sampled_from(EventKind)), a, b, 1.0, 1.0) for a, b in draw(intervals)
    ]
    return make_document(segments, events, duration=draw(times))


@given(documents())
def test_numbers_add_up(document):
    numbers = measure(document)
    assert sum(b.speech for b in numbers.bins) == pytest.approx(numbers.speech, abs=1e-3)
    for shares in (numbers.languages, numbers.emotions):
        if any(share.seconds for share in shares.values()):
            assert sum(share.share for share in shares.values()) == pytest.approx(1)
    for b in numbers.bins:
        assert 0 <= b.anger <= b.speech + 1e-6
        assert b.speech <= b.end - b.start + 1e-6
        assert 0 <= b.laughter <= b.end - b.start + 1e-6
    edges = [b.start for b in numbers.bins] + [numbers.duration]
    assert all(b.end == edge for b, edge in zip(numbers.bins, edges[1:], strict=True))
    assert len(numbers.bins) <= 60


@given(intervals)
def test_merged_intervals_cover_the_same_and_do_not_touch(given_):
    joined = merged(given_)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(joined))
    for start, end in given_:
        assert any(a <= start and end <= b for a, b in joined)


@given(st.floats(0.1, 200_000), st.integers(5, 80))
def test_a_step_parts_into_few_enough(duration, most):
    step = step_of(duration, most)
    assert duration / step <= most + 1e-6
    shorter = [s for s in BIN_SECONDS if s < step]
    assert all(duration / s > most for s in shorter)


def test_the_numbers_of_a_show(show):
    numbers = measure(show)
    assert numbers.speech_share == pytest.approx(16 / 60)
    assert list(numbers.languages) == [Language.EN, Language.ZH]
    assert numbers.events[EventKind.LAUGHTER].per_minute == 1
    pause = present(numbers.longest_pause)
    assert (pause.start, pause.end) == (5.0, 20.0)
    assert pause.kinds == (EventKind.LAUGHTER,)
    assert sum(b.anger for b in numbers.bins) == pytest.approx(4)


def test_words_that_overlap_leave_no_pause():
    assert longest_pause(make_document([make_sentence(0, 4, "one")])) is None
    assert longest_pause(make_document()) is None


def test_each_speaker_has_a_share_of_talk_and_of_anger():
    said = [
        ("Agent", 0.0, 6.0, Emotion.NEUTRAL),
        ("Customer", 5.0, 8.0, Emotion.ANGRY),
        ("Customer", 9.0, 10.0, Emotion.NEUTRAL),
    ]
    document = replace(
        make_document(
            [
                replace(make_sentence(a, b, "x y", Language.EN, how), speaker=who)
                for who, a, b, how in said
            ]
        ),
        turns=tuple(SpeakerTurn(who, a, b, 1.0) for who, a, b, _ in said),
    )
    talk = measure(document).speakers
    assert list(talk) == ["Agent", "Customer"]
    assert (talk["Agent"].seconds, talk["Agent"].angry) == (6.0, 0.0)
    assert talk["Customer"].share == pytest.approx(0.4)
    assert talk["Customer"].angry == pytest.approx(0.75)
    page = render(report_view(document))
    assert "Who speaks how much" in page
    assert "75% of it angry" in page
    assert "Who speaks how much" not in render(report_view(make_document()))
