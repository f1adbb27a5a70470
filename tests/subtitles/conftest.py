"""Hypothesis strategies for noisy words and documents; sizes stay small so that tests are quick."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from tests.builders.documents import make_document
from vidtag.core.records import (
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Word,
    join_words,
)

NASTY = (
    "{\\an8}", "<i>", "</i>", "<font color=red>", "-->", "00:00:01,000 --> 00:00:02,000", "a&b",
    "&lt;", "C:\\new", "\\N", "\\h", "{", "}", "<|en|>", "WEBVTT", "NOTE", "]]>", "\u202eabc",
    "\x00", "\x1b[31m", "a\u200bb", "\ufeff", "e\u0301\u0301", "👩\u200d👩\u200d👧", "\ud800",
    "1", "42", "STYLE", "<!--", "{Y:i}", "\n", "a\nb", " ", "", "“”", "（", "）", "...", "x" * 400,
    "嗨" * 60, "\u2028", "[laughter]", "Dialogue:", ";", "0:00", "\u3000", "<v Bob>", "&amp;",
)  # fmt: skip
PLAIN = {
    Language.EN: [
        "the",
        "a",
        "dog",
        "I",
        "am",
        "very",
        "happy",
        "and",
        "John",
        "Smith",
        "said",
        "yes.",
        "no,",
        "20",
        "kilograms",
        "to",
    ],
    Language.ZH: [*"我们今天去北京的天气很好，是吗？不知道。三", "Python", "3.5"],
    Language.YUE: list("我哋聽日去旺角睇戲啦，好唔好呀？"),
    Language.JA: [*"今日はとても天気が良いので、行きました。", "ー", "ッ", "AI"],
    Language.KO: [
        "안녕하세요",
        "저는",
        "한국",
        "사람",
        "입니다.",
        "그래서,",
        "수",
        "있어요",
        "20",
        "분",
    ],
}


def words(language: Language, nasty: bool = True) -> st.SearchStrategy[tuple[Word, ...]]:
    texts = st.sampled_from(PLAIN[language])
    if nasty:
        texts = texts | texts | st.sampled_from(NASTY) | st.text(max_size=6)
    spaced = language in (Language.EN, Language.KO)
    times = st.floats(-0.5, 1.2) if nasty else st.floats(0.05, 0.8)
    rows = st.lists(st.tuples(texts, times, times, st.booleans()), max_size=30)

    def build(drawn: Sequence[tuple[str, float, float, bool]]) -> tuple[Word, ...]:
        now = 0.0
        out: list[Word] = []
        for text, step, length, other in drawn:
            out.append(Word(text, now, now + length, 0.5, bool(out) and (spaced or other)))
            now += step
        return tuple(out)

    return rows.map(build)


def _segments(drawn: Sequence[tuple[Language, tuple[Word, ...], float]]) -> tuple[Segment, ...]:
    now, out = 0.0, []
    for language, given, pause in drawn:
        moved = tuple(
            Word(w.text, w.start + now, w.end + now, w.probability, w.space_before) for w in given
        )
        end = max([now, *(w.end for w in moved)])
        out.append(Segment(now, end, join_words(moved), moved, language, 0.9, Emotion.HAPPY, 0.8))
        now = end + pause
    return tuple(out)


def documents(nasty: bool = True) -> st.SearchStrategy[Document]:
    spoken = st.sampled_from(list(PLAIN)).flatmap(
        lambda language: st.tuples(st.just(language), words(language, nasty), st.floats(0, 3))
    )
    spans = st.lists(
        st.builds(
            lambda kind, start, length: EventSpan(kind, start, start + length, 0.9, 0.8),
            st.sampled_from(EventKind),
            st.floats(0, 30),
            st.floats(0.1, 9),
        ),
        max_size=5,
    )
    rates = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(60), None])
    shots = st.lists(st.floats(0, 40), max_size=12).map(sorted)
    return st.builds(
        lambda drawn, events, rate, shots: make_document(
            _segments(drawn), events, rate=rate, shots=shots if rate else ()
        ),
        st.lists(spoken, max_size=4),
        spans,
        rates,
        shots,
    )


@pytest.fixture(scope="session")
def noisy_documents() -> st.SearchStrategy[Document]:
    return documents()


@pytest.fixture(scope="session")
def clean_documents() -> st.SearchStrategy[Document]:
    return documents(nasty=False)
