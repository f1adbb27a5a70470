"""Which frames of a video a clip holds, found by their timestamps.

What is shown at a time is the last frame at or before it. Where frames follow one another quickly,
a clip begins and ends on them; where one stands still for long (slides, a recorded screen), it is
shown from the clip's start on, or to its end, for only part of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from av import VideoStream
from av.container import InputContainer

from vidtag.core.errors import MediaError
from vidtag.media.container import frame_rate, path_of
from vidtag.media.frame_scan import Reading, Shown, scan_from, scan_from_start
from vidtag.media.frames import BACK_OFF, TOLERANCE, ticks
from vidtag.media.rational import base_of

HELD = 0.25
"""Seconds from which on a picture stands still: above the steps of all that moves, which is cut on
its frames; below what would swallow the beginning of a word."""

_FLASH = 0.04
"""Seconds for which a picture is too short to be seen as more than a flash: a clip that begins so
shortly before the next one begins with that."""


_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class FramePlan:
    """The frames of a clip, as exact timestamps of the source's video stream.

    Attributes:
        times: pts of every frame of the clip, ascending.
        end: when the last frame ceases to be shown: at the pts of the first frame after the clip,
            at the last frame's own end, or, where it stands still, when the clip ends.
        keyframe: pts of the keyframe from which the first frame can be decoded.
        time_base: seconds per unit of all of them.
        keyframes: pts of that keyframe and of all further ones in the clip.
        begin: when the first frame begins to be shown in the clip, where it stands still and was
            there before; None where that is its pts.
        reading: how the frames were found, and have to be decoded.
        step: ticks from one frame of the file to the next, where the times are those that their
            numbers give them, counted from ``keyframe`` on; None where frames have times.
    """

    times: tuple[int, ...]
    end: int
    keyframe: int
    time_base: Fraction
    keyframes: tuple[int, ...] = ()
    begin: int | None = None
    reading: Reading = Reading.SOUGHT
    step: Fraction | None = None

    @property
    def shown(self) -> tuple[int, ...]:
        """When each frame begins to be shown in the clip."""
        return (self.times[0] if self.begin is None else self.begin, *self.times[1:])

    @property
    def start_time(self) -> Fraction:
        """Seconds at which the first frame is shown, on the container's own timestamps."""
        return self.shown[0] * self.time_base

    @property
    def end_time(self) -> Fraction:
        """Seconds at which the last frame ceases to be shown."""
        return self.end * self.time_base

    @property
    def shortest_gap(self) -> Fraction:
        """Seconds between the two closest frames; a clip of one frame counts its own length."""
        return min(self._gaps()) * self.time_base

    @property
    def longest_gap(self) -> Fraction:
        """Seconds the frame that is shown longest is shown."""
        return max(self._gaps()) * self.time_base

    @property
    def is_held(self) -> bool:
        """Whether a picture stands still in the clip."""
        return self.begin is not None or self.longest_gap > HELD

    def has_rate(self, rate: Fraction) -> bool:
        """Whether the frames follow one another at a constant rate, up to their rounding."""
        return not self.is_held and is_even(self.times, rate, self.time_base)

    def _gaps(self) -> list[int]:
        ends = (*self.times[1:], self.end)
        return [b - a for a, b in zip(self.shown, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What is asked for, in ticks.

    Attributes:
        start, end: as given.
        low, high: the same, earlier by the tolerance: frames with ``low <= pts < high`` are in it.
        usual: how long a frame is shown at the mean rate.
        held: how long one is shown that stands still.
        flash: how long one is shown that is not worth showing.
        last: until when the last frame of the video is held; None if it is not.
        opening: when the video's first frame is shown.
    """

    start: int
    end: int
    low: int
    high: int
    usual: int
    held: int
    flash: int
    last: int | None
    opening: int


def plan_frames(
    container: InputContainer,
    stream: VideoStream,
    start: float,
    end: float,
    *,
    last: float | None = None,
    reading: Reading = Reading.SOUGHT,
) -> FramePlan | None:
    """Frames with ``start <= time < end``, within ``TOLERANCE``, and what stands still at the ends.

    Args:
        container: an open file; its reading position is moved.
        stream: its video stream.
        start, end: seconds on the container's own timestamps.
        last: seconds until which the video's last frame is held, because its sound goes on.
        reading: the way to read. Where it does not do, the file is read from its beginning.

    Returns:
        None where there is no frame.

    Raises:
        MediaError: the video has no time base.
    """
    if stream.time_base is None:
        raise MediaError("the video has no time base", path=path_of(container))
    time_base = base_of(stream)
    rate = frame_rate(stream)
    tolerance = min(TOLERANCE, float(1 / rate) / 4)
    stretch = _Stretch(
        ticks(start, time_base),
        ticks(end, time_base),
        ticks(start - tolerance, time_base),
        ticks(end - tolerance, time_base),
        max(1, round(1 / rate / time_base)),
        ticks(HELD, time_base),
        ticks(_FLASH, time_base),
        None if last is None else ticks(last, time_base),
        stream.start_time or 0,
    )
    if reading is Reading.SOUGHT:
        for back in BACK_OFF:
            at = max(ticks(start - back, time_base), stretch.opening)
            known = scan_from(container, stream, at, stretch.high)
            if known is None:
                break
            if at == stretch.opening or _reaches(known, stretch):
                shown = _choose(known, stretch)
                if shown is None:
                    return None
                keys = [f.pts for f in known if f.key and f.pts <= shown[0]]
                if keys:
                    return _plan(shown, known, stretch, time_base, keys[-1])
            if at == stretch.opening:
                break
        else:
            if not known:
                return None
    known, step = scan_from_start(container, stream, stretch.high)
    shown = _choose(known, stretch)
    plan = shown and _plan(shown, known, stretch, time_base, known[0].pts)
    if not plan:
        return None
    return replace(plan, reading=Reading.WHOLE if step is None else Reading.COUNTED, step=step)


def _reaches(known: Sequence[Shown], stretch: _Stretch) -> bool:
    """Whether the frames go back far enough to tell what is shown when the stretch begins."""
    before = sum(frame.pts <= stretch.low for frame in known)
    # After the last frame of all, it takes two to tell a moving picture from one that stands still.
    return before > 1 or (before == 1 and any(frame.pts > stretch.low for frame in known))


def _choose(known: Sequence[Shown], stretch: _Stretch) -> tuple[int, ...] | None:
    """pts of the frames of a stretch; None where there is none."""
    every = sorted({frame.pts: frame for frame in known if not frame.hidden}.items())
    inside = tuple(pts for pts, _ in every if stretch.low <= pts < stretch.high)
    before = [frame for pts, frame in every if pts < stretch.low]
    if not before or (inside and inside[0] - stretch.start <= stretch.flash):
        return inside or None
    held = before[-1]
    following = min((pts for pts, _ in every if pts > held.pts), default=None)
    if following is None:
        # Nothing tells how long the last frame is shown but itself and the one before it. Where it
        # is that of a moving picture, the picture has ended.
        alone = len(before) == 1 and held.pts <= stretch.opening
        length = 0 if len(before) == 1 else held.pts - before[-2].pts
        stands = alone or max(length, held.duration) > stretch.held
    else:
        stands = following - held.pts > stretch.held
    return (held.pts, *inside) if stands else inside or None


def _plan(
    shown: tuple[int, ...],
    known: Sequence[Shown],
    stretch: _Stretch,
    time_base: Fraction,
    keyframe: int,
) -> FramePlan | None:
    """The plan of a clip with these frames; None where nothing of the last one is left to show."""
    begin = stretch.start if shown[0] < stretch.low else None
    visible = [frame for frame in known if not frame.hidden]
    after = [frame.pts for frame in visible if frame.pts >= stretch.high]
    if after:
        end = min(after)
    else:
        last = max(visible, key=lambda frame: frame.pts)
        end = last.pts + (last.duration or stretch.usual)
        if stretch.last is not None and min(stretch.last, stretch.end) - end > stretch.held:
            end = min(stretch.last, stretch.end)
    if end > stretch.end and end - shown[-1] > stretch.held:
        end = stretch.end
    if begin is not None and begin >= end:
        return None
    keyframes = (f.pts for f in known if f.key and shown[0] < f.pts <= shown[-1])
    return FramePlan(shown, end, keyframe, time_base, (keyframe, *keyframes), begin)


def is_even(times: Iterable[int], rate: Fraction, time_base: Fraction) -> bool:
    """Whether frames are spaced by ``1 / rate``, up to the rounding to ``time_base``.

    A clock that is coarser than milliseconds, as QuickTime's of 600 ticks, says when its frames are
    shown: they are not moved by more.
    """
    listed = list(times)
    first = listed[0] * time_base
    rounding = min(time_base, 1 / rate / 4, _MILLISECOND)
    return all(
        abs(pts * time_base - first - number / rate) <= rounding
        for number, pts in enumerate(listed)
    )
