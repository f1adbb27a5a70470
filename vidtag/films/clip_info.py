"""What a film needs to know of a clip that was cut."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidtag.core.errors import UserError
from vidtag.core.media_streams import display_size
from vidtag.media.container import frame_rate, open_media
from vidtag.media.picture_probe import pixel_shape
from vidtag.media.rational import base_of


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """A clip on disk.

    Attributes:
        path: the file.
        duration: in seconds.
        size: width and height as displayed, in square pixels; None for sound alone.
        frame_rate: frames per second; None for sound alone.
        has_sound: whether there is anything to hear.
    """

    path: Path
    duration: Fraction
    size: tuple[int, int] | None
    frame_rate: Fraction | None
    has_sound: bool


def inspect_clip(path: Path) -> ClipInfo:
    """Read what a clip holds; a picture that cannot be decoded counts as none.

    Raises:
        MediaError: it cannot be opened.
        UserError: it holds neither picture nor sound.
    """
    with open_media(path) as container:
        has_sound = bool(container.streams.audio)
        duration = Fraction(container.duration or 0, 1_000_000)
        for stream in container.streams.video[:1]:
            frame = next(container.decode(stream), None)
            if frame is None or stream.time_base is None:
                break
            shape = pixel_shape(stream)
            size = display_size(frame.width, frame.height, shape, round(frame.rotation))
            if stream.duration:
                duration = stream.duration * base_of(stream)
            return ClipInfo(path, duration, size, frame_rate(stream), has_sound)
        if not has_sound:
            raise UserError("holds neither picture nor sound", path=path)
        return ClipInfo(path, duration, None, None, True)
