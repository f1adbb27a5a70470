"""What a media file holds, and which clock its times are on.

The clock's zero is the container's own start: FFmpeg's ``start_time``, the earliest presentation
time of any stream, which players show as 0:00 and from which ffmpeg's ``-ss`` counts. A transport
stream whose first timestamp is 1.4 s starts at 0; an audio track that begins 1.075 s after the
picture starts at 1.075.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import itertools
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from vidtag.core.errors import InputError
from vidtag.core.records import AudioStream, Media, VideoStream
from vidtag.media.ffmpeg import FORMATS, PROTOCOLS, file_url
from vidtag.media.jumps import JUMPING, SteadyClock, steadied

if TYPE_CHECKING:
    import av
    import av.container
    import av.stream

S = TypeVar("S", bound="av.stream.Stream")
V = TypeVar("V", VideoStream, AudioStream)

FINGERPRINT_CHUNK = 1 << 20
"""Bytes read at each of the three places a fingerprint looks at."""

_MEDIA_REMEDY = "give vidtag a video or audio file"
_COPY_REMEDY = "copy or download it again"
DURATION_IS_GUESSED = frozenset(
    {"aac", "ac3", "amr", "dts", "eac3", "gsm", "h261", "h263", "h264", "hevc"}
    | {"loas", "m4v", "mjpeg", "mlp", "mp3", "mpegvideo", "obu", "sbc", "truehd", "vc1", "vvc"}
)
"""Demuxers that mostly know no duration and guess one from the bit rate."""
UNKNOWN_CODEC = "unknown"
"""Name of a codec that FFmpeg has none for."""
_PICTURE_PACKETS = 240
_REORDERED = 8
_MP4_BOXES = (b"ftyp", b"wide", b"mdat", b"moov")
_PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"v=0\r", b"v=0\n")


def probe(path: str | Path) -> Media:
    """Read what a media file holds, without decoding more than a picture.

    Raises:
        InputError: it is not there, a folder, unreadable, empty, cut off before its index, not
            media, a playlist, or holds neither sound nor picture.
    """
    file = check_file(path)
    with open_container(file) as container:
        zero = clock_zero(container)
        # A picture in a format FFmpeg has no name for can be neither shown nor cut: it is none.
        pictures = [
            stream
            for stream in container.streams.video
            if not stream.disposition & stream.disposition.attached_pic
            and stream.codec_context is not None
        ]
        sounds = container.streams.audio
        if not pictures and not sounds:
            if "mp4" in container.format.name and not _has_index(file):
                raise _refusal(file)
            raise InputError("holds neither sound nor picture", path=file, remedy=_MEDIA_REMEDY)
        video = None if not pictures else _video_stream(container, pictures[0], zero)
        audio = tuple(_audio_stream(track, stream, zero) for track, stream in enumerate(sounds))
        name = container.format.name
        declared = declared_duration(container)
        sure = name not in DURATION_IS_GUESSED | JUMPING and not _counts_from_elsewhere(container)
    clock_jumps = False
    if declared is None or not sure:
        extent = measure(file)
        declared, clock_jumps = extent.duration, extent.clock_jumps
        if clock_jumps:
            video = None if video is None else extent.lasting(video)
            audio = tuple(map(extent.lasting, audio))
    return Media(
        path=str(file),
        container=name,
        duration=max(declared, 0.0),
        video=video,
        audio=audio,
        fingerprint=fingerprint(file),
        clock_jumps=clock_jumps,
    )


def choose_audio(media: Media, track: int | None = None) -> AudioStream:
    """The audio track to listen to: number ``track``, or the container's default.

    Raises:
        InputError: there is no sound, or no track of that number.
    """
    if not media.audio:
        raise InputError(
            "has no sound", path=media.path, remedy="choose a video with an audio track"
        )
    if track is None:
        return media.audio[_default_track(media)]
    if not 0 <= track < len(media.audio):
        raise InputError(
            f"has no audio track {track}; there is {_listing(media)}",
            path=media.path,
            remedy="choose one of these with --audio-track",
        )
    return media.audio[track]


def fingerprint(path: str | Path) -> str:
    """Identify a file's content without reading all of it: 32 hexadecimal digits.

    BLAKE2b (16 bytes) over the size as 8 little-endian bytes, then the first, the middle and the
    last MiB; a file of up to 3 MiB is read whole. Neither name nor time of change matter.
    """
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(size.to_bytes(8, "little"))
        if size <= 3 * FINGERPRINT_CHUNK:
            digest.update(file.read())
        else:
            for start in (0, (size - FINGERPRINT_CHUNK) // 2, size - FINGERPRINT_CHUNK):
                file.seek(start)
                digest.update(file.read(FINGERPRINT_CHUNK))
    return digest.hexdigest()


def check_unchanged(media: Media) -> None:
    """Make sure that a file is still the one that was probed.

    Raises:
        InputError: it is gone, or holds something else now.
    """
    try:
        same = fingerprint(media.path) == media.fingerprint
    except OSError as error:
        raise InputError(
            f"cannot be read any more ({error.strerror})",
            path=media.path,
            remedy="bring it back, and run again",
        ) from error
    if not same:
        raise InputError(
            "changed while it was listened to",
            path=media.path,
            remedy="wait until it is whole, and run again",
        )


def check_file(path: str | Path) -> Path:
    """The absolute path of a file that is there, readable and not empty.

    Raises:
        InputError: it is not, or its name could not be written into a document.
    """
    file = Path(path).absolute()
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise InputError("has a name that is not UTF-8", path=file, remedy="rename it") from error
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("is a folder", path=file, remedy="name the video files in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not a regular file", path=file, remedy=_MEDIA_REMEDY)
        with file.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from error
    if status.st_size == 0:
        raise InputError("is empty (0 bytes)", path=file, remedy=_COPY_REMEDY)
    return file


def _unreadable(error: OSError | ValueError, file: Path) -> InputError:
    if isinstance(error, ValueError) or error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return InputError("there is no such file", path=file, remedy="check the path")
    reason = error.strerror or str(error)
    return InputError(
        f"cannot be read ({reason})", path=file, remedy="check the file's permissions"
    )


@contextlib.contextmanager
def open_container(path: str | Path) -> Iterator[av.container.InputContainer]:
    """Open a media file with PyAV: local files only, and only containers that hold media.

    Raises:
        InputError: FFmpeg cannot open it.
    """
    import av

    # FFmpeg takes some texts for raw audio.
    if _is_text(_head(path)):
        raise _refusal(Path(path))
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
    try:
        container = av.open(file_url(path), options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise _refusal(Path(path)) from error
    with container:
        yield container


def packets(
    container: av.container.InputContainer, *streams: S, clock: SteadyClock | None = None
) -> Iterator[av.Packet[S]]:
    """The packets of these streams, of one at least, also where a stream appears on the way.

    Where the container's clock may jump, their times go on from the first packet's as if it did
    not.

    PyAV knows the streams that were there at the opening. At the end it hands out an empty packet
    for each that FFmpeg knows by then, and stumbles over the new ones, which come last.

    Args:
        clock: that of an earlier reading, to go on with.
    """
    found = cast("Iterator[av.Packet[S]]", container.demux(streams))
    with contextlib.suppress(IndexError):
        yield from steadied(found, clock) if container.format.name in JUMPING else found


def declared_duration(container: av.container.InputContainer) -> float | None:
    """Seconds a file lasts by what it says itself, at least; None where it does not say.

    Matroska files that begin late are written both ways: FFmpeg declares the time of the end,
    mkvmerge the time from the first packet to it.
    """
    if container.duration is None:
        return None
    late = float(clock_zero(container)) if _counts_from_elsewhere(container) else 0.0
    return container.duration / 1e6 - late


def _counts_from_elsewhere(container: av.container.InputContainer) -> bool:
    return "matroska" in container.format.name and bool(container.start_time)


def clock_zero(container: av.container.InputContainer) -> Fraction:
    """The container's time, in seconds, that is zero on vidtag's clock; see the module."""
    return Fraction(container.start_time or 0, 1_000_000)


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the packets of a file reach.

    Attributes:
        ends: seconds from the clock's zero to the end of each stream's last packet, by its index.
        clock_jumps: whether the times in the file jump.
    """

    ends: Mapping[int, float]
    clock_jumps: bool

    @property
    def duration(self) -> float:
        """Seconds from the clock's zero to the end of the last packet of all."""
        return max(self.ends.values(), default=0.0)

    def lasting(self, stream: V) -> V:
        """The stream with the duration that its packets give it."""
        end = self.ends.get(stream.index)
        return stream if end is None else replace(stream, duration=max(0.0, end - stream.start))


