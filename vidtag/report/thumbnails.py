"""Small pictures of a video at given times, as data URIs."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable

import av
from PIL import Image, ImageOps

from vidtag.core.errors import VidtagError
from vidtag.core.media_streams import FieldOrder, Media, VideoStream, display_size
from vidtag.core.records import Clip
from vidtag.media.frames import open_video
from vidtag.media.tone_mapping import to_bt709

WIDTH = 320
"""Pixels of the longer side."""

_QUALITY = 72
_MOST_DECODED = 600
"""Frames decoded from a keyframe on after which the one reached is good enough."""


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
    found: dict[int, bytes] = {}
    if media.video is None:
        return found
    try:
        with open_video(media) as video:
            for place, time in enumerate(times):
                frame = video.frame_at(time, most_before=_MOST_DECODED)
                if frame is not None:
                    found[place] = _jpeg(frame, width, media.video)
    except (OSError, VidtagError, av.FFmpegError):
        pass
    return found


def _jpeg(frame: av.VideoFrame, width: int, video: VideoStream) -> bytes:
    across, down = display_size(frame.width, frame.height, video.sample_aspect_ratio, 0)
    shown = width / max(across, down)
    size = (max(2, round(across * shown)), max(2, round(down * shown)))
    if video.colour.is_hdr:
        deep = frame.reformat(*size, format="rgb48le", threads=1).to_ndarray()
        image = Image.fromarray((to_bt709(deep / 65535, video.colour) * 255).round().astype("u1"))
    elif video.field_order is not FieldOrder.PROGRESSIVE:
        # One field alone, which is whole lines of one moment.
        field = frame.to_ndarray(format="rgb24", threads=1)[::2]
        image = Image.fromarray(field).resize(size)
    else:
        image = frame.to_image(width=size[0], height=size[1], threads=1)  # type: ignore[no-untyped-call]
    if video.flipped:
        image = ImageOps.flip(image)
    if video.rotation:
        image = image.rotate(-video.rotation, expand=True)
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=_QUALITY, optimize=True)
    return data.getvalue()
