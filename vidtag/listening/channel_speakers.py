"""What was heard in each channel or track as one document: each is a speaker. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from vidtag.core.cast import speaker_name
from vidtag.core.intervals import merged
from vidtag.core.joined_events import joined
from vidtag.core.records import EventKind, EventSpan, Segment, SpeakerTurn, Word, join_words

_PHRASE_PAUSE = 0.3
"""Seconds without a word at which one may be interrupted by the other."""

_BREATH = 0.35
"""Seconds of silence that do not end a turn."""

_FASTEST = 0.08
"""Seconds that a word lasts at least, if it is not shorter itself."""

_PHRASE_ENDS = tuple(".?!…。？！,;:，、；：")

SILENT = "speakers: nothing was said in {where}"


def interleaved(channels: Sequence[Sequence[Segment]]) -> tuple[Segment, ...]:
    """Segments of all channels by start, each with its speaker.

    Where both talk at once, segments are cut between phrases, so that each phrase stays whole, in
    the order in which they begin; a phrase that begins before another ends waits for that end, and
    is said the faster. The turns tell when both talk.
    """
    pieces = [
        (words[0].start, number, order, segment, words)
        for number, segments in enumerate(channels)
        for order, segment in enumerate(segments)
        for words in _phrases(segment.words)
    ]
    pieces.sort(key=lambda piece: piece[:3])
    joined: list[Segment] = []
    for (number, _), run in groupby(pieces, key=lambda piece: (piece[1], piece[2])):
        some = list(run)
        said = [word for piece in some for word in piece[4]]
        words = tuple(_after(said, joined[-1].words[-1].end if joined else 0.0))
        joined.append(_part(some[0][3], words, speaker_name(number)))
    for number, after in enumerate(joined[1:]):
        one = joined[number]
        end = min(one.end, max(one.words[-1].end, after.start))
        joined[number] = replace(one, end=end)
        joined[number + 1] = replace(after, start=max(after.start, end))
    return tuple(joined)


def _phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words parted at pauses and at the ends of clauses."""
    phrase: list[Word] = []
    for word in words:
        if phrase and (
            word.start - phrase[-1].end >= _PHRASE_PAUSE or phrase[-1].text.endswith(_PHRASE_ENDS)
        ):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _after(words: Iterable[Word], reached: float) -> Iterator[Word]:
    """Words, none of which begins before the one before it has ended."""
    for word in words:
        start = max(word.start, reached)
        end = max(word.end, start + min(word.end - word.start, _FASTEST))
        yield word if start == word.start else replace(word, start=start, end=end)
        reached = end


def _part(segment: Segment, words: tuple[Word, ...], speaker: str) -> Segment:
    """A part of a segment, with its words."""
    if words == segment.words:
        return replace(segment, speaker=speaker)
    own = (replace(words[0], space_before=False), *words[1:])
    start, end = own[0].start, own[-1].end
    text = join_words(own)
    return replace(segment, start=start, end=end, words=own, text=text, speaker=speaker)


def channel_turns(channels: Sequence[Sequence[Segment]]) -> tuple[SpeakerTurn, ...]:
    """Who speaks when; that a channel's words are its speaker's is certain."""
    turns = [
        SpeakerTurn(speaker_name(number), start, end, 1.0)
        for number, segments in enumerate(channels)
        for start, end in merged(
            ((word.start, word.end) for segment in segments for word in segment.words), _BREATH
        )
    ]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))


def united(channels: Sequence[Sequence[EventSpan]]) -> tuple[EventSpan, ...]:
    """Events of all channels; what is heard in several at once is one event."""
    found: list[EventSpan] = []
    spans = sorted((span for spans in channels for span in spans), key=lambda span: span.start)
    latest: dict[EventKind, int] = {}
    for span in spans:
        number = latest.get(span.kind)
        if number is not None and span.start < found[number].end:
            found[number] = joined(found[number], span)
            continue
        latest[span.kind] = len(found)
        found.append(span)
    return tuple(found)


def silent_channels(channels: Sequence[Sequence[Segment]], names: Sequence[str]) -> tuple[str, ...]:
    """A note for each that was silent, where not all were.

    Args:
        names: of the channels.
    """
    if not any(channels):
        return ()
    pairs = zip(names, channels, strict=True)
    return tuple(SILENT.format(where=name) for name, segments in pairs if not segments)
