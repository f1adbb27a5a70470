from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Language
from vidtag.subtitles.characters import (
    clean,
    full_width,
    restore_spaces,
    script_language,
    spaced,
    width,
)
from vidtag.subtitles.layout.style_profiles import profile_for

NETFLIX = profile_for("netflix", None)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Hello, you", Language.EN, 10),
        ("你好，Python", Language.ZH, 6),
        ("今日はAI", Language.JA, 4),
        ("ｱｲｳ", Language.JA, 1.5),
        ("안녕 OK!", Language.KO, 4),
        ("e\u0301a", Language.EN, 2),
    ],
)
def test_characters_count_as_the_guides_say(text, language, expected):
    assert width(text, NETFLIX.rules(language)) == expected


@given(st.text())
def test_clean_text_has_nothing_that_cannot_be_displayed(text):
    shown = clean(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not set(shown) & set("\u202e\u200f\u2066\ufeff\u200b")
    assert shown == " ".join(shown.split())
    assert clean(shown) == shown


@given(st.text(alphabet=st.characters(whitelist_categories=["Lu", "Ll", "Lo", "Nd", "Po"])))
def test_ordinary_text_stays_as_it_is(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "behind the house.Good evening,Tom?Yes!No",
            "behind the house. Good evening, Tom? Yes! No",
        ),
        ("at 9 a.m. in the U.S.A., v2.Fine", "at 9 a.m. in the U.S.A., v2.Fine"),
        ("été.Übung", "été. Übung"),
        ("vitamin b.C", "vitamin b.C"),
        ("你好.The", "你好.The"),
        ("house. Good", "house. Good"),
        ("", ""),
    ],
)
def test_spaces_that_the_recogniser_left_out_are_restored(text, expected):
    assert restore_spaces(text) == expected


@given(st.text(alphabet="aB.!, 3"))
def test_only_spaces_are_added(text):
    assert restore_spaces(text).replace(" ", "") == text.replace(" ", "")
    assert restore_spaces(restore_spaces(text)) == restore_spaces(text)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("Hello", Language.ZH, Language.EN),
        ("你好", None, Language.ZH),
        ("你好", Language.YUE, Language.YUE),
        ("東京", Language.JA, Language.JA),
        ("東京へ", Language.ZH, Language.JA),
        ("서울", Language.EN, Language.KO),
        ("42", Language.JA, Language.EN),
    ],
)
def test_the_script_tells_the_language(text, hint, expected):
    assert script_language(text, hint) is expected


@pytest.mark.parametrize(
    ("before", "after", "language", "asked", "expected"),
    [
        ("我", "们", Language.ZH, True, False),
        ("用", "Python", Language.ZH, False, True),
        ("Python", "语言", Language.ZH, False, True),
        ("5", "公里", Language.ZH, False, False),
        ("好，", "Python", Language.ZH, True, False),
        ("Hong", "Kong", Language.ZH, True, True),
        ("は", "AI", Language.JA, True, False),
        ("한국", "사람", Language.KO, True, True),
        ("", "first", Language.EN, False, False),
    ],
)
def test_spaces_follow_the_script(before, after, language, asked, expected):
    assert spaced(before, after, language, asked) is expected


def test_punctuation_after_han_becomes_full_width():
    assert [full_width(t) for t in ("好,", "好.", "吗?", "Python,", "3.5", "好...")] == [
        "好，", "好。", "吗？", "Python,", "3.5", "好..."
    ]  # fmt: skip
