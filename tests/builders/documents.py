"""Documents made by hand, and what they hold; what a test does not care about has a default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from vidtag.core.media_streams import AudioStream, Media, VideoStream
from vidtag.core.origins import ModelInfo
from vidtag.core.records import (
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Word,
    join_words,
)

SPACED = (Language.EN, Language.KO)
"""Languages that put spaces between words."""


def make_words(
    text: str,
    start: float = 0.0,
    *,
    each: float = 0.3,
    gap: float = 0.05,
    language: Language = Language.EN,
) -> tuple[Word, ...]:
    """The words of a text, ``each`` seconds long and ``gap`` apart.

    They are parted at spaces; without any, and where the language has none, at every character.
    """
    spaced = language in SPACED
    texts = text.split() if spaced or " " in text else list(text)
    starts = [start + number * (each + gap) for number in range(len(texts))]
    return tuple(
        Word(token, begin, begin + each, 0.9, spaced and number > 0)
        for number, (token, begin) in enumerate(zip(texts, starts, strict=True))
    )


def make_characters(text: str, start: float = 0.0, each: float = 0.2) -> tuple[Word, ...]:
    """The characters of a text as words, one right after another."""
    return make_words(text, start, each=each, gap=0.0, language=Language.ZH)


def make_segment(
    words: Sequence[Word],
    language: Language = Language.EN,
    emotion: Emotion = Emotion.NEUTRAL,
    *,
    emotion_probability: float = 0.9,
) -> Segment:
    """The segment of some words; without any it is empty, at 0 s."""
    return Segment(
        start=words[0].start if words else 0.0,
        end=max((word.end for word in words), default=0.0),
        text=join_words(words),
        words=tuple(words),
        language=language,
        language_probability=0.99,
        emotion=emotion,
        emotion_probability=emotion_probability,
    )


def make_phrase(language: Language, text: str, start: float = 0.0, each: float = 0.3) -> Segment:
    """The segment of words (or characters) that begin ``each`` seconds after one another."""
    words = make_words(text, start, each=0.9 * each, gap=0.1 * each, language=language)
    return make_segment(words, language)


def make_timed_segment(language: Language, *timed: tuple[str, float, float]) -> Segment:
    """The segment of words given as text, start and end."""
    words = [
        Word(text, start, end, 0.9, language in SPACED and number > 0)
        for number, (text, start, end) in enumerate(timed)
    ]
    return make_segment(words, language)


def make_sentence(
    start: float,
    end: float,
    text: str,
    language: Language = Language.EN,
    emotion: Emotion = Emotion.NEUTRAL,
) -> Segment:
    """The segment of a text that fills the time from ``start`` to ``end`` evenly."""
    tokens = text.split()
    each = (end - start) / max(1, len(tokens))
    words = tuple(
        Word(token, start + number * each, start + (number + 1) * each, 0.9, number > 0)
        for number, token in enumerate(tokens)
    )
    return Segment(start, end, text, words, language, 0.95, emotion, 0.8)


def make_event(
    kind: EventKind, start: float, end: float, peak: float = 0.95, mean: float | None = None
) -> EventSpan:
    """An event; its mean probability is its peak's unless given."""
    return EventSpan(kind, start, end, peak, peak if mean is None else mean)


def laugh(start: float, end: float, peak: float = 0.95) -> EventSpan:
    return make_event(EventKind.LAUGHTER, start, end, peak)


def clap(start: float, end: float, peak: float = 0.95) -> EventSpan:
    return make_event(EventKind.APPLAUSE, start, end, peak)


def make_video_stream(
    rate: Fraction | int = 25,
    size: tuple[int, int] = (1920, 1080),
    *,
    variable: bool = False,
    start: float = 0.0,
    duration: float | None = 60.0,
    rotation: int = 0,
    timecode: str | None = None,
) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=size[0],
        height=size[1],
        frame_rate=Fraction(rate),
        variable_frame_rate=variable,
        start=start,
        duration=duration,
        rotation=rotation,
        pixel_format="yuv420p",
        timecode=timecode,
    )


def make_audio_stream(channels: int = 2, duration: float | None = None) -> AudioStream:
    return AudioStream(
        index=1,
        track=0,
        codec="aac",
        sample_rate=48_000,
        channels=channels,
        start=0.0,
        duration=duration,
    )


def make_media(
    path: str = "/videos/talk.mp4",
    duration: float = 60.0,
    *,
    video: VideoStream | None = None,
    audio: Sequence[AudioStream] = (),
    fingerprint: str = "fingerprint",
) -> Media:
    return Media(path, "mov", duration, video, tuple(audio), fingerprint)


def make_model(parameters: int = 1) -> ModelInfo:
    return ModelInfo("pocket", "bundled", None, parameters, "digest")


def make_document(
    segments: Sequence[Segment] = (),
    events: Sequence[EventSpan] = (),
    *,
    media: Media | None = None,
    duration: float = 60.0,
    rate: Fraction | int | None = None,
    settings: Mapping[str, object] | None = None,
    notes: Sequence[str] = (),
    shots: Sequence[float] = (),
) -> Document:
    """A document of ``media``, or of ``duration`` seconds and, if there is a rate, a picture."""
    if media is None:
        video = None if rate is None else make_video_stream(rate, duration=duration)
        media = make_media(duration=duration, video=video)
    return Document(
        media=media,
        model=make_model(),
        settings=settings or {},
        segments=tuple(segments),
        events=tuple(events),
        notes=tuple(notes),
        shots=tuple(shots),
    )
