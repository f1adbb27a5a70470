"""How likely a professional ends a subtitle in each gap of a text, from the words around it.

A log-linear model for each language: the sum of the weights of what is found around a gap is the
log odds that a subtitle ends there. ``python -m tools.evaluate_cues.fit_gaps`` fits the weights,
which are in ``break_scores``, in hundredths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, repeat

from vidtag.core.records import Language
from vidtag.core.wordbreaks import chinese_words, japanese_words, simplified
from vidtag.subtitles.layout.breaks import COMMON_ENGLISH

SCORED = (Language.EN, Language.JA, Language.KO, Language.ZH)
"""Languages that have a model."""

_NEVER = -12.0
"""Log odds inside a word."""
_EDGE = ("", "")
_MARKS = str.maketrans("", "", "、。，．､｡")
_SPACED = (Language.EN, Language.KO)
"""Languages whose words spaces part."""

_SEEN = 24
"""Characters after the last word that are looked at."""

Features = tuple[str, ...]


def gap_scores(texts: Sequence[str], following: str, language: Language) -> list[float]:
    """Log odds that a professional ends a subtitle after each word.

    Args:
        texts: words as a recogniser gives them, none empty: in Chinese and Japanese characters.
        following: the words that come after the last one.
    """
    text, ends = joined(texts, language)
    glue = " " if language in _SPACED else ""
    scores = _scores(f"{text}{glue}{following[:_SEEN]}", language)
    return [scores.get(end, _NEVER) for end in ends]


def joined(texts: Sequence[str], language: Language) -> tuple[str, list[int]]:
    """The text that a language's model reads, and where in it each word ends.

    In Chinese and Japanese it has no commas and full stops: subtitles have none, so nothing can be
    learnt of them there.
    """
    if language in _SPACED:
        return " ".join(texts), [end + n for n, end in enumerate(accumulate(map(len, texts)))]
    bare = [text.translate(_MARKS) for text in texts]
    return "".join(bare), list(accumulate(map(len, bare)))


@lru_cache(maxsize=4)
def _scores(text: str, language: Language) -> Mapping[int, float]:
    bias, tables = _model(language)
    none = repeat(0)
    return {
        place: (bias + sum(map(dict.get, tables, features, none))) / 100
        for place, features in gap_features(text, language)
    }


@cache
def _model(language: Language) -> tuple[int, tuple[dict[str, int], ...]]:
    """The bias, and the weights of each feature's values."""
    data = files("vidtag.subtitles.layout") / "break_scores" / f"{language}.json"
    read = json.loads(data.read_text(encoding="utf-8"))
    return read["bias"], tuple(read["weights"])


def gap_features(text: str, language: Language) -> Iterator[tuple[int, Features]]:
    """Where the words of a text end, and what is around each end, always in the same order."""
    return _FEATURES[language](text)


def _characters(text: str, place: int) -> Features:
    """Up to three characters on either side of a place."""
    one, two = text[place - 1 : place], text[max(0, place - 2) : place]
    after = text[place : place + 1]
    return (
        one,
        two,
        text[max(0, place - 3) : place],
        after,
        text[place : place + 2],
        f"{one}|{after}",
        f"{two}|{after}",
        f"{one}|{text[place : place + 2]}",
    )


def _japanese(text: str) -> Iterator[tuple[int, Features]]:
    words = [_EDGE, *japanese_words(text), _EDGE]
    end = 0
    for number in range(1, len(words) - 1):
        (_, earlier), (left, before), (right, after) = words[number - 1 : number + 2]
        end += len(left)
        yield (
            end,
            (
                *_characters(text, end),
                before,
                after,
                f"{before}|{after}",
                left,
                right,
                f"{left}|{after}",
                f"{earlier}|{before}",
                f"{earlier}|{before}|{after}",
            ),
        )


def _chinese(text: str) -> Iterator[tuple[int, Features]]:
    text = simplified(text)
    words = ["", *chinese_words(text, unknown=True), ""]
    end = 0
    for number in range(1, len(words) - 1):
        earlier, left, right = words[number - 1 : number + 2]
        end += len(left)
        yield (
            end,
            (
                *_characters(text, end),
                left,
                right,
                f"{left}|{right}",
                f"{earlier}|{left}",
                f"{min(3, len(left))}{min(3, len(right))}",
            ),
        )


def _korean(text: str) -> Iterator[tuple[int, Features]]:
    words = ["", *text.split(" "), ""]
    end = -1
    for number in range(1, len(words) - 1):
        earlier, left, right = words[number - 1 : number + 2]
        end += 1 + len(left)
        yield (
            end,
            (
                left,
                left[-1:],
                left[-2:],
                left[-3:],
                right,
                right[:1],
                right[:2],
                f"{left[-1:]}|{right[:1]}",
                f"{left[-2:]}|{right[:1]}",
                f"{left[-1:]}|{right[:2]}",
                f"{left[-2:]}|{right[:2]}",
                f"{earlier[-1:]}|{left[-2:]}",
                f"{min(4, len(left))}{min(4, len(right))}",
            ),
        )


def _english(text: str) -> Iterator[tuple[int, Features]]:
    tokens = text.split(" ")
    words = [_NOTHING, _NOTHING, *map(_english_word, tokens), _NOTHING, _NOTHING]
    end = -1
    for number, token in enumerate(tokens, 2):
        (_, earlier, _), (left, before, mark), (right, after, mark_after), (_, later, _) = words[
            number - 1 : number + 3
        ]
        end += 1 + len(token)
        yield (
            end,
            (
                mark,
                f"{left}{mark}",
                right,
                f"{mark}|{right}",
                f"{left}{mark}|{right}",
                f"{before}{mark}|{after}",
                f"{before}{mark}|{after}|{later}",
                f"{earlier}|{before}{mark}",
                f"{earlier}|{before}{mark}|{after}",
                f"{earlier}|{before}{mark}|{after}|{later}",
                f"{mark}|{mark_after}",
                f"{mark}|{words[number - 1][2]}",
                f"{before}{mark}|{after}{mark_after}",
                f"{words[number - 2][1]}|{earlier}|{before}{mark}",
            ),
        )


@lru_cache(maxsize=65_536)
def _english_word(token: str) -> tuple[str, str, str]:
    """A word in lower case, what kind of word it is, and the marks after it.

    The kind of a common word is the word itself; that of others is told by their endings and
    capitals.
    """
    bare = token.strip(_ENGLISH_MARKS)
    mark = token[len(token.rstrip(_ENGLISH_MARKS)) :][:2] if bare else token[:2]
    lower = bare.lower().replace("’", "'")
    if lower in COMMON_ENGLISH:
        return lower, lower, mark
    if any(char.isdigit() for char in lower):
        return lower, "0", mark
    ending = next((ending for ending in _ENDINGS if lower.endswith(ending)), "")
    return lower, f"-{ending}{'A' if bare[:1].isupper() else ''}", mark


_NOTHING = ("", "", "")
_ENGLISH_MARKS = ".,:;?!…\"“”‘’'()[]{}-–—*♪"
_ENDINGS = (
    "ing",
    "ed",
    "ly",
    "tion",
    "ness",
    "ment",
    "ous",
    "ful",
    "ive",
    "able",
    "al",
    "er",
    "'s",
    "s",
)
_FEATURES = {
    Language.EN: _english,
    Language.JA: _japanese,
    Language.KO: _korean,
    Language.ZH: _chinese,
}
