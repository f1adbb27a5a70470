from __future__ import annotations

import re

import pytest

from tests.builders.documents import make_characters, make_document, make_segment
from vidtag.core.records import Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.breaks import Break, quality, together
from vidtag.subtitles.layout.cues import cues_of, lay_out


@pytest.mark.parametrize(
    ("pair", "language", "expected"),
    [
        ("home.|And", Language.EN, Break.SENTENCE),
        ("home.”|And", Language.EN, Break.SENTENCE),
        ("really?|Yes", Language.EN, Break.SENTENCE),
        ("dogs,|because", Language.EN, Break.CLAUSE),
        ("went|because", Language.EN, Break.CONJUNCTION),
        ("went|to", Language.EN, Break.PHRASE),
        ("dog|has", Language.EN, Break.PHRASE),
        ("red|wine", Language.EN, Break.PLAIN),
        ("the|dog", Language.EN, Break.BAD),
        ("of|wine", Language.EN, Break.BAD),
        ("...onto|some", Language.EN, Break.BAD),
        ("I|went", Language.EN, Break.BAD),
        ("don’t|know", Language.EN, Break.BAD),
        ("20|kilograms", Language.EN, Break.BAD),
        ("three|hundred", Language.EN, Break.BAD),
        ("half|past", Language.EN, Break.BAD),
        ("John|Smith", Language.EN, Break.BAD),
        ("Dr.|Miller", Language.EN, Break.BAD),
        ("Mr.|Smith", Language.EN, Break.BAD),
        ("feeding|it,", Language.EN, Break.BAD),
        ("there|is", Language.EN, Break.BAD),
        ("there|at", Language.EN, Break.PHRASE),
        ("天气。|我们", Language.ZH, Break.SENTENCE),
        ("天气，|我们", Language.ZH, Break.CLAUSE),
        ("天气|但是", Language.ZH, Break.CONJUNCTION),
        ("天气|很好", Language.ZH, Break.PLAIN),
        ("漂亮|的", Language.ZH, Break.BAD),
        ("在|北京", Language.ZH, Break.BAD),
        ("三|公里", Language.ZH, Break.BAD),
        ("減|價", Language.YUE, Break.POOR),
        ("食|咗", Language.YUE, Break.BAD),
        ("天気が|良いので", Language.JA, Break.PHRASE),
        ("この|本は", Language.JA, Break.BAD),
        ("2024|年に", Language.JA, Break.BAD),
        ("行く|ことに", Language.JA, Break.BAD),
        ("들려드릴|수", Language.KO, Break.BAD),
        ("20|분", Language.KO, Break.BAD),
        ("한|시간", Language.KO, Break.BAD),
        ("갔는데|음식이", Language.KO, Break.CONJUNCTION),
        ("친구하고|음식이", Language.KO, Break.CONJUNCTION),
        ("설정한|것과", Language.KO, Break.BAD),
        ("만들|때까지", Language.KO, Break.BAD),
        ("세|가지를", Language.KO, Break.BAD),
        ("설명해|드릴", Language.KO, Break.BAD),
        ("생각해|볼", Language.KO, Break.BAD),
        ("관련하여|보고서를", Language.KO, Break.PLAIN),
        ("구현해|본래의", Language.KO, Break.PLAIN),
        ("참여하지|못하는", Language.KO, Break.BAD),
        ("다뤄야|할", Language.KO, Break.BAD),
        ("철수야|하지만", Language.KO, Break.CONJUNCTION),
        ("이루긴|했지만", Language.KO, Break.BAD),
        ("한두|개의", Language.KO, Break.BAD),
        ("없는|분들을", Language.KO, Break.BAD),
        ("“무슨|일이", Language.KO, Break.BAD),
        ("밝은|달이", Language.KO, Break.PLAIN),
        ("分解所以|我们", Language.ZH, Break.PLAIN),
        ("所以|我们", Language.ZH, Break.BAD),
    ],
)
def test_how_good_a_break_is(pair, language, expected):
    before, after = pair.split("|")
    assert quality(before, after, language) is expected


def pieces(text: str, language: Language) -> list[str]:
    words = re.findall(r"[A-Za-z0-9.]+|.", text)
    inside = together(words, [False] * len(words), language)
    out: list[str] = []
    for word, held in zip(words, inside, strict=True):
        if held and out:
            out[-1] += word
        else:
            out.append(word)
    return out


def test_chinese_words_and_latin_runs_stay_whole():
    assert pieces("我昨天用OpenAI的模型写了程序，不能运行。", Language.ZH) == [
        "我", "昨天", "用", "OpenAI", "的", "模型", "写", "了", "程序，", "不能", "运行。"
    ]  # fmt: skip


def test_cantonese_words_stay_whole_in_traditional_characters():
    assert pieces("原來你已經去咗香港，你有冇見過啲黑社會？", Language.YUE) == [
        "原來", "你", "已經", "去", "咗", "香港，", "你", "有冇", "見過", "啲", "黑社會？"
    ]  # fmt: skip


def test_japanese_is_cut_into_phrases():
    assert pieces("今日はとても天気が良いので、私は行きました。", Language.JA) == [
        "今日は", "とても", "天気が", "良いので、", "私は", "行きました。"
    ]  # fmt: skip


def test_brackets_stay_with_what_they_hold():
    words, spaces = ["he", "said", "(", "no", ")", "."], [False, True, True, False, False, False]
    assert together(words, spaces, Language.EN) == [False, False, False, True, True, True]


def test_small_kana_and_long_marks_begin_no_line():
    words = ["ソ", "フ", "ト", "ゥ", "ー"]
    assert together(words, [False] * 5, Language.JA)[3:] == [True, True]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("オムライスなんかじゃごまかされないよ。", "ごまかされない"),
        ("苦しめるのはかわいそうじゃないか？", "かわいそう"),
        ("見せつけたかっただけなんです。", "なんです。"),
    ],
)
def test_a_japanese_phrase_wider_than_a_line_is_cut_where_it_may_be(text, whole):
    document = make_document([make_segment(make_characters(text), Language.JA)])
    lines = [line for cue in cues_of(lay_out(document, SubtitlesConfig())) for line in cue.lines]
    assert "".join(lines) == text
    assert len(lines) > 1
    assert any(whole in line for line in lines), lines
