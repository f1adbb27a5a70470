"""SenseVoice's rich text and its pieces, to plain words; pure.

The model writes ``<|en|><|NEUTRAL|><|Speech|><|withitn|>Hello, world.``, and its vocabulary spells
words in pieces (``▁He``, ``llo``), where ``▁`` is a space and ``<0xE4>`` a byte of a character that
the vocabulary lacks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from vidtag.core.records import Emotion, EventKind, Language

_TAG = re.compile(r"<\|([^|<>]*)\|>")
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SPACE = "▁"

# Ideographs and kana are written without spaces: each is a word of its own for line breaks.
_ONE_BY_ONE = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff6f\uff71-\uff9d\U00020000-\U0003ffff]"
)
# Small kana, marks of length and of repetition never begin a line.
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー々ゝゞヽヾｰｧｨｩｪｫｬｭｮｯ")
_ENDS_SENTENCE = frozenset(".,!?;:")
_OPENING = {"Ps", "Pi"}


class Piece(Protocol):
    """A piece of the vocabulary with the half-open span of frames it was recognised in."""

    @property
    def piece(self) -> str:
        """As the vocabulary spells it."""

    @property
    def start(self) -> int:
        """First frame."""

    @property
    def end(self) -> int:
        """Frame after the last."""

    @property
    def probability(self) -> float:
        """How sure the model is of it."""


@dataclass(frozen=True, slots=True)
class RichText:
    """What the tags say (None where there is no such tag), and the text without them."""

    language: Language | None
    emotion: Emotion | None
    event: EventKind | None
    itn: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word with the half-open span of frames of its letters, and its least sure letter's
    probability."""

    text: str
    start: int
    end: int
    probability: float
    space_before: bool


def parse(rich_text: str) -> RichText:
    """Read tags wherever they stand; the first of each kind counts, unknown ones are dropped."""
    names = _TAG.findall(rich_text)
    itn = [name == "withitn" for name in names if name in ("withitn", "woitn")]
    return RichText(
        language=next((Language(n) for n in names if n in set(Language)), None),
        emotion=next((Emotion(n) for n in names if n in set(Emotion)), None),
        event=next((EventKind(n) for n in names if n in set(EventKind)), None),
        itn=itn[0] if itn else None,
        text=_without_tags(rich_text),
    )


def _without_tags(text: str) -> str:
    """Clean text without tags, nor what becomes one where another was taken out."""
    text = clean(text)
    while (less := clean(_TAG.sub("", text))) != text:
        text = less
    return text


def render(rich: RichText) -> str:
    """Write tags and text as the model does; an event that is not there is ``Speech``."""
    tags = [
        rich.language or Language.NOSPEECH,
        rich.emotion or Emotion.UNKNOWN,
        rich.event or "Speech",
        "withitn" if rich.itn else "woitn",
    ]
    return "".join(f"<|{tag}|>" for tag in tags) + rich.text


def clean(text: str) -> str:
    """One line without control characters, single spaces, none at the ends."""
    return " ".join("".join(_printable(c) for c in text).split())


def words(pieces: Iterable[Piece]) -> list[TimedWord]:
    """Make words of pieces.

    An ideograph or kana is a word; all else is parted by spaces. Punctuation belongs to the word
    it follows, an opening bracket or quote to the word it opens. No letter or digit at all makes
    no word at all.
    """
    found: list[_Builder] = []
    pending = _Builder(space_before=False)  # punctuation that waits for its word
    spaced = False
    previous = ""
    for letter in _letters(pieces):
        c = letter.text
        if c == " ":
            spaced, previous = True, c
            continue
        if pending.text:
            pending.add(letter)
            if _is_word_character(c):
                found.append(pending)
                pending = _Builder(space_before=False)
        elif _opens(c, spaced or not found) or not found:
            pending = _Builder(space_before=spaced and bool(found))
            pending.add(letter)
            if _is_word_character(c):
                found.append(pending)
                pending = _Builder(space_before=False)
        elif _begins_word(c, previous, found[-1].text, spaced):
            found.append(_Builder(space_before=spaced))
            found[-1].add(letter)
        else:
            found[-1].add(letter)
        spaced, previous = False, c
    if pending.text and found:
        found[-1].text += pending.text
    return [word.build() for word in found]


@dataclass(slots=True)
class _Letter:
    text: str
    start: int
    end: int
    probability: float


@dataclass(slots=True)
class _Builder:
    space_before: bool
    text: str = ""
    start: int | None = None
    end: int = 0
    probability: float = 1.0

    def add(self, letter: _Letter) -> None:
        self.text += letter.text
        if _is_word_character(letter.text):
            self.start = letter.start if self.start is None else self.start
            self.end = letter.end
            self.probability = min(self.probability, letter.probability)

    def build(self) -> TimedWord:
        return TimedWord(self.text, self.start or 0, self.end, self.probability, self.space_before)


def _letters(pieces: Iterable[Piece]) -> Iterator[_Letter]:
    """Characters of pieces, each with its piece's frames; bytes are put together."""
    raw = bytearray()
    first: Piece | None = None
    last: Piece | None = None
    for piece in pieces:
        byte = _BYTE.fullmatch(piece.piece)
        if byte:
            raw.append(int(byte[1], 16))
            first, last = first or piece, piece
            continue
        yield from _spelled(raw, first, last)
        raw, first = bytearray(), None
        if not _TAG.fullmatch(piece.piece):
            yield from _characters(piece.piece.replace(_SPACE, " "), piece, piece)
    yield from _spelled(raw, first, last)


def _spelled(raw: bytearray, first: Piece | None, last: Piece | None) -> Iterator[_Letter]:
    if first is not None and last is not None:
        yield from _characters(raw.decode("utf-8", "ignore"), first, last)


def _characters(text: str, first: Piece, last: Piece) -> Iterator[_Letter]:
    for character in text:
        printable = _printable(character)
        if printable:
            probability = min(first.probability, last.probability)
            yield _Letter(printable, first.start, last.end, probability)


def _printable(character: str) -> str:
    """The character; a space for any kind of space; nothing for what cannot be shown."""
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] == "C" or character == "\ufffd":
        return ""
    return character


def _is_word_character(character: str) -> bool:
    """Letters, marks and digits, and signs such as % that are spoken."""
    return unicodedata.category(character)[0] in "LMNS"


def _opens(character: str, at_start: bool) -> bool:
    """Whether punctuation belongs to what follows; a straight quote tells by the space before."""
    return unicodedata.category(character) in _OPENING or (character in "\"'" and at_start)


def _begins_word(character: str, previous: str, word: str, spaced: bool) -> bool:
    if not _is_word_character(character) or unicodedata.category(character)[0] == "M":
        return False
    if character in _NEVER_FIRST and not spaced:
        return False
    if spaced or _ONE_BY_ONE.match(character) or _ONE_BY_ONE.match(previous):
        return True
    if previous in _NEVER_FIRST:
        return True
    if _is_word_character(previous):
        return False
    if previous in _ENDS_SENTENCE:
        # A forgotten space: "David.The" is two words; "3.5", "U.S." and "a.m." are one.
        return character.isupper() and len(word) > 2 and word[-2].islower()
    # Other signs within a word are ASCII: don't, e-mail. Full-width ones end it.
    return not previous.isascii() and previous not in "’‑"
