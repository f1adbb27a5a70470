import pytest

from vidtag.core.records import (
    AudioStream,
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Media,
    ModelInfo,
    Segment,
    Word,
)


def make_segment(start, end, text, language=Language.EN, emotion=Emotion.NEUTRAL):
    step = (end - start) / max(1, len(text.split()))
    words = tuple(
        Word(word, start + n * step, start + (n + 1) * step, 0.9, n > 0)
        for n, word in enumerate(text.split())
    )
    return Segment(start, end, text, words, language, 0.95, emotion, 0.8)


def make_document(segments=(), events=(), duration=60.0, name="/talks/talk.mp4", notes=()):
    sound = AudioStream(0, 0, "aac", 48000, 2, 0.0, duration)
    return Document(
        media=Media(name, "mp4", duration, None, (sound,), "f00d"),
        model=ModelInfo("pocket", "bundled", None, 2_900_000, "abcdef"),
        settings={"model": {"name": "pocket"}},
        segments=tuple(segments),
        events=tuple(events),
        notes=tuple(notes),
    )


@pytest.fixture
def show():
    """A minute with a joke, a laugh, an angry caller and a pause."""
    return make_document(
        [
            make_segment(1.0, 5.0, "So a man walks in"),
            make_segment(20.0, 24.0, "你好", Language.ZH, Emotion.ANGRY),
            make_segment(30.0, 38.0, "thank you very much", Language.EN, Emotion.HAPPY),
        ],
        [
            EventSpan(EventKind.LAUGHTER, 5.5, 8.0, 0.98, 0.9),
            EventSpan(EventKind.APPLAUSE, 38.5, 44.0, 0.99, 0.9),
        ],
    )
