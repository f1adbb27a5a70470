"""Units that are wider than a line, cut into pieces that are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from vidtag.core.records import Language, Word
from vidtag.subtitles.characters import half_widths
from vidtag.subtitles.layout.breaks import Break, may_part
from vidtag.subtitles.layout.gap_scores import gap_scores
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.unit import Unit, words_text

_MOST_MARKS = 8
"""Combining marks that stay with a character, so that no heap of them makes an endless unit."""
_ZERO_WIDTH_JOINER = "\u200d"


def cut_to_line(unit: Unit, ruler: Ruler) -> Iterator[Unit]:
    """The unit, or, if it is wider than a line, its pieces: words, or characters of a word."""
    if ruler.width(unit.text, unit.language) <= ruler.full_line:
        yield unit
        return
    parts = [part for whole in unit.words for part in _word_parts(whole, unit.language, ruler)]
    pieces: list[list[Word]] = []
    if unit.language is Language.JA:
        scores = gap_scores([part.text for part in parts], "", Language.JA)
        pieces, parts = list(_best_cuts(parts, scores, ruler)), []
    for word in parts:
        joined = words_text([*pieces[-1], word]) if pieces else ""
        if pieces and ruler.width(joined, unit.language) <= ruler.full_line:
            pieces[-1].append(word)
        else:
            pieces.append([word])
    for index, words in enumerate(pieces):
        yield unit._replace(
            words=tuple(words),
            text=words_text(words),
            space=words[0].space_before if index else unit.space,
            after=unit.after if index == len(pieces) - 1 else Break.BAD,
        )


def _best_cuts(words: list[Word], scores: Sequence[float], ruler: Ruler) -> Iterator[list[Word]]:
    """Words of a Japanese phrase in pieces no wider than a line, each cut where it is best.

    Args:
        scores: of a cut after each word.
    """
    if len(words) < 2 or ruler.width(words_text(words), Language.JA) <= ruler.full_line:
        yield words
        return
    may = [n for n in range(1, len(words)) if may_part(words[n - 1].text, words[n].text)]
    best = max(may or range(1, len(words)), key=lambda number: scores[number - 1])
    yield from _best_cuts(words[:best], scores[:best], ruler)
    yield from _best_cuts(words[best:], scores[best:], ruler)


def _word_parts(word: Word, language: Language, ruler: Ruler) -> Iterator[Word]:
    """A word, cut by characters if it is wider than a line; its time is shared out."""
    if ruler.width(word.text, language) <= ruler.full_line:
        yield word
        return
    cuts = [0]
    filled = 0
    for cluster, index in _clusters(word.text):
        width = ruler.width(cluster, language)
        if filled and filled + width > ruler.full_line:
            cuts.append(index)
            filled = 0
        filled += width
    cuts.append(len(word.text))
    seconds = (word.end - word.start) / len(word.text)
    for begin, end in pairwise(cuts):
        text = word.text[begin:end]
        if not text.strip():
            continue
        spaced = " " in word.text[max(0, begin - 1) : begin + 1]
        yield replace(
            word,
            text=text.strip(),
            start=word.start + begin * seconds,
            end=word.start + end * seconds,
            space_before=spaced if begin else word.space_before,
        )


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """Characters with the marks that combine with them, each with its index."""
    begin = 0
    for index in range(1, len(text) + 1):
        if (
            index == len(text)
            or (half_widths(text[index]) and text[index - 1] != _ZERO_WIDTH_JOINER)
            or index - begin > _MOST_MARKS
        ):
            yield text[begin:index], begin
            begin = index
