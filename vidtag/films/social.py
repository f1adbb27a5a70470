"""Social clips: a clip once more for phones, vertical or square, with subtitles in the picture.

Made from the clip that was cut and checked, frame by frame: nothing is cut again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.errors import UserError, VerificationError
from vidtag.core.names import AspectRatio, Framing
from vidtag.core.records import OnProgress, ignore_progress
from vidtag.core.stage_progress import stage_progress
from vidtag.cutting.cut_plan import FADE
from vidtag.files import PARTIAL_PREFIX, replacing, scratch_folder
from vidtag.films.clip_info import ClipInfo, inspect_clip
from vidtag.films.film_sound import encode_sound, gain_for, read_stereo
from vidtag.films.focus import Focus, find_focus
from vidtag.films.loudness import LOUDNESS
from vidtag.films.viewing import for_viewing, time_base
from vidtag.media.container import open_media, packets
from vidtag.media.ffmpeg import REPEATABLE, file_url, input_file, run
from vidtag.subtitles.fonts import subtitles_filter

_CRF = 18

_BACKGROUND_SCALE = 8
"""The blurred background is made this many times smaller than the picture."""

_BACKGROUND_BRIGHTNESS = -0.12
"""Brightness added to the background, so that the picture stands out."""

_EARLY = 0.008
"""Seconds that a crop moves before its shot begins, half a frame at 60 per second, so that rounding
cannot make it late."""


def social_size(width: int, height: int, aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Width and height of the social clip of a picture of ``width`` x ``height``, as displayed.

    The shorter side is 1080 or 720 where the source has as much, as sites take it.
    """
    if aspect_ratio is AspectRatio.SOURCE:
        return width - width % 2, height - height % 2
    short = min(width, height)
    short = next((side for side in (1080, 720) if short >= side), short - short % 2)
    long = short if aspect_ratio is AspectRatio.SQUARE else round(short * 16 / 9 / 2) * 2
    return short, long


def make_social(
    clip: Path,
    target: Path,
    *,
    aspect_ratio: AspectRatio = AspectRatio.VERTICAL,
    framing: Framing = Framing.CROP,
    subtitles: Path | None = None,
    shots: Sequence[float] = (),
    loudness: float | None = LOUDNESS,
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Write the social clip of a clip.

    Args:
        clip: the clip, as cut.
        target: the MP4 to write.
        subtitles: an ASS file on the clip's clock; None draws none.
        shots: seconds of the clip at which a new shot begins.
        loudness: LUFS it is brought to, as a reel is; None leaves it.
        on_progress: receives progress of the stage ``social``, in seconds of the clip.

    Raises:
        UserError: the clip has no picture.
        ToolError: ffmpeg failed.
        VerificationError: what was written has not the clip's frames; nothing is left of it.
    """
    if inspect_clip(clip).size is None:
        raise UserError("has no picture, which a social clip needs", path=clip)
    with for_viewing(clip) as shown, scratch_folder() as scratch:
        info = inspect_clip(shown)
        picture = _picture(info, aspect_ratio, framing, subtitles, shots)
        sound = None
        if info.has_sound:
            sound = scratch / f"{PARTIAL_PREFIX}sound.m4a"
            samples = read_stereo(shown) * (1.0 if loudness is None else gain_for(loudness, shown))
            encode_sound(lambda first, end: samples[first:end], len(samples), sound)
        with replacing(target) as partial:
            output = ffmpeg.output(
                picture.filter("format", "yuv420p"),
                *([] if sound is None else [input_file(sound).audio]),
                file_url(partial),
                **REPEATABLE,
                **{"c:a": "copy", "fps_mode:v": "passthrough", "forced-idr": 1},
                force_key_frames=FADE,
                enc_time_base=time_base(shown),
                crf=_CRF,
                preset="veryfast",
                movflags="+faststart",
            )
            duration = float(info.duration)
            on_seconds = stage_progress(on_progress, "social", duration, target.name)
            run(output, path=clip, on_seconds=on_seconds)
            if _frame_times(partial) != _frame_times(clip):
                raise VerificationError("its frames are not those of the clip", path=target)


def _picture(
    info: ClipInfo,
    aspect_ratio: AspectRatio,
    framing: Framing,
    subtitles: Path | None,
    shots: Sequence[float],
) -> Any:
    """The picture of a social clip, as a graph for ffmpeg."""
    assert info.size is not None
    size = social_size(*info.size, aspect_ratio)
    source = input_file(info.path)
    if framing is Framing.BLUR and aspect_ratio is not AspectRatio.SOURCE:
        picture = _on_blurred_background(source.video, size)
    else:
        picture = _cropped(source.video, info, size, shots)
    if subtitles is not None:
        picture = subtitles_filter(picture, subtitles, None)
    return picture


def _cropped(picture: Any, clip: ClipInfo, size: tuple[int, int], shots: Sequence[float]) -> Any:
    """The part of the picture that matters, in a size of another aspect ratio."""
    assert clip.size is not None
    whole_width, whole_height = clip.size
    scale = min(whole_width / size[0], whole_height / size[1])
    width = min(int(size[0] * scale) // 2 * 2, whole_width)
    height = min(int(size[1] * scale) // 2 * 2, whole_height)
    if (width, height) != clip.size:
        found = find_focus(clip.path, shots, width / whole_width, height / whole_height)
        left = over_time(found, [window_start(focus.x, width, whole_width) for focus in found])
        top = over_time(found, [window_start(focus.y, height, whole_height) for focus in found])
        picture = picture.filter("crop", width, height, left, top)
    return picture.filter("scale", *size, flags="lanczos").filter("setsar", 1)


def window_start(middle: float, length: int, whole: int) -> int:
    """Pixel, an even one, at which a window begins that lies within the picture.

    Args:
        middle: of the window, as a share of the picture.
        length: pixels of the window.
        whole: pixels of the picture.
    """
    return min(max(round((middle * whole - length / 2) / 2) * 2, 0), whole - length)


def over_time(found: Sequence[Focus], values: Sequence[int]) -> str:
    """An expression of ffmpeg that has each value from the start of its focus on."""
    expression = str(values[-1])
    for following, value in zip(reversed(found[1:]), reversed(values[:-1]), strict=True):
        expression = f"if(lt(t,{following.start - _EARLY:.3f}),{value},{expression})"
    return expression


def _on_blurred_background(picture: Any, size: tuple[int, int]) -> Any:
    """All of the picture, in front of itself blurred and dimmed."""
    parts = picture.filter_multi_output("split")
    small = [max(2, side // _BACKGROUND_SCALE // 2 * 2) for side in size]
    background = (
        parts[0]
        .filter("scale", *small, force_original_aspect_ratio="increase")
        .filter("crop", *small)
        .filter("gblur", sigma=4)
        .filter("eq", brightness=_BACKGROUND_BRIGHTNESS)
        .filter("scale", *size)
        .filter("setsar", 1)
    )
    front = parts[1].filter(
        "scale", *size, force_original_aspect_ratio="decrease", force_divisible_by=2
    )
    return ffmpeg.overlay(background, front, x="(W-w)/2", y="(H-h)/2")


def _frame_times(path: Path) -> list[int]:
    """Milliseconds at which the frames of a file are shown, ascending."""
    with open_media(path) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        return sorted(
            round(packet.pts * stream.time_base * 1000)
            for packet in packets(container, stream)
            if packet.size and packet.pts is not None
        )
