"""Documents of videos at any frame rate, with names that test every format."""

from __future__ import annotations

from fractions import Fraction

from vidtag.core.records import (
    AudioStream,
    Clip,
    Document,
    EventKind,
    EventSpan,
    Media,
    ModelInfo,
    VideoStream,
)

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
        video = VideoStream(
            0, "h264", 1920, 1080, rate, variable, start, None, rotation, "yuv420p", timecode
        )
    sound = AudioStream(1, 0, "aac", 48_000, channels, 0.0, None)
    return Media(path, "mov", duration, video, (sound,) if channels else (), "0")


def document(of: Media) -> Document:
    """Two laughs and an applause, one of them an hour in, where drop-frame tells."""
    return Document(
        media=of,
        model=ModelInfo("pocket", "bundled", None, 1, "0"),
        settings={},
        segments=(),
        events=(
            EventSpan(EventKind.LAUGHTER, 62.5, 65.0, 0.91, 0.8),
            EventSpan(EventKind.APPLAUSE, 64.0, 70.0, 0.95, 0.9),
            EventSpan(EventKind.LAUGHTER, 3605.3333, 3608.0, 0.99, 0.9),
        ),
    )


def clips(doc: Document) -> tuple[Clip, ...]:
    laugh, applause, late = doc.events
    return (
        Clip(55.3, 70.6, (laugh, applause), 0.93, "她说：<b>不</b> & \"no\", 'never'"),
        Clip(3600.0, 3608.5, (late,), 0.81, "그리고 그는 웃었다"),
    )
