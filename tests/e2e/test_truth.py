"""The yardstick itself: a perfect document passes it, and every kind of error is seen."""

from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_media
from tests.e2e import truth as yardstick
from tests.e2e.conftest import SAMPLES
from vidtag.core.records import (
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Word,
)


@pytest.fixture(scope="module")
def truth():
    return yardstick.load(SAMPLES / "demo.truth.json")


@pytest.fixture
def perfect(truth):
    """A document that says exactly what the truth says."""
    return make_document(
        media=make_media("demo.mp4", truth.duration),
        segments=tuple(
            Segment(
                s.start,
                s.end,
                s.text,
                tuple(Word(text, a, b, 1.0, True) for text, a, b in s.words)
                or (Word(s.text, s.start, s.end, 1.0),),
                s.language,
                1.0,
                s.emotion,
                1.0,
            )
            for s in truth.segments
        ),
        events=tuple(EventSpan(e.kind, e.start, e.end, 1.0, 1.0) for e in truth.events),
    )


def _all_problems(truth, document):
    scores = yardstick.text_scores(yardstick.pair_text(truth, document))
    return (
        [f"{lang}: {score.errors}" for lang, score in scores.items() if score.errors]
        + [s.text for s in truth.segments if yardstick.language_share(s, document) < 1]
        + yardstick.emotion_problems(truth, document)
        + [
            problem
            for kind in (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.COUGH)
            for problem in yardstick.event_problems(truth, document, kind, 0.5)
        ]
    )


def test_a_perfect_document_has_no_problem(truth, perfect):
    assert _all_problems(truth, perfect) == []
    assert yardstick.coverage(truth, perfect, EventKind.BGM) == 1
    errors = yardstick.word_time_errors(yardstick.pair_text(truth, perfect))
    assert len(errors) > 50
    assert set(errors) == {0}


def test_punctuation_and_case_do_not_count(truth, perfect):
    loud = replace(
        perfect,
        segments=tuple(
            replace(s, words=tuple(replace(w, text=w.text.upper() + "…！") for w in s.words))
            for s in perfect.segments
        ),
    )
    assert _all_problems(truth, loud) == []


@pytest.mark.parametrize("language", [Language.EN, Language.ZH, Language.JA, Language.KO])
def test_a_lost_sentence_counts_for_its_language_only(truth, perfect, language):
    lost = next(s for s in truth.segments if s.language is language)
    rest = replace(perfect, segments=tuple(s for s in perfect.segments if s.start != lost.start))
    scores = yardstick.text_scores(yardstick.pair_text(truth, rest))
    assert scores[language].errors == len(yardstick.tokens(lost.text, None))
    assert all(score.errors == 0 for other, score in scores.items() if other is not language)


def test_invented_words_count(truth, perfect):
    first = perfect.segments[0]
    more = replace(first, words=(*first.words, Word("really really", first.end, first.end, 1.0)))
    scores = yardstick.text_scores(
        yardstick.pair_text(truth, replace(perfect, segments=(more, *perfect.segments[1:])))
    )
    assert scores[first.language].errors == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda events: events[1:], "missed"),
        (
            lambda events: [replace(events[0], start=events[0].start - 0.51), *events[1:]],
            "found at",
        ),
        (lambda events: [replace(events[0], end=events[0].end + 0.51), *events[1:]], "found at"),
        (lambda events: [*events, replace(events[0], start=0.0, end=0.2)], "invented"),
    ],
)
@pytest.mark.parametrize("kind", [EventKind.LAUGHTER, EventKind.APPLAUSE])
def test_every_error_of_an_event_is_seen(truth, perfect, kind, change, said):
    of_kind = [e for e in perfect.events if e.kind is kind]
    rest = [e for e in perfect.events if e.kind is not kind]
    changed = replace(perfect, events=(*rest, *change(of_kind)))
    (problem,) = yardstick.event_problems(truth, changed, kind, 0.5)
    assert said in problem


def test_two_laughs_taken_for_one_is_an_error(truth, perfect):
    laughs = [e for e in perfect.events if e.kind is EventKind.LAUGHTER][:2]
    rest = [e for e in perfect.events if e not in laughs]
    merged = replace(perfect, events=(*rest, replace(laughs[0], end=laughs[1].end)))
    assert len(yardstick.event_problems(truth, merged, EventKind.LAUGHTER, 0.5)) == 2


def test_wrong_language_and_emotion_are_seen(truth, perfect):
    number = next(i for i, s in enumerate(perfect.segments) if s.emotion is Emotion.ANGRY)
    wrong = replace(perfect.segments[number], emotion=Emotion.SAD, language=Language.YUE)
    segments = (*perfect.segments[:number], wrong, *perfect.segments[number + 1 :])
    changed = replace(perfect, segments=segments)
    assert len(yardstick.emotion_problems(truth, changed)) == 1
    assert yardstick.language_share(truth.segments[number], changed) == 0


def test_clips_must_hold_the_set_up_and_a_reaction(truth):
    reactions = [e for e in truth.events if e.kind in yardstick.NEVER_BY_CHANCE]
    good = [(min(e.setup, e.start), e.end) for e in reactions]
    assert yardstick.clip_problems(truth, good, 0.3) == []
    late = [(good[0][0] + 1, good[0][1]), *good[1:]]
    assert len(yardstick.clip_problems(truth, late, 0.3)) == 1
    assert len(yardstick.clip_problems(truth, [*good, (0.0, 0.3)], 0.3)) == 1
