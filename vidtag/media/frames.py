"""Frames and packets of a video from a given time on, also in containers that seek poorly."""

from __future__ import annotations

import collections
import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.frame import PictureType

from vidtag.core.errors import MediaError
from vidtag.core.media_streams import Media
from vidtag.media.container import (
    clock_zero,
    frames_of,
    open_media,
    packets,
    path_of,
    picture_stream,
)
from vidtag.media.rational import base_of
from vidtag.media.steady import steady

TOLERANCE = 0.002
"""Seconds a frame may come before a time and still be the first at it: times are passed around
as floats, and Matroska rounds timestamps to milliseconds."""

BACK_OFF = (0.0, 2.0, 10.0, 60.0, 600.0)
"""Seconds before a time at which a keyframe is looked for, one after the other: containers without
an index (MPEG-TS) land on any frame when they seek."""

_INTRA = (PictureType.NONE, PictureType.I, PictureType.SI, PictureType.BI)
"""Types of pictures that need no others; decoders of some codecs tell none."""

_BEFORE_OPENING = 10.0
"""Seconds aimed at before the first frame to be sure to land on it: MPEG-TS seeks by decoding time,
and the first frame is decoded before it is shown."""


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """A video opened for its frames.

    Attributes:
        container: the open file, on a clock that does not jump.
        stream: its picture.
    """

    container: InputContainer
    stream: av.VideoStream

    def frame_at(self, time: float, *, most_before: int | None = None) -> av.VideoFrame | None:
        """The first frame shown at or after a time; the last one where none follows.

        Args:
            time: seconds on vidtag's clock.
            most_before: frames decoded before that time after which the one reached is good
                enough.

        Raises:
            av.FFmpegError: the file cannot be read there.
        """
        if self.stream.time_base is None:
            return None
        base = base_of(self.stream)
        low = ticks(time - TOLERANCE + float(clock_zero(self.container)), base)
        found = _frames_from(self.container, self.stream, low, most_before)
        return next((frame for _, frame in found), None)


@contextlib.contextmanager
def open_video(media: Media) -> Iterator[OpenVideo]:
    """Open the picture of a file for its frames.

    Raises:
        InputError: the file is gone or no longer media.
        MediaError: it cannot be opened, or has no picture.
    """
    with steady(media) as source, open_media(source.path) as container:
        if source.video is None:
            raise MediaError("has no picture", path=media.path)
        yield OpenVideo(container, picture_stream(container, source.video.index))


def decode_between(
    container: InputContainer, stream: av.VideoStream, low: int, high: int
) -> Iterator[av.VideoFrame]:
    """Decoded frames with ``low <= pts <= high``, in the order they are shown.

    Where no keyframe is one, the file is read from its beginning.
    """
    for pts, frame in _frames_from(container, stream, low, strict=True):
        if pts > high:
            return
        if pts >= low:
            yield frame


