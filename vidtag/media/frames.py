"""Which frames of a video a clip holds, found by their timestamps without decoding them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidtag.core.errors import MediaError
from vidtag.media.ffmpeg import FORMATS, PROTOCOLS, file_url
from vidtag.media.probe import frame_rate, packets

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

TOLERANCE = 0.002
"""Seconds a frame may come before the asked start and still be the first: times are passed around
as floats, and Matroska rounds timestamps to milliseconds."""

_BACK_OFF = (0.0, 2.0, 10.0, 60.0, 600.0)
"""Seconds before the start at which a keyframe is looked for, one after the other: containers
without an index (MPEG-TS) land on any frame when they seek."""

_REORDER = 2.0
"""Seconds by which a frame may be stored after one that is shown later, where the container has no
decoding timestamps to tell."""

_BEFORE_OPENING = 10.0
"""Seconds aimed at before the first frame to be sure to land on it: MPEG-TS seeks by decoding time,
and the first frame is decoded before it is shown."""

_NO_PRESENTATION_TIMES = {"avi"}
"""Containers whose packets tell when they are decoded only."""


@dataclass(frozen=True, slots=True)
class FramePlan:
    """The frames of a clip, as exact timestamps of the source's video stream.

    Attributes:
        times: pts of every frame of the clip, ascending.
        end: pts of the first frame after the clip; of the end of the last frame where none follows.
        keyframe: pts of the keyframe from which the first frame can be decoded.
        time_base: seconds per unit of all of them.
        keyframes: pts of that keyframe and of all further ones in the clip.
    """

    times: tuple[int, ...]
    end: int
    keyframe: int
    time_base: Fraction
    keyframes: tuple[int, ...] = ()

    @property
    def start_time(self) -> Fraction:
        """Seconds at which the first frame is shown, on the container's own timestamps."""
        return self.times[0] * self.time_base

    @property
    def end_time(self) -> Fraction:
        """Seconds at which the last frame ceases to be shown."""
        return self.end * self.time_base

    @property
    def shortest_gap(self) -> Fraction:
        """Seconds between the two closest frames; a clip of one frame counts its own length."""
        ends = (*self.times[1:], self.end)
        return min(b - a for a, b in zip(self.times, ends, strict=True)) * self.time_base

    @property
    def longest_gap(self) -> Fraction:
        """Seconds the frame that is shown longest is shown."""
        ends = (*self.times[1:], self.end)
        return max(b - a for a, b in zip(self.times, ends, strict=True)) * self.time_base


@dataclass(frozen=True, slots=True)
class _Shown:
    pts: int
    dts: int | None
    key: bool
    duration: int


def plan_frames(
    container: InputContainer, stream: VideoStream, start: float, end: float
) -> FramePlan | None:
    """Frames with ``start <= time < end``, within ``TOLERANCE``; None where there is none.

    Args:
        container: an open file; its reading position is moved.
        stream: its video stream.
        start, end: seconds on the container's own timestamps.

    Raises:
        MediaError: no keyframe could be found to decode the first frame from.
    """
    time_base = stream.time_base
    if time_base is None:
        raise MediaError("the video has no time base", path=container.name)
    rate = frame_rate(stream)
    tolerance = min(TOLERANCE, float(1 / rate) / 4)
    low, high = _ticks(start - tolerance, time_base), _ticks(end - tolerance, time_base)
    opening = stream.start_time or 0
    for back in _BACK_OFF:
        at = max(_ticks(start - back, time_base), opening)
        known = _read_until(container, stream, at, high)
        inside = sorted({frame.pts for frame in known if low <= frame.pts < high})
        reached = at == opening or any(frame.pts <= low for frame in known)
        if not inside and reached:
            return None
        keys = [frame.pts for frame in known if frame.key and frame.pts <= inside[0]]
        if keys and reached:
            after = [frame.pts for frame in known if frame.pts >= high]
            last = max(known, key=lambda frame: frame.pts)
            closing = last.pts + (last.duration or round(1 / rate / time_base))
            return FramePlan(
                tuple(inside),
                min(after, default=closing),
                keys[-1],
                time_base,
                (keys[-1], *(f.pts for f in known if f.key and inside[0] < f.pts <= inside[-1])),
            )
        if at == opening:
            break
    raise MediaError(
        f"no keyframe was found before {start:.3f} s",
        path=container.name,
        remedy="the video may be damaged; convert it with another program first",
    )


def picture_stream(container: InputContainer, index: int) -> VideoStream:
    """The video stream with an index in the container."""
    return next(stream for stream in container.streams.video if stream.index == index)


def sound_stream(container: InputContainer, index: int) -> AudioStream:
    """The audio stream with an index in the container."""
    return next(stream for stream in container.streams.audio if stream.index == index)


def is_even(times: Iterable[int], rate: Fraction, time_base: Fraction) -> bool:
    """Whether frames are spaced by ``1 / rate``, up to the rounding to ``time_base``."""
    listed = list(times)
    first = listed[0] * time_base
    rounding = min(time_base, 1 / rate / 4)
    return all(
        abs(pts * time_base - first - number / rate) <= rounding
        for number, pts in enumerate(listed)
    )


