"""What a line may not be broken between, as the judge has it."""

from __future__ import annotations

import re

from vidtag.core.records import Cue, Language
from vidtag.core.wordbreaks import chinese_words
from vidtag.subtitles.characters import NON_STARTERS, OPENING, script_language
from vidtag.subtitles.check import english_breaks, korean_breaks
from vidtag.subtitles.check.japanese_words import word_across

_SPEAKER = re.compile(r"^\s*(?:[-–—‐‑－・•]|>>)")
_DASH = re.compile(r"^\s*[-–‐‑－]\s?(?=[^\W\d_]|[\"'“‘¿¡「『\[(（])")
"""A dash before what a speaker says; not a minus, nor the two hyphens of what is broken off."""

_LABEL = re.compile(r"[\[(（【][^\[\](（）)【】]{1,60}[\])）】]")
_LETTER = re.compile(r"[^\W\d_]")

_ELLIPSES = frozenset("…‥")
"""A line may begin with one where a sentence is taken up again."""


def is_label(line: str) -> bool:
    """Whether a line is a marker by its brackets; formats such as SRT do not say so."""
    text = line.strip().lstrip("-–—・ ")
    brackets = {("[", "]"), ("(", ")"), ("（", "）"), ("【", "】"), ("♪", "♪")}
    return text == "♪" or (len(text) > 1 and (text[0], text[-1]) in brackets)


def said_in(text: str, hint: Language | None) -> Language:
    """The language of a text by its script; labels in brackets may be in the viewer's."""
    spoken = _LABEL.sub(" ", text)
    return script_language(spoken if _LETTER.search(spoken) else text, hint)


def stray_dash(cue: Cue) -> str | None:
    """What is wrong with dashes before the lines of a cue: each speaker has one, or none has."""
    spoken = [line for n, line in enumerate(cue.lines) if n not in cue.markers]
    dashed = [line for line in spoken if _DASH.match(line)]
    two_speak = len(set(cue.speakers)) > 1
    if two_speak and len(dashed) < len(spoken):
        return "two speak, and not every line has a dash"
    if dashed and (len(dashed) == 1 or (cue.speaker and not two_speak)):
        return f"a dash, and no second speaker: {dashed[0]}"
    return None


def fault(line: str, below: str, cue: Cue) -> str | None:
    """What is wrong with a break between two lines; None if it is right."""
    if not line.strip() or not below.strip() or _SPEAKER.match(below):
        return None
    if below[0] in NON_STARTERS - _ELLIPSES:
        return f"a line begins with {below[0]}"
    if line[-1] in OPENING:
        return f"a line ends with {line[-1]}"
    languages = {said_in(text, cue.language) for text in (line, below)}
    if len(languages) > 1:
        return None
    language = languages.pop()
    if language in (Language.EN, Language.KO):
        if parts_words(line, below, language):
            before, after = line.split()[-1], below.split()[0]
            return f"the line breaks between '{before}' and '{after}'"
        return None
    word = split_word(line, below, language)
    return f"the line breaks inside '{word}'" if word else None


def parts_words(line: str, below: str, language: Language) -> bool:
    """Whether a break at a space parts what belongs together (English and Korean)."""
    if language is Language.KO:
        return korean_breaks.parts_what_belongs_together(line, below)
    return english_breaks.parts_what_belongs_together(line, below)


def split_word(line: str, below: str, language: Language) -> str | None:
    """The word that a break between two lines parts (Chinese and Japanese)."""
    if not line[-1].isalnum() or not below[0].isalnum():
        return None
    left, right = line.split()[-1], below.split()[0]
    if language is Language.JA:
        return word_across(left, right)
    if len(line) == 1 or len(below) == 1:
        return None  # a character a line: an exclamation, or text from top to bottom
    end = 0
    for piece in chinese_words(left + right):
        start, end = end, end + len(piece)
        if start < len(left) < end:
            return piece
    return None
