"""Words to their speakers: segments are cut where the speaker changes, and speakers are numbered by
their first words. Pure.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from vidtag.core.cast import parted, speaker_name
from vidtag.core.records import Segment, SpeakerTurn, Word
from vidtag.core.sentence_ends import ends_sentence

_NEAR = 1.0
"""Seconds by which a word may be off the turn that it belongs to."""

_LOYALTY = 0.6
"""A word stays with the speaker of the word before who is heard in this share of it, though
another is heard longer: people talk over each other, and backchannels are short."""


_ASTRAY = 0.7
"""Seconds of words by which a turn's edge may be off the end of the sentence that it belongs to:
turns are a tenth of a second or two off, and words of a transcript as much as its writer was."""

_PAUSE = 0.3
"""Seconds between two words after which another may speak, whatever the punctuation."""


def attribute(
    segments: Sequence[Segment],
    turns: Sequence[SpeakerTurn],
    openings: Collection[float] = (),
) -> tuple[Segment, ...]:
    """Segments of one speaker each.

    Speakers change where a sentence ends, if one does near where the turns do, so that nobody is
    given a syllable of another's.

    Args:
        turns: ordered by start.
        openings: starts of words that begin a passage of a transcript: sentences end before them.
    """
    if not turns:
        return tuple(segments)
    index = _TurnIndex(turns)
    words = [word for segment in segments for word in segment.words]
    own: list[str | None] = []
    for word in words:
        own.append(index.speaker_of(word, own[-1] if own else None))
    firsts = {segment.words[0].start for segment in segments if segment.words}
    own = _changed_between_sentences(words, own, firsts.union(openings))
    parts: list[Segment] = []
    at = 0
    for segment in segments:
        parts += parted(segment, own[at : at + len(segment.words)])
        at += len(segment.words)
    return tuple(parts)


def _changed_between_sentences(
    words: Sequence[Word], own: Sequence[str | None], openings: Collection[float]
) -> list[str | None]:
    """Who says each word, every change of speakers moved to the nearest end of a sentence.

    Each change stays between those beside it, so everybody keeps a word of what they say.
    """
    ends = [
        number
        for number in range(1, len(words))
        if words[number].start in openings
        or words[number].start - words[number - 1].end >= _PAUSE
        or ends_sentence(words[number - 1].text)
    ]
    changes = [number for number in range(1, len(own)) if own[number] != own[number - 1]]
    edges = [0, *changes, len(own)]
    for place, change in enumerate(changes, 1):
        at = bisect_left(ends, change)
        near = {
            end: _length(words, *sorted((end, change)))
            for end in ends[max(at - 1, 0) : at + 1]
            if edges[place - 1] < end < edges[place + 1]
        }
        nearest = min(near, key=near.__getitem__, default=change)
        if near.get(nearest, math.inf) <= _ASTRAY:
            edges[place] = nearest
    said = [own[start] for start in (0, *changes) if own]
    spans = pairwise(edges) if own else ()
    return [
        speaker
        for speaker, (start, end) in zip(said, spans, strict=True)
        for _ in range(end - start)
    ]


def _length(words: Sequence[Word], first: int, after: int) -> float:
    """Seconds that some words take; none take none."""
    return words[after - 1].end - words[first].start if after > first else 0.0


def numbered_by_words(
    segments: Sequence[Segment], turns: Sequence[SpeakerTurn]
) -> tuple[tuple[Segment, ...], tuple[SpeakerTurn, ...]]:
    """Both, with speakers numbered in the order of their first words.

    Whoever says none, such as a singer before the talk, is numbered last. Names of people whose
    voices are known stay, and take up a number.
    """
    told = [segment.speaker for segment in segments if segment.speaker is not None]
    order = list(dict.fromkeys((*told, *(turn.speaker for turn in turns))))
    numbers = {speaker_name(number) for number in range(len(order))}
    found = {
        speaker: speaker_name(number) if speaker in numbers else speaker
        for number, speaker in enumerate(order)
    }
    return (
        tuple(
            replace(one, speaker=found[one.speaker]) if one.speaker is not None else one
            for one in segments
        ),
        tuple(replace(turn, speaker=found[turn.speaker]) for turn in turns),
    )


class _TurnIndex:
    """Turns, found by time."""

    def __init__(self, turns: Sequence[SpeakerTurn]) -> None:
        self._turns = turns
        self._starts = [turn.start for turn in turns]
        self._longest = max(turn.duration for turn in turns)

    def _near(self, start: float, end: float) -> Sequence[SpeakerTurn]:
        first = bisect_left(self._starts, start - self._longest - _NEAR)
        last = bisect_left(self._starts, end + _NEAR)
        return self._turns[first:last]

    def speaker_of(self, word: Word, before: str | None) -> str | None:
        """Who says a word, given who said the word before."""
        start, end = word.start, max(word.end, word.start + 1e-3)
        heard: dict[str, float] = {}
        distances: list[tuple[float, str]] = []
        for turn in self._near(start, end):
            shared = min(end, turn.end) - max(start, turn.start)
            if shared > 0:
                heard[turn.speaker] = heard.get(turn.speaker, 0.0) + shared * turn.probability
            distances.append((-shared, turn.speaker))
        if heard:
            best = max(heard, key=lambda speaker: heard[speaker])
            loyal = before is not None and heard.get(before, 0.0) >= _LOYALTY * heard[best]
            return before if loyal else best
        distance, nearest = min(distances, default=(_NEAR, ""))
        return nearest if distance < _NEAR else before
