"""Which frames a video shows around a stretch of time, listed in one of three ways.

Packets tell it without decoding, where each holds one frame that is shown. They do not where two of
them are the fields of one frame (H.264 in transport streams), where they have no presentation times
(AVI), or where frames are shown that cannot be decoded. Then frames are decoded: from the keyframe
before, or from the file's beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from av import VideoStream
from av.container import InputContainer

from vidtag.media.container import codec_of, frames_of, packets, path_of
from vidtag.media.frames import frame_step, frames_from_start, seek, ticks
from vidtag.media.hidden_frames import is_hidden
from vidtag.media.rational import base_of

_REORDER = 2.0
"""Seconds by which a frame may be stored after one that is shown later, where the container has no
decoding timestamps to show it."""

_NO_PRESENTATION_TIMES = {"avi"}
"""Containers whose packets have decoding times only."""

_ONE_PACKET_A_FRAME = ("mov", "matroska", "flv", "mxf")
"""Beginnings of the names of containers that keep both fields of an H.264 frame in one packet
(ISO/IEC 14496-15 for MP4). Elsewhere FFmpeg's parser makes a packet of each."""


class Reading(Enum):
    """How the frames of a clip are found and decoded; the value says so to the user."""

    SOUGHT = "from the keyframe before the clip"
    WHOLE = "from the file's beginning"
    COUNTED = "from the file's beginning, counting frames, because their times do not rise"


@dataclass(frozen=True, slots=True)
class Shown:
    """When a frame is shown and decoded, in ticks, and whether decoding can start at it.

    ``hidden`` frames are decoded and not shown: an edit list leaves them out.
    """

    pts: int
    dts: int | None
    key: bool
    duration: int
    hidden: bool = False


def scan_from(
    container: InputContainer, stream: VideoStream, at: int, high: int
) -> list[Shown] | None:
    """Frames from the keyframe before ``at`` up to the first after ``high``, in decoding order.

    Args:
        container: an open file; its reading position is moved.
        stream: its video stream.
        at, high: ticks of the stream.

    Returns:
        None where the times of frames do not rise in the order they are decoded.
    """
    assert stream.time_base is not None
    decode = container.format.name in _NO_PRESENTATION_TIMES
    if not decode:
        seek(container, stream, at)
        listed = list(_until(_packets(container, stream), high, base_of(stream)))
        decode = None in listed or _codes_fields(container, stream, at)
        if not decode:
            return [frame for frame in listed if frame is not None]
    seek(container, stream, at)
    frames = [f for f in _until(_decoded(container, stream), high, base_of(stream)) if f]
    return frames if _rise(frame.pts for frame in frames) else None


def scan_from_start(
    container: InputContainer, stream: VideoStream, high: int
) -> tuple[list[Shown], Fraction | None]:
    """All frames that can be decoded from the file's beginning up to the first after ``high``.

    Returns:
        The frames, and the ticks from one to the next where their own times do not rise: then they
        have the times that their numbers give them.
    """
    assert stream.time_base is not None
    path, limit = path_of(container), high + ticks(_REORDER, base_of(stream))
    found: list[Shown] = []
    for pts, frame in frames_from_start(path, stream.index):
        found.append(Shown(pts, pts, bool(frame.key_frame), frame.duration or 0))
        if pts > limit:
            break
    if _rise(frame.pts for frame in found):
        return found, None
    step = frame_step(path, stream.index)
    counted: list[Shown] = []
    for pts, frame in frames_from_start(path, stream.index, step):
        counted.append(Shown(pts, pts, bool(frame.key_frame), round(step)))
        if pts > high:
            break
    return counted, step


def _rise(times: Iterable[int]) -> bool:
    last: int | None = None
    for time in times:
        if last is not None and time <= last:
            return False
        last = time
    return True


def _codes_fields(container: InputContainer, stream: VideoStream, at: int) -> bool:
    """Whether a packet may hold one field of a frame, not all of it."""
    if codec_of(stream) != "h264" or container.format.name.startswith(_ONE_PACKET_A_FRAME):
        return False
    seek(container, stream, at)
    for packet in packets(container, stream):
        for frame in frames_of(packet):
            return bool(frame.interlaced_frame)
    return False


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Shown | None]:
    """Frames as their packets describe them; None, and no more, at the first without a time."""
    codec = codec_of(stream)
    for packet in packets(container, stream):
        if packet.size == 0 or is_hidden(codec, packet):
            continue
        if packet.pts is None:
            yield None
            return
        duration = packet.duration or 0
        yield Shown(packet.pts, packet.dts, packet.is_keyframe, duration, packet.is_discard)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[Shown]:
    """The same from decoded frames. Which are keyframes, their packets say, which are sought."""
    keys: set[int] = set()
    for packet in packets(container, stream):
        if packet.is_keyframe and packet.pts is not None:
            keys.add(packet.pts)
        for frame in frames_of(packet):
            if frame.pts is not None:
                key = bool(frame.key_frame) or frame.pts in keys
                yield Shown(frame.pts, frame.pts, key, frame.duration or 0)


def _until(
    frames: Iterator[Shown | None] | Iterator[Shown], high: int, time_base: Fraction
) -> Iterator[Shown | None]:
    """Frames up to the first that comes after the clip and that no earlier one can follow."""
    reorder = ticks(_REORDER, time_base)
    following: int | None = None
    for frame in frames:
        yield frame
        if frame is None:
            return
        if frame.pts >= high and not frame.hidden:
            following = frame.pts if following is None else min(following, frame.pts)
        decoded_at = frame.pts - reorder if frame.dts is None else frame.dts
        if following is not None and decoded_at >= following:
            return
