"""How the mode ``exact`` encodes a picture: with its depth, its fields and its HDR10 metadata.

H.264 where it can be: everything plays and edits it. More than eight bits go into HEVC, which
devices decode; interlaced ones into H.264, since HEVC has no frames of two fields. The resolution
of colour (4:2:0, 4:2:2, 4:4:4) stays.

Sources: ITU-T H.265, annex D (mastering display colour volume: chromaticity in steps of 0.00002,
luminance in steps of 0.0001 cd/m2); x265's documentation of ``master-display`` and ``max-cll``.
"""

from __future__ import annotations

import re
from typing import Any

from vidtag.core.media_streams import Colour, FieldOrder, MasteringDisplay, VideoStream
from vidtag.media.ffmpeg import REPEATABLE, X265_THREADS

_CHROMA = re.compile(r"yuv[aj]?(420|422|444)p")
_SHALLOW, _DEEP = 8, 10
"""Bits that H.264 is encoded with, and the most that are encoded at all."""

_CHROMATICITY_STEPS = 50_000
_LUMINANCE_STEPS = 10_000
_PARAMETERS = {"h264": ("mastering-display", "cll"), "hevc": ("master-display", "max-cll")}


def pixel_format(video: VideoStream) -> str:
    """Pixel format in which a picture is encoded: eight or ten bits, and the source's chroma."""
    return f"yuv{_chroma(video)}p{'10le' if video.bit_depth > _SHALLOW else ''}"


def _chroma(video: VideoStream) -> str:
    """Resolution of colour: 420, 422 or 444."""
    found = _CHROMA.match(video.pixel_format)
    return found[1] if found else "420"


def encoder_options(video: VideoStream) -> dict[str, Any]:
    """Options of ffmpeg that choose the encoder, and keep what the picture is."""
    deep, chroma = video.bit_depth > _SHALLOW, _chroma(video)
    profile = {"420": "high10" if deep else "high", "422": "high422", "444": "high444"}[chroma]
    if video.field_order is not FieldOrder.PROGRESSIVE:
        first = "tff" if video.field_order is FieldOrder.TOP_FIRST else "bff"
        hdr10 = hdr10_parameters("h264", video.colour)
        parameters = ":".join([REPEATABLE["x264-params"], f"{first}=1", *hdr10])
        fields = {"flags:v": "+ildct+ilme", "x264-params": parameters}
        return {**REPEATABLE, **fields, "profile:v": profile}
    if not deep:
        return {**REPEATABLE, "profile:v": profile}
    hdr10 = hdr10_parameters("hevc", video.colour)
    parameters = ":".join(["log-level=error", X265_THREADS, *hdr10])
    return {
        "c:v": "libx265",
        "profile:v": "main10" if chroma == "420" else f"main{chroma}-10",
        "tag:v": "hvc1",  # what QuickTime and Apple's devices ask for
        "x265-params": parameters,
    }


def unfit_for_hardware(video: VideoStream) -> str:
    """Why only software encodes a picture as it is; empty if hardware can."""
    if video.field_order is not FieldOrder.PROGRESSIVE:
        return "interlaced pictures"
    if video.bit_depth > _SHALLOW:
        return "pictures of more than 8 bits"
    return "" if _chroma(video) == "420" else "colour at a higher resolution than 4:2:0"


def lost_by_encoding(video: VideoStream) -> list[str]:
    """What a picture loses where every frame is encoded, for the user; empty if nothing."""
    lost = []
    if video.bit_depth > _DEEP:
        lost.append(f"ten of its {video.bit_depth} bits are kept")
    if video.pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya")):
        lost.append("its transparency is lost")
    elif video.pixel_format.startswith(("rgb", "bgr", "gbr")):
        lost.append("its RGB becomes YUV 4:2:0")
    if video.colour.dolby_vision:
        lost.append("its Dolby Vision metadata is lost")
    return lost


def hdr10_parameters(codec: str, colour: Colour) -> list[str]:
    """Parameters of x264 or x265 for HDR10 metadata, as far as the file has any."""
    display, light = _PARAMETERS[codec]
    parameters = []
    if colour.mastering is not None and colour.mastering.red is not None:
        parameters.append(f"{display}={_mastering_display(colour.mastering)}")
    if colour.max_content_light or colour.max_average_light:
        parameters.append(f"{light}={colour.max_content_light},{colour.max_average_light}")
    if parameters and codec == "hevc":
        parameters += ["hdr10=1", "repeat-headers=1"]
    return parameters


def _mastering_display(display: MasteringDisplay) -> str:
    points = {"G": display.green, "B": display.blue, "R": display.red, "WP": display.white}
    text = ""
    for name, point in points.items():
        x, y = (round(value * _CHROMATICITY_STEPS) for value in point or (0.0, 0.0))
        text += f"{name}({x},{y})"
    highest, lowest = (
        round(value * _LUMINANCE_STEPS) for value in (display.max_luminance, display.min_luminance)
    )
    return f"{text}L({highest},{lowest})"
