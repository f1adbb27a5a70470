"""What else an event tells: how many laugh, what it is more exactly, whether it is a recording."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from vidtag.core.records import EventKind, EventSpan, Word
from vidtag.listening.events.canned import recordings
from vidtag.listening.events.finer import finer_of
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.size import size_of

_RECORDED = (EventKind.LAUGHTER, EventKind.APPLAUSE)
"""Kinds that are played from a library."""


def described(
    spans: Sequence[EventSpan], curves: Curves, words: Sequence[Word] = ()
) -> tuple[EventSpan, ...]:
    """Spans with all that is told about them.

    Args:
        spans: ordered by start.
        curves: of the whole recording.
        words: all that are said in it, in order.
    """
    texture = curves.texture
    if texture is None:
        return tuple(replace(span, finer=finer_of(span, curves)) for span in spans)
    ends = [word.end for word in words]
    result = []
    for span in spans:
        size = None
        if span.kind is EventKind.LAUGHTER:
            during = words[bisect_left(ends, span.start) :]
            during = during[: bisect_left(during, span.end, key=lambda word: word.start)]
            size = size_of(span, curves.loudness, texture.voicing, during)
        result.append(replace(span, size=size, finer=finer_of(span, curves)))
    played = [number for number, span in enumerate(result) if span.kind in _RECORDED]
    found = recordings([result[number] for number in played], texture)
    for number, recording in zip(played, found, strict=True):
        result[number] = replace(result[number], recording=recording)
    return tuple(result)
