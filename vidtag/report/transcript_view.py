"""The transcript of the report: speech and events in the order they begin. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from vidtag.core.clock import clock
from vidtag.core.display import (
    EMOTION_NAMES,
    LANGUAGE_NAMES,
    WRITTEN_TAGS,
    colour_name,
    event_name,
)
from vidtag.core.names import PageLanguage
from vidtag.core.records import Document, Emotion, EventSpan, Segment
from vidtag.subtitles.characters import restore_spaces


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A row of the transcript: speech or an event; ``language_code`` is for HTML's ``lang``."""

    id: str
    start: float
    end: float
    clock: str
    speaker: str
    text: str
    language_code: str
    colour: str
    language: str
    emotion: str
    emotion_colour: str
    event: bool


def transcript(document: Document, language: PageLanguage = "en") -> tuple[TranscriptLine, ...]:
    """Speech and events in the order they begin."""
    lines = [
        *(_speech_line(number, s, language) for number, s in enumerate(document.segments)),
        *(_event_line(number, e, language) for number, e in enumerate(document.events)),
    ]
    return tuple(sorted(lines, key=lambda line: (line.start, line.end)))


def _speech_line(number: int, segment: Segment, language: PageLanguage) -> TranscriptLine:
    shown = segment.emotion not in (Emotion.NEUTRAL, Emotion.UNKNOWN)
    return TranscriptLine(
        id=f"s{number}",
        start=segment.start,
        end=segment.end,
        clock=clock(segment.start),
        speaker=segment.speaker or "",
        text=restore_spaces(segment.text),
        language_code=WRITTEN_TAGS.get(segment.language, ""),
        colour=colour_name(segment.language),
        language=LANGUAGE_NAMES.get(segment.language, ""),
        emotion=EMOTION_NAMES[language][segment.emotion] if shown else "",
        emotion_colour=colour_name(segment.emotion) if shown else "",
        event=False,
    )


def _event_line(number: int, event: EventSpan, language: PageLanguage) -> TranscriptLine:
    return TranscriptLine(
        id=f"e{number}",
        start=event.start,
        end=event.end,
        clock=clock(event.start),
        speaker="",
        text=f"{event_name(event, language)}, {event.duration:.1f} s",
        language_code="",
        colour=colour_name(event.kind),
        language="",
        emotion="",
        emotion_colour="",
        event=True,
    )
