"""The ffmpeg graphs of a clip: the mode ``exact``, which encodes all of it, and its sound alone.

Encoding every frame works for every codec, container and frame rate. The sound is cut to the sample
in one piece, whatever is done with the picture.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.media_streams import AudioStream
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.exact_encoder import encoder_options, pixel_format
from vidtag.media.ffmpeg import file_url, input_file
from vidtag.media.ffmpeg_spelling import LAST_LENGTH
from vidtag.media.frame_scan import Reading

CRF = 18
"""x264's constant rate factor: the picture is hardly different from the source's."""

KEYFRAME_SECONDS = 2
"""Longest time between two keyframes of a clip, for quick seeking in an editor."""

_PRE_ROLL = 0.2
"""Seconds of sound decoded before a clip: the first packet after a seek depends on those before it
(in AAC on one, in Opus on 80 ms)."""

_NO_SEEK = Fraction(1, 2)
"""Seconds at the beginning of a file in which nothing is sought: ffmpeg aims a little before the
place, and in some containers seeking fails when that is before their first frame."""

_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_BITS_PER_CHANNEL = 96_000


def exact_graph(plan: CutPlan, target: Path, title: str) -> Any:
    """The ffmpeg graph that decodes from the keyframe before the clip and encodes its frames."""
    begin = plan.start - Fraction(_PRE_ROLL)
    if plan.picture is not None:
        begin = min(begin, plan.picture.keyframe * plan.picture.time_base)
        if plan.picture.reading is not Reading.SOUGHT:
            begin = plan.zero
    source = _source(plan, begin)
    streams = []
    options: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1}
    if plan.picture is not None:
        chain, time_base = _picture_chain(source, plan)
        streams.append(chain)
        options |= picture_options(plan, time_base)
    if plan.sound is not None:
        streams.append(sound_chain(source, plan))
        options |= sound_options(plan.sound)
    if title:
        options["metadata"] = f"title={title}"
    container = "ipod" if plan.picture is None else "mp4"
    output = ffmpeg.output(
        *streams, file_url(target), format=container, movflags="+faststart", **options
    )
    return output.global_args("-copyts")


def sound_graph(plan: CutPlan, target: Path) -> Any:
    """The ffmpeg graph that writes the sound of a clip alone, into an M4A."""
    assert plan.sound is not None
    source = _source(plan, plan.start - Fraction(_PRE_ROLL))
    options = {"map_metadata": -1, "map_chapters": -1} | sound_options(plan.sound)
    output = ffmpeg.output(sound_chain(source, plan), file_url(target), format="ipod", **options)
    return output.global_args("-copyts")


def _source(plan: CutPlan, begin: Fraction) -> Any:
    """The source from ``begin`` or earlier on, on its container's own timestamps."""
    seek: dict[str, Any] = {}
    if begin > plan.zero + _NO_SEEK:
        # Filters see the container's timestamps, which the plan is made of. ffmpeg does not trim by
        # itself (accurate seek), because it would count the container's start time twice.
        seek = {"ss": _seconds(begin), "seek_timestamp": 1, "noaccurate_seek": None}
    return input_file(plan.media.path, **seek)


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


def picture_options(plan: CutPlan, time_base: Fraction) -> dict[str, Any]:
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
    return {
        **encoder_options(plan.media.video),
        "preset": "fast",
        "crf": CRF,
        "g": max(1, round(KEYFRAME_SECONDS * plan.media.video.frame_rate)),
        "fps_mode:v": "passthrough",
        "enc_time_base:v": _ratio(time_base),
        **held,
    }


def sound_chain(source: Any, plan: CutPlan) -> Any:
    """The sound of the plan from time 0 on, in one piece, silence where the source has none."""
    sound = plan.sound
    assert sound is not None
    rate = sound.sample_rate
    kept = rate if rate in _AAC_RATES else 48_000
    samples = round(plan.length * kept)
    return (
        source[str(sound.index)]
        .filter("atrim", start=_seconds(plan.start), end=_seconds(plan.end))
        .filter("asetpts", f"PTS-({round(plan.start * rate)})")
        .filter("aresample", kept, **{"async": 1, "first_pts": 0})
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


def sound_options(sound: AudioStream) -> dict[str, Any]:
    """Options of ffmpeg that encode the sound of a clip."""
    options: dict[str, Any] = {"c:a": "aac", "b:a": _AAC_BITS_PER_CHANNEL * min(sound.channels, 8)}
    if sound.language:
        options["metadata:s:a:0"] = f"language={sound.language}"
    return options


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
