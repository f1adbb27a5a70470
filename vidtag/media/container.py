"""Media files opened with PyAV: local files only, only containers that hold media, one clock.

The clock's zero is the container's own start: FFmpeg's ``start_time``, the earliest presentation
time of any stream, which players show as 0:00 and from which ffmpeg's ``-ss`` counts. A transport
stream whose first timestamp is 1.4 s starts at 0; an audio track that begins 1.075 s after the
picture starts at 1.075.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast

import av
from av.container import InputContainer
from av.stream import Stream

from vidtag.core.errors import MediaError
from vidtag.media.ffmpeg import FORMATS, PROTOCOLS, file_url
from vidtag.media.input_checks import first_bytes, is_text, not_media_error
from vidtag.media.jumps import JUMPING, SteadyClock, with_steady_times
from vidtag.media.rational import as_fraction

S = TypeVar("S", bound=Stream)

_TEXTS: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__[:2]) < 19 else {}
"""What keeps PyAV before 19 from raising at tags that are not UTF-8. From 19 on it gives
their bytes as surrogates: see :func:`readable`."""

DURATION_IS_GUESSED = frozenset(
    {"aac", "ac3", "amr", "dts", "eac3", "gsm", "h261", "h263", "h264", "hevc"}
    | {"loas", "m4v", "mjpeg", "mlp", "mp3", "mpegvideo", "obu", "sbc", "truehd", "vc1", "vvc"}
)
"""Demuxers that mostly know no duration and guess one from the bit rate."""

UNKNOWN_CODEC = "unknown"
"""Name of a codec that FFmpeg has none for."""


@contextlib.contextmanager
def open_container(path: str | Path) -> Iterator[InputContainer]:
    """Open a media file that a user named.

    Raises:
        InputError: it is not media, or FFmpeg cannot open it.
    """
    # FFmpeg takes some texts for raw audio.
    if is_text(first_bytes(path)):
        raise not_media_error(Path(path))
    try:
        container = _open(path)
    except av.FFmpegError as error:
        raise not_media_error(Path(path)) from error
    with container:
        yield container


def open_media(path: str | Path) -> InputContainer:
    """Open a file that is known to be media, to decode its picture on several threads.

    Raises:
        MediaError: it cannot be opened.
    """
    try:
        container = _open(path)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"cannot be opened ({error})", path=path) from error
    for stream in container.streams.video:
        stream.thread_type = "AUTO"
    return container


def _open(path: str | Path) -> InputContainer:
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
    opened: InputContainer = av.open(file_url(path), options=options, **_TEXTS)
    return opened


def readable(tag: str) -> str:
    """A tag of a file without the surrogates that PyAV 19 has for what is not UTF-8."""
    return tag.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def path_of(container: InputContainer) -> str:
    """The path of an open file."""
    return container.name.removeprefix("file:")


def packets(
    container: InputContainer, *streams: S, clock: SteadyClock | None = None
) -> Iterator[av.Packet[S]]:
    """The packets of one or more streams, in the order they are stored.

    Where the container's clock may jump, their times go on from the first packet's as if it did
    not.

    Args:
        clock: the clock of an earlier reading, to go on with.
    """
    # PyAV knows the streams that were there at the opening. At the end it gives an empty packet for
    # each stream that FFmpeg knows by then, and raises IndexError at those that appeared later.
    found = cast("Iterator[av.Packet[S]]", container.demux(streams))
    with contextlib.suppress(IndexError):
        yield from with_steady_times(found, clock) if container.format.name in JUMPING else found


def packet_end(packet: av.Packet[Any]) -> int | None:
    """When a packet ends, in its own time base; None where it has no time."""
    begin = packet.pts if packet.pts is not None else packet.dts
    return None if begin is None or packet.time_base is None else begin + (packet.duration or 0)


def frames_of(packet: av.Packet[Any]) -> list[Any]:
    """Frames that a packet makes a decoder give; none where it is damaged, as players do."""
    try:
        return list(packet.decode())
    except av.InvalidDataError:
        return []


def declared_duration(container: InputContainer) -> float | None:
    """Seconds that a file says it lasts, at least; None where it does not say.

    Files that begin late are written both ways: in Matroska FFmpeg declares the time of the end,
    mkvmerge the time from the first packet to the end; FLV has no rule either.
    """
    if container.duration is None:
        return None
    late = float(clock_zero(container)) if duration_is_ambiguous(container) else 0.0
    return container.duration / 1e6 - late


def duration_is_ambiguous(container: InputContainer) -> bool:
    """Whether the duration that a file declares may as well be the time of its end."""
    name = container.format.name
    return ("matroska" in name or name == "flv") and bool(container.start_time)


def clock_zero(container: InputContainer) -> Fraction:
    """The container's time, in seconds, that is zero on vidtag's clock; see the module."""
    return Fraction(container.start_time or 0, 1_000_000)


def codec_of(stream: av.stream.Stream) -> str:
    """Name of a stream's codec as FFmpeg gives it."""
    # PyAV's types do not say so, but there is no context where FFmpeg does not know the codec.
    context = stream.codec_context
    return UNKNOWN_CODEC if context is None else context.codec.canonical_name


def frame_rate(stream: av.VideoStream) -> Fraction:
    """Mean frames per second of a stream; 25 where the file does not say."""
    return as_fraction(stream.average_rate or stream.guessed_rate or 25)


def picture_stream(container: InputContainer, index: int) -> av.VideoStream:
    """The video stream with an index in the container."""
    return next(stream for stream in container.streams.video if stream.index == index)


def sound_stream(container: InputContainer, index: int) -> av.AudioStream:
    """The audio stream with an index in the container."""
    return next(stream for stream in container.streams.audio if stream.index == index)
