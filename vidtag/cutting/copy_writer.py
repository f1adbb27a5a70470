"""Writes a clip of copied and encoded frames, with its sound, into an MP4."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from zlib import crc32

import av
from av import Packet
from av.container import InputContainer

from vidtag.cutting.copy_recipe import CopiedFrames, CopyRecipe
from vidtag.cutting.edge_encoding import EncodedEdges, encode_edges
from vidtag.cutting.joined_track import add_joined_track, stored_sample
from vidtag.cutting.nal import CopyError, is_nal_codec, read_configuration
from vidtag.cutting.sound_writer import ClipSound
from vidtag.media.container import path_of, picture_stream
from vidtag.media.frames import packets_from
from vidtag.media.muxing import decoding_times, interleave_tracks

_OPTIONS = {"movflags": "+faststart", "strict": "unofficial"}
"""FFmpeg's options of the file: what tells players of Dolby Vision is not in MPEG's standard."""


def write_copied_clip(
    source: InputContainer,
    recipe: CopyRecipe,
    target: Path,
    title: str,
    sound: ClipSound,
) -> CopiedFrames:
    """Write a clip as an MP4.

    Args:
        source: the media file, open; its reading position is moved.
        sound: its audio tracks.

    Returns:
        What has to be true of the clip.

    Raises:
        CopyError: it could not be done.
    """
    video = recipe.video
    edges = encode_edges(source, recipe)
    with (
        contextlib.ExitStack() as stack,
        av.open(str(target), "w", format="mp4", options=_OPTIONS) as out,
    ):
        if title:
            out.metadata["title"] = title
        template = picture_stream(source, video.index)
        if is_nal_codec(video.codec):
            sets = recipe.sets.with_units(edges.sets)
            track = add_joined_track(out, template, sets, video.pixel_format)
        else:
            track = out.add_stream_from_template(template, opaque=True)
        clock = _ClipTimes.of(recipe)
        track.time_base = clock.time_base
        digests: dict[int, int] = {}
        packets = _timed_packets(source, recipe, edges, clock, digests)
        interleave_tracks(out, [(packets, track), *sound.tracks(out, path_of(source), stack)])
    return CopiedFrames(recipe.partition.joints, digests, edges.signatures)


@dataclass(frozen=True, slots=True)
class _ClipTimes:
    """When frames are shown in the clip, and for how long, by their pts in the source.

    Frames that are only there to be decoded have times below zero: the writer hides them by an edit
    list.
    """

    time_base: Fraction
    shown_at: dict[int, int]
    durations: dict[int, int]

    @classmethod
    def of(cls, recipe: CopyRecipe) -> _ClipTimes:
        picture, video = recipe.picture, recipe.video
        hidden = sorted(set(recipe.partition.stored) - set(picture.times))
        if picture.has_rate(video.frame_rate) and not video.variable_frame_rate:
            # Matroska's milliseconds would make a film of 23.976 frames look uneven to an editor.
            numbers = {pts: number for number, pts in enumerate(picture.times)}
            numbers |= {pts: n - len(hidden) for n, pts in enumerate(hidden)}
            return cls(1 / video.frame_rate, numbers, dict.fromkeys(numbers, 1))
        first, ends = picture.shown[0], (*picture.times[1:], picture.end)
        rows = list(zip(picture.times, picture.shown, ends, strict=True))
        rows += [(pts, pts, pts + 1) for pts in hidden]
        return cls(
            picture.time_base,
            {pts: shown - first for pts, shown, _ in rows},
            {pts: end - shown for pts, shown, end in rows},
        )


def _timed_packets(
    source: InputContainer,
    recipe: CopyRecipe,
    edges: EncodedEdges,
    clock: _ClipTimes,
    digests: dict[int, int],
) -> Iterator[Any]:
    """Packets with the times of the clip; fills ``digests`` with those of copied samples."""
    order = recipe.partition.stored
    decoded_at = decoding_times([clock.shown_at[pts] for pts in order])
    copied = set(recipe.partition.copied)
    for number, (pts, packet, is_keyframe) in enumerate(_packets(source, recipe, edges)):
        if pts != order[number]:
            raise CopyError("the file does not give the same frames twice")
        if pts in copied:
            digests[pts] = crc32(packet)
        packet.time_base = clock.time_base
        packet.pts, packet.dts = clock.shown_at[pts], decoded_at[number]
        packet.duration = clock.durations[pts]
        packet.is_keyframe = is_keyframe
        yield packet


def _packets(
    source: InputContainer, recipe: CopyRecipe, edges: EncodedEdges
) -> Iterator[tuple[int, Any, bool]]:
    """pts, packet and whether it is a keyframe, of every frame in the order to store them."""
    for frame in edges.head:
        yield frame.pts, Packet(frame.data), frame.is_keyframe
    yield from _copied_packets(source, recipe)
    for frame in edges.tail:
        yield frame.pts, Packet(frame.data), frame.is_keyframe


def _copied_packets(source: InputContainer, recipe: CopyRecipe) -> Iterator[tuple[int, Any, bool]]:
    stream = picture_stream(source, recipe.video.index)
    codec = recipe.sets.codec
    nal = is_nal_codec(recipe.video.codec)
    length_size = read_configuration(codec, stream.codec_context.extradata)[1] if nal else 0
    missing, first = set(recipe.partition.copied), recipe.partition.copied[0]
    for packet in packets_from(source, stream, first):
        pts = packet.pts
        if pts is not None and pts in missing:
            missing.discard(pts)
            is_keyframe = packet.is_keyframe
            if not nal:
                yield pts, packet, is_keyframe
            else:
                data = bytes(packet)
                sample = stored_sample(codec, data, length_size, after_joint=pts == first)
                yield pts, packet if sample is data else Packet(sample), is_keyframe
        if not missing:
            break
