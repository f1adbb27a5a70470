"""Writes the picture of a clip by copying what can be copied, and encoding only the edges.

The result is a file with the picture alone; ``cut`` adds the sound, which is always cut in one
piece, and compares every joint with the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidtag.highlights.frames import (
    FramePlan,
    decode_between,
    is_even,
    open_media,
    packets_from,
    picture_stream,
)
from vidtag.highlights.nal import (
    Codec,
    Entry,
    ParameterSets,
    Renumbering,
    SpliceError,
    break_link,
    entry,
    is_parameter_set,
    is_progressive,
    join_units,
    read_configuration,
    split_units,
    write_configuration,
)
from vidtag.highlights.plan import CutPlan
from vidtag.highlights.splice import Splice, Stored, find_copy, find_splice
from vidtag.types import VideoStream as Video

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer
    from av.video.stream import VideoStream

_NAL_CODECS = {"h264", "hevc"}
_MP4_CODECS = {*_NAL_CODECS, "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video"}
"""What an MP4 can hold as it is."""

_ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "veryfast", "crf": "17"}),
    "hevc": ("libx265", {"preset": "ultrafast", "crf": "17"}),
    "vp9": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "crf": "20", "b": "0"}
        | {"lag-in-frames": "0", "auto-alt-ref": "0"},
    ),
}
"""Encoders whose parts can stand beside the source's own, and how they work: a little better than
visually lossless, because it is but a moment."""

_PROFILES = {
    "Baseline": "baseline",
    "Constrained Baseline": "baseline",
    "Main": "main",
    "High": "high",
    "High 10": "high10",
    "High 4:2:2": "high422",
}
_FORMATS = {"yuv420p", "yuvj420p", "yuv420p10le", "yuv422p", "yuv422p10le"}
"""Pixel formats that parts are encoded in."""

_CHROMA = {"400": 0, "420": 1, "422": 2, "444": 3}
"""``chroma_format_idc`` by what names of pixel formats say."""

_WORTH = 0.25
"""Part of the frames from which on copying them is worth the joints."""


@dataclass(frozen=True, slots=True)
class Spliced:
    """A picture that was written.

    Attributes:
        plan: what it holds; more than was asked for where only keyframes are cut at.
        splice: which frames were copied.
    """

    plan: CutPlan
    splice: Splice


def write_spliced(plan: CutPlan, target: Path) -> Spliced:
    """Write the planned frames, those at the edges encoded anew.

    Raises:
        SpliceError: this video cannot be cut so; the message says why.
    """
    picture, video = _picture(plan)
    with open_media(plan.media.path) as source:
        stream = picture_stream(source, video.index)
        form = _Form.of(stream)
        stored = list(_scan(source, stream, form, picture, len(picture.times)))
        splice = find_splice(picture.times, stored)
        if splice is None:
            raise SpliceError(_nothing_to_copy(stored, picture))
        if splice.share < _WORTH:
            raise SpliceError("hardly any of it lies in whole groups of pictures")
        if (splice.head or splice.tail) and video.codec not in _ENCODERS:
            raise SpliceError(f"parts of {video.codec} are not joined with others")
        if (splice.head or splice.tail) and video.pixel_format not in _FORMATS:
            raise SpliceError(f"parts in {video.pixel_format} are not encoded")
        _write(source, stream, form, picture, video, splice, target)
    return Spliced(plan, splice)


def write_copied(plan: CutPlan, target: Path) -> Spliced:
    """Write the planned frames and what has to be copied with them, from the keyframe before.

    Raises:
        SpliceError: this video cannot be cut so; the message says why.
    """
    picture, video = _picture(plan)
    with open_media(plan.media.path) as source:
        stream = picture_stream(source, video.index)
        form = _Form.of(stream)
        stored = list(_scan(source, stream, form, picture, None))
        if stored[0].entry is Entry.NONE:
            raise SpliceError("its keyframes need what comes before them (open GOPs)")
        copied = find_copy(picture.times[-1] + 1, stored)
        after = [frame.pts for frame in stored if frame.pts > max(copied)]
        end = min(after, default=max(picture.end, max(copied) + 1))
        if not after and max(copied) > picture.times[-1]:
            end = max(copied) + round(1 / video.frame_rate / picture.time_base)
        whole = replace(picture, times=tuple(sorted(copied)), end=end, keyframe=copied[0])
        splice = Splice((), copied, (), stored[0].entry)
        _write(source, stream, form, whole, video, splice, target)
    return Spliced(replace(plan, picture=whole, start=whole.start_time, end=whole.end_time), splice)


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


@dataclass(frozen=True, slots=True)
class _Form:
    """How samples of the source are built.

    Attributes:
        codec: of those made of NAL units; None for the others.
        sets: parameter sets that the container declares.
        length_size: bytes of the lengths before NAL units; 0 where there are start codes.
    """

    codec: Codec | None
    sets: ParameterSets
    length_size: int

    @classmethod
    def of(cls, stream: VideoStream) -> _Form:
        name = stream.codec_context.codec.canonical_name
        if name not in _NAL_CODECS:
            return cls(None, ParameterSets("h264"), 0)
        codec: Codec = "h264" if name == "h264" else "hevc"
        return cls(codec, *read_configuration(codec, stream.codec_context.extradata))

    def units(self, packet: Packet[Any]) -> list[bytes]:
        return split_units(bytes(packet), self.length_size)


def _scan(
    source: InputContainer, stream: VideoStream, form: _Form, plan: FramePlan, count: int | None
) -> Iterator[Stored]:
    """Frames as stored, from the keyframe before the clip on.

    Up to the last of ``count`` frames of the clip or, if that is None, the keyframe behind it.
    """
    wanted = set(plan.times)
    for packet in packets_from(source, stream, plan.keyframe):
        if packet.pts is None:
            raise SpliceError("the file does not tell when frames are shown")
        kind = Entry.CLOSED if packet.is_keyframe else Entry.NONE
        if form.codec is not None:
            kind = entry(form.codec, form.units(packet))
        yield Stored(packet.pts, kind)
        wanted.discard(packet.pts)
        if count is not None and not wanted:
            return
        if count is None and packet.is_keyframe and packet.pts >= plan.end:
            return


def _write(
    source: InputContainer,
    stream: VideoStream,
    form: _Form,
    plan: FramePlan,
    video: Video,
    splice: Splice,
    target: Path,
) -> None:
    import av

    clock = _Clock.of(plan, video)
    own = _Encoded.nothing()
    if splice.head or splice.tail:
        own = _encode(source, stream, form, plan, video, splice)
    sets = form.sets
    if form.codec is not None:
        sets = _all_sets(source, stream, form, plan, splice).with_units(own.sets)
        if form.codec == "h264" and not all(is_progressive(unit) for unit in sets.of(7)):
            raise SpliceError("the picture is interlaced")
    order = [*splice.head, *splice.copied, *splice.tail]
    decoded_at = decoding_times([clock.at[pts] for pts in order])
    with av.open(str(target), "w", format="mp4") as out:
        track = out.add_stream_from_template(stream, opaque=True)
        track.time_base = clock.time_base
        if form.codec is not None:
            track.codec_context.extradata = write_configuration(sets, *_samples_of(video))
            track.codec_context.codec_tag = {"h264": "avc1", "hevc": "hvc1"}[form.codec]
        samples = _samples(source, stream, form, plan, splice, own)
        for number, (pts, packet, key) in enumerate(samples):
            if pts != order[number]:
                raise SpliceError("the file does not give the same frames twice")
            packet.stream = track
            packet.time_base = clock.time_base
            packet.pts, packet.dts = clock.at[pts], decoded_at[number]
            packet.duration = clock.lasts[pts]
            packet.is_keyframe = key
            out.mux_one(packet)


def _samples_of(video: Video) -> tuple[int, int]:
    """``chroma_format_idc`` and bits per sample."""
    told = re.match(r"(?:yuvj?(\d{3})p|gray)(\d*)", video.pixel_format)
    if told is None:
        raise SpliceError(f"pictures in {video.pixel_format} are not copied")
    return _CHROMA.get(told[1] or "400", 1), int(told[2] or 8)


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Decoding times for frames in the order they are stored: rising, none after its own showing.

    The frames are decoded at the times at which frames are shown, all earlier by what it takes.
    """
    ordered = sorted(shown)
    delay = max(due - time for due, time in zip(ordered, shown, strict=True))
    return [due - delay for due in ordered]


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
    source: InputContainer,
    stream: VideoStream,
    form: _Form,
    plan: FramePlan,
    splice: Splice,
    own: _Encoded,
) -> Iterator[tuple[int, Any, bool]]:
    """pts, packet and whether decoding can start there, of every frame in the order to store."""
    from av import Packet

    for shown, data, key in own.head:
        yield shown, Packet(data), key
    wanted, first = set(splice.copied), splice.copied[0]
    for packet in packets_from(source, stream, first):
        pts = packet.pts
        if pts is not None and pts in wanted:
            wanted.discard(pts)
            key = packet.is_keyframe
            if form.codec is None:
                yield pts, packet, key
            else:
                units = form.units(packet)
                kept = [unit for unit in units if not is_parameter_set(form.codec, unit)]
                if pts == first and form.codec == "hevc":
                    kept = [break_link(unit) for unit in kept]
                same = kept == units and form.length_size == 4
                yield pts, packet if same else Packet(join_units(kept)), key
        if not wanted:
            break
    for shown, data, key in own.tail:
        yield shown, Packet(data), key


