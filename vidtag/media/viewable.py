"""Filters that make a picture one for ordinary screens: whole frames, square pixels, BT.709."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidtag.core.media_streams import FieldOrder, VideoStream
from vidtag.media.container import clock_zero, frames_of, open_media, packets
from vidtag.media.rational import as_fraction
from vidtag.media.tone_mapping import write_table

BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}
"""What a film's picture is, for the filter ``setparams``."""


def is_plain(video: VideoStream) -> bool:
    """Whether a picture is shown as it is stored, but for turns of a quarter."""
    return (
        video.sample_aspect_ratio == 1
        and not video.aspect_ratio_changes
        and video.field_order is FieldOrder.PROGRESSIVE
        and not video.flipped
        and not video.colour.is_hdr
    )


def viewable(
    picture: Any,
    video: VideoStream,
    folder: Path,
    shapes: Sequence[tuple[float, Fraction]] = (),
) -> Any:
    """The filters that make a picture one for ordinary screens.

    Args:
        picture: of ffmpeg-python, already turned and flipped, as ffmpeg does by itself.
        video: what the picture is like.
        folder: for a table of colours, for as long as ffmpeg runs.
        shapes: seconds from which pixels have a shape, if it changes.
    """
    if video.field_order is not FieldOrder.PROGRESSIVE:
        parity = "tff" if video.field_order is FieldOrder.TOP_FIRST else "bff"
        picture = picture.filter("bwdif", mode="send_frame", parity=parity, deint="all")
    if video.colour.is_hdr:
        table = folder / "bt709.cube"
        write_table(video.colour, table)
        # The tags go first: otherwise newer FFmpeg would convert by them once more.
        matrix = {"bt709": "bt709", "smpte170m": "smpte170m"}.get(video.colour.matrix, "bt2020nc")
        tags = BT709 | {"colorspace": matrix, "range": _range(video)}
        picture = (
            picture.filter("setparams", **tags)
            .filter("scale", in_color_matrix=_SCALE_NAMES.get(matrix, matrix))
            .filter("format", "gbrp16le")
            .filter("lut3d", file=str(table), interp="tetrahedral")
            .filter("scale", out_color_matrix="bt709", out_range="tv")
            .filter("format", "yuv420p")
            .filter("setparams", **BT709)
        )
    width, height = (side - side % 2 for side in video.display_size)
    if len(shapes) > 1:
        aspect = _aspect_over_time(video, shapes)
        fitted = (
            f"2*trunc(min({width},{height}*({aspect}))/2)",
            f"2*trunc(min({height},{width}/({aspect}))/2)",
        )
        picture = picture.filter("scale", *fitted, flags="lanczos", eval="frame").filter(
            "pad", width, height, "(ow-iw)/2", "(oh-ih)/2", eval="frame"
        )
    elif video.sample_aspect_ratio != 1:
        picture = picture.filter("scale", width, height, flags="lanczos")
    return picture.filter("setsar", 1).filter("format", "yuv420p")


def pixel_shapes(clip: Path) -> list[tuple[float, Fraction]]:
    """Seconds from which pixels have a shape; all of the clip is decoded.

    FFmpeg's program gives all frames the shape of the first.
    """
    found: list[tuple[float, Fraction]] = []
    with open_media(clip) as container:
        stream = container.streams.video[0]
        # On several threads, the decoder is ahead of the frames it gives.
        stream.thread_type = "NONE"
        zero = float(clock_zero(container))
        for packet in packets(container, stream):
            for frame in frames_of(packet):
                shape = as_fraction(stream.codec_context.sample_aspect_ratio or 1)
                if frame.time is not None and (not found or found[-1][1] != shape):
                    found.append((frame.time - zero, shape))
    return found


def _aspect_over_time(video: VideoStream, shapes: Sequence[tuple[float, Fraction]]) -> str:
    """An expression of ffmpeg for the width of the displayed picture by its height."""
    turned = video.rotation % 180 != 0
    ratios = [Fraction(video.width, video.height) * shape for _, shape in shapes]
    numbers = [f"{float(1 / ratio if turned else ratio):.6f}" for ratio in ratios]
    expression = numbers[-1]
    for (start, _), number in zip(reversed(shapes[1:]), reversed(numbers[:-1]), strict=True):
        expression = f"if(lt(t,{start - _EARLY:.3f}),{number},{expression})"
    return expression


_EARLY = 0.005
"""Seconds before its first frame at which a shape begins: times are rounded."""

_SCALE_NAMES = {"bt2020nc": "bt2020"}
"""Matrices that the filter ``scale`` calls otherwise than ``setparams`` does."""


def _range(video: VideoStream) -> str:
    return "pc" if video.colour.range == "pc" else "tv"


def viewing_note(video: VideoStream, made: str = "reel, social clips and thumbnails") -> str:
    """What was done to a picture for what is made for viewing; empty if nothing worth saying.

    Args:
        made: what was made.
    """
    colour = video.colour
    kinds = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
    done = []
    if colour.is_hdr:
        kind = kinds.get(colour.transfer, "Dolby Vision")
        done.append(f"high dynamic range ({kind}) is tone-mapped to BT.709")
    if colour.is_hdr and colour.transfer == "unknown":
        done[-1] += ", and colours may be wrong: only Dolby Vision's own decoders know them"
    if video.field_order is not FieldOrder.PROGRESSIVE:
        done.append("interlaced frames are deinterlaced")
    return f"in {made} {' and '.join(done)}" if done else ""
