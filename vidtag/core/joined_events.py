"""Two events that are one to a listener."""

from __future__ import annotations

from dataclasses import replace

from vidtag.core.records import EventSpan, Size


def joined(first: EventSpan, second: EventSpan) -> EventSpan:
    """An event and a later one of its kind as one: as many people as in the larger of the two."""
    sizes = [one.size for one in (first, second) if one.size is not None]
    return replace(
        first,
        end=max(first.end, second.end),
        peak=max(first.peak, second.peak),
        mean=max(first.mean, second.mean),
        size=max(sizes, key=tuple(Size).index, default=None),
        finer=first.finer if first.finer == second.finer else None,
        recording=first.recording if first.recording == second.recording else None,
    )