def measure(path: str | Path) -> Extent:
    """How far a file's sound and picture reach, by reading all packets.

    For files that declare no duration (live recordings), guess one from their bit rate, or have a
    clock that may jump. Nothing is decoded; this is about as fast as reading the file.
    """
    import av

    with open_container(path) as container:
        zero = clock_zero(container)
        streams = [*container.streams.audio, *container.streams.video]
        last: dict[int, tuple[int, Fraction]] = {}
        clock = SteadyClock()
        with contextlib.suppress(av.FFmpegError):
            for packet in packets(container, *streams, clock=clock):
                time = packet.pts if packet.pts is not None else packet.dts
                if time is None or packet.time_base is None:
                    continue
                end = time + (packet.duration or 0)
                if packet.stream_index not in last or end > last[packet.stream_index][0]:
                    last[packet.stream_index] = end, packet.time_base
        ends = {index: float(end * base - zero) for index, (end, base) in last.items()}
        return Extent(ends, clock.jumps > 0)


def _audio_stream(track: int, stream: av.AudioStream, zero: Fraction) -> AudioStream:
    context = stream.codec_context  # none where FFmpeg does not know the codec, whatever is typed
    return AudioStream(
        index=stream.index,
        track=track,
        codec=_codec_name(stream),
        sample_rate=context.sample_rate if context else 0,
        channels=context.channels if context else 0,
        start=_start(stream, zero),
        duration=_duration(stream),
        language=_tag(stream, "language", ignore="und"),
        title=_tag(stream, "title"),
    )


