"""Documents made by hand."""

from __future__ import annotations

from vidtag.core.records import (
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Media,
    ModelInfo,
    Segment,
    Word,
    join_words,
)


def document(
    words: list[Word], events: list[EventSpan], duration: float, language: Language = Language.EN
) -> Document:
    segments = ()
    if words:
        segments = (
            Segment(
                words[0].start,
                max(word.end for word in words),
                "",
                tuple(words),
                language,
                1.0,
                Emotion.NEUTRAL,
                1.0,
            ),
        )
    return Document(
        media=Media("/a/talk.mp4", "mp4", duration, None, (), "0"),
        model=ModelInfo("pocket", "bundled", None, 1, "0"),
        settings={},
        segments=segments,
        events=tuple(sorted(events, key=lambda event: event.start)),
    )


def spoken(text: str, start: float, each: float = 0.3, gap: float = 0.05) -> list[Word]:
    """Words of a text, one after another from ``start``."""
    return [
        Word(token, start + i * (each + gap), start + i * (each + gap) + each, 0.9, i > 0)
        for i, token in enumerate(text.split())
    ]


def laugh(start: float, end: float, p: float = 0.95) -> EventSpan:
    return EventSpan(EventKind.LAUGHTER, start, end, p, p)


def clap(start: float, end: float, p: float = 0.95) -> EventSpan:
    return EventSpan(EventKind.APPLAUSE, start, end, p, p)


def said(
    words: list[Word],
    language: Language = Language.EN,
    emotion: Emotion = Emotion.NEUTRAL,
    probability: float = 0.9,
) -> Segment:
    """A segment of some words."""
    return Segment(
        words[0].start,
        max(word.end for word in words),
        join_words(words),
        tuple(words),
        language,
        1.0,
        emotion,
        probability,
    )


def characters(text: str, start: float, each: float = 0.2) -> list[Word]:
    """A text as words of one character, one after another."""
    return [Word(c, start + i * each, start + (i + 1) * each, 0.9) for i, c in enumerate(text)]
