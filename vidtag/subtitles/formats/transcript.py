"""What was heard as running text, without times: plain, or rich with events and emotions."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from vidtag.core.records import Document, Emotion, EventKind
from vidtag.subtitles.characters import apart, clean

EVENT_SIGNS = MappingProxyType(
    {
        EventKind.BGM: "🎼",
        EventKind.APPLAUSE: "👏",
        EventKind.LAUGHTER: "😀",
        EventKind.CRY: "😭",
        EventKind.SNEEZE: "🤧",
        EventKind.COUGH: "🤧",
    }
)
EMOTION_SIGNS = MappingProxyType(
    {
        Emotion.HAPPY: "😊",
        Emotion.SAD: "😔",
        Emotion.ANGRY: "😡",
        Emotion.FEARFUL: "😰",
        Emotion.DISGUSTED: "🤢",
        Emotion.SURPRISED: "😮",
    }
)
"""The signs FunASR's ``rich_transcription_postprocess`` uses."""


def plain_text(document: Document) -> str:
    """Everything that was said, one line per passage."""
    texts = (apart(clean(segment.text)) for segment in document.segments)
    return "".join(f"{text}\n" for text in texts if text)


def rich_text(document: Document) -> str:
    """Everything that was heard, as FunASR's rich transcription tells it: a passage's events
    before its text and its emotion after it; one passage, or event without speech, a line.

    Unlike FunASR's, events are those found in time, so one that nobody talks over is not lost.
    """
    return "".join(f"{line}\n" for line in _rich_lines(document))


def _rich_lines(document: Document) -> Iterator[str]:
    events = sorted((e for e in document.events if e.kind in EVENT_SIGNS), key=lambda e: e.start)
    rows: list[tuple[float, str]] = []
    claimed: set[int] = set()
    following = 0
    for segment in document.segments:
        while following < len(events) and events[following].end <= segment.start:
            following += 1
        during = []
        for number in range(following, len(events)):
            if events[number].start >= segment.end:
                break
            if events[number].end > segment.start:
                during.append(events[number].kind)
                claimed.add(number)
        if text := clean(segment.text):
            signs = "".join(dict.fromkeys(EVENT_SIGNS[kind] for kind in during))
            mood = EMOTION_SIGNS.get(segment.emotion, "")
            rows.append((segment.start, f"{signs}{text}{mood}"))
    rows += [
        (event.start, EVENT_SIGNS[event.kind])
        for number, event in enumerate(events)
        if number not in claimed
    ]
    for _, line in sorted(rows, key=lambda row: row[0]):
        yield line
