"""A document in which what some cues say is said by whom somebody chose for them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vidtag.core.cast import parted
from vidtag.core.edits import KeptCue
from vidtag.core.records import CueKind, Document, Segment, SpeakerTurn, Word


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody's choice of who speaks from start to end."""

    start: float
    end: float
    speaker: str


def reassigned(document: Document, cues: Iterable[KeptCue]) -> Document:
    """The document with the words of cues said by the speakers of these cues.

    A segment ends where another speaker begins; turns begin and end with the words.

    Args:
        document: with the words of the cues.
        cues: those that were edited.
    """
    claims = sorted(_claims(cues), key=lambda claim: claim.start)
    starts = [claim.start for claim in claims]
    segments: list[Segment] = []
    changed: dict[_Claim, list[Word]] = {}
    for segment in document.segments:
        if bisect_right(starts, segment.end) == 0 or segment.start > claims[-1].end:
            segments.append(segment)
            continue
        said = [(word, _claim_at(claims, starts, word)) for word in segment.words]
        for word, claim in said:
            if claim is not None and claim.speaker != segment.speaker:
                changed.setdefault(claim, []).append(word)
        speakers = [segment.speaker if claim is None else claim.speaker for _, claim in said]
        segments += parted(segment, speakers) if said else [segment]
    if not changed:
        return document
    taken = [
        _Claim(words[0].start, max(word.end for word in words), claim.speaker)
        for claim, words in changed.items()
    ]
    turns = [part for turn in document.turns for part in _left_of(turn, taken)]
    turns += (SpeakerTurn(claim.speaker, claim.start, claim.end, 1.0) for claim in taken)
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end))
    return replace(document, segments=tuple(segments), turns=tuple(ordered))


def _claims(cues: Iterable[KeptCue]) -> Iterator[_Claim]:
    for kept in cues:
        if kept.cue.speaker is not None and kept.cue.kind is CueKind.SPEECH:
            start, end = kept.source or (kept.cue.start, kept.cue.end)
            yield _Claim(start, end, kept.cue.speaker)


def _claim_at(claims: Sequence[_Claim], starts: Sequence[float], word: Word) -> _Claim | None:
    """The last claim that begins before a word's middle, if it holds that."""
    middle = (word.start + word.end) / 2
    place = bisect_right(starts, middle) - 1
    return claims[place] if place >= 0 and middle <= claims[place].end else None


def _left_of(turn: SpeakerTurn, taken: Sequence[_Claim]) -> Iterator[SpeakerTurn]:
    """What is left of a turn without the time that others were given."""
    start = turn.start
    for claim in taken:
        if claim.end <= start or claim.start >= turn.end:
            continue
        if claim.start > start:
            yield replace(turn, start=start, end=claim.start)
        start = max(start, claim.end)
    if start < turn.end:
        yield replace(turn, start=start)
