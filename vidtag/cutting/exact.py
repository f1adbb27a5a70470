"""The ffmpeg graph of a clip in the mode ``exact``, which encodes every frame.

That works for every codec, container and frame rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.media_streams import AudioStream
from vidtag.cutting.cut_plan import FADE, CutPlan
from vidtag.cutting.exact_encoder import encoder_options, pixel_format
from vidtag.cutting.sound_encoding import PRE_ROLL, sound_chain, sound_options, source_from
from vidtag.media.encoders import SOFTWARE, FilmEncoder
from vidtag.media.ffmpeg import file_url
from vidtag.media.ffmpeg_spelling import LAST_LENGTH
from vidtag.media.frame_scan import Reading

CRF = 18
"""x264's constant rate factor: the picture is hardly different from the source's."""

KEYFRAME_SECONDS = 2
"""Longest time between two keyframes of a clip, for quick seeking in an editor."""


def exact_graph(
    plan: CutPlan,
    sounds: Sequence[AudioStream],
    target: Path,
    title: str,
    encoder: FilmEncoder = SOFTWARE,
) -> Any:
    """The ffmpeg graph that decodes from the keyframe before the clip and encodes its frames.

    Args:
        sounds: the audio tracks that are encoded with them.
        encoder: of the picture; hardware only where :func:`unfit_for_hardware` has nothing to say.
    """
    begin = plan.start - Fraction(PRE_ROLL)
    if plan.picture is not None:
        begin = min(begin, plan.picture.keyframe * plan.picture.time_base)
        if plan.picture.reading is not Reading.SOUGHT:
            begin = plan.zero
    source = source_from(plan, begin)
    streams = []
    options: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1}
    if plan.picture is not None:
        chain, time_base = _picture_chain(source, plan)
        streams.append(encoder.prepared(chain))
        options |= picture_options(plan, time_base, encoder)
    streams += [sound_chain(source, plan, sound) for sound in sounds]
    options |= sound_options(sounds)
    if title:
        options["metadata"] = f"title={title}"
    container = "ipod" if plan.picture is None else "mp4"
    output = ffmpeg.output(
        *streams, file_url(target), format=container, movflags="+faststart", **options
    )
    return encoder.opened(output.global_args("-copyts"))


def _picture_chain(source: Any, plan: CutPlan) -> tuple[Any, Fraction]:
    """The frames of the plan from time 0 on, playable by everything, and their time base."""
    picture, video = plan.picture, plan.media.video
    assert picture is not None
    assert video is not None
    chain = source[str(video.index)].filter("settb", expr=_ratio(picture.time_base))
    if picture.step is not None:
        chain = chain.filter("setpts", f"{picture.keyframe}+floor(N*{_ratio(picture.step)}+1/2)")
    chain = chain.filter("trim", start_pts=picture.times[0], end_pts=picture.times[-1] + 1)
    if picture.has_rate(video.frame_rate) and not video.variable_frame_rate:
        # Matroska's milliseconds would make a film of 23.976 frames look uneven to an editor.
        time_base = 1 / video.frame_rate
        chain = chain.filter("settb", expr=_ratio(time_base)).filter("setpts", "N")
    else:
        time_base = picture.time_base
        chain = chain.filter("setpts", f"max(PTS-({picture.shown[0]}),0)")
    if video.width % 2 or video.height % 2:
        # 4:2:0 has one sample of colour for 2 x 2 pixels.
        chain = chain.filter("crop", "trunc(iw/2)*2", "trunc(ih/2)*2", 0, 0)
    if video.pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal8")):
        chain = chain.filter("scale", out_color_matrix="bt709", out_range="tv")
    return chain.filter("format", pixel_format(video)), time_base


def picture_options(
    plan: CutPlan, time_base: Fraction, encoder: FilmEncoder = SOFTWARE
) -> dict[str, Any]:
    """Options of ffmpeg that encode the picture of a clip."""
    picture = plan.picture
    assert plan.media.video is not None
    assert picture is not None
    # FFmpeg 7 forgets how long frames are in setpts, and ends the track as the last one begins.
    last = max(1, round((picture.end - picture.shown[-1]) * picture.time_base / time_base))
    duration = f"DURATION+{last}*not(DURATION)"
    if not picture.has_rate(plan.media.video.frame_rate):
        # Frames do not tell for how long they are shown where their times are uneven.
        duration = f"if(eq(PTS,{picture.shown[-1] - picture.shown[0]}),{last},{duration})"
    held: dict[str, Any] = {"bsf:v": f"{LAST_LENGTH}'{duration}'"}
    if picture.is_held:
        held["bf"] = 0  # else the last packet, whose length counts, is not the last frame's
    if encoder.is_hardware:
        encoding = encoder.options(CRF, "fast")
    else:
        quality = {"preset": "fast", "crf": CRF, "forced-idr:v": 1}
        encoding = {**encoder_options(plan.media.video), **quality}
    return {
        **encoding,
        "force_key_frames:v": FADE,
        "g": max(1, round(KEYFRAME_SECONDS * plan.media.video.frame_rate)),
        "fps_mode:v": "passthrough",
        "enc_time_base:v": _ratio(time_base),
        **held,
    }


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
