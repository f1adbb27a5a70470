"""Characters: their script, their width, the spaces between them, and which are not displayed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from vidtag.core.records import Language
from vidtag.core.text_width import is_wide
from vidtag.subtitles.layout.style_profiles import LanguageRules

CLOSING = frozenset("、。，．・：；？！ー…‥〜～)]}）〕］｝〉》」』】〙〗〟’”»,.:;?!%％℃‰")
"""Closing punctuation: no line may begin with it."""

_SMALL_KANA = frozenset(
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶゝゞヽヾ々ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)

NON_STARTERS = CLOSING | _SMALL_KANA
"""Characters no line may begin with."""

OPENING = frozenset("([{（〔［｛〈《「『【〘〖〝‘“«")
"""Characters no line may end with."""

_ENDS = frozenset(".,!?;:")

_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")

# Left to right and right to left marks, embeddings and isolates, zero-width spaces, byte order
# mark, soft hyphen, interlinear annotation. The zero-width joiner stays: it builds emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb]"
)
_KANA = re.compile(
    "[\u3041-\u309f\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff6f\uff71-\uff9d]"
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTER = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=262_144)
def clean(text: str) -> str:
    """Text without what cannot be displayed: control and direction characters, lone surrogates,
    noncharacters. Every kind of white space becomes one plain space; the ends are trimmed.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", text)
    return " ".join("".join(_displayed(char) for char in text).split())


def lacks_space(before: str, after: str) -> bool:
    """Whether the recogniser left out the space between two words, as in "house.Good"; "U.S." and
    "a.m." are one word.
    """
    if len(before) < 3 or before[-3].isspace():
        return False
    return before[-1] in _ENDS and before[-2].islower() and after[:1].isupper()


def restore_spaces(text: str) -> str:
    """Text with the spaces that the recogniser left out."""
    missing = [i for i in range(3, len(text)) if lacks_space(text[i - 3 : i], text[i])]
    return " ".join(text[a:b] for a, b in pairwise([0, *missing, len(text)])) if missing else text


_LABEL = re.compile(r"\[[^\]\n]*\]|（[^）\n]*）|\([A-Z][A-Z ]+\)")


def without_labels(line: str) -> str:
    """A line without the labels in it, such as [laughter]: what is said."""
    return " ".join(_LABEL.sub(" ", line).split()) if _LABEL.search(line) else line


def _displayed(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Zl", "Zp", "Zs") or char in "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85":
        return " "
    if category == "Cs" or ord(char) & 0xFFFE == 0xFFFE:
        return "\ufffd"
    return "" if category in ("Cc", "Co", "Cn") and not _is_future_emoji(char) else char


def _is_future_emoji(char: str) -> bool:
    """Unassigned in this Python's Unicode but in the emoji blocks, so a newer font may have it."""
    return 0x1F000 <= ord(char) <= 0x1FBFF


@lru_cache(maxsize=65536)
def half_widths(char: str) -> int:
    """Width of a character in half-width cells: 0 for a combining mark, 1, or 2."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if is_wide(char) or char in "…“”‘’—♪" else 1


def width(text: str, rules: LanguageRules) -> float:
    """Characters of a text as a language counts them (some count half-width ones as 0.5)."""
    if rules.half_width == 1:
        return float(sum(1 for char in text if half_widths(char)))
    counts = (0.0, rules.half_width, 1.0)
    return sum(counts[half_widths(char)] for char in text)


def script_language(text: str, hint: Language | None = None) -> Language:
    """Language whose rules a text falls under, by its script.

    ``hint`` decides where the script does not: between Chinese, Cantonese, Japanese and Korean for
    a text of Han characters alone. Kana makes a text Japanese, Hangul Korean, neither nor Han
    English.
    """
    if text.isascii():
        return Language.EN
    if _KANA.search(text):
        return Language.JA
    if _HANGUL.search(text):
        return Language.KO
    if _HAN.search(text):
        return hint if hint in (Language.YUE, Language.JA, Language.KO) else Language.ZH
    return Language.EN


def is_cjk(char: str) -> bool:
    """Whether a character is Han or kana, or their punctuation: scripts written without spaces."""
    return bool(
        _HAN.match(char)
        or _KANA.match(char)
        or "\u3000" <= char <= "\u303f"
        or "\uff00" <= char <= "\uff65"
        or char == "ー"
    )


@lru_cache(maxsize=65_536)
def full_width(text: str) -> str:
    """ASCII punctuation after a Han or kana character, made full-width."""
    body = text.rstrip(",.?!:;")
    if not body or len(body) == len(text) or not is_cjk(body[-1]):
        return text
    tail = text[len(body) :].translate(_FULL_WIDTH)
    return body + ("。" if tail == "." else tail)


@lru_cache(maxsize=262_144)
def spaced(before: str, after: str, language: Language, recognised: bool) -> bool:
    """Whether a space parts two neighbouring words.

    Between Han or kana characters there is none. Chinese sets a Latin word off from Han
    characters by one; Japanese does not. Elsewhere the recogniser's spacing stays.

    Args:
        recognised: whether the recogniser has a space there.
    """
    if not before or language not in (Language.ZH, Language.YUE, Language.JA):
        return recognised
    left, right = before[-1], after[0]
    if is_cjk(left) and is_cjk(right):
        return False
    if is_cjk(left) == is_cjk(right):
        return recognised
    if language is Language.JA or {left, right} & (CLOSING | OPENING):
        return False
    latin = before if is_cjk(right) else after
    return bool(_LETTER.search(latin)) and not _HANGUL.search(latin)
