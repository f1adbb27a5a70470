"""Subtitle files by professionals as what a recogniser would have heard, and where their cues end.

Words get times spread over each cue by characters; a segment ends where the professional pauses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from vidtag.core.media_streams import Media
from vidtag.core.origins import ModelInfo
from vidtag.core.records import Cue, Document, Emotion, Language, Segment, Word, join_words
from vidtag.subtitles.reading.subtitle_file import read_subtitles

SPACED = (Language.EN, Language.KO)
PAUSE = 0.6
"""Seconds without a cue that end a segment."""

_SOUND = re.compile(r"\[[^\]]*\]|\([^)]*\)|（[^）]*）|【[^】]*】|＜[^＞]*＞|\{[^}]*\}|[♪♫#]+")
_SPEAKER = re.compile(r"^\s*(?:[A-Z][A-Z .'#0-9]{1,24}:|>>+|[-–—‐・])\s*")
_LATIN = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+)*", re.ASCII)
_CLOSING = "、。，．：；？！…‥〜～)]}」』》〉”’,.:;?!%％・ー"


@dataclass(frozen=True)
class Professional:
    """A file as words, and the numbers of the words after which its cues end.

    Attributes:
        lines: numbers of the words after which a line ends within a cue.
    """

    name: str
    language: Language
    words: tuple[Word, ...]
    cue_ends: frozenset[int]
    line_ends: frozenset[int]
    cues: tuple[Cue, ...]

    def pause_after(self, number: int) -> float:
        """Seconds from the end of a word to the start of the next; infinite after the last."""
        if number + 1 >= len(self.words):
            return float("inf")
        return self.words[number + 1].start - self.words[number].end

    def document(self) -> Document:
        """What a recogniser would have heard."""
        end = self.words[-1].end + 5
        return Document(
            media=Media(self.name, "wav", end, None, (), ""),
            model=ModelInfo("none", "measurement", None, 0, ""),
            settings={},
            segments=tuple(self._segments()),
            events=(),
        )

    def _segments(self) -> Iterator[Segment]:
        first = 0
        for number in range(len(self.words)):
            if self.pause_after(number) >= PAUSE:
                words = self.words[first : number + 1]
                yield Segment(
                    words[0].start,
                    words[-1].end,
                    join_words(words),
                    words,
                    self.language,
                    1.0,
                    Emotion.NEUTRAL,
                    1.0,
                )
                first = number + 1


def read_professional(path: Path, language: Language) -> Professional | None:
    """The file's words and cue ends; None if it holds hardly any speech."""
    words: list[Word] = []
    cue_ends, line_ends = set(), set()
    cues = []
    for cue in sorted(read_subtitles(path, language=language).cues, key=lambda cue: cue.start):
        lines = [tokens for line in cue.lines if (tokens := _tokens(_speech(line), language))]
        start = max(cue.start, words[-1].end if words else 0.0)
        if not lines or cue.end - start < 0.05:
            continue
        texts = [text for line in lines for text, _ in line]
        spaces = [space for line in lines for _, space in line]
        lengths = [0]
        for text in texts:
            lengths.append(lengths[-1] + len(text))
        edges = [start + (cue.end - start) * length / lengths[-1] for length in lengths]
        for text, space, (begin, end) in zip(texts, spaces, pairwise(edges), strict=True):
            words.append(Word(text, begin, end, 1.0, space and bool(words)))
        cue_ends.add(len(words) - 1)
        number = len(words) - len(texts) - 1
        for line in lines[:-1]:
            number += len(line)
            line_ends.add(number)
        shown = tuple(join_words([Word(t, 0, 0, 1, s) for t, s in line]).strip() for line in lines)
        cues.append(Cue(start, cue.end, shown, language=language))
    if len(cues) < 20:
        return None
    return Professional(
        path.name, language, tuple(words), frozenset(cue_ends), frozenset(line_ends), tuple(cues)
    )


def _speech(line: str) -> str:
    """A line without sounds, names of speakers, and dashes."""
    line = _SOUND.sub(" ", line.replace("\u3000", " "))
    while (shorter := _SPEAKER.sub("", line)) != line:
        line = shorter
    return line.strip()


def _tokens(line: str, language: Language) -> list[tuple[str, bool]]:
    """Words with whether a space parts each from the one before, as a recogniser gives them."""
    if language in SPACED:
        return [(text, True) for text in line.split() if any(c.isalnum() for c in text)]
    tokens: list[tuple[str, bool]] = []
    for number, part in enumerate(line.split()):
        index = 0
        if number and tokens and not _ends(tokens[-1][0]) and not _latin(tokens[-1][0], part[0]):
            # Professionals part clauses by a space where a recogniser writes a comma.
            text, space = tokens[-1]
            tokens[-1] = text + ("、" if language is Language.JA else "，"), space
        while index < len(part):
            found = _LATIN.match(part, index)
            text = found[0] if found else part[index]
            if tokens and (text in _CLOSING or unicodedata.combining(text[0])):
                tokens[-1] = tokens[-1][0] + text, tokens[-1][1]
            else:
                tokens.append((text, index == 0 and bool(found) and number > 0))
            index += len(text)
    return [(text, space) for text, space in tokens if any(c.isalnum() for c in text)]


def _ends(text: str) -> bool:
    return text[-1] in "、。，．：；？！…,.:;?!~～"


def _latin(before: str, after: str) -> bool:
    return before[-1].isascii() or after.isascii()


def cue_ends_of(texts: Sequence[str], words: Sequence[Word]) -> frozenset[int]:
    """Numbers of the words after which texts end that are the words again, in order."""
    word_edges: dict[int, int] = {}
    count = 0
    for number, word in enumerate(words):
        count += _length(word.text)
        word_edges[count] = number
    ends, count = set(), 0
    for text in texts:
        count += _length(text)
        if count in word_edges:
            ends.add(word_edges[count])
    return frozenset(ends)


def _length(text: str) -> int:
    return sum(not char.isspace() for char in text)