def frames_from_start(
    path: str, index: int, step: Fraction | None = None
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames with their pts, decoded from a file's beginning: the sturdiest way to read it.

    It needs no index, no keyframe that is one and no seek that lands where it should.

    Args:
        path: the file, opened anew.
        index: of the video stream.
        step: ticks from one frame to the next, to give each the time that its number gives it;
            None takes its own.

    Raises:
        MediaError: it cannot be opened.
    """
    with open_media(path) as container:
        stream = picture_stream(container, index)
        every = itertools.chain.from_iterable(map(frames_of, packets(container, stream)))
        for number, frame in enumerate(every):
            if step is not None:
                yield (stream.start_time or 0) + int(number * step + Fraction(1, 2)), frame
            elif frame.pts is not None:
                yield frame.pts, frame


def frame_step(path: str, index: int) -> Fraction:
    """Mean ticks from one frame to the next, by all packets of a stream of one frame each."""
    with open_media(path) as container:
        found = packets(container, picture_stream(container, index))
        times = [packet.dts for packet in found if packet.size and packet.dts is not None]
    return Fraction(max(times) - min(times), max(len(times) - 1, 1)) if times else Fraction(1)


def _frames_from(
    container: InputContainer,
    stream: av.VideoStream,
    low: int,
    most_before: int | None = None,
    *,
    strict: bool = False,
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames and their pts from the first with ``pts >= low`` on, in the order they are shown.

    Where none follows, the last frame of the video is given instead. The decoder starts at a
    keyframe at or before ``low``, looked for further back where the container has no index and
    lands behind it.

    Args:
        most_before: frames decoded before ``low`` after which the one reached is good enough.
        strict: pass over keyframes that need others to be decoded, as files say that lie.
    """
    assert stream.time_base is not None
    opening = stream.start_time or 0
    for back in BACK_OFF:
        at = max(low - ticks(back, base_of(stream)), opening)
        seek(container, stream, at)
        frames = _from_keyframe(container, stream, low)
        first = next(frames, None)
        last_try = at == opening or back == BACK_OFF[-1]
        if strict and first is not None and first[1].pict_type not in _INTRA:
            if not last_try:
                continue
            yield from _from_start(container, stream, low)
            return
        if first is None or (first[0] > low and not last_try):
            continue
        for number, (pts, frame) in enumerate(itertools.chain([first], frames), start=1):
            if pts >= low or number == most_before:
                yield pts, frame
                yield from frames
                return
        # Of the frames before ``low`` some were left out: decode all of them for the last.
        seek(container, stream, at)
        yield from collections.deque(_from_keyframe(container, stream, first[0]), maxlen=1)
        return


def _from_start(
    container: InputContainer, stream: av.VideoStream, low: int
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames with ``pts >= low``, or the last one, read from the file's beginning."""
    latest: tuple[int, av.VideoFrame] | None = None
    for pts, frame in frames_from_start(path_of(container), stream.index):
        latest = pts, frame
        if pts >= low:
            yield latest
    if latest is not None and latest[0] < low:
        yield latest


def packets_from(
    container: InputContainer, stream: av.VideoStream, keyframe: int
) -> Iterator[av.Packet[av.VideoStream]]:
    """Packets in the order they are stored, from a keyframe on.

    Raises:
        MediaError: the keyframe is not found again.
    """
    assert stream.time_base is not None
    opening = stream.start_time or 0
    for back in BACK_OFF:
        seek(container, stream, max(keyframe - ticks(back, base_of(stream)), opening))
        found = (packet for packet in packets(container, stream) if packet.size)
        for packet in found:
            if packet.pts == keyframe and packet.is_keyframe:
                yield packet
                yield from found
                return
            if packet.dts is not None and packet.dts > keyframe:
                break
    raise MediaError("a keyframe was not found again", path=path_of(container))


def seek(container: InputContainer, stream: av.VideoStream, at: int) -> None:
    """Go to the keyframe at or before ``at``; to the first packet where ``at`` is the opening.

    Raises:
        MediaError: the file allows no seeking at all.
    """
    assert stream.time_base is not None
    if at <= (stream.start_time or 0):
        # AVI refuses to seek to where nothing can be.
        with contextlib.suppress(OSError):
            before = at - ticks(_BEFORE_OPENING, base_of(stream))
            container.seek(before, stream=stream, backward=True)
            return
    try:
        container.seek(at, stream=stream, backward=True)
    except OSError as error:
        try:
            container.seek(container.start_time or 0)
        except OSError:
            raise MediaError(
                f"cannot be read from a given time on ({error.strerror})", path=path_of(container)
            ) from error


def ticks(seconds: float, time_base: Fraction) -> int:
    """First timestamp that is not before ``seconds``."""
    return -int((-Fraction(seconds)) // time_base)


def _from_keyframe(
    container: InputContainer, stream: av.VideoStream, low: int
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Decoded frames with their pts from the first keyframe on, so that all can be decoded whole.

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
                yield from ((f.pts, f) for f in frames_of(packet) if f.pts is not None)
    finally:
        context.skip_frame = "DEFAULT"
