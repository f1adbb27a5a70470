from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Emotion, EventKind, Language
from vidtag.listening.speech import richtext
from vidtag.listening.speech.richtext import RichText, clean, parse, render, words


@dataclass(frozen=True)
class Piece:
    piece: str
    start: int = 0
    end: int = 1
    probability: float = 1.0


def spelled(*pieces: str) -> list[str]:
    """Words of pieces, one frame each; a space before a word stands before it."""
    found = words(Piece(p, i, i + 1) for i, p in enumerate(pieces))
    return [(" " if word.space_before else "") + word.text for word in found]


@pytest.mark.parametrize(
    ("rich", "expected"),
    [
        (
            "<|zh|><|NEUTRAL|><|Speech|><|withitn|>你好。",
            RichText(Language.ZH, Emotion.NEUTRAL, None, True, "你好。"),
        ),
        (
            "<|en|><|HAPPY|><|Laughter|><|woitn|>ha ha",
            RichText(Language.EN, Emotion.HAPPY, EventKind.LAUGHTER, False, "ha ha"),
        ),
        (
            "<|nospeech|><|EMO_UNKNOWN|><|Event_UNK|><|woitn|>",
            RichText(Language.NOSPEECH, Emotion.UNKNOWN, None, False, ""),
        ),
        ("no tags", RichText(None, None, None, None, "no tags")),
        ("<|ko|>a<|SAD|>b<|/Speech|>", RichText(Language.KO, Emotion.SAD, None, None, "ab")),
        ("<|de|><|GBG|>x", RichText(None, None, None, None, "x")),
        ("<|en|><|zh|>first", RichText(Language.EN, None, None, None, "first")),
        ("<|en a <|<|> |> <||>", RichText(None, None, None, None, "<|en a <|<|> |>")),
    ],
)
def test_parse(rich: str, expected: RichText) -> None:
    assert parse(rich) == expected


@given(st.text())
def test_anything_can_be_parsed(text: str) -> None:
    rich = parse(text)
    assert rich.text == clean(rich.text)


@given(
    st.builds(
        RichText,
        st.sampled_from(Language),
        st.sampled_from(Emotion),
        st.none() | st.sampled_from(EventKind),
        st.booleans(),
        st.text(st.characters(exclude_characters="<|>")).map(clean),
    )
)
def test_what_is_rendered_parses_to_itself(rich: RichText) -> None:
    assert parse(render(rich)) == rich


@given(st.text())
def test_clean_text_is_one_printable_line(text: str) -> None:
    result = clean(text)
    assert result == result.strip()
    assert "  " not in result
    assert not any(unicodedata.category(c).startswith("C") for c in result)
    assert result.splitlines() in ([], [result])


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (
            ["▁Do", "▁not", "▁for", "get", ",", "▁Dav", "id", "."],
            ["Do", " not", " forget,", " David."],
        ),
        (["在", "学校", "有", "3", "个", "球", "。"], ["在", "学", "校", "有", "3", "个", "球。"]),
        (["用", "i", "Phone", "15", "拍", "，", "▁OK", "？"], ["用", "iPhone15", "拍，", " OK？"]),
        (["「", "你", "好", "」", "world"], ["「你", "好」", "world"]),
        (["しゃ", "っ", "く", "り", "ー", "。"], ["しゃっ", "く", "りー。"]),
        (["같이", "▁회", "사에서", "▁물을", "."], ["같이", " 회사에서", " 물을."]),
        (["▁don", "'", "t", "▁3", ".", "5", "%", "▁U", ".", "S", "."], ["don't", " 3.5%", " U.S."]),
        (["▁(", "there", ")", '▁"', "b", '"', "▁d"], ["(there)", ' "b"', " d"]),
        (["night", ".", "The", "▁end"], ["night.", "The", " end"]),
        (["letter", "？", "今", "晚"], ["letter？", "今", "晚"]),
        (["▁", "▁", "x", "▁", "。"], ["x。"]),
        (["。", "，", "▁…"], []),
        (["，", "好"], ["，好"]),
        (["end", "▁("], ["end("]),
        ([], []),
    ],
)
def test_words(pieces: list[str], expected: list[str]) -> None:
    assert spelled(*pieces) == expected


def test_words_take_the_frames_of_their_letters_and_the_least_probability() -> None:
    found = words(
        [
            Piece("▁he", 3, 4, 0.9),
            Piece("llo", 5, 7, 0.4),
            Piece(",", 30, 31, 0.1),
            Piece("▁x", 40, 41, 0.8),
        ]
    )
    assert [(w.text, w.start, w.end, w.probability) for w in found] == [
        ("hello,", 3, 7, 0.4),
        ("x", 40, 41, 0.8),
    ]


def test_bytes_are_put_together() -> None:
    pieces = [Piece(f"<0x{byte:02X}>", i, i + 1) for i, byte in enumerate("你é".encode())]
    found = words([*pieces, Piece("好", 9, 10)])
    assert [(w.text, w.start, w.end) for w in found] == [("你", 0, 5), ("é", 0, 5), ("好", 9, 10)]


def test_broken_bytes_and_control_characters_vanish() -> None:
    assert spelled("<0xE4>", "a", "\x07", "\u200b", "b", "\ufffd", "<0xFF>") == ["ab"]


def test_tags_among_pieces_vanish() -> None:
    assert spelled("<|zh|>", "好", "<|/Speech|>") == ["好"]


PIECES = st.lists(
    st.text(
        st.sampled_from("aZé9%▁ ▁.,?!'\"()「」。、，あっゃーア中国々한국\u0301\x00\u3000♪-…$")
        | st.characters(),
        max_size=4,
    )
    | st.sampled_from(["<0xE4>", "<0xBD>", "<0xA0>", "<|en|>"]),
    max_size=20,
)


@given(PIECES)
def test_words_lose_nothing_and_keep_order(pieces: list[str]) -> None:
    found = words(Piece(p, 2 * i, 2 * i + 1) for i, p in enumerate(pieces))
    letters = [
        letter.text
        for letter in richtext._letters(Piece(p, i, i + 1) for i, p in enumerate(pieces))
        if letter.text != " "
    ]
    assert "".join(word.text for word in found) in ("".join(letters), "")
    if not found:
        assert not any(unicodedata.category(c)[0] in "LNS" for c in letters if c != "\u0301")
    for word in found:
        assert word.text
        assert " " not in word.text
        assert word.start < word.end
    starts = [word.start for word in found]
    assert starts == sorted(starts)
    assert not found or not found[0].space_before
