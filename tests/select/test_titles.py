"""Titles: informative, within the width, broken only where the language allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import laugh, make_characters, make_words
from vidtag.core.records import Passage
from vidtag.core.text_width import columns
from vidtag.select.titles import COLUMNS, clip_title, shorten
from vidtag.select.word_index import WordIndex


def test_a_short_punchline_takes_the_sentence_before_along() -> None:
    words = [*make_words("I asked the parrot.", 1.0), *make_words("Never.", 2.6)]
    assert clip_title(laugh(3.2, 5.0), 0.9, WordIndex(words)) == "I asked the parrot. Never"


def test_the_end_of_a_long_punchline_counts() -> None:
    words = make_words("And so I told my uncle that the boat was never really ours to sell", 1.0)
    text = clip_title(laugh(8.0, 9.0), 0.9, WordIndex(words))
    assert text == "…the boat was never really ours to sell"


def test_the_beginning_of_a_passage_counts() -> None:
    words = make_words("We decided that the whole team moves to the new office in May.", 1.0)
    why = Passage("decision", 1.0, 6.0, 0.9, 0.9)
    assert clip_title(why, 0.9, WordIndex(words)) == "We decided that the whole team moves to…"


def test_japanese_is_shortened_between_phrases() -> None:
    words = make_characters(
        "今日はとても長い文章を最後まで読んでいただきありがとうございました", 1.0
    )
    text = clip_title(Passage("happy", 1.0, 9.0, 0.9, 0.9), 0.9, WordIndex(words))
    assert text == "今日はとても長い文章を最後まで…"


def test_without_words_a_title_names_kind_and_time() -> None:
    assert clip_title(laugh(3725.0, 3727.0), 3723.0, WordIndex([])) == "Laughter at 1:02:05"


@pytest.mark.parametrize("text", ["x" * 200, "哈" * 100, "はい" * 60, "ㅋ" * 90])
def test_a_single_endless_word_is_cut_hard(text: str) -> None:
    assert columns(shorten(text, COLUMNS)) <= COLUMNS
    assert shorten(text, COLUMNS).endswith("…")


@given(st.lists(st.sampled_from(["so", "parrot", "你好", "ですか", "하하", "x" * 60]), max_size=30))
def test_shortening_keeps_what_fits(parts: list[str]) -> None:
    text = " ".join(parts)
    short = shorten(text, COLUMNS)
    assert columns(short) <= COLUMNS
    assert short == text or text.startswith(short.removesuffix("…"))
