"""The transcript, without times: plain, or rich with signs for events and emotions."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from vidtag.core.records import Document, Emotion, EventKind
from vidtag.subtitles.characters import clean, restore_spaces
from vidtag.subtitles.formats.format_types import DocumentFormat

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
    """Everything that was said, a line per segment."""
    texts = ((restore_spaces(clean(s.text)), s.speaker) for s in document.segments)
    return "".join(f"{_named(text, speaker)}\n" for text, speaker in texts if text)


def _named(line: str, speaker: str | None) -> str:
    """A line with who says it in front, where that is known."""
    return f"{clean(speaker)}: {line}" if speaker else line


def rich_text(document: Document) -> str:
    """Speech and events as FunASR's rich transcription writes them: the signs of a segment's
    events, its text, and the sign of its emotion. A line is one segment, or one event without
    speech.

    FunASR's events are those of a whole segment; these are the spans that were found, so that an
    event which nobody talks over is not lost.
    """
    return "".join(f"{line}\n" for line in _rich_lines(document))


def _rich_lines(document: Document) -> Iterator[str]:
    events = sorted((e for e in document.events if e.kind in EVENT_SIGNS), key=lambda e: e.start)
    rows: list[tuple[float, str]] = []
    in_speech: set[int] = set()
    following = 0
    for segment in document.segments:
        while following < len(events) and events[following].end <= segment.start:
            following += 1
        kinds = []
        for number in range(following, len(events)):
            if events[number].start >= segment.end:
                break
            if events[number].end > segment.start:
                kinds.append(events[number].kind)
                in_speech.add(number)
        if text := clean(segment.text):
            signs = "".join(dict.fromkeys(EVENT_SIGNS[kind] for kind in kinds))
            emotion = EMOTION_SIGNS.get(segment.emotion, "")
            line = _named(f"{signs}{text}{emotion}", segment.speaker)
            rows.append((segment.start, line))
    rows += [
        (event.start, EVENT_SIGNS[event.kind])
        for number, event in enumerate(events)
        if number not in in_speech
    ]
    for _, line in sorted(rows, key=lambda row: row[0]):
        yield line


FORMAT = DocumentFormat("rich", ".rich.txt", rich_text)
