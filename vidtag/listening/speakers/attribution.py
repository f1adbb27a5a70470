"""Words to their speakers: segments are cut where the speaker changes, and speakers are numbered by
their first words. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from vidtag.core.cast import parted, speaker_name
from vidtag.core.records import Segment, SpeakerTurn, Word

_NEAR = 1.0
"""Seconds by which a word may be off the turn that it belongs to."""

_LOYALTY = 0.6
"""A word stays with the speaker of the word before who is heard in this share of it, though
another is heard longer: people talk over each other, and backchannels are short."""


def attribute(segments: Sequence[Segment], turns: Sequence[SpeakerTurn]) -> tuple[Segment, ...]:
    """Segments of one speaker each.

    Args:
        turns: ordered by start.
    """
    if not turns:
        return tuple(segments)
    index = _TurnIndex(turns)
    before: str | None = None
    parts: list[Segment] = []
    for segment in segments:
        own: list[str | None] = []
        for word in segment.words:
            before = index.speaker_of(word, before)
            own.append(before)
        parts += parted(segment, own)
    return tuple(parts)


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