def _all_sets(
    source: InputContainer, stream: VideoStream, form: _Form, plan: FramePlan, splice: Splice
) -> ParameterSets:
    """Parameter sets that the container declares and those that lie among the copied frames."""
    assert form.codec is not None
    sets, wanted = form.sets, set(splice.copied)
    for packet in packets_from(source, stream, plan.keyframe):
        units = form.units(packet)
        sets = sets.with_units(u for u in units if is_parameter_set(form.codec, u))
        wanted.discard(packet.pts)
        if not wanted:
            break
    return sets


@dataclass(frozen=True, slots=True)
class _Encoded:
    """Frames that were encoded anew (pts, sample, keyframe), and their parameter sets."""

    head: tuple[tuple[int, bytes, bool], ...]
    tail: tuple[tuple[int, bytes, bool], ...]
    sets: tuple[bytes, ...]

    @classmethod
    def nothing(cls) -> _Encoded:
        return cls((), (), ())


def _encode(
    source: InputContainer,
    stream: VideoStream,
    form: _Form,
    plan: FramePlan,
    video: Video,
    splice: Splice,
) -> _Encoded:
    """Encode the edges with the source's own codec, profile, level and colours."""
    renumbering = Renumbering.beside(form.sets) if form.codec == "hevc" else None
    parts, sets = [], []
    for times in (splice.head, splice.tail):
        part, extra = _encode_part(source, stream, form, plan, video, times)
        if form.codec is not None:
            # Those of an encoder's own samples and configuration alike.
            samples = [(pts, split_units(data, 0), key) for pts, data, key in part]
            units = [u for u in split_units(extra, 0) if is_parameter_set(form.codec, u)]
            units += [u for _, s, _ in samples for u in s if is_parameter_set(form.codec, u)]
            if renumbering is not None:
                units = [renumbering.apply(unit) for unit in units]
                samples = [(p, [renumbering.apply(u) for u in s], k) for p, s, k in samples]
            sets += units
            part = [
                (pts, join_units(u for u in s if not is_parameter_set(form.codec, u)), key)
                for pts, s, key in samples
            ]
        parts.append(tuple(part))
    return _Encoded(parts[0], parts[1], tuple(sets))


