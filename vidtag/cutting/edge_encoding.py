"""Encodes the edges of a clip beside what is copied: same codec, profile, level and colours."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.video.stream import VideoStream

from vidtag.core.records import VideoStream as Video
from vidtag.cutting.frame_partition import Splice
from vidtag.cutting.frame_signature import AFTER_JOINT, Look, look_of
from vidtag.cutting.nal import (
    ParameterSets,
    Renumbering,
    SpliceError,
    is_nal_codec,
    is_parameter_set,
    join_units,
    split_units,
)
from vidtag.media.frame_plan import FramePlan
from vidtag.media.frames import decode_between

ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "ultrafast", "crf": "17"}),
    "hevc": ("libx265", {"preset": "ultrafast", "crf": "17"}),
    "vp9": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "crf": "20", "b": "0"}
        | {"lag-in-frames": "0", "auto-alt-ref": "0"},
    ),
}
"""Encoders whose parts can stand beside the source's own, and how they work: a little better than
visually lossless, because it is but a moment."""

_RESTORED = "deblock=0,0:aq-mode=1"
"""What x264's fastest preset leaves out and eyes would miss. With it an edge takes half as long as
by the preset "veryfast", which saves bits that a moment does not need: at the same factor it makes
half as many, and comes 4 dB less near to the source."""

_PROFILES = {
    "Baseline": ("baseline", ""),
    "Constrained Baseline": ("baseline", ""),
    "Main": ("main", ":weightp=1"),
    "High": ("high", ":8x8dct=1"),
    "High 10": ("high10", ":8x8dct=1"),
    "High 4:2:2": ("high422", ":8x8dct=1"),
}
"""Limits to x264, and what it must use to be of that profile and no lower one."""

FORMATS = {"yuv420p", "yuvj420p", "yuv420p10le", "yuv422p", "yuv422p10le"}
"""Pixel formats that parts are encoded in."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Frames that were encoded anew (pts, sample, keyframe), their parameter sets, their looks."""

    head: tuple[tuple[int, bytes, bool], ...]
    tail: tuple[tuple[int, bytes, bool], ...]
    sets: tuple[bytes, ...]
    looks: dict[int, Look]

    @classmethod
    def nothing(cls) -> Encoded:
        """No edges: all is copied."""
        return cls((), (), (), {})


def encode_edges(
    source: InputContainer,
    stream: VideoStream,
    sets: ParameterSets,
    plan: FramePlan,
    video: Video,
    splice: Splice,
) -> Encoded:
    """Encode the edges with the source's own codec, profile, level and colours."""
    codec = sets.codec
    nal = is_nal_codec(video.codec)
    renumbering = Renumbering.beside(sets) if video.codec == "hevc" else None
    parts: list[tuple[tuple[int, bytes, bool], ...]] = []
    own: list[bytes] = []
    looks: dict[int, Look] = {}
    for times in (splice.head, splice.tail):
        part, extra = _encode_part(source, stream, sets, plan, video, times, looks)
        if nal:
            # Those of an encoder's own samples and configuration alike.
            samples = [(pts, split_units(data, 0), key) for pts, data, key in part]
            units = [u for u in split_units(extra, 0) if is_parameter_set(codec, u)]
            units += [u for _, s, _ in samples for u in s if is_parameter_set(codec, u)]
            if renumbering is not None:
                units = [renumbering.apply(unit) for unit in units]
                samples = [(p, [renumbering.apply(u) for u in s], k) for p, s, k in samples]
            own += units
            part = [
                (pts, join_units(u for u in s if not is_parameter_set(codec, u)), key)
                for pts, s, key in samples
            ]
        parts.append(tuple(part))
    return Encoded(parts[0], parts[1], tuple(own), looks)


def _encode_part(
    source: InputContainer,
    stream: VideoStream,
    sets: ParameterSets,
    plan: FramePlan,
    video: Video,
    times: Sequence[int],
    looks: dict[int, Look],
) -> tuple[list[tuple[int, bytes, bool]], bytes]:
    """Samples as the encoder gives them, and its configuration; fills ``looks``."""
    if not times:
        return [], b""
    wanted = set(times)
    encoder: Any = None
    samples: list[tuple[int, bytes, bool]] = []
    # The frames behind the joint will be compared: the decoder is there already.
    behind = bisect.bisect_right(plan.times, times[-1]) + AFTER_JOINT
    last = plan.times[min(behind, len(plan.times) - 1)]
    for frame in decode_between(source, stream, times[0], last):
        if frame.pts not in wanted:
            if frame.pts is not None and frame.pts > times[-1]:
                looks[frame.pts] = look_of(frame)
            continue
        wanted.discard(frame.pts)
        if encoder is None:
            if frame.interlaced_frame:
                raise SpliceError("the picture is interlaced")
            encoder = _encoder(stream, sets, plan, video, frame)
        looks[frame.pts] = look_of(frame)
        frame.pict_type = 0
        samples += _taken(encoder.encode(frame))
    if wanted:
        raise SpliceError("part of the video cannot be decoded")
    samples += _taken(encoder.encode(None))
    if [pts for pts, _, _ in samples] != list(times):
        raise SpliceError("the encoder did not give every frame once")
    return samples, encoder.extradata or b""


def _taken(packets: Sequence[Any]) -> list[tuple[int, bytes, bool]]:
    return [(packet.pts, bytes(packet), packet.is_keyframe) for packet in packets]


def _encoder(
    stream: VideoStream, sets: ParameterSets, plan: FramePlan, video: Video, frame: Any
) -> Any:
    name, options = ENCODERS[video.codec]
    try:
        context: Any = av.CodecContext.create(name, "w")
    except (av.codec.codec.UnknownCodecError, ValueError) as error:
        raise SpliceError(f"this machine has no {name} encoder") from error
    given = stream.codec_context
    context.width, context.height = frame.width, frame.height
    context.pix_fmt = video.pixel_format
    context.time_base = plan.time_base
    context.framerate = video.frame_rate
    context.thread_type = "AUTO"
    if given.sample_aspect_ratio:
        context.sample_aspect_ratio = given.sample_aspect_ratio
    context.color_range, context.colorspace = frame.color_range, frame.colorspace
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
    context.flags |= Flags.global_header
    options = dict(options)
    if video.codec == "h264":
        if given.profile not in _PROFILES:
            raise SpliceError(f"the H.264 profile {given.profile} is not encoded")
        profile, used = _PROFILES[given.profile]
        options |= {"profile": profile, "bf": "0"}
        number = sets.free_id(7, range(1, 32))
        if (8, number) in sets.units:
            raise SpliceError("the video uses all identifiers of parameter sets")
        options["x264-params"] = f"sps-id={number}:open-gop=0:keyint=250:{_RESTORED}{used}"
        if given.level:
            options["level"] = f"{given.level / 10:.1f}"
    elif video.codec == "hevc":
        options["x265-params"] = "log-level=none:bframes=0:open-gop=0:repeat-headers=0:info=0"
    context.options = options
    context.open()
    return context
