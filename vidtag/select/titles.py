"""Titles of clips: the words that matter, shortened at the word boundaries of their language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vidtag.core.clock import short_clock
from vidtag.core.records import EventSpan, Reason, Word, join_words
from vidtag.core.text_width import columns
from vidtag.core.wordbreaks import chinese_words, japanese_phrases
from vidtag.select.word_index import WordIndex, sentences

COLUMNS = 42
"""Width of a title; a Chinese character is two columns wide."""

_TOO_SHORT = 12
"""Columns below which a last sentence says too little by itself: the one before is added."""

_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MARKS = ",;:，、；：.。 "


def clip_title(reason: Reason, start: float, words: WordIndex) -> str:
    """Title of a clip that begins at ``start`` and was chosen because of ``reason``.

    An event is called by the last words before it, its punch line; a passage by its own first
    words; either by its label and time where nobody spoke.
    """
    if isinstance(reason, EventSpan):
        text = _punch_line(sentences(words.words_between(start, reason.start)))
        short = _last_words(text, COLUMNS)
    else:
        parts = sentences(words.words_between(reason.start, reason.end))
        text = join_words(parts[0]).strip() if parts else ""
        short = _first_words(text, COLUMNS)
    short = short.strip().rstrip(_MARKS)
    return short or f"{reason.label.capitalize()} at {short_clock(reason.start)}"


def shorten(text: str, columns: int) -> str:
    """As much of a text's beginning as fits, with an ellipsis where something is left out."""
    return _first_words(text.strip(), columns).strip()


def _punch_line(parts: Sequence[Sequence[Word]]) -> str:
    """The last of some sentences, with the one before if it is short."""
    if not parts:
        return ""
    text = join_words(parts[-1])
    if len(parts) > 1 and columns(text) < _TOO_SHORT:
        before = join_words(parts[-2])
        wide = columns(text[:1]) > 1 or columns(before[-1:]) > 1
        longer = before + ("" if wide else " ") + text
        if columns(longer) <= COLUMNS:
            return longer
    return text


def _last_words(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    pieces = _pieces(text)
    while len(pieces) > 1 and columns("".join(pieces).lstrip(_MARKS)) > room - 1:
        pieces.pop(0)
    return "…" + _cut_word("".join(pieces).lstrip(_MARKS)[::-1], room - 1)[::-1]


def _first_words(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    pieces = _pieces(text)
    while len(pieces) > 1 and columns("".join(pieces).rstrip(_MARKS)) > room - 1:
        pieces.pop()
    return _cut_word("".join(pieces).rstrip(_MARKS), room - 1) + "…"


def _cut_word(text: str, room: int) -> str:
    """The beginning of a word that is too long."""
    while columns(text) > room:
        text = text[:-1]
    return text


def _pieces(text: str) -> list[str]:
    """Words of a text, each with the space after it; joined they are the text."""
    if _KANA.search(text):
        return japanese_phrases(text)
    if _HAN.search(text):
        return chinese_words(text)
    return re.findall(r"\S+\s*|\s+", text)
