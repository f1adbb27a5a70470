"""Documents of videos at any frame rate, with names that test every format."""

from __future__ import annotations

from fractions import Fraction

from tests.builders.documents import (
    make_audio_stream,
    make_document,
    make_event,
    make_media,
    make_video_stream,
)
from vidtag.core.media_streams import Media
from vidtag.core.records import Clip, Document, EventKind

NAME = '/videos/王 & "Söhne" <1>, part.mov'
RATES = {
    "23.976": Fraction(24000, 1001),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}


def media(
    rate: Fraction | None,
    *,
    timecode: str | None = None,
    duration: float = 7200.0,
    path: str = NAME,
    channels: int = 2,
    start: float = 0.0,
    variable: bool = False,
    rotation: int = 0,
) -> Media:
    video = None
    if rate is not None:
        video = make_video_stream(
            rate,
            variable=variable,
            start=start,
            duration=None,
            rotation=rotation,
            timecode=timecode,
        )
    audio = [make_audio_stream(channels)] if channels else []
    return make_media(path, duration, video=video, audio=audio)


def document(of: Media) -> Document:
    """Two laughs and an applause, one of them an hour in, where drop-frame tells."""
    events = [
        make_event(EventKind.LAUGHTER, 62.5, 65.0, 0.91, 0.8),
        make_event(EventKind.APPLAUSE, 64.0, 70.0, 0.95, 0.9),
        make_event(EventKind.LAUGHTER, 3605.3333, 3608.0, 0.99, 0.9),
    ]
    return make_document(events=events, media=of)


def clips(doc: Document) -> tuple[Clip, ...]:
    laugh, applause, late = doc.events
    return (
        Clip(55.3, 70.6, (laugh, applause), 0.93, "她说：<b>不</b> & \"no\", 'never'"),
        Clip(3600.0, 3608.5, (late,), 0.81, "그리고 그는 웃었다"),
    )
