"""A document as timelines: the whole video with markers, and the highlights cut together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from vidtag.core.cast import heard_before
from vidtag.core.display import EVENT_NAMES, more_about
from vidtag.core.records import Clip, Document, EventSpan, Passage, Reason
from vidtag.core.timecode import can_drop, nominal
from vidtag.media.tracks import listened_track
from vidtag.timelines.model import (
    Color,
    Cut,
    Marker,
    MediaReference,
    Row,
    Timeline,
    media_reference,
    one_line,
)

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
_NAMES = {kind.value.lower(): name.capitalize() for kind, name in EVENT_NAMES["en"].items()}
_HOUR = 3600
"""Seconds at which a cut timeline starts, as is the custom, so that there is room before it."""


@dataclass(frozen=True, slots=True)
class DocumentTimelines:
    """A document as timelines, from which every format is written.

    Attributes:
        reference: the video.
        events: the whole video with markers.
        highlights: the highlights one after another; None if there are none.
        event_rows, highlight_rows: the same as plain lists.
        clips: the highlights, in the order of time.
        duration: of the video, in seconds.
        opening: title of the first chapter, unless one begins with the video.
        chapters: when each chapter begins, and its title.
    """

    reference: MediaReference
    events: Timeline
    highlights: Timeline | None
    event_rows: tuple[Row, ...]
    highlight_rows: tuple[Row, ...]
    clips: tuple[Clip, ...]
    duration: float
    opening: str
    chapters: tuple[tuple[float, str], ...]

    @classmethod
    def of(
        cls,
        document: Document,
        clips: Sequence[Clip],
        opening: str = "Start",
        chapters: Sequence[tuple[float, str]] | None = None,
    ) -> DocumentTimelines:
        """Timelines of a document and its highlights; without ``chapters`` these are chapters."""
        reference = media_reference(document.media, listened_track(document))
        chosen = [(reference, clip) for clip in clips]
        name = f"{reference.stem} highlights"
        return cls(
            reference=reference,
            events=events_timeline(reference, document.events, clips, document),
            highlights=highlights_timeline(name, chosen) if chosen else None,
            event_rows=rows_of(document.events),
            highlight_rows=rows_of(clips),
            clips=tuple(clips),
            duration=document.media.duration,
            opening=opening,
            chapters=tuple(((c.start, c.title) for c in clips) if chapters is None else chapters),
        )


def rows_of(spans: Iterable[EventSpan | Clip]) -> tuple[Row, ...]:
    """Start, end and label of events or clips."""
    return tuple((span.start, span.end, _row_label(span)) for span in spans)


def _row_label(span: EventSpan | Clip) -> str:
    if isinstance(span, Clip):
        return one_line(span.title)
    return f"[{shown_name(span.label).lower()}]"


def events_timeline(
    reference: MediaReference,
    events: Iterable[EventSpan],
    clips: Iterable[Clip],
    document: Document | None = None,
) -> Timeline:
    """The whole video, on its own timecode, with a marker for every event and every highlight.

    Args:
        document: tells who spoke before each event.
    """
    marks = [_event_marker(reference, event, document) for event in events]
    marks += [_highlight_marker(reference, clip) for clip in clips]
    marks.sort(key=lambda mark: (mark.first, -mark.frames))
    name = reference.stem
    cut = Cut(reference, 0, reference.frames, reference.name, markers=tuple(marks))
    return Timeline(f"{name} events", reference.rate, reference.start, reference.drop, (cut,))


def highlights_timeline(name: str, chosen: Sequence[tuple[MediaReference, Clip]]) -> Timeline:
    """Clips one after another, from one hour on, each with markers for what it was chosen for.

    Where files differ in frame rate, the timeline has the commonest.
    """
    rates = Counter(reference.rate for reference, _ in chosen)
    rate = rates.most_common(1)[0][0]
    same_rate = (reference for reference, _ in chosen if reference.rate == rate)
    drop = can_drop(rate) and any(reference.drop for reference in same_rate)
    # In drop-frame, 01:00:00;00 is 107,892 frames at 29.97: the clock's hour, rounded.
    base = nominal(rate) * _HOUR
    start = base - nominal(rate) // 15 * 54 if drop else base
    cuts = tuple(_cut(reference, clip) for reference, clip in chosen)
    return Timeline(name, rate, start, drop, cuts)


def _cut(reference: MediaReference, clip: Clip) -> Cut:
    first, frames = reference.span(clip.start, clip.end)
    marks = []
    for reason in clip.reason:
        start, length = reference.span(max(reason.start, clip.start), min(reason.end, clip.end))
        if first <= start < first + frames:
            length = min(length, first + frames - start)
            marks.append(_marker(start, length, reason))
    return Cut(reference, first, frames, clip.title, _score(clip), tuple(marks))


def _event_marker(reference: MediaReference, event: EventSpan, document: Document | None) -> Marker:
    first, frames = reference.span(event.start, event.end)
    speaker = heard_before(document, event.start) if document else None
    return _marker(first, frames, event, f", after {speaker}" if speaker else "")


def _highlight_marker(reference: MediaReference, clip: Clip) -> Marker:
    first, frames = reference.span(clip.start, clip.end)
    return Marker(
        first, frames, "highlight", clip.title, _score(clip), Color.PURPLE, highlight=True
    )


def shown_name(label: str) -> str:
    """What a label is called where people read it: ``Laughter``, ``Music``."""
    return _NAMES.get(label, label.capitalize())


def _marker(first: int, frames: int, reason: Reason, who: str = "") -> Marker:
    if isinstance(reason, Passage) and reason.speaker:
        who = f", {reason.speaker}"
    if isinstance(reason, EventSpan) and (more := more_about(reason)):
        who = f", {more}{who}"
    comment = one_line(f"probability {reason.peak:.2f}, {reason.duration:.1f} s{who}")
    color = COLORS.get(reason.label, Color.PURPLE)
    return Marker(first, frames, reason.label, shown_name(reason.label), comment, color)


def _score(clip: Clip) -> str:
    labels = ", ".join(dict.fromkeys(reason.label for reason in clip.reason))
    who = one_line(f", {clip.speaker}") if clip.speaker else ""
    return f"highlight, score {clip.score:.2f}: {labels}{who}"
