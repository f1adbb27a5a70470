"""Encodes the edges of a clip beside what is copied: same codec, profile, level and colours."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.video.frame import PictureType

from vidtag.core.media_streams import VideoStream
from vidtag.cutting.copy_recipe import FRAMES_AFTER_JOINT, CopyRecipe
from vidtag.cutting.cut_plan import FADE
from vidtag.cutting.dynamic_metadata import with_metadata
from vidtag.cutting.exact_encoder import hdr10_parameters
from vidtag.cutting.frame_signature import Signature, frame_signature
from vidtag.cutting.nal import (
    H264_PPS,
    H264_SPS,
    Codec,
    CopyError,
    ParameterSets,
    Renumbering,
    is_nal_codec,
    is_parameter_set,
    join_units,
    split_units,
)
from vidtag.media.container import picture_stream
from vidtag.media.ffmpeg import ENCODER_THREADS, X265_THREADS
from vidtag.media.frame_plan import FramePlan
from vidtag.media.frames import decode_between

_ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "ultrafast", "crf": "17"}),
    "hevc": ("libx265", {"preset": "ultrafast", "crf": "17"}),
    "vp9": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "crf": "20", "b": "0"}
        | {"lag-in-frames": "0", "auto-alt-ref": "0"},
    ),
}
"""Encoders whose frames can stand beside the source's own, and their options: a little better than
visually lossless, because the edges are short."""

X264_RESTORED = "deblock=0,0:aq-mode=1"
"""What x264's preset "ultrafast" turns off and eyes would miss. With it an edge takes half as long
as with the preset "veryfast", which saves bits that a short edge does not need: at the same factor
that makes half as many bits, and the result is 4 dB further from the source."""

X265_BESIDE = "bframes=0:open-gop=0:repeat-headers=0:info=0"
"""Parameters of x265 for frames that stand beside others, with :class:`Renumbering`."""

_X264_PROFILES = {
    "Baseline": ("baseline", ""),
    "Constrained Baseline": ("baseline", ""),
    "Main": ("main", ":weightp=1"),
    "High": ("high", ":8x8dct=1"),
    "High 10": ("high10", ":8x8dct=1"),
    "High 4:2:2": ("high422", ":8x8dct=1"),
    "High 4:4:4 Predictive": ("high444", ":8x8dct=1"),
}
"""Profiles of x264 by FFmpeg's names, and a feature it must use to write that profile and no lower
one."""

_PIXEL_FORMATS = {
    *("yuv420p", "yuvj420p", "yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p", "yuv444p10le")
}


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A frame that was encoded for the clip, by its pts in the source."""

    pts: int
    data: bytes
    is_keyframe: bool


@dataclass(frozen=True, slots=True)
class EncodedEdges:
    """The frames of a clip that are not copied.

    Attributes:
        head, tail: frames in the order they are stored.
        sets: their parameter sets, as NAL units.
        signatures: those of the source's frames that were decoded, by pts.
    """

    head: tuple[EncodedFrame, ...]
    tail: tuple[EncodedFrame, ...]
    sets: tuple[bytes, ...]
    signatures: Mapping[int, Signature]


def check_encodable(video: VideoStream) -> None:
    """Make sure that edges of a video can be encoded.

    Raises:
        CopyError: its codec or pixel format is not encoded.
    """
    if video.codec not in _ENCODERS:
        raise CopyError(f"parts of {video.codec} are not joined with others")
    if video.pixel_format not in _PIXEL_FORMATS:
        raise CopyError(f"parts in {video.pixel_format} are not encoded")


def encode_edges(source: InputContainer, recipe: CopyRecipe) -> EncodedEdges:
    """Encode the edges with the source's own codec, profile, level and colours.

    Args:
        source: the media file, open; its reading position is moved.

    Raises:
        CopyError: the edges cannot be decoded, or not be encoded so.
    """
    if not (recipe.partition.head or recipe.partition.tail):
        return EncodedEdges((), (), (), {})
    codec = recipe.sets.codec
    renumbering = Renumbering.beside(recipe.sets) if recipe.video.codec == "hevc" else None
    edges: list[tuple[EncodedFrame, ...]] = []
    sets: list[bytes] = []
    signatures: dict[int, Signature] = {}
    for times in (recipe.partition.head, recipe.partition.tail):
        frames, extradata = _encode_edge(source, recipe, times, signatures)
        if is_nal_codec(recipe.video.codec):
            sets += parameter_sets(codec, split_units(extradata, 0), renumbering)
            separated = [without_sets(codec, frame.data, 0, renumbering) for frame in frames]
            sets += (unit for _, units in separated for unit in units)
            stored = (data for data, _ in separated)
            frames = [replace(f, data=d) for f, d in zip(frames, stored, strict=True)]
            frames = [_with_metadata(frame, recipe) for frame in frames]
        edges.append(tuple(frames))
    return EncodedEdges(edges[0], edges[1], tuple(sets), signatures)


def without_sets(
    codec: Codec, data: bytes, length_size: int, renumbering: Renumbering | None
) -> tuple[bytes, list[bytes]]:
    """An encoded frame as MP4 stores it, and the parameter sets that the encoder put into it.

    Args:
        length_size: as for :func:`split_units`.
        renumbering: new identifiers; None leaves them.
    """
    units = split_units(data, length_size)
    sets = parameter_sets(codec, units, renumbering)
    kept = [unit for unit in units if not is_parameter_set(codec, unit)]
    if renumbering is not None:
        kept = [renumbering.apply(unit) for unit in kept]
    return join_units(kept), sets


