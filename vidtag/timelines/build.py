"""A document as timelines: the whole source with markers, and the highlights cut together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from types import MappingProxyType

from vidtag.core.records import Clip, EventSpan
from vidtag.timelines.model import Color, Cut, Marker, Sequence, Source
from vidtag.timelines.timecode import can_drop, nominal

COLORS: Mapping[str, Color] = MappingProxyType(
    {
        "laughter": Color.YELLOW,
        "applause": Color.GREEN,
        "bgm": Color.BLUE,
        "cry": Color.CYAN,
        "cough": Color.ORANGE,
        "sneeze": Color.ORANGE,
        "breath": Color.ORANGE,
        "angry": Color.RED,
        "dispute": Color.RED,
        "happy": Color.PINK,
        "sad": Color.CYAN,
        "decision": Color.BLUE,
        "idea": Color.GREEN,
    }
)
_NAMES = {"bgm": "Music", "cry": "Crying"}
_HOUR = 3600
"""Seconds at which a cut timeline starts, as is the custom, so that there is room before it."""


def whole(source: Source, events: Iterable[EventSpan], clips: Iterable[Clip]) -> Sequence:
    """The whole source, on its own timecode, with a marker for every event and every highlight."""
    marks = [*(_event_marker(source, e) for e in events), *(_highlight(source, c) for c in clips)]
    marks.sort(key=lambda mark: (mark.first, -mark.frames))
    name = source.stem
    cut = Cut(source, 0, source.frames, source.name, markers=tuple(marks))
    return Sequence(f"{name} events", source.rate, source.start, source.drop, (cut,))


def highlights(name: str, chosen: SequenceOf[tuple[Source, Clip]]) -> Sequence:
    """Clips one after another, from one hour on, each with markers for what it was chosen for.

    Where sources differ in frame rate, the timeline has the commonest.
    """
    rates = Counter(source.rate for source, _ in chosen)
    rate = rates.most_common(1)[0][0]
    drop = can_drop(rate) and any(source.drop for source, _ in chosen if source.rate == rate)
    # In drop-frame, 01:00:00;00 is 107,892 frames at 29.97: the clock's hour, rounded.
    base = nominal(rate) * _HOUR
    start = base - nominal(rate) // 15 * 54 if drop else base
    return Sequence(name, rate, start, drop, tuple(_cut(source, clip) for source, clip in chosen))


def _cut(source: Source, clip: Clip) -> Cut:
    first, frames = source.span(clip.start, clip.end)
    marks = []
    for why in clip.reason:
        start, length = source.span(max(why.start, clip.start), min(why.end, clip.end))
        if first <= start < first + frames:
            length = min(length, first + frames - start)
            marks.append(_marker(start, length, why.label, _comment(why.peak, why.duration)))
    return Cut(source, first, frames, clip.title, _score(clip), tuple(marks))


def _event_marker(source: Source, event: EventSpan) -> Marker:
    first, frames = source.span(event.start, event.end)
    return _marker(first, frames, event.label, _comment(event.peak, event.duration))


def _highlight(source: Source, clip: Clip) -> Marker:
    first, frames = source.span(clip.start, clip.end)
    return Marker(
        first, frames, "highlight", clip.title, _score(clip), Color.PURPLE, highlight=True
    )


def shown_name(label: str) -> str:
    """What a label is called where people read it: ``Laughter``, ``Music``."""
    return _NAMES.get(label, label.capitalize())


def _marker(first: int, frames: int, label: str, comment: str) -> Marker:
    return Marker(first, frames, label, shown_name(label), comment, COLORS.get(label, Color.PURPLE))


def _comment(peak: float, length: float) -> str:
    return f"probability {peak:.2f}, {length:.1f} s"


def _score(clip: Clip) -> str:
    labels = ", ".join(dict.fromkeys(why.label for why in clip.reason))
    return f"highlight, score {clip.score:.2f}: {labels}"
