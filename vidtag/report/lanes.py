"""The timeline of the report: a lane per kind of thing, every place in percent. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vidtag.core.clock import clock, short_clock
from vidtag.core.display import (
    EMOTION_NAMES,
    EVENT_NAMES,
    LANGUAGE_NAMES,
    colour_name,
    event_name,
    speaker_colour,
)
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip, Document, Emotion, EventKind, EventSpan, Segment, SpeakerTurn
from vidtag.report.stats import extent, step_of
from vidtag.report.words import WORDS
from vidtag.subtitles.characters import restore_spaces

ALWAYS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.BGM)
"""Kinds that have a lane even if the recording has none of them."""

_MOST_TICKS = 10
_LEAST_WIDTH = 0.5
"""Percent of the lane below which a block has no room for its label."""


@dataclass(frozen=True, slots=True)
class LaneBlock:
    """What is shown of one thing on a lane.

    Attributes:
        colour: its name; see ``colours_by_name``.
        left, width: percent of the lane.
        start: seconds.
        label: what is written on it; detail: more about it; times: from when to when.
        target: id of the element that tells more.
        wide: whether it has room for a label before anybody zooms in.
    """

    colour: str
    left: float
    width: float
    start: float
    label: str
    detail: str
    times: str
    target: str
    wide: bool

    @property
    def description(self) -> str:
        """What it is, for those who do not see it."""
        more = f": {self.detail}" if self.label and self.detail else ""
        return f"{self.label or self.detail}, {self.times}{more}"


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the timeline.

    Attributes:
        quotes: whether the details are the texts of what the blocks lead to.
    """

    key: str
    label: str
    blocks: tuple[LaneBlock, ...]
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis, ``left`` in percent."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class TimelineView:
    """All lanes on one axis."""

    duration: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def timeline_view(
    document: Document, clips: Sequence[Clip] = (), language: PageLanguage = "en"
) -> TimelineView:
    """Lanes for speech by language, speakers, emotion, every kind of event, and the highlights."""
    axis = _Axis(max(extent(document), 1e-3), WORDS[language])
    lanes = [
        _speech_lane(document, axis),
        *_speakers_lane(document, axis),
        _emotion_lane(document, axis, EMOTION_NAMES[language]),
        *_event_lanes(document, axis, language),
        _highlights_lane(clips, axis),
    ]
    return TimelineView(axis.duration, tuple(lanes), tuple(_ticks(axis.duration)))


@dataclass(frozen=True, slots=True)
class _Axis:
    """The time that all lanes span, in seconds, and the words in the report's language."""

    duration: float
    words: Mapping[str, str]

    def block(
        self,
        span: Segment | EventSpan | SpeakerTurn | Clip,
        colour: str,
        target: str,
        label: str,
        detail: str,
    ) -> LaneBlock:
        """A span on its lane: ``label`` is written on it, ``detail`` tells more."""
        first, last = (max(0.0, min(time, self.duration)) for time in (span.start, span.end))
        times = self.words["to"].format(start=clock(span.start), end=clock(span.end))
        width = 100 * max(0.0, last - first) / self.duration
        return LaneBlock(
            colour=colour,
            left=round(100 * first / self.duration, 4),
            width=round(width, 4),
            start=round(span.start, 3),
            label=label,
            detail=detail,
            times=times,
            target=target,
            wide=width >= _LEAST_WIDTH,
        )


def _speech_lane(document: Document, axis: _Axis) -> Lane:
    no_speech = axis.words["no_speech"]
    blocks = (
        axis.block(
            segment,
            colour_name(segment.language),
            f"s{number}",
            LANGUAGE_NAMES.get(segment.language, no_speech),
            restore_spaces(segment.text),
        )
        for number, segment in enumerate(document.segments)
    )
    return Lane("speech", axis.words["speech"], tuple(blocks), quotes=True)


def _speakers_lane(document: Document, axis: _Axis) -> Iterator[Lane]:
    if not document.turns:
        return
    numbers = {speaker: number for number, speaker in enumerate(document.speakers)}
    starts = [segment.start for segment in document.segments]
    blocks = (
        axis.block(
            turn,
            speaker_colour(numbers[turn.speaker]),
            f"s{max(0, bisect_right(starts, turn.start + 1e-3) - 1)}" if starts else "transcript",
            turn.speaker,
            "",
        )
        for turn in document.turns
    )
    yield Lane("speakers", axis.words["speakers"], tuple(blocks))


def _emotion_lane(document: Document, axis: _Axis, names: Mapping[Emotion, str]) -> Lane:
    blocks = (
        axis.block(
            segment,
            colour_name(segment.emotion),
            f"s{number}",
            names[segment.emotion],
            f"{segment.emotion_probability:.0%}",
        )
        for number, segment in enumerate(document.segments)
        if segment.emotion in names
    )
    return Lane("emotion", axis.words["emotion"], tuple(blocks))


def _event_lanes(document: Document, axis: _Axis, language: PageLanguage) -> Iterator[Lane]:
    names = EVENT_NAMES[language]
    found = {event.kind for event in document.events}
    for kind in EventKind:
        if kind in found or kind in ALWAYS:
            key, name = colour_name(kind), names[kind]
            blocks = (
                axis.block(event, key, f"e{number}", "", event_name(event, language))
                for number, event in enumerate(document.events)
                if event.kind is kind
            )
            yield Lane(key, name, tuple(blocks))


def _highlights_lane(clips: Sequence[Clip], axis: _Axis) -> Lane:
    blocks = (
        axis.block(clip, "highlight", f"h{number}", str(number), clip.title)
        for number, clip in enumerate(clips, 1)
    )
    return Lane("highlights", axis.words["highlights"], tuple(blocks))


def _ticks(duration: float) -> Iterator[Tick]:
    step = step_of(duration, _MOST_TICKS)
    label = short_clock if step >= 1 else clock
    for number in range(int(duration / step) + 1):
        yield Tick(round(100 * number * step / duration, 4), label(number * step))
