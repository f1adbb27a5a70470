"""What the picture of an open file is like: how it is turned, its pixels, fields and colours."""

from __future__ import annotations

import contextlib
import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, cast

import av
import av.container
from av.sidedata.sidedata import Type as Kind

from vidtag.core.media_streams import Colour, FieldOrder, MasteringDisplay
from vidtag.media.container import frames_of, packets
from vidtag.media.frame_rate import UNKNOWN_RATE, rate_of_frames
from vidtag.media.rational import as_fraction, base_of

_PACKETS = 240
"""Packets of picture that are looked at in each place."""

_REORDERED = 8
"""Frames at either end of those packets whose neighbours may be missing."""

_FRAMES = 8
"""Frames that are decoded at the beginning."""

_MIDDLE = Fraction(1, 2)
_PLACES = (Fraction(1, 4), _MIDDLE, Fraction(3, 4))
"""Shares of the duration at which the shape of pixels is looked at again; times in the middle."""

# The numbers are those of ITU-T H.273, the names those that FFmpeg's options take.
_PRIMARIES = MappingProxyType(
    {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
    | {10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}
)
_TRANSFERS = MappingProxyType(
    {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"}
    | {9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1"}
    | {14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67"}
)
_MATRICES = MappingProxyType(
    {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"}
    | {9: "bt2020nc", 10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc"}
    | {13: "chroma-derived-c", 14: "ictcp"}
)
_RANGES = MappingProxyType({1: "tv", 2: "pc"})
_UNKNOWN = "unknown"

_TOP_SHOWN_FIRST = frozenset({2, 5})
_BOTTOM_SHOWN_FIRST = frozenset({3, 4})
"""Of FFmpeg's ``AVFieldOrder``: both fields coded in the order they are shown, or the other."""

_BOTTOM_FIRST_CODECS = frozenset({"dvvideo"})
"""Codecs whose lower field is first by their standard (SMPTE 314M), whatever else is not said."""


_NO_COLOUR = Colour()


@dataclass(frozen=True, slots=True)
class InspectedPicture:
    """What a picture is like; the fields that ``VideoStream`` has too are explained there.

    Attributes:
        uneven: whether its frames come unevenly.
    """

    uneven: bool
    frame_rate: Fraction
    rotation: int = 0
    flipped: bool = False
    sample_aspect_ratio: Fraction = Fraction(1)
    aspect_ratio_changes: bool = False
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    bit_depth: int = 8
    colour: Colour = _NO_COLOUR


def inspect_picture(
    container: av.container.InputContainer, stream: av.VideoStream
) -> InspectedPicture:
    """Look at a picture's first frames, and at a few places further on, never at all of it."""
    times, frames, some_hidden = _first(container, stream)
    runs = [times]
    uneven = _uneven(times)
    shapes = {stream.codec_context.sample_aspect_ratio or 1} if frames else set()
    for share, place in _places(container):
        later, decoded, hidden = _first(container, stream, place)
        some_hidden = some_hidden or hidden
        runs.append(later)
        uneven = uneven or (share == _MIDDLE and _uneven(later))
        if decoded:
            shapes.add(stream.codec_context.sample_aspect_ratio or 1)
    frame_rate = _frame_rate(stream, runs, some_hidden)
    if not frames:
        return InspectedPicture(uneven, frame_rate)
    first = frames[0]
    rotation, flipped = turned(first)
    return InspectedPicture(
        uneven=uneven,
        frame_rate=frame_rate,
        rotation=rotation,
        flipped=flipped,
        sample_aspect_ratio=pixel_shape(stream),
        aspect_ratio_changes=len(shapes) > 1,
        field_order=field_order(stream, frames),
        bit_depth=max((part.bits for part in first.format.components), default=8),
        colour=colour_of(first),
    )


def _frame_rate(stream: av.VideoStream, runs: list[list[int]], some_hidden: bool) -> Fraction:
    """Frames per second; those at either end of many times are left out, see ``_uneven``.

    Args:
        some_hidden: whether an edit list hides frames; the mean that the file declares counts them.
    """
    named = None if some_hidden else stream.average_rate or stream.guessed_rate
    declared = as_fraction(named) if named else None
    if stream.time_base is None:
        return declared or UNKNOWN_RATE
    inner = (_without_ends(sorted(set(times))) for times in runs)
    return rate_of_frames(inner, base_of(stream), declared)


def _first(
    container: av.container.InputContainer, stream: av.VideoStream, place: int | None = None
) -> tuple[list[int], list[av.VideoFrame], bool]:
    """Times, in ticks, of the first packets that are shown from a place on, the first frames, and
    whether there are packets that are not shown.
    """
    times: list[int] = []
    some_hidden = False
    frames: list[av.VideoFrame] = []
    with contextlib.suppress(av.FFmpegError):
        if place is not None:
            container.seek(place)
        for packet in itertools.islice(packets(container, stream), _PACKETS):
            if len(frames) < (_FRAMES if place is None else 1):
                frames += frames_of(packet)
                if place is not None and not frames and packet.is_keyframe:
                    # Decoders hold a picture back until they have seen those that follow.
                    frames += stream.decode(None)
                    stream.codec_context.flush_buffers()
            some_hidden = some_hidden or packet.is_discard
            if packet.pts is not None and not packet.is_discard:
                times.append(packet.pts)
    return times, frames, some_hidden


def _places(container: av.container.InputContainer) -> Iterator[tuple[Fraction, int]]:
    """Shares of the duration at which it is looked at again, and the container's times there."""
    if container.duration:
        for share in _PLACES:
            yield share, (container.start_time or 0) + int(container.duration * share)


def side_data(frame: av.VideoFrame, kind: Kind) -> bytes | None:
    """What a frame carries beside its pixels, as FFmpeg's structure has it; None if nothing."""
    # PyAV's types say that kinds are looked up by name only.
    data = cast("Mapping[Any, Any]", frame.side_data).get(kind)
    return None if data is None else bytes(data)


def turned(frame: av.VideoFrame) -> tuple[int, bool]:
    """Clockwise degrees that players turn a frame by, and whether they flip it before that."""
    # FFmpeg turns counterclockwise, players' menus and vidtag clockwise.
    rotation = round(-frame.rotation / 90) * 90 % 360
    matrix = side_data(frame, Kind.DISPLAYMATRIX)
    if matrix is None:
        return rotation, False
    a, b, _, c, d, *_ = struct.unpack_from("9i", matrix)
    return rotation, a * d - b * c < 0


def pixel_shape(stream: av.VideoStream) -> Fraction:
    """Width of a pixel by its height; 1 where nothing, or nonsense, is said of it."""
    named = stream.sample_aspect_ratio
    shape = as_fraction(named) if named else Fraction(0)
    return shape if Fraction(1, 10) <= shape <= 10 else Fraction(1)


def field_order(stream: av.VideoStream, frames: list[av.VideoFrame]) -> FieldOrder:
    """Which lines of a stream's frames were taken first, if most of some frames are interlaced."""
    declared = stream.codec_context.field_order
    if sum(frame.interlaced_frame for frame in frames) * 2 <= len(frames):
        return FieldOrder.PROGRESSIVE
    if declared in _BOTTOM_SHOWN_FIRST:
        return FieldOrder.BOTTOM_FIRST
    bottom = stream.codec_context.codec.canonical_name in _BOTTOM_FIRST_CODECS
    if bottom and declared not in _TOP_SHOWN_FIRST:
        return FieldOrder.BOTTOM_FIRST
    return FieldOrder.TOP_FIRST


def colour_of(frame: av.VideoFrame) -> Colour:
    """What the numbers of a frame mean."""
    light = side_data(frame, Kind.CONTENT_LIGHT_LEVEL)
    brightest, average = (0, 0) if light is None else struct.unpack_from("2I", light)
    dolby = (Kind.DOVI_METADATA, Kind.DOVI_RPU_BUFFER)
    return Colour(
        primaries=_PRIMARIES.get(frame.color_primaries, _UNKNOWN),
        transfer=_TRANSFERS.get(frame.color_trc, _UNKNOWN),
        matrix=_MATRICES.get(frame.colorspace, _UNKNOWN),
        range=_RANGES.get(frame.color_range, _UNKNOWN),
        mastering=_mastering(frame),
        max_content_light=brightest,
        max_average_light=average,
        dolby_vision=any(side_data(frame, kind) is not None for kind in dolby),
    )


def _mastering(frame: av.VideoFrame) -> MasteringDisplay | None:
    """FFmpeg's ``AVMasteringDisplayMetadata``: ten fractions, and whether each kind is there."""
    data = side_data(frame, Kind.MASTERING_DISPLAY_METADATA)
    if data is None:
        return None
    *numbers, has_primaries, has_luminance = struct.unpack_from("22i", data)
    values = [
        part / whole if whole else 0.0
        for part, whole in zip(numbers[::2], numbers[1::2], strict=True)
    ]
    red, green, blue, white = zip(values[:8:2], values[1:8:2], strict=True)
    return MasteringDisplay(
        red=red if has_primaries else None,
        green=green if has_primaries else None,
        blue=blue if has_primaries else None,
        white=white if has_primaries else None,
        min_luminance=values[8] if has_luminance else 0.0,
        max_luminance=values[9] if has_luminance else 0.0,
    )


def _without_ends(ordered: list[int]) -> list[int]:
    """Times without the first and last few of many, whose neighbours may not have been read."""
    return ordered[_REORDERED:-_REORDERED] if len(ordered) > 4 * _REORDERED else ordered


def _uneven(times: list[int]) -> bool:
    """Whether presentation times are not evenly spaced.

    They are not when the longest and the shortest step differ by more than two ticks of the clock
    and a fifth of a frame. The first and last few of many times are left out: frames are reordered,
    and the neighbours of these may lie outside what was read.

    Args:
        times: in ticks, in any order.
    """
    ordered = _without_ends(sorted(set(times)))
    steps = sorted(b - a for a, b in itertools.pairwise(ordered))
    if len(steps) < 2:
        return False
    usual = steps[len(steps) // 2]
    return steps[-1] - steps[0] > max(2, usual // 5)
