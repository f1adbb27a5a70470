"""Tracks of an MP4 whose samples come from several encoders: all parameter sets in one record."""

from __future__ import annotations

import re
from typing import Any

from av.container import OutputContainer

from vidtag.cutting.nal import (
    H264_SPS,
    Codec,
    CopyError,
    ParameterSets,
    break_link,
    is_parameter_set,
    is_progressive,
    join_units,
    split_units,
    write_configuration,
)

_CHROMA = {"400": 0, "420": 1, "422": 2, "444": 3}
"""``chroma_format_idc`` by the digits in names of pixel formats."""

_SAMPLE_ENTRIES = {"h264": "avc1", "hevc": "hvc1"}


def add_joined_track(
    out: OutputContainer, template: Any, sets: ParameterSets, pixel_format: str
) -> Any:
    """A track whose sample entry holds all parameter sets, as players need it.

    Args:
        template: a stream of the codec, size and colours of the track.
        sets: those of all samples.

    Raises:
        CopyError: the picture is interlaced, or of a format that is not copied.
    """
    if sets.codec == "h264" and not all(map(is_progressive, sets.of(H264_SPS))):
        raise CopyError("the picture is interlaced")
    track = out.add_stream_from_template(template, opaque=True)
    track.codec_context.extradata = write_configuration(sets, *_chroma_and_depth(pixel_format))
    track.codec_context.codec_tag = _SAMPLE_ENTRIES[sets.codec]
    return track


def stored_sample(
    codec: Codec, data: bytes, length_size: int, *, after_joint: bool = False
) -> bytes:
    """A sample as a joined track stores it: lengths of four bytes, no parameter sets.

    Args:
        length_size: of the lengths in ``data``; 0 where start codes separate the units.
        after_joint: what was stored before it is not what it follows in its source.
    """
    units = split_units(data, length_size)
    kept = [unit for unit in units if not is_parameter_set(codec, unit)]
    if after_joint and codec == "hevc":
        kept = [break_link(unit) for unit in kept]
    return data if kept == units and length_size == 4 else join_units(kept)


def _chroma_and_depth(pixel_format: str) -> tuple[int, int]:
    """``chroma_format_idc`` and bits per sample."""
    match = re.match(r"(?:yuvj?(\d{3})p|gray)(\d*)", pixel_format)
    if match is None:
        raise CopyError(f"pictures in {pixel_format} are not copied")
    return _CHROMA.get(match[1] or "400", 1), int(match[2] or 8)
