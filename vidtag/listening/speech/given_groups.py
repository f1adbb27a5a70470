"""Passages of a transcript joined to what is listened to in one piece; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vidtag.core.given_transcript import GivenPassage
from vidtag.core.records import Language
from vidtag.core.sentence_ends import ends_sentence

_LONGEST = 15.0
"""Seconds up to which passages are joined, as spans of speech are."""

_ENOUGH = 6.0
"""Seconds after which a sentence's end ends a group as well."""

_LONGEST_GAP = 1.5
"""Seconds between two passages that are joined."""


@dataclass(frozen=True, slots=True)
class Group:
    """Passages that are listened to in one piece, all in one language.

    Attributes:
    """

    passages: tuple[GivenPassage, ...]

    @property
    def start(self) -> float:
        """Where the first begins, in seconds."""
        return self.passages[0].start

    @property
    def end(self) -> float:
        """Where the last ends, in seconds."""
        return self.passages[-1].end

    @property
    def language(self) -> Language | None:
        """Of all of them; None if the model does not know it."""
        return self.passages[0].language

    @property
    def timed(self) -> bool:
        """Whether every passage has times of words."""
        return all(passage.pieces for passage in self.passages)


def group(passages: Iterable[GivenPassage]) -> list[Group]:
    """Passages in order, joined while they are near and in one language."""
    groups: list[list[GivenPassage]] = []
    for passage in passages:
        if groups and _goes_on(groups[-1], passage):
            groups[-1].append(passage)
        else:
            groups.append([passage])
    return [Group(tuple(passages)) for passages in groups]


def _goes_on(joined: list[GivenPassage], passage: GivenPassage) -> bool:
    first, last = joined[0], joined[-1]
    return (
        passage.language is last.language
        and bool(passage.pieces) == bool(last.pieces)
        and passage.start - last.end <= _LONGEST_GAP
        and passage.end - first.start <= _LONGEST
        and not (ends_sentence(last.text) and last.end - first.start >= _ENOUGH)
    )
