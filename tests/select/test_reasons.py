"""Emotional passages and points made in speech are highlights too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders.documents import laugh, make_characters, make_document, make_segment, make_words
from vidtag.core.records import Document, Emotion, Language, Passage, Segment
from vidtag.core.settings import KNOWN_POINTS, HighlightsConfig
from vidtag.select.clips import select_clips
from vidtag.select.points import contains_phrase
from vidtag.select.reasons import find_reasons


def document(*segments: Segment) -> Document:
    return make_document(segments, duration=120.0)


def labels(doc: Document, **settings: object) -> list[str]:
    config = HighlightsConfig.model_validate({"kinds": {}, **settings})
    return [why.label for why in find_reasons(doc, config)]


MEETING = [
    ("decision", Language.EN, "so we decided to ship on Friday"),
    ("decision", Language.EN, "Let’s go with the blue one."),
    ("dispute", Language.EN, "no, I don't agree with that"),
    ("idea", Language.EN, "what if we asked them first"),
    ("decision", Language.KO, "금요일에 출시하기로 했습니다"),
    ("dispute", Language.KO, "저는 동의하지 않습니다"),
    ("idea", Language.KO, "먼저 물어보면 어떨까요"),
]
MEETING_CJK = [
    ("decision", Language.ZH, "我们决定星期五发布"),
    ("dispute", Language.ZH, "这个我不同意"),
    ("idea", Language.ZH, "我建议先问问他们"),
    ("decision", Language.YUE, "我哋決定星期五出"),
    ("dispute", Language.YUE, "我唔同意喎"),
    ("idea", Language.YUE, "不如問下佢哋先"),
    ("decision", Language.JA, "金曜日に出すことにしましょう"),
    ("dispute", Language.JA, "それは納得できません"),
    ("idea", Language.JA, "先に聞いてみませんか"),
]


@pytest.mark.parametrize(("point", "language", "text"), [*MEETING, *MEETING_CJK])
def test_each_phrase_makes_its_point_and_no_other_in_every_language(
    point: str, language: Language, text: str
) -> None:
    words = make_words(text, 5.0) if " " in text else make_characters(text, 5.0)
    doc = document(make_segment(words, language))
    assert labels(doc, points=dict.fromkeys(KNOWN_POINTS, 1.0)) == [point]


@pytest.mark.parametrize(
    "text",
    ["the weather is fine today", "somewhat iffy", "whatif scenarios", "unapproved thing"],
)
def test_plain_talk_makes_no_point(text: str) -> None:
    doc = document(make_segment(make_words(text, 5.0)))
    assert labels(doc, points=dict.fromkeys(KNOWN_POINTS, 1.0)) == []


def test_phrases_from_the_settings() -> None:
    doc = document(
        make_segment(make_words("Ship  it, then, Bob", 5.0)),
        make_segment(make_words("Versand ok", 9.0)),
    )
    found = labels(doc, points={"shipping": 2.0}, phrases={"shipping": ["ship it", "VERSAND"]})
    assert found == ["shipping", "shipping"]


def test_phrases_match_whatever_the_case_width_and_apostrophes() -> None:
    assert contains_phrase("WE’VE DECIDED", ["we've decided"])
    assert contains_phrase("ＯＫ です", ["ok"])
    assert contains_phrase("출시 하기로했어요", ["하기로 했"])


def test_an_emotion_is_a_passage_over_its_segments() -> None:
    angry = [
        make_segment(make_words("This is too much.", at), Language.EN, Emotion.ANGRY)
        for at in (5, 8)
    ]
    calm = make_segment(make_words("Fine now.", 11.0))
    doubtful = make_segment(
        make_words("Hm what.", 15.0), Language.EN, Emotion.ANGRY, emotion_probability=0.4
    )
    doc = document(*angry, calm, doubtful)
    config = HighlightsConfig(kinds={}, emotions={Emotion.ANGRY: 1.0})
    (passage,) = find_reasons(doc, config)
    end = angry[1].words[-1].end
    mean: Any = pytest.approx(0.9)
    assert passage == Passage("angry", 5.0, end, 0.9, mean)
    (clip,) = select_clips(doc, config)
    assert clip.start <= 5.0
    assert clip.end >= end
    assert clip.title == "This is too much"


def test_anger_means_a_dispute_and_makes_its_phrase_more_probable() -> None:
    phrase = make_words("I disagree with you.", 5.0)
    calm, angry = (
        document(make_segment(phrase)),
        document(make_segment(phrase, Language.EN, Emotion.ANGRY)),
    )
    config = HighlightsConfig(kinds={}, points={"dispute": 1.0})
    (said_calmly,) = find_reasons(calm, config)
    said_angrily = max(find_reasons(angry, config), key=lambda why: why.peak)
    assert len(find_reasons(angry, config)) == 2
    assert said_angrily.peak > said_calmly.peak
    assert select_clips(angry, config)[0].score > select_clips(calm, config)[0].score


def test_a_laugh_over_a_decision_is_one_clip_with_both_reasons() -> None:
    doc = make_document([make_segment(make_words("We decided to nap.", 5.0))], [laugh(7.5, 9.0)])
    (clip,) = select_clips(doc, HighlightsConfig(points={"decision": 1.0}))
    assert [why.label for why in clip.reason] == ["decision", "laughter"]


def test_a_point_without_phrases_is_refused() -> None:
    with pytest.raises(ValueError, match="'risk' is not known"):
        HighlightsConfig(points={"risk": 1.0})
    with pytest.raises(ValueError, match="is an event or an emotion"):
        HighlightsConfig(points={"angry": 1.0}, phrases={"angry": ("grr",)})
    with pytest.raises(ValueError, match="one is empty"):
        HighlightsConfig(points={"x": 1.0}, phrases={"x": (" ",)})