def _ticks(seconds: float, time_base: Fraction) -> int:
    """First timestamp that is not before ``seconds``."""
    return -int((-Fraction(seconds)) // time_base)


def _read_until(container: InputContainer, stream: VideoStream, at: int, high: int) -> list[_Shown]:
    """Frames from the keyframe before ``at`` up to the first after the clip, in decoding order."""
    assert stream.time_base is not None
    _seek(container, stream, at)
    hidden = container.format.name in _NO_PRESENTATION_TIMES
    frames = [] if hidden else list(_until(_packets(container, stream), high, stream.time_base))
    if hidden or any(frame is None for frame in frames):
        _seek(container, stream, at)
        frames = list(_until(_decoded(container, stream), high, stream.time_base))
    return [frame for frame in frames if frame is not None]


def _seek(container: InputContainer, stream: VideoStream, at: int) -> None:
    """Go to the keyframe at or before ``at``; to the first packet where ``at`` is the opening."""
    assert stream.time_base is not None
    if at <= (stream.start_time or 0):
        # AVI refuses to seek to where nothing can be.
        with contextlib.suppress(OSError):
            before = at - _ticks(_BEFORE_OPENING, stream.time_base)
            container.seek(before, stream=stream, backward=True)
            return
    container.seek(at, stream=stream, backward=True)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[_Shown | None]:
    """What packets tell of their frames; None, and no more, once a packet hides its time."""
    for packet in packets(container, stream):
        if packet.size == 0 or packet.is_discard:
            continue
        if packet.pts is None:
            yield None
            return
        yield _Shown(packet.pts, packet.dts, packet.is_keyframe, packet.duration or 0)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[_Shown | None]:
    """The same from decoded frames, for containers such as AVI that store no presentation times."""
    for packet in packets(container, stream):
        for frame in frames_of(packet):
            if frame.pts is not None:
                yield _Shown(frame.pts, frame.pts, bool(frame.key_frame), frame.duration or 0)


def _until(
    frames: Iterator[_Shown | None], high: int, time_base: Fraction
) -> Iterator[_Shown | None]:
    """Frames up to the first that comes after the clip and that no earlier one can follow."""
    reorder = _ticks(_REORDER, time_base)
    following: int | None = None
    for frame in frames:
        yield frame
        if frame is None:
            return
        if frame.pts >= high:
            following = frame.pts if following is None else min(following, frame.pts)
        decoded_at = frame.pts - reorder if frame.dts is None else frame.dts
        if following is not None and decoded_at >= following:
            return


def packets_from(
    container: InputContainer, stream: VideoStream, keyframe: int
) -> Iterator[Packet[VideoStream]]:
    """Packets in the order they are stored, from a keyframe on.

    Raises:
        MediaError: the keyframe is not found again.
    """
    assert stream.time_base is not None
    opening = stream.start_time or 0
    for back in _BACK_OFF:
        _seek(container, stream, max(keyframe - _ticks(back, stream.time_base), opening))
        found = (packet for packet in packets(container, stream) if packet.size)
        for packet in found:
            if packet.pts == keyframe and packet.is_keyframe:
                yield packet
                yield from found
                return
            if packet.dts is not None and packet.dts > keyframe:
                break
    raise MediaError("a keyframe was not found again", path=container.name)


def decode_between(
    container: InputContainer, stream: VideoStream, low: int, high: int
) -> Iterator[VideoFrame]:
    """Decoded frames with ``low <= pts <= high``, in the order they are shown.

    The decoder starts at a keyframe at or before ``low``, looked for further back where the
    container has no index and lands behind it.
    """
    assert stream.time_base is not None
    opening = stream.start_time or 0
    for back in _BACK_OFF:
        at = max(low - _ticks(back, stream.time_base), opening)
        _seek(container, stream, at)
        frames = _from_keyframe(container, stream, low)
        first = next(frames, None)
        last_try = at == opening or back == _BACK_OFF[-1]
        if first is None or first.pts is None or (first.pts > low and not last_try):
            continue
        for frame in itertools.chain([first], frames):
            if frame.pts is None or frame.pts < low:
                continue
            if frame.pts > high:
                return
            yield frame
        return


def _from_keyframe(
    container: InputContainer, stream: VideoStream, low: int
) -> Iterator[VideoFrame]:
    """Decoded frames from the first keyframe on, so that none lacks what it was predicted from.

    The first of them is always there; of the others before ``low``, those that no frame is
    predicted from may be left out.
    """
    context = stream.codec_context
    started = False
    try:
        for packet in packets(container, stream):
            aside = started and packet.pts is not None and packet.pts < low
            context.skip_frame = "NONREF" if aside else "DEFAULT"
            started = started or packet.is_keyframe
            if started or packet.size == 0:
                yield from frames_of(packet)
    finally:
        context.skip_frame = "DEFAULT"


def frames_of(packet: Packet[Any]) -> list[Any]:
    """Frames that a packet makes a decoder give; none where it is damaged, as players do."""
    import av

    try:
        return list(packet.decode())
    except av.error.InvalidDataError:
        return []


def open_media(path: str | Path) -> InputContainer:
    """Open a local media file with PyAV, which may then open no other file and no address.

    Raises:
        MediaError: it cannot be opened.
    """
    import av

    try:
        options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
        container = av.open(file_url(path), options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"cannot be opened ({error})", path=path) from error
    for stream in container.streams.video:
        stream.thread_type = "AUTO"
    return container
