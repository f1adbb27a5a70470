"""Small pictures of a video at given times, as data URIs."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vidtag.core.errors import VidtagError
from vidtag.core.records import Clip, Media
from vidtag.media.probe import clock_zero, open_container
from vidtag.media.steady import steady

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

WIDTH = 320
"""Pixels of the longer side."""

_QUALITY = 72
_BACK_OFF = (0.0, 2.0, 10.0)
"""Seconds before its time that a frame is looked for from: containers without an index (MPEG-TS)
land on any frame when they seek, and decode from the keyframe after it."""
_MOST_DECODED = 600
"""Frames decoded from a keyframe on before the last one seen is good enough."""


def moment(clip: Clip) -> float:
    """The time of a clip that shows best what it is about: early in its strongest reaction."""
    best = max(clip.reason, key=lambda event: event.peak, default=None)
    if best is None:
        return (clip.start + clip.end) / 2
    return min(best.start + min(1.0, best.duration / 2), clip.end)


def thumbnails(media: Media, times: Iterable[float], width: int = WIDTH) -> dict[int, str]:
    """JPEG pictures as data URIs, by place in ``times``; those that cannot be had are left out.

    A report is worth having without its pictures, so nothing is raised for a video that is gone,
    changed or damaged.
    """
    pictures = _pictures(media, times, width)
    return {
        place: "data:image/jpeg;base64," + base64.b64encode(data).decode()
        for place, data in pictures.items()
    }


def picture(media: Media, time: float, width: int = WIDTH) -> bytes | None:
    """The JPEG picture at one time, or None where there is none."""
    return _pictures(media, [time], width).get(0)


def _pictures(media: Media, times: Iterable[float], width: int) -> dict[int, bytes]:
    import av

    found: dict[int, bytes] = {}
    if media.video is None:
        return found
    try:
        with steady(media) as source, open_container(source.path) as container:
            assert source.video is not None
            stream = container.streams[source.video.index]
            for place, time in enumerate(times):
                data = _picture(container, stream, time, media, width)  # type: ignore[arg-type]
                if data is not None:
                    found[place] = data
    except (OSError, IndexError, VidtagError, av.FFmpegError):
        pass
    return found


def _picture(
    container: InputContainer, stream: VideoStream, time: float, media: Media, width: int
) -> bytes | None:
    base = stream.time_base
    if base is None:
        return None
    wanted = round((time + float(clock_zero(container))) / base)
    last = None
    for back in _BACK_OFF:
        container.seek(max(wanted - round(back / base), stream.start_time or 0), stream=stream)
        first = None
        for number, frame in enumerate(container.decode(stream)):
            first, last = first or frame, frame
            if number >= _MOST_DECODED or (frame.pts is not None and frame.pts >= wanted):
                break
        if first is not None and (first.pts is None or first.pts <= wanted):
            break
    if last is None:
        return None
    shown = width / max(last.width, last.height)
    size = (max(2, round(last.width * shown)), max(2, round(last.height * shown)))
    image = last.to_image(width=size[0], height=size[1], threads=1)  # type: ignore[no-untyped-call]
    turn = media.video.rotation if media.video else 0
    if turn:
        image = image.rotate(-turn, expand=True)
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=_QUALITY, optimize=True)
    return data.getvalue()
