"""How the mode ``exact`` encodes a picture: with its depth, its fields and its HDR10 metadata.

H.264 where it can be: everything plays and edits it. More than eight bits go into HEVC Main 10,
which devices decode; interlaced ones into H.264 High 10, since HEVC has no frames of two fields.

Sources: ITU-T H.265, annex D (mastering display colour volume: chromaticity in steps of 0.00002,
luminance in steps of 0.0001 cd/m2); x265's documentation of ``master-display`` and ``max-cll``.
"""

from __future__ import annotations

from typing import Any

from vidtag.core.media_streams import Colour, FieldOrder, MasteringDisplay, VideoStream
from vidtag.media.ffmpeg import REPEATABLE

_CHROMATICITY_STEPS = 50_000
_LUMINANCE_STEPS = 10_000


def pixel_format(video: VideoStream) -> str:
    """Pixel format in which a picture is encoded: eight bits, or ten where it has more."""
    return "yuv420p10le" if video.bit_depth > 8 else "yuv420p"


def encoder_options(video: VideoStream) -> dict[str, Any]:
    """Options of ffmpeg that choose the encoder, and keep what the picture is."""
    deep = video.bit_depth > 8
    if video.field_order is not FieldOrder.PROGRESSIVE:
        first = "tff" if video.field_order is FieldOrder.TOP_FIRST else "bff"
        parameters = f"{REPEATABLE['x264-params']}:{first}=1"
        profile = "high10" if deep else "high"
        fields = {"flags:v": "+ildct+ilme", "x264-params": parameters}
        return {**REPEATABLE, **fields, "profile:v": profile}
    if not deep:
        return {**REPEATABLE, "profile:v": "high"}
    parameters = ":".join(["log-level=error", *_hdr10(video.colour)])
    return {
        "c:v": "libx265",
        "profile:v": "main10",
        "tag:v": "hvc1",  # what QuickTime and Apple's devices ask for
        "x265-params": parameters,
    }


def _hdr10(colour: Colour) -> list[str]:
    """x265's parameters for HDR10 metadata, as far as the file has any."""
    parameters = []
    if colour.mastering is not None and colour.mastering.red is not None:
        parameters.append(f"master-display={_mastering_display(colour.mastering)}")
    if colour.max_content_light or colour.max_average_light:
        parameters.append(f"max-cll={colour.max_content_light},{colour.max_average_light}")
    return [*parameters, "hdr10=1", "repeat-headers=1"] if parameters else []


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
