"""Highlights by who speaks: one person's, of an exchange, and what is said about whom."""

from dataclasses import replace

import pytest

from tests.builders.documents import laugh, make_document, make_segment, make_words
from vidtag.core.errors import ConfigError
from vidtag.core.records import Emotion, SpeakerTurn
from vidtag.core.settings import Config, HighlightsConfig
from vidtag.select.clips import select_clips
from vidtag.timelines.build import DocumentTimelines

TALK = (
    ("Ana", 1.0, "we decided to meet on Monday.", Emotion.NEUTRAL),
    ("Ben", 8.0, "I disagree, that is wrong.", Emotion.ANGRY),
    ("Ana", 16.0, "so you say it is.", Emotion.ANGRY),
    ("Ben", 30.0, " ".join(["and then the long story went on and on"] * 4), Emotion.NEUTRAL),
    *(
        (name, 60.0 + 1.1 * n, text, Emotion.NEUTRAL)
        for n, (name, text) in enumerate(
            [("Ana", "tea?"), ("Ben", "no."), ("Ana", "coffee?"), ("Ben", "yes."), ("Ana", "good.")]
        )
    ),
)


@pytest.fixture(scope="module")
def document():
    segments = [
        replace(make_segment(make_words(text, at), emotion=emotion), speaker=name)
        for name, at, text, emotion in TALK
    ]
    turns = tuple(SpeakerTurn(s.speaker or "", s.start, s.end, 0.9) for s in segments)
    events = [laugh(segments[0].end + 0.5, segments[0].end + 3), laugh(45.0, 47.0)]
    return replace(make_document(segments, events, duration=90), turns=turns)


def found(document, **settings):
    clips = select_clips(document, HighlightsConfig(**settings))
    return [(why.label, clip.speaker) for clip in clips for why in clip.reason]


def test_clips_of_one_person_are_what_she_says_and_what_follows_it(document):
    both = found(document)
    assert both == [("laughter", "Ana"), ("laughter", "Ben")]
    assert found(document, speakers=["ana"]) == [("laughter", "Ana")]
    points = {"kinds": {}, "points": {"decision": 1.0, "dispute": 1.0}}
    assert found(document, **points, speakers=["Ana"])[0] == ("decision", "Ana")
    assert {who for _, who in found(document, **points, speakers=["Ben"])} == {"Ben"}
    assert found(document, speakers=["Cem"]) == []


def test_anger_is_one_persons(document):
    angry = {"kinds": {}, "emotions": {"ANGRY": 1.0}, "merge_gap": 0.0, "setup": 0.0}
    assert found(document, **angry) == [("angry", "Ben"), ("angry", "Ana")]
    assert found(document, **angry, speakers=["Ben"]) == [("angry", "Ben")]


def test_speaking_at_length_and_in_quick_turn_are_highlights(document):
    assert found(document, kinds={}, turns=1.0) == [("turn", "Ben")]
    (clip,) = select_clips(document, HighlightsConfig(kinds={}, exchanges=1.0))
    assert [why.label for why in clip.reason] == ["exchange"]
    assert clip.start <= 60.0
    assert clip.end >= document.turns[-1].end
    for among, count in ((["Ana", "Ben"], 1), (["Ana"], 1), (["Ana", "Cem"], 0)):
        settings = HighlightsConfig(kinds={}, exchanges=1.0, speakers=tuple(among))
        assert len(select_clips(document, settings)) == count


def test_a_document_without_speakers_has_the_clips_it_always_had(document):
    plain = replace(
        document, turns=(), segments=tuple(replace(s, speaker=None) for s in document.segments)
    )
    assert found(plain) == [("laughter", None), ("laughter", None)]
    assert found(plain, kinds={}, turns=1.0, exchanges=1.0) == []


def test_names_of_kinds_are_no_points():
    with pytest.raises(ConfigError, match="has a setting"):
        Config().with_values(
            {"highlights.points": {"turn": 1.0}, "highlights.phrases": {"turn": ["x"]}}
        )


def test_markers_on_timelines_say_who_it_is(document):
    settings = HighlightsConfig(points={"dispute": 1.0}, kinds={})
    timelines = DocumentTimelines.of(document, select_clips(document, settings))
    (whole,) = timelines.events.cuts
    laughs = [mark.comment for mark in whole.markers if mark.label == "laughter"]
    assert [comment.rsplit(", ", 1)[-1] for comment in laughs] == ["after Ana", "after Ben"]
    assert timelines.highlights is not None
    assert any(cut.comment.endswith("dispute, Ben") for cut in timelines.highlights.cuts)
    (mark, *_) = timelines.highlights.cuts[0].markers
    assert mark.comment.endswith(", Ben")
