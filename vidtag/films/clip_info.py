"""What a film needs to know of a clip that was cut."""

from __future__ import annotations

from collections.abc import Sequence
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
        tracks: numbers of its audio tracks that are heard together; none without sound.
    """

    path: Path
    duration: Fraction
    size: tuple[int, int] | None
    frame_rate: Fraction | None
    tracks: tuple[int, ...]

    @property
    def has_sound(self) -> bool:
        """Whether there is anything to hear."""
        return bool(self.tracks)


def inspect_clip(path: Path, tracks: Sequence[int] = (0,)) -> ClipInfo:
    """Read what a clip holds; a picture that cannot be decoded counts as none.

    Args:
        tracks: those that are heard together, if the clip has them.

    Raises:
        MediaError: it cannot be opened.
        UserError: it holds neither picture nor sound.
    """
    with open_media(path) as container:
        heard = tuple(track for track in tracks if track < len(container.streams.audio))
        duration = Fraction(container.duration or 0, 1_000_000)
        for stream in container.streams.video[:1]:
            frame = next(container.decode(stream), None)
            if frame is None or stream.time_base is None:
                break
            shape = pixel_shape(stream)
            size = display_size(frame.width, frame.height, shape, round(frame.rotation))
            if stream.duration:
                duration = stream.duration * base_of(stream)
            return ClipInfo(path, duration, size, frame_rate(stream), heard)
        if not heard:
            raise UserError("holds neither picture nor sound", path=path)
        return ClipInfo(path, duration, None, None, heard)
