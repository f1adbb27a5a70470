"""A clip once more for phones: upright or square, with its subtitles in the picture.

Made from the clip that was cut and checked, frame by frame: nothing is cut again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.errors import MediaError, UserError, VerificationError
from vidtag.core.records import OnProgress, Progress
from vidtag.files import replacing
from vidtag.films.focus import Focus, find_focus
from vidtag.media.container import open_media, packets
from vidtag.media.ffmpeg import REPEATABLE, file_url, input_file, run

_CRF = 18
_BLUR = 8
"""The blurred background is made this many times smaller than the picture."""

_DIM = -0.12
"""Brightness that is taken off the background, so that the picture stands out."""


class Shape(StrEnum):
    """Shape of a picture: 9:16 for phones, 1:1 for feeds, or as it is."""

    VERTICAL = "vertical"
    SQUARE = "square"
    SOURCE = "source"


class Fit(StrEnum):
    """How a wide picture gets into a narrow one: the part that matters, or all of it, small,
    before a blurred background.
    """

    CROP = "crop"
    BLUR = "blur"


def social_size(width: int, height: int, shape: Shape) -> tuple[int, int]:
    """Pixels of a picture of a shape made of one of ``width`` x ``height``, as shown.

    The shorter side is 1080 or 720 where the source has as much, as sites take it.
    """
    if shape is Shape.SOURCE:
        return width - width % 2, height - height % 2
    short = min(width, height)
    short = next((side for side in (1080, 720) if short >= side), short - short % 2)
    long = short if shape is Shape.SQUARE else round(short * 16 / 9 / 2) * 2
    return short, long


def make_social(
    clip: Path,
    target: Path,
    *,
    shape: Shape = Shape.VERTICAL,
    fit: Fit = Fit.CROP,
    subtitles: Path | None = None,
    fonts: Path | None = None,
    shots: Sequence[float] = (),
    on_progress: OnProgress | None = None,
) -> None:
    """Write a clip once more, in another shape and with subtitles in the picture.

    Args:
        clip: the clip, as cut.
        target: the MP4 to write.
        subtitles: an ASS file on the clip's clock; None draws none.
        fonts: a folder of fonts to use beside the system's.
        shots: seconds of the clip at which a new shot begins.
        on_progress: receives progress of the stage ``social``, in seconds of the clip.

    Raises:
        UserError: the clip has no picture.
        ToolError: ffmpeg failed.
        VerificationError: what was written has not the clip's frames; nothing is left of it.
    """
    width, height, length, sounds = _inspect(clip)
    size = social_size(width, height, shape)
    source = input_file(clip)
    if fit is Fit.BLUR and shape is not Shape.SOURCE:
        picture = _on_blurred(source.video, size)
    else:
        picture = _cropped(source.video, clip, (width, height), size, shots)
    if subtitles is not None:
        options = {"filename": str(subtitles.absolute())}
        if fonts is not None:
            options["fontsdir"] = str(fonts.absolute())
        picture = picture.filter("subtitles", **options)

    def told(done: float) -> None:
        if on_progress is not None:
            on_progress(Progress("social", min(done, length), length, target.name))

    with replacing(target) as partial:
        output = ffmpeg.output(
            picture.filter("format", "yuv420p"),
            *([source.audio] if sounds else []),
            file_url(partial),
            **REPEATABLE,
            **{"c:a": "copy", "fps_mode:v": "passthrough"},
            enc_time_base="demux",
            crf=_CRF,
            preset="veryfast",
            movflags="+faststart",
        )
        run(output, path=clip, on_seconds=told)
        if _times(partial) != _times(clip):
            raise VerificationError("its frames are not those of the clip", path=target)


def _inspect(clip: Path) -> tuple[int, int, float, bool]:
    """Width and height as shown, seconds, and whether there is sound."""
    with open_media(clip) as container:
        if not container.streams.video:
            raise UserError("has no picture to make an upright one of", path=clip)
        frame = next(container.decode(video=0), None)
        if frame is None:
            raise MediaError("cannot be decoded", path=clip)
        turned = round(frame.rotation / 90) % 2
        width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
        return width, height, (container.duration or 0) / 1e6, bool(container.streams.audio)


def _cropped(
    picture: Any, clip: Path, given: tuple[int, int], size: tuple[int, int], shots: Sequence[float]
) -> Any:
    """The part of the picture that matters, in the new shape."""
    scale = min(given[0] / size[0], given[1] / size[1])
    width, height = (
        min(int(side * scale) // 2 * 2, of) for side, of in zip(size, given, strict=True)
    )
    if (width, height) != given:
        looked = find_focus(clip, shots, width / given[0], height / given[1])
        left = _over_time(looked, [_edge(at.x, width, given[0]) for at in looked])
        top = _over_time(looked, [_edge(at.y, height, given[1]) for at in looked])
        picture = picture.filter("crop", width, height, left, top)
    return picture.filter("scale", *size, flags="lanczos").filter("setsar", 1)


def _edge(middle: float, length: int, whole: int) -> int:
    """Where a window around a middle begins, within the picture, on an even pixel."""
    return min(max(round((middle * whole - length / 2) / 2) * 2, 0), whole - length)


def _over_time(looked: Sequence[Focus], values: Sequence[int]) -> str:
    """An expression of ffmpeg that gives each value from its time on."""
    expression = str(values[-1])
    for after, value in zip(reversed(looked[1:]), reversed(values[:-1]), strict=True):
        # Half a frame at 60 a second early, so that rounding cannot make the cut late.
        expression = f"if(lt(t,{after.start - 0.008:.3f}),{value},{expression})"
    return expression


def _on_blurred(picture: Any, size: tuple[int, int]) -> Any:
    """All of the picture, before a blurred and dimmed background of itself."""
    parts = picture.filter_multi_output("split")
    small = [max(2, side // _BLUR // 2 * 2) for side in size]
    ground = (
        parts[0]
        .filter("scale", *small, force_original_aspect_ratio="increase")
        .filter("crop", *small)
        .filter("gblur", sigma=4)
        .filter("eq", brightness=_DIM)
        .filter("scale", *size)
        .filter("setsar", 1)
    )
    front = parts[1].filter(
        "scale", *size, force_original_aspect_ratio="decrease", force_divisible_by=2
    )
    return ffmpeg.overlay(ground, front, x="(W-w)/2", y="(H-h)/2")


def _times(path: Path) -> list[int]:
    """Milliseconds at which the frames of a file are shown, ascending."""
    with open_media(path) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        return sorted(
            round(packet.pts * stream.time_base * 1000)
            for packet in packets(container, stream)
            if packet.size and packet.pts is not None
        )
