"""Social clips: a clip once more for phones, vertical or square, with subtitles in the picture.

Made from the clip that was cut and checked, frame by frame: nothing is cut again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.errors import UserError, VerificationError
from vidtag.core.names import AspectRatio, Framing
from vidtag.core.records import OnProgress, ignore_progress
from vidtag.core.stage_progress import stage_progress
from vidtag.files import PARTIAL_PREFIX, replacing, scratch_folder
from vidtag.films.camera import Hold, over_time, window_start, within
from vidtag.films.clip_info import ClipInfo, inspect_clip
from vidtag.films.face_finder import face_finder
from vidtag.films.film_sound import encode_sound, gain_for, read_stereo
from vidtag.films.loudness import Heard
from vidtag.films.reframing import Reframing, half_size, largest, plan_reframing
from vidtag.films.talking import Spoken
from vidtag.films.title_room import raised, titles_in
from vidtag.films.viewing import for_viewing, frame_by_frame
from vidtag.media.container import open_media, packets
from vidtag.media.encoders import Encoders, FilmEncoder
from vidtag.media.ffmpeg import input_file
from vidtag.media.rational import base_of
from vidtag.subtitles.fonts import subtitles_filter

_CRF = 18

_BACKGROUND_SCALE = 8
"""The blurred background is made this many times smaller than the picture."""

_BACKGROUND_BRIGHTNESS = -0.12
"""Brightness added to the background, so that the picture stands out."""


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


@dataclass(frozen=True, slots=True)
class SocialLook:
    """What social clips look and sound like.

    Attributes:
        aspect_ratio: of the picture.
        framing: how the picture gets into it.
        heard: of the clip, as in a reel.
        crop: where the middle of the crop is, 0 at the left or top and 1 at the right or bottom;
            None follows who talks.
    """

    aspect_ratio: AspectRatio = AspectRatio.VERTICAL
    framing: Framing = Framing.CROP
    heard: Heard = field(default_factory=Heard)
    crop: float | None = None


def make_social(
    clip: Path,
    target: Path,
    *,
    look: SocialLook | None = None,
    subtitles: Path | None = None,
    shots: Sequence[float] = (),
    spoken: Sequence[Spoken] = (),
    encoders: Encoders | None = None,
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Write the social clip of a clip.

    Args:
        clip: the clip, as cut.
        target: the MP4 to write.
        look: what it looks and sounds like.
        subtitles: an ASS file on the clip's clock; None draws none.
        shots: seconds of the clip at which a new shot begins.
        spoken: what is said in it, and by whom if that is known.
        encoders: of its picture; None is x264.
        on_progress: receives progress of the stage ``social``, in seconds of the clip.

    Raises:
        UserError: the clip has no picture.
        ToolError: ffmpeg failed.
        VerificationError: what was written has not the clip's frames; nothing is left of it.
    """
    if inspect_clip(clip).size is None:
        raise UserError("has no picture, which a social clip needs", path=clip)
    encoders, look = encoders or Encoders(), look or SocialLook()
    with for_viewing(clip, encoders=encoders) as shown, scratch_folder() as scratch:
        info = inspect_clip(shown, look.heard.tracks)
        plan = _plan(info, look, shots, spoken)
        picture = _picture(info, look, plan)
        if subtitles is not None:
            script = scratch / "subtitles.ass"
            taken = [] if plan is None else titles_in(info, plan)
            script.write_text(raised(subtitles.read_text("utf-8"), taken), encoding="utf-8")
            picture = subtitles_filter(picture, script, None)
        sound = None
        if info.has_sound:
            sound = scratch / f"{PARTIAL_PREFIX}sound.m4a"
            samples = read_stereo(shown, info.tracks)
            if look.heard.loudness is not None:
                samples *= gain_for(look.heard.loudness, samples)
            encode_sound(lambda first, end: samples[first:end], len(samples), sound)
        duration = float(info.duration)
        on_seconds = stage_progress(on_progress, "social", duration, target.name)
        picture = picture.filter("format", "yuv420p")
        sounds = [] if sound is None else [input_file(sound).audio]

        def write(encoder: FilmEncoder) -> None:
            options = {**frame_by_frame(shown, encoder, _CRF), "movflags": "+faststart"}
            with replacing(target) as partial:
                encoder.write(picture, sounds, partial, options, path=clip, on_seconds=on_seconds)
                if _frame_times(partial) != _frame_times(clip):
                    raise VerificationError("its frames are not those of the clip", path=target)

        assert info.size is not None
        encoders.encode(social_size(*info.size, look.aspect_ratio), write)


def _plan(
    info: ClipInfo, look: SocialLook, shots: Sequence[float], spoken: Sequence[Spoken]
) -> Reframing | None:
    """How the picture is cropped; None where all of it is shown before a blurred background."""
    assert info.size is not None
    size = social_size(*info.size, look.aspect_ratio)
    if look.framing is Framing.BLUR and look.aspect_ratio is not AspectRatio.SOURCE:
        return None
    crop = largest(size, info.size)
    if crop == info.size:
        return Reframing(crop, (Hold(0.0, 0.5, 0.5),))
    if look.crop is not None:
        return Reframing(crop, (Hold(0.0, look.crop, look.crop),))
    return plan_reframing(info, size, face_finder(), shots, spoken)


def _picture(info: ClipInfo, look: SocialLook, plan: Reframing | None) -> Any:
    """The picture of a social clip, as a graph for ffmpeg."""
    assert info.size is not None
    size = social_size(*info.size, look.aspect_ratio)
    source = input_file(info.path).video
    if plan is None:
        return _on_blurred_background(source, size)
    return _reframed(source, plan, info.size, size)


def _reframed(picture: Any, plan: Reframing, whole: tuple[int, int], size: tuple[int, int]) -> Any:
    """The part of the picture that matters, and two parts of it beside each other at times."""
    pair = plan.pair
    if pair is None:
        return _crop(picture, plan.size, plan.holds, whole, size)
    parts = picture.filter_multi_output("split", 3)
    half = half_size(size)
    one = _crop(parts[1], pair.size, pair.one, whole, half)
    other = _crop(parts[2], pair.size, pair.other, whole, half)
    both = ffmpeg.filter([one, other], "vstack" if size[1] > size[0] else "hstack")
    single = _crop(parts[0], plan.size, plan.holds, whole, size)
    return ffmpeg.overlay(single, both, enable=within(pair.spans)).filter("setsar", 1)


def _crop(
    picture: Any,
    crop: tuple[int, int],
    holds: Sequence[Hold],
    whole: tuple[int, int],
    size: tuple[int, int],
) -> Any:
    """A part of a picture of size ``whole``, in size ``size``."""
    if crop != whole:
        left = over_time(holds, [window_start(hold.x, crop[0], whole[0]) for hold in holds])
        top = over_time(holds, [window_start(hold.y, crop[1], whole[1]) for hold in holds])
        picture = picture.filter("crop", *crop, left, top)
    return picture.filter("scale", *size, flags="lanczos").filter("setsar", 1)


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
            round(packet.pts * base_of(stream) * 1000)
            for packet in packets(container, stream)
            if packet.size and packet.pts is not None
        )