def _with_metadata(frame: EncodedFrame, recipe: CopyRecipe) -> EncodedFrame:
    """A frame, as MP4 stores it, with what goes with the source's frame."""
    metadata = recipe.metadata.get(frame.pts, ())
    if not metadata:
        return frame
    units = with_metadata(split_units(frame.data, 4), metadata)
    return replace(frame, data=join_units(units))


def parameter_sets(
    codec: Codec, units: Iterable[bytes], renumbering: Renumbering | None
) -> list[bytes]:
    """Those of NAL units that are parameter sets, with new identifiers."""
    sets = [unit for unit in units if is_parameter_set(codec, unit)]
    return sets if renumbering is None else [renumbering.apply(unit) for unit in sets]


def _encode_edge(
    source: InputContainer,
    recipe: CopyRecipe,
    times: Sequence[int],
    signatures: dict[int, Signature],
) -> tuple[list[EncodedFrame], bytes]:
    """Frames as the encoder gives them, and its extradata; fills ``signatures``."""
    if not times:
        return [], b""
    missing = set(times)
    keyframe = _keyframe_after_fade(recipe.picture)
    encoder: Any = None
    frames: list[EncodedFrame] = []
    # The frames after the joint will be compared, and the decoder has come that far already.
    every = recipe.picture.times
    after = bisect.bisect_right(every, times[-1]) + FRAMES_AFTER_JOINT
    last = every[min(after, len(every) - 1)]
    stream = picture_stream(source, recipe.video.index)
    for frame in decode_between(source, stream, times[0], last):
        if frame.pts not in missing:
            if frame.pts is not None and frame.pts > times[-1]:
                signatures[frame.pts] = frame_signature(frame)
            continue
        missing.discard(frame.pts)
        if encoder is None:
            if frame.interlaced_frame:
                raise CopyError("the picture is interlaced")
            encoder = _open_encoder(stream.codec_context, recipe, frame)
        signatures[frame.pts] = frame_signature(frame)
        frame.pict_type = PictureType.I if frame.pts == keyframe else PictureType.NONE
        frames += _encoded(encoder.encode(frame))
    if missing:
        raise CopyError("part of the video cannot be decoded")
    frames += _encoded(encoder.encode(None))
    if [frame.pts for frame in frames] != list(times):
        raise CopyError("the encoder did not give every frame once")
    return frames, encoder.extradata or b""


def _keyframe_after_fade(picture: FramePlan) -> int | None:
    """pts of the first frame after a fade into the clip; None where it is too short for one."""
    end = picture.shown[0] + FADE / picture.time_base
    return next((pts for pts in picture.times if pts >= end), None)


def _encoded(packets: Iterable[Any]) -> list[EncodedFrame]:
    return [EncodedFrame(packet.pts, bytes(packet), packet.is_keyframe) for packet in packets]


def _open_encoder(source: Any, recipe: CopyRecipe, frame: Any) -> Any:
    """An encoder like the one that made the source.

    Args:
        source: codec context of the source.
        frame: the first to be encoded.
    """
    name, options = _ENCODERS[recipe.video.codec]
    try:
        context: Any = av.CodecContext.create(name, "w")
    except (av.codec.codec.UnknownCodecError, ValueError) as error:
        raise CopyError(f"this machine has no {name} encoder") from error
    context.width, context.height = frame.width, frame.height
    context.pix_fmt = recipe.video.pixel_format
    context.time_base = recipe.picture.time_base
    context.framerate = recipe.video.frame_rate
    context.thread_type, context.thread_count = "AUTO", ENCODER_THREADS
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    context.color_range, context.colorspace = frame.color_range, frame.colorspace
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
    context.flags |= Flags.global_header
    options = options | ({"forced-idr": "1"} if is_nal_codec(recipe.video.codec) else {})
    if recipe.video.codec == "h264":
        if "4:4:4" in (source.profile or "") and "444" not in recipe.video.pixel_format:
            raise CopyError("it is H.264 without loss")
        beside, parameters = x264_beside(recipe.sets, source.profile, source.level)
        hdr10 = hdr10_parameters("h264", recipe.video.colour)
        parameters = ":".join([parameters, "keyint=250", X264_RESTORED, *hdr10])
        options = options | beside | {"bf": "0", "x264-params": parameters}
    elif recipe.video.codec == "hevc":
        hdr10 = hdr10_parameters("hevc", recipe.video.colour)
        parameters = ":".join(["log-level=none", X265_BESIDE, X265_THREADS, *hdr10])
        options = options | {"x265-params": parameters}
    context.options = options
    context.open()
    return context


def x264_beside(
    sets: ParameterSets, profile: str | None, level: int | None
) -> tuple[dict[str, str], str]:
    """What makes x264 write frames that can stand beside others.

    Args:
        sets: parameter sets of the others.
        profile, level: of the others, as FFmpeg has them.

    Returns:
        The options ``profile`` and ``level``, and parameters of x264.

    Raises:
        CopyError: x264 does not write that profile, or no identifier is free.
    """
    if profile not in _X264_PROFILES:
        raise CopyError(f"the H.264 profile {profile} is not encoded")
    name, feature = _X264_PROFILES[profile]
    number = sets.free_id(H264_SPS, range(1, 32))
    if (H264_PPS, number) in sets.units:
        raise CopyError("the video uses all identifiers of parameter sets")
    options = {"profile": name}
    if level:
        options["level"] = f"{level / 10:.1f}"
    return options, f"sps-id={number}:open-gop=0{feature}"
