"""Which frames of a video a clip holds, found by their timestamps without decoding them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from av import VideoStream
from av.container import InputContainer

from vidtag.core.errors import MediaError
from vidtag.media.container import frame_rate, frames_of, packets, path_of
from vidtag.media.frames import BACK_OFF, TOLERANCE, seek, ticks

_REORDER = 2.0
"""Seconds by which a frame may be stored after one that is shown later, where the container has no
decoding timestamps to show it."""

_NO_PRESENTATION_TIMES = {"avi"}
"""Containers whose packets have decoding times only."""


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
    """When a frame is shown and decoded, and whether decoding can start at it; in ticks."""

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
        raise MediaError("the video has no time base", path=path_of(container))
    rate = frame_rate(stream)
    tolerance = min(TOLERANCE, float(1 / rate) / 4)
    low, high = ticks(start - tolerance, time_base), ticks(end - tolerance, time_base)
    opening = stream.start_time or 0
    for back in BACK_OFF:
        at = max(ticks(start - back, time_base), opening)
        known = _read_until(container, stream, at, high)
        inside = sorted({frame.pts for frame in known if low <= frame.pts < high})
        reached = at == opening or any(frame.pts <= low for frame in known)
        if not inside and reached:
            return None
        keys = [f.pts for f in known if inside and f.key and f.pts <= inside[0]]
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
        path=path_of(container),
        remedy="the video may be damaged; convert it with another program first",
    )


def is_even(times: Iterable[int], rate: Fraction, time_base: Fraction) -> bool:
    """Whether frames are spaced by ``1 / rate``, up to the rounding to ``time_base``."""
    listed = list(times)
    first = listed[0] * time_base
    rounding = min(time_base, 1 / rate / 4)
    return all(
        abs(pts * time_base - first - number / rate) <= rounding
        for number, pts in enumerate(listed)
    )


def _read_until(container: InputContainer, stream: VideoStream, at: int, high: int) -> list[_Shown]:
    """Frames from the keyframe before ``at`` up to the first after the clip, in decoding order."""
    assert stream.time_base is not None
    seek(container, stream, at)
    hidden = container.format.name in _NO_PRESENTATION_TIMES
    frames = [] if hidden else list(_until(_packets(container, stream), high, stream.time_base))
    if hidden or any(frame is None for frame in frames):
        seek(container, stream, at)
        frames = list(_until(_decoded(container, stream), high, stream.time_base))
    return [frame for frame in frames if frame is not None]


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[_Shown | None]:
    """Frames as their packets describe them; None, and no more, at the first without a time."""
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
    reorder = ticks(_REORDER, time_base)
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
