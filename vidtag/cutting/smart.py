"""Writes a clip by copying what can be copied of the picture, and encoding only the edges.

The sound comes in one piece, made elsewhere; every joint is compared with the source afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zlib import crc32

import av
from av import Packet
from av.container import InputContainer
from av.video.stream import VideoStream

from vidtag.core.records import VideoStream as Video
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.edge_encoding import ENCODERS, FORMATS, Encoded, encode_edges
from vidtag.cutting.frame_partition import Splice, Stored, find_copy, find_splice
from vidtag.cutting.nal import (
    NAL_CODECS,
    Entry,
    ParameterSets,
    SpliceError,
    break_link,
    entry,
    is_nal_codec,
    is_parameter_set,
    is_progressive,
    join_units,
    read_configuration,
    split_units,
    write_configuration,
)
from vidtag.cutting.verify import Copied
from vidtag.media.container import picture_stream
from vidtag.media.frame_plan import FramePlan, is_even
from vidtag.media.frames import packets_from
from vidtag.media.muxing import decoding_times, interleave

_MP4_CODECS = {*NAL_CODECS, "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video"}
"""What an MP4 can hold as it is."""

_CHROMA = {"400": 0, "420": 1, "422": 2, "444": 3}
"""``chroma_format_idc`` by what names of pixel formats say."""

_WORTH = 0.25
"""Part of the frames from which on copying them is worth the joints."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a clip is put together.

    Attributes:
        plan: what it holds; more than was asked for where only keyframes are cut at.
        splice: which frames are copied.
        sets: parameter sets of the source.
    """

    plan: CutPlan
    splice: Splice
    sets: ParameterSets


def splicing(source: InputContainer, plan: CutPlan) -> Recipe:
    """The planned frames, those at the edges to be encoded anew.

    Args:
        source: the media file, open; its reading position is moved.

    Raises:
        SpliceError: this video cannot be cut so; the message says why.
    """
    picture, video = _picture(plan)
    stored, sets = _scan(source, picture_stream(source, video.index), picture, whole_groups=False)
    splice = find_splice(picture.times, stored)
    if splice is None:
        raise SpliceError(_nothing_to_copy(stored, picture))
    if splice.share < _WORTH:
        raise SpliceError("hardly any of it lies in whole groups of pictures")
    if (splice.head or splice.tail) and video.codec not in ENCODERS:
        raise SpliceError(f"parts of {video.codec} are not joined with others")
    if (splice.head or splice.tail) and video.pixel_format not in FORMATS:
        raise SpliceError(f"parts in {video.pixel_format} are not encoded")
    return Recipe(plan, splice, sets)


def copying(source: InputContainer, plan: CutPlan) -> Recipe:
    """The planned frames and what has to be copied with them, from the keyframe before.

    Raises:
        SpliceError: this video cannot be cut so; the message says why.
    """
    picture, video = _picture(plan)
    stored, sets = _scan(source, picture_stream(source, video.index), picture, whole_groups=True)
    if stored[0].entry is Entry.NONE:
        raise SpliceError("its keyframes need what comes before them (open GOPs)")
    pts = find_copy(picture.times[-1] + 1, stored)
    after = [frame.pts for frame in stored if frame.pts > max(pts)]
    end = min(after, default=max(picture.end, max(pts) + 1))
    if not after and max(pts) > picture.times[-1]:
        end = max(pts) + round(1 / video.frame_rate / picture.time_base)
    whole = replace(picture, times=tuple(sorted(pts)), end=end, keyframe=pts[0])
    longer = replace(plan, picture=whole, start=whole.start_time, end=whole.end_time)
    return Recipe(longer, Splice((), pts, (), stored[0].entry), sets)


def write(
    source: InputContainer,
    recipe: Recipe,
    target: Path,
    title: str,
    sound: Callable[[], Path] | None,
) -> Copied:
    """Write a clip as an MP4.

    Args:
        source: the media file, open; its reading position is moved.
        sound: gives the file with the clip's sound, once it is needed; None where there is none.

    Returns:
        What has to be true of the clip.

    Raises:
        SpliceError: it could not be done.
    """
    picture, video = _picture(recipe.plan)
    stream = picture_stream(source, video.index)
    own = Encoded.nothing()
    if recipe.splice.head or recipe.splice.tail:
        own = encode_edges(source, stream, recipe.sets, picture, video, recipe.splice)
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        if title:
            out.metadata["title"] = title
        track = out.add_stream_from_template(stream, opaque=True)
        if is_nal_codec(video.codec):
            sets = recipe.sets.with_units(own.sets)
            if video.codec == "h264" and not all(is_progressive(unit) for unit in sets.of(7)):
                raise SpliceError("the picture is interlaced")
            track.codec_context.extradata = write_configuration(sets, *_samples_of(video))
            track.codec_context.codec_tag = {"h264": "avc1", "hevc": "hvc1"}[video.codec]
        clock = _Clock.of(picture, video)
        track.time_base = clock.time_base
        digests: dict[int, int] = {}
        packets = _timed(_samples(source, stream, recipe, own), recipe.splice, clock, digests)
        interleave(out, (packets, track), sound() if sound is not None else None)
    return Copied(recipe.splice.joints, digests, own.looks)


def _picture(plan: CutPlan) -> tuple[FramePlan, Video]:
    """The picture to cut, if its kind allows copying."""
    picture, video = plan.picture, plan.media.video
    if picture is None or video is None:
        raise SpliceError("there is no picture to copy")
    if video.codec not in _MP4_CODECS:
        raise SpliceError(f"{video.codec} is not copied into MP4")
    if plan.media.container == "avi":
        raise SpliceError("AVI does not tell when frames are shown")
    return picture, video


def _nothing_to_copy(stored: Sequence[Stored], picture: FramePlan) -> str:
    inside = [f for f in stored if f.pts >= picture.times[0] and f.entry is not Entry.NONE]
    keys = [pts for pts in picture.keyframes if pts >= picture.times[0]]
    if keys and not inside:
        return "its keyframes need what comes before them (open GOPs)"
    return "it lies within one group of pictures"


def _scan(
    source: InputContainer, stream: VideoStream, plan: FramePlan, *, whole_groups: bool
) -> tuple[list[Stored], ParameterSets]:
    """Frames as stored, from the keyframe before the clip on, and all parameter sets met.

    Up to the last frame of the clip or, with ``whole_groups``, the keyframe behind it.
    """
    name = stream.codec_context.codec.canonical_name
    nal = is_nal_codec(name)
    sets, size = ParameterSets("h264"), 0
    if nal:
        sets, size = read_configuration(
            "h264" if name == "h264" else "hevc", stream.codec_context.extradata
        )
    wanted, stored = set(plan.times), []
    for packet in packets_from(source, stream, plan.keyframe):
        if packet.pts is None:
            raise SpliceError("the file does not tell when frames are shown")
        kind = Entry.CLOSED if packet.is_keyframe else Entry.NONE
        if nal:
            units = split_units(bytes(packet), size)
            kind = entry(sets.codec, units)
            sets = sets.with_units(u for u in units if is_parameter_set(sets.codec, u))
        stored.append(Stored(packet.pts, kind))
        wanted.discard(packet.pts)
        if whole_groups and packet.is_keyframe and packet.pts >= plan.end:
            break
        if not whole_groups and not wanted:
            break
    return stored, sets


def _timed(
    samples: Iterable[tuple[int, Any, bool]],
    splice: Splice,
    clock: _Clock,
    digests: dict[int, int],
) -> Iterator[Any]:
    """Packets with the times of the clip; fills ``digests`` with those of copied samples."""
    order = [*splice.head, *splice.copied, *splice.tail]
    decoded_at = decoding_times([clock.at[pts] for pts in order])
    copied = set(splice.copied)
    for number, (pts, packet, key) in enumerate(samples):
        if pts != order[number]:
            raise SpliceError("the file does not give the same frames twice")
        if pts in copied:
            digests[pts] = crc32(packet)
        packet.time_base = clock.time_base
        packet.pts, packet.dts = clock.at[pts], decoded_at[number]
        packet.duration = clock.lasts[pts]
        packet.is_keyframe = key
        yield packet


def _samples_of(video: Video) -> tuple[int, int]:
    """``chroma_format_idc`` and bits per sample."""
    told = re.match(r"(?:yuvj?(\d{3})p|gray)(\d*)", video.pixel_format)
    if told is None:
        raise SpliceError(f"pictures in {video.pixel_format} are not copied")
    return _CHROMA.get(told[1] or "400", 1), int(told[2] or 8)


@dataclass(frozen=True, slots=True)
class _Clock:
    """When frames are shown in the clip, by their pts in the source; and for how long."""

    time_base: Fraction
    at: dict[int, int]
    lasts: dict[int, int]

    @classmethod
    def of(cls, plan: FramePlan, video: Video) -> _Clock:
        even = is_even(plan.times, video.frame_rate, plan.time_base)
        if even and not video.variable_frame_rate:
            # Matroska's milliseconds would make a film of 23.976 frames look uneven to an editor.
            at = {pts: number for number, pts in enumerate(plan.times)}
            return cls(1 / video.frame_rate, at, dict.fromkeys(plan.times, 1))
        ends = (*plan.times[1:], plan.end)
        return cls(
            plan.time_base,
            {pts: pts - plan.times[0] for pts in plan.times},
            {pts: end - pts for pts, end in zip(plan.times, ends, strict=True)},
        )


def _samples(
    source: InputContainer, stream: VideoStream, recipe: Recipe, own: Encoded
) -> Iterator[tuple[int, Any, bool]]:
    """pts, packet and whether decoding can start there, of every frame in the order to store."""
    codec, splice = recipe.sets.codec, recipe.splice
    nal = is_nal_codec(stream.codec_context.codec.canonical_name)
    size = read_configuration(codec, stream.codec_context.extradata)[1] if nal else 0
    for shown, data, key in own.head:
        yield shown, Packet(data), key
    wanted, first = set(splice.copied), splice.copied[0]
    for packet in packets_from(source, stream, first):
        pts = packet.pts
        if pts is not None and pts in wanted:
            wanted.discard(pts)
            key = packet.is_keyframe
            if not nal:
                yield pts, packet, key
            else:
                units = split_units(bytes(packet), size)
                kept = [unit for unit in units if not is_parameter_set(codec, unit)]
                if pts == first and codec == "hevc":
                    kept = [break_link(unit) for unit in kept]
                same = kept == units and size == 4
                yield pts, packet if same else Packet(join_units(kept)), key
        if not wanted:
            break
    for shown, data, key in own.tail:
        yield shown, Packet(data), key
