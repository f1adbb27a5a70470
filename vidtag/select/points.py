"""Points that are made in a conversation: something decided, disputed, proposed or taken on.

The rules of each language are in ``points_en.py`` and so on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from vidtag.core.records import Emotion, Language
from vidtag.core.wordbreaks import simplified
from vidtag.select.point_rules import Wording
from vidtag.select.points_en import ENGLISH
from vidtag.select.points_ja import JAPANESE
from vidtag.select.points_ko import KOREAN
from vidtag.select.points_zh import CHINESE

_WORDINGS: Mapping[Language, Wording] = {
    Language.EN: ENGLISH,
    Language.ZH: CHINESE,
    Language.YUE: CHINESE,
    Language.JA: JAPANESE,
    Language.KO: KOREAN,
}


def makes_point(text: str, point: str, language: Language, own: Iterable[str] = ()) -> bool:
    """Whether a sentence makes a point.

    Args:
        own: phrases that make it by themselves, whatever the language.
    """
    if contains_phrase(text, own):
        return True
    wording = _WORDINGS.get(language)
    if wording is None or point not in wording.rules:
        return False
    folded = fold(text)
    return wording.makes(point, simplified(folded) if wording is CHINESE else folded)


SUPPORTING_EMOTIONS: Mapping[str, frozenset[Emotion]] = {
    "dispute": frozenset({Emotion.ANGRY, Emotion.DISGUSTED}),
    "idea": frozenset({Emotion.HAPPY, Emotion.SURPRISED}),
}
"""Emotions in which a phrase of a point makes the point more probable."""

SUFFICIENT_EMOTIONS: Mapping[str, frozenset[Emotion]] = {"dispute": frozenset({Emotion.ANGRY})}
"""Emotions that mean a point without any phrase, with a lower probability."""

_NO_LETTER_BEFORE = r"(?<![a-z0-9\u00df-\u024f])"
_NO_LETTER_AFTER = r"(?![a-z0-9\u00df-\u024f])"


def contains_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text contains one of the phrases, whatever the case and width of its letters."""
    folded = fold(text)
    return any(pattern(phrase).search(folded) for phrase in phrases)


def fold(text: str) -> str:
    """Text with the case and width of letters and the form of apostrophes made equal."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").casefold()


@lru_cache(maxsize=1024)
def pattern(phrase: str, *, prefix: bool = False) -> re.Pattern[str]:
    """Pattern of a phrase in folded text.

    Latin letters match whole words only. Korean words match with or without spaces between them,
    because people write them both ways.

    Args:
        prefix: whether the last word may be longer.
    """
    parts = fold(phrase).split()
    korean = any("\uac00" <= char <= "\ud7a3" for char in phrase)
    body = (r"\s*" if korean else r"\s+").join(map(re.escape, parts))
    before = _NO_LETTER_BEFORE if _is_latin(parts[0][0]) else ""
    after = _NO_LETTER_AFTER if _is_latin(parts[-1][-1]) and not prefix else ""
    return re.compile(before + body + after)


def _is_latin(char: str) -> bool:
    return (char.isalnum() and "LATIN" in unicodedata.name(char, "")) or char.isdigit()
