"""Where a show goes from one number or talk to the next: after applause that ends it. Pure.

Not all applause ends something. Whoever is interrupted by it talks on before it is over, and it is
short; what welcomes somebody comes soon after the applause before. So applause ends a number if it
is long, dies away without words over its end, and a number's worth of time lies before it and
after it.
"""

from __future__ import annotations

from bisect import bisect_left

from vidtag.core.records import Document, EventKind, Segment
from vidtag.select.titles import shorten

_LONG = 4.0
"""Seconds of applause that end a number, at least."""
_END = 1.5
"""Seconds before its end that nobody may talk in: a speaker who goes on talks into it."""
_NUMBER = 30.0
"""Seconds that a number takes, at least, from one such applause to the next."""
_FOLLOWS = 20.0
"""Seconds after the applause in which talk or music begins; otherwise the show is over."""
_COLUMNS = 60
"""Width of a title."""


def numbers(document: Document) -> tuple[tuple[float, str], ...]:
    """The numbers of a show: when each begins, and its first words; empty where there is one.

    The first begins at 0.
    """
    segments = document.segments
    spoken = [segment for segment in segments if segment.text.strip()]
    starts = [segment.start for segment in spoken]
    words = document.words
    ends = [word.end for word in words]
    music = [event.start for event in document.events if event.kind is EventKind.BGM]
    found = [0.0]
    for event in document.events:
        if event.kind is not EventKind.APPLAUSE or event.duration < _LONG:
            continue
        word = bisect_left(ends, event.end - _END)
        talks_on = word < len(words) and words[word].start < event.end
        if talks_on or event.start - found[-1] < _NUMBER:
            continue
        talk = bisect_left(starts, event.end)
        following = (*starts[talk : talk + 1], *(start for start in music if start >= event.end))
        begins = min(following, default=float("inf"))
        if begins - event.end <= _FOLLOWS and document.media.duration - begins >= _NUMBER:
            found.append(begins)
    if len(found) < 2:
        return ()
    return tuple(
        (start, _title(spoken, starts, start) or f"Part {number}")
        for number, start in enumerate(found, 1)
    )


def _title(spoken: list[Segment], starts: list[float], start: float) -> str:
    place = bisect_left(starts, start)
    words = spoken[place].text if place < len(spoken) else ""
    return shorten(words, _COLUMNS) if words and starts[place] - start < _NUMBER else ""
