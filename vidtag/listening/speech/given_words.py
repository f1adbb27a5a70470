"""The words of a transcript, parted as the recogniser parts them, and timed by characters; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidtag.core.given_transcript import GivenPassage, TimedText
from vidtag.core.records import Word
from vidtag.listening.speech import richtext
from vidtag.listening.speech.richtext import TimedWord


@dataclass(frozen=True, slots=True)
class _Character:
    """A character of a text as a piece of its own; its frames are its place in the text."""

    piece: str
    start: int
    end: int
    probability: float = 1.0


def part(text: str) -> list[TimedWord]:
    """Words of a text; start and end of each are places in the text, in characters."""
    return richtext.words(
        _Character(character, place, place + 1)
        for place, character in enumerate(text)
        if not character.isspace() or character == " "
    )


def timed_words(passage: GivenPassage) -> list[Word]:
    """Words of a passage: each from its own times, else by characters within the passage."""
    pieces = passage.pieces or (TimedText(passage.text, passage.start, passage.end),)
    text = "".join(piece.text for piece in pieces)
    edges: list[tuple[float, float]] = []
    sure: list[float] = []
    for piece in pieces:
        edges += _by_characters(piece)
        sure += [piece.probability] * len(piece.text)
    found: list[Word] = []
    for word in part(text):
        last = max(word.end, word.start + 1)
        found.append(
            Word(
                word.text,
                edges[word.start][0],
                max(edges[last - 1][1], edges[word.start][0]),
                min(sure[word.start : last]),
                word.space_before and bool(found),
            )
        )
    return found


def spread(words: Sequence[TimedWord], start: float, end: float) -> list[tuple[float, float]]:
    """Times of words that are said one after another, by their characters."""
    lengths = [max(len(word.text), 1) for word in words]
    total = sum(lengths)
    times, done = [], 0
    for length in lengths:
        first = start + (end - start) * done / total
        done += length
        times.append((first, start + (end - start) * done / total))
    return times


def _by_characters(piece: TimedText) -> list[tuple[float, float]]:
    """Times of a piece's characters; those that are not spoken take none."""
    spoken = [character.isalnum() for character in piece.text]
    total = max(sum(spoken), 1)
    length = piece.end - piece.start
    edges, done = [], 0
    for counts in spoken:
        first = piece.start + length * done / total
        done += counts
        edges.append((first, piece.start + length * min(done / total, 1.0)))
    return edges
