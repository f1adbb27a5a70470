"""The query language: what it means, and where a mistake is."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.errors import UserError
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.find.conditions import (
    All,
    Duration,
    Either,
    HasEmotion,
    HasLanguage,
    HasWords,
    IsEvent,
    IsSpeech,
    Near,
    Not,
    Probability,
)
from vidtag.find.query import parse

LAUGH, CLAP = IsEvent(EventKind.LAUGHTER), IsEvent(EventKind.APPLAUSE)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("laughter", LAUGH),
        ("Laughing", LAUGH),
        ("music", IsEvent(EventKind.BGM)),
        ("laughter:house", IsEvent(EventKind.LAUGHTER, "house")),
        ("laughs:Canned", IsEvent(EventKind.LAUGHTER, "canned")),
        ("cry:baby-crying", IsEvent(EventKind.CRY, "baby-crying")),
        ("laughter>3s", All((LAUGH, Duration(">", 3.0)))),
        ("laughter >= 1.5 min", All((LAUGH, Duration(">=", 90.0)))),
        ("laughter<=500ms", All((LAUGH, Duration("<=", 0.5)))),
        ("laughter>0.8", All((LAUGH, Probability(">", 0.8, LAUGH)))),
        ("laughter≥80%", All((LAUGH, Probability(">=", 0.8, LAUGH)))),
        ("laughter>3s and p>0.8", All((All((LAUGH, Duration(">", 3.0))), Probability(">", 0.8)))),
        ("laughter length>3s", All((LAUGH, Duration(">", 3.0)))),
        ("emotion:angry", HasEmotion(Emotion.ANGRY)),
        ("language:Cantonese", HasLanguage(Language.YUE)),
        ("language:yue", HasLanguage(Language.YUE)),
        ('"Thank  YOU"', HasWords("thank you")),
        ("“ＯＫ”", HasWords("ok")),
        ('said:decision said:"we do"', All((HasWords("decision"), HasWords("we do")))),
        ("speech and not language:en", All((IsSpeech(), Not(HasLanguage(Language.EN))))),
        ("laughter or applause p>0.5", Either((LAUGH, All((CLAP, Probability(">", 0.5)))))),
        ("(laughter or applause) p>0.5", All((Either((LAUGH, CLAP)), Probability(">", 0.5)))),
        ("applause within 2s of laughter", All((CLAP, Near(2.0, "of", LAUGH)))),
        ('applause within 1min after "bye"', All((CLAP, Near(60.0, "after", HasWords("bye"))))),
        (
            "laughter not within 2s before (applause or cry)",
            All((LAUGH, Not(Near(2.0, "before", Either((CLAP, IsEvent(EventKind.CRY))))))),
        ),
    ],
)
def test_meaning(text: str, meaning: object) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", 0, "the query is empty"),
        ("laughter adn applause", 9, "'adn' is not understood here; did you mean 'and'"),
        ("lauhgter>3s", 0, "did you mean 'laughter'"),
        ("hello", 0, 'quote them: "hello"'),
        ("angry", 0, "write emotion:angry"),
        ("emotion:angy", 8, "did you mean 'angry'"),
        ("laughter:hose", 9, "'hose' is no sort of laughter; did you mean 'house'"),
        ("applause:house", 9, "choose of cheering, canned, live"),
        ("sneeze:loud", 7, "'loud' is no sort of sneeze"),
        ("langage:en", 0, "did you mean language:"),
        ("language:klingon", 9, "choose of zh"),
        ("laughter>3", 9, "'3' is no probability, 0 to 1; if you mean a length, write 3s"),
        ("laughter>", 9, "the query ends where"),
        ("laughter>>3s", 9, "must come here"),
        ("length>0.8", 7, "'0.8' is no length; write 0.8s"),
        ("length>3x", 7, "'3x' is no length"),
        ("p>3s", 2, "is no probability"),
        ("p 0.8", 2, "a comparison must follow 'p'"),
        ("laughter within of applause", 16, "a length such as 2s"),
        ("laughter within 2s applause", 19, "of, before or after"),
        ("laughter and", 12, "the query ends where something to look for"),
        ("(laughter", 9, "the query ends where a closing )"),
        ("laughter)", 8, "')' is not understood"),
        ("笑 laughter", 0, "'笑' is not understood"),
        ('laughter "unclosed', 9, "the quotes are not closed"),
        ('""', 0, "no words between the quotes"),
        ("not " * 60 + "laughter", 0, "nested too deeply"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, place: int, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text)
    message, shown, arrow = str(caught.value).split("\n")
    assert problem in message
    assert shown == "  " + text
    assert arrow.index("^") == place + 2


def test_the_arrow_stands_under_wide_characters() -> None:
    with pytest.raises(UserError) as caught:
        parse('"笑声" lauhter')
    assert str(caught.value).split("\n")[2].index("^") == 2 + 7


@given(st.text(alphabet="laughter \"'()<>=:.0123456789s andornotwithinofp笑\n", max_size=60))
def test_any_text_is_a_query_or_an_error(text: str) -> None:
    with contextlib.suppress(UserError):
        parse(text)