def _encode_part(
    source: InputContainer,
    stream: VideoStream,
    form: _Form,
    plan: FramePlan,
    video: Video,
    times: Sequence[int],
) -> tuple[list[tuple[int, bytes, bool]], bytes]:
    """Samples as the encoder gives them, and its configuration."""
    if not times:
        return [], b""
    wanted = set(times)
    encoder: Any = None
    samples: list[tuple[int, bytes, bool]] = []
    for frame in decode_between(source, stream, times[0], times[-1]):
        if frame.pts not in wanted:
            continue
        wanted.discard(frame.pts)
        if encoder is None:
            if frame.interlaced_frame:
                raise SpliceError("the picture is interlaced")
            encoder = _encoder(stream, form, plan, video, frame)
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


def _encoder(stream: VideoStream, form: _Form, plan: FramePlan, video: Video, frame: Any) -> Any:
    import av
    from av.codec.context import Flags

    name, options = _ENCODERS[video.codec]
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
    if form.codec == "h264":
        profile = _PROFILES.get(given.profile or "")
        if profile is None:
            raise SpliceError(f"the H.264 profile {given.profile} is not encoded")
        options |= {"profile": profile, "bf": "0"}
        number = form.sets.free_id(7, range(1, 32))
        if (8, number) in form.sets.units:
            raise SpliceError("the video uses all identifiers of parameter sets")
        options["x264-params"] = f"sps-id={number}:open-gop=0:keyint=250"
        if given.level:
            options["level"] = f"{given.level / 10:.1f}"
    elif form.codec == "hevc":
        options["x265-params"] = "log-level=none:bframes=0:open-gop=0:repeat-headers=0:info=0"
    context.options = options
    context.open()
    return context
