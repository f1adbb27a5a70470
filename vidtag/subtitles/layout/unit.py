"""A unit: the smallest piece subtitles are made of."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from vidtag.core.records import Emotion, Language, Word
from vidtag.subtitles.layout.breaks import Break


class Role(Enum):
    """What a unit is: speech, a marker with a line of its own, or labels in front of speech."""

    SPEECH = "speech"
    MARKER = "marker"
    TAG = "tag"


class Unit(NamedTuple):
    """What no line breaks: a word, a Chinese word of several characters, a Japanese phrase, a
    marker.

    Attributes:
        words: its words, cleaned, with mended times.
        text: their text, without the space before.
        language: whose rules it follows.
        label: language to show it under, as recognised.
        emotion: emotion to show it with.
        speaker: who says it, if that is known.
        space: whether a space parts it from the unit before, on the same line.
        after: how good a break after it is.
        odds: log odds that a professional would end a subtitle after it, where that is known.
    """

    words: tuple[Word, ...]
    text: str
    language: Language
    label: Language
    role: Role = Role.SPEECH
    emotion: Emotion | None = None
    space: bool = False
    after: Break = Break.SENTENCE
    odds: float = 0.0
    speaker: str | None = None

    @property
    def start(self) -> float:
        """Onset in seconds."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """End of its sound in seconds."""
        return self.words[-1].end


def words_text(words: Sequence[Word]) -> str:
    """Text of the words of one unit."""
    if len(words) == 1:
        return words[0].text
    first, *rest = words
    return first.text + "".join((" " if word.space_before else "") + word.text for word in rest)


def line_text(line: Sequence[Unit]) -> str:
    """Text of the units of one line."""
    first, *rest = line
    return first.text + "".join((" " if unit.space else "") + unit.text for unit in rest)
