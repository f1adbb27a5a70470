"""What the speakers are called, and where words are parted between them. Pure."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from vidtag.core.records import Cue, Document, Segment, join_words


def speaker_name(number: int) -> str:
    """What a speaker is called whose name nobody gave; numbers count from 0."""
    return f"Speaker {number + 1}"


def speaker_tracks(count: str, available: int) -> tuple[int, ...]:
    """The audio tracks that are a speaker each, counted from 0.

    Args:
        count: the setting: ``tracks``, or those that are meant, such as ``tracks:1,2``.
        available: how many tracks the file has.
    """
    _, _, listed = count.partition(":")
    return tuple(map(int, listed.split(","))) if listed else tuple(range(available))


def called(document: Document, names: Sequence[str]) -> dict[str, str]:
    """What the speakers of a document are called with these names, which they get in the order in
    which they are first heard, or by their channels or tracks where these are the speakers.

    Speakers beyond the names keep what they are called, unless that is given to another: then they
    are numbered on. Names beyond the speakers are of those who were not heard apart.
    """
    order = everyone(document, len(names))
    found = dict(zip(order, names, strict=False))
    free = (f"Speaker {number}" for number in itertools.count(len(names) + 1))
    for speaker in order[len(names) :]:
        taken = {*names, *found.values()}
        found[speaker] = (
            speaker if speaker not in taken else next(name for name in free if name not in taken)
        )
    return found


_MOST_NAMED = 8
"""Speakers that a message names; of the others it tells how many there are."""

_LONGEST_NAME = 40
"""Characters of a name that a message shows."""


def listed(names: Sequence[str]) -> str:
    """Names as a message has them: not more than fit a line, and how many others there are."""
    shown = [
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        for name in names[:_MOST_NAMED]
    ]
    others = len(names) - len(shown)
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"{', '.join(shown)}{more}"


def who_is_there(speakers: Sequence[str]) -> str:
    """What to tell somebody who asked for a speaker that there is none of."""
    if not speakers:
        return "no speakers are known here; vidtag run --speakers tells them apart"
    return f"there {'are' if len(speakers) > 1 else 'is'} {listed(speakers)}"


_REACTION = 5.0
"""Seconds after somebody's words within which an event is a reaction to them."""


def heard_before(document: Document, time: float) -> str | None:
    """Who spoke last before an event, not long ago: it is about what they said."""
    number = bisect_right(document.segments, time, key=lambda segment: segment.start)
    before = document.segments[number - 1] if number else None
    return None if before is None or time - before.end > _REACTION else before.speaker


def with_names(document: Document, names: Sequence[str], heard: Document | None = None) -> Document:
    """The document with speakers called by these names; see ``called``.

    Args:
        heard: the document whose order of speakers counts, if this one was edited.
    """
    if not names or not document.turns:
        return document
    found = called(heard or document, names)
    return replace(
        document,
        segments=tuple(
            replace(one, speaker=found.get(one.speaker, one.speaker)) if one.speaker else one
            for one in document.segments
        ),
        turns=tuple(
            replace(turn, speaker=found.get(turn.speaker, turn.speaker)) for turn in document.turns
        ),
    )


def cues_with_names(cues: Iterable[Cue], document: Document, names: Sequence[str]) -> Iterator[Cue]:
    """Cues of a document, whose speakers are called by these names; see ``called``."""
    found = called(document, names)
    for cue in cues:
        one = found.get(cue.speaker, cue.speaker) if cue.speaker else None
        yield replace(cue, speaker=one, speakers=tuple(found.get(s, s) for s in cue.speakers))


def everyone(document: Document, names: int) -> tuple[str, ...]:
    """The speakers as names are given to them, and after them as many more as there are names:
    those who were not heard apart, and whom somebody added.
    """
    heard = tuple(in_order(document))
    free = map(speaker_name, itertools.count(len(heard)))
    added = itertools.islice(
        (name for name in free if name not in heard), max(0, names - len(heard))
    )
    return (*heard, *added)


def in_order(document: Document) -> Sequence[str]:
    """The speakers that were heard, as names are given to them."""
    chosen = document.settings.get("speakers")
    count = str(chosen.get("count")) if isinstance(chosen, Mapping) else ""
    if not document.turns or not count.startswith(("channels", "tracks")):
        return document.speakers
    available = len(document.media.audio)
    own = 2 if count == "channels" else len(speaker_tracks(count, available))
    return [speaker_name(number) for number in range(own)]


def parted(segment: Segment, speakers: Sequence[str | None]) -> Iterator[Segment]:
    """Parts of a segment that one speaker says each; where they meet, between two words.

    Args:
        speakers: of each of its words.
    """
    if len(set(speakers)) <= 1:
        yield replace(segment, speaker=speakers[0] if speakers else None)
        return
    pairs = zip(segment.words, speakers, strict=True)
    runs = [
        (speaker, [word for word, _ in run])
        for speaker, run in itertools.groupby(pairs, lambda pair: pair[1])
    ]
    start = segment.start
    for number, (speaker, run) in enumerate(runs):
        words = run
        if number:
            words = [replace(run[0], space_before=False), *run[1:]]
        end = segment.end
        if number + 1 < len(runs):
            end = max(runs[number + 1][1][0].start, words[-1].end)
        yield replace(
            segment,
            start=start,
            end=end,
            words=tuple(words),
            text=join_words(words),
            speaker=speaker,
        )
        start = end