def frame_rate(stream: av.VideoStream) -> Fraction:
    """Mean frames per second of a stream; 25 where the file does not tell."""
    return Fraction(stream.average_rate or stream.guessed_rate or 25)


def _video_stream(
    container: av.container.InputContainer, stream: av.VideoStream, zero: Fraction
) -> VideoStream:
    picture = _look_at_picture(container, stream)
    return VideoStream(
        index=stream.index,
        codec=_codec_name(stream),
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        frame_rate=frame_rate(stream),
        variable_frame_rate=picture.uneven,
        start=_start(stream, zero),
        duration=_duration(stream),
        rotation=picture.rotation,
        pixel_format=stream.codec_context.pix_fmt or "unknown",
        timecode=_timecode(container, stream),
    )


@dataclass(frozen=True, slots=True)
class _Picture:
    rotation: int
    uneven: bool


def _look_at_picture(container: av.container.InputContainer, stream: av.VideoStream) -> _Picture:
    """Rotation of the first frame, and whether frames come unevenly.

    Looks at packet times in the first seconds and in the middle, never at the whole file. A frame
    later or earlier than its turn by more than a tick of the clock and a tenth of a frame counts.
    """
    import av

    times: list[int] = []
    rotation: int | None = None
    uneven = False
    places: list[int | None] = [None]
    if container.duration:
        places.append((container.start_time or 0) + container.duration // 2)
    for place in places:
        times.clear()
        with contextlib.suppress(av.FFmpegError):
            if place is not None:
                container.seek(place)
            for packet in itertools.islice(packets(container, stream), _PICTURE_PACKETS):
                if rotation is None:
                    # FFmpeg turns counterclockwise, players' menus and vidtag clockwise.
                    rotation = next(
                        (round(-frame.rotation / 90) * 90 % 360 for frame in packet.decode()), None
                    )
                if packet.pts is not None:
                    times.append(packet.pts)
        uneven = uneven or _uneven(times)
    return _Picture(rotation or 0, uneven)


def _uneven(times: list[int]) -> bool:
    """Whether presentation times (in ticks, in any order) are not evenly spaced; pure.

    The first and last few of many are left out: frames are reordered, and the neighbours of those
    may lie before the place that was sought, or not have come yet.
    """
    ordered = sorted(set(times))
    if len(ordered) > 4 * _REORDERED:
        ordered = ordered[_REORDERED:-_REORDERED]
    steps = sorted(b - a for a, b in itertools.pairwise(ordered))
    if len(steps) < 2:
        return False
    usual = steps[len(steps) // 2]
    return steps[-1] - steps[0] > max(2, usual // 5)


def _codec_name(stream: av.stream.Stream) -> str:
    # An unknown codec has no context; the stream then cannot be decoded, which is said later.
    context = stream.codec_context
    return UNKNOWN_CODEC if context is None else context.codec.canonical_name


def _start(stream: av.stream.Stream, zero: Fraction) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base - zero)


def _duration(stream: av.stream.Stream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)


def _tag(stream: av.stream.Stream, name: str, ignore: str = "") -> str | None:
    value = stream.metadata.get(name, "").strip()
    return None if value in ("", ignore) else value


def _timecode(container: av.container.InputContainer, picture: av.VideoStream) -> str | None:
    """Timecode of the first frame: the picture's, that of QuickTime's own track, or the file's."""
    tracks = [stream for stream in container.streams if stream.type == "data"]
    places = [picture.metadata, *(track.metadata for track in tracks), container.metadata]
    tags = ((key.lower(), value) for place in places for key, value in place.items())
    return next((value.strip() for key, value in tags if key == "timecode"), None)


def _listing(media: Media) -> str:
    return ", ".join(
        " ".join(
            part
            for part in (
                f"track {stream.track}",
                f"({stream.language})" if stream.language else "",
                f"{stream.title!r}" if stream.title else "",
            )
            if part
        )
        for stream in media.audio
    )


def _default_track(media: Media) -> int:
    if len(media.audio) == 1:
        return 0
    with open_container(media.path) as container:
        for track, stream in enumerate(container.streams.audio):
            if stream.disposition & stream.disposition.default:
                return track
    return 0


def _head(path: str | Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(4096)


def _refusal(file: Path) -> InputError:
    """Why a file is not taken for media, told from its own first bytes."""
    head = _head(file)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_PLAYLIST_MARKS):
        return InputError(
            "is a playlist or description that points elsewhere, not a media file",
            path=file,
            remedy="give vidtag the files it names, one by one",
        )
    if head[4:8] in _MP4_BOXES and not _has_index(file):
        return InputError(
            "was cut off before its index (moov atom not found), so nothing in it can be found",
            path=file,
            remedy=f"{_COPY_REMEDY}, or finish the recording that wrote it",
        )
    if _is_text(head):
        return InputError("is text, not media", path=file, remedy=_MEDIA_REMEDY)
    return InputError("is not a media file, or is damaged", path=file, remedy=_MEDIA_REMEDY)


def _has_index(path: Path) -> bool:
    """Whether an MP4 or QuickTime file has a complete ``moov`` box at its top level.

    Boxes (ISO/IEC 14496-12, 4.2): 4 bytes size, 4 bytes type; size 1: 8 more bytes of size;
    size 0: to the end of the file.
    """
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        place = 0
        while place + 8 <= end:
            file.seek(place)
            header = file.read(16)
            size = int.from_bytes(header[:4], "big")
            if size == 1:
                size = int.from_bytes(header[8:16], "big")
            if header[4:8] == b"moov":
                return size == 0 or place + size <= end
            if size < 8:
                return False
            place += size
    return False


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        # Not final: a character may be cut in two at the end of what was read.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
