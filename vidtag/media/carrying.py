"""What of a file's streams another container can hold, and what has to be encoded for it.

Containers are told by their suffix. What is not in the tables is copied; where FFmpeg refuses that,
its own cause becomes the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from av.container import InputContainer

from vidtag.core.media_streams import Media
from vidtag.media.container import open_container, packets

_MP4_SOUND = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "dts", "opus", "flac", "alac"})
_SOUND = MappingProxyType(
    {
        ".mp4": _MP4_SOUND,
        ".m4v": _MP4_SOUND,
        ".webm": frozenset({"opus", "vorbis"}),
    }
)
"""Codecs of sound that players take from a container, by its suffix."""

_NOT_IN_MOV = frozenset({"opus", "flac", "vorbis", "dts", "truehd", "wmav1", "wmav2", "wmapro"})
_NOT_IN_MKV = frozenset({"amr_nb", "amr_wb", "nellymoser"})

_TEXT = frozenset({"subrip", "ass", "ssa", "mov_text", "webvtt", "text", "microdvd"})
"""Codecs of subtitles that are text, so that they can be turned into each other."""

_TEXT_CODECS = MappingProxyType(
    {".mp4": "mov_text", ".m4v": "mov_text", ".mov": "mov_text", ".webm": "webvtt"}
)
_MKV_TEXT = frozenset({"subrip", "ass", "ssa", "webvtt"})
_MKV_PICTURES = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"})

_FEW = 3
"""Hidden packets of sound that are an encoder's delay, not a trim."""


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """A subtitle track that is carried over: its number in the source, and its codec there."""

    number: int
    codec: str


@dataclass(frozen=True, slots=True)
class Carried:
    """How a file's streams come into another container.

    Attributes:
        subtitles: its subtitle tracks that are carried over.
        fonts: whether it has attachments that are carried over.
        encode_picture, encode_sound: whether frames are trimmed that copying would bring back.
        notes: what is lost or encoded, for the user.
    """

    subtitles: tuple[SubtitleTrack, ...]
    fonts: bool
    encode_picture: bool
    encode_sound: bool
    notes: tuple[str, ...]


def sound_codec(codec: str, suffix: str) -> str:
    """``copy``, or the encoder to use for a track that a container can't hold."""
    if suffix in _SOUND:
        held = codec in _SOUND[suffix]
    elif suffix == ".mov":
        held = codec not in _NOT_IN_MOV
    else:
        held = codec not in _NOT_IN_MKV
    if held:
        return "copy"
    return "libopus" if suffix == ".webm" else "aac"


def sound_arguments(media: Media, suffix: str, *, encode: bool = False) -> list[str]:
    """Arguments of ffmpeg for the codec of each audio track."""
    arguments = []
    for stream in media.audio:
        codec = sound_codec(stream.codec, suffix)
        codec = "aac" if encode and codec == "copy" and suffix != ".webm" else codec
        arguments += [f"-c:a:{stream.track}", codec]
        if codec == "aac":
            arguments += [f"-b:a:{stream.track}", f"{96 * max(stream.channels, 1)}k"]
    return arguments


def encoded_sound_notes(media: Media, suffix: str) -> list[str]:
    """Which audio tracks have to be encoded for a container, for the user."""
    return [
        f"audio track {s.track} ({s.codec}) is encoded: {suffix} can't hold it"
        for s in media.audio
        if sound_codec(s.codec, suffix) != "copy"
    ]


def has_subtitles(media: Media) -> bool:
    """Whether a file has subtitle tracks.

    Raises:
        InputError: it is no longer media.
    """
    with open_container(media.path) as container:
        return bool(container.streams.subtitles)


def carried(media: Media, suffix: str) -> Carried:
    """Look at a file's streams for what comes into a container.

    Raises:
        InputError: it is no longer media.
    """
    notes = encoded_sound_notes(media, suffix)
    with open_container(media.path) as container:
        tracks = []
        for number, stream in enumerate(container.streams.subtitles):
            context = stream.codec_context
            codec = context.codec.canonical_name if context else "unknown"
            target = _subtitle_codec(codec, suffix)
            if target is None:
                notes.append(
                    f"subtitle track {number} ({codec}) is left out: {suffix} can't hold it"
                )
            else:
                tracks.append(SubtitleTrack(number, target))
        attached = any(stream.type == "attachment" for stream in container.streams)
        if attached and suffix != ".mkv":
            notes.append(f"attached fonts are left out: {suffix} can't hold them")
        picture, sound = _trimmed(media, container, suffix)
    if picture:
        notes.append(f"the picture is encoded: {suffix} can't hide the frames that were trimmed")
    return Carried(tuple(tracks), attached and suffix == ".mkv", picture, sound, tuple(notes))


def _subtitle_codec(codec: str, suffix: str) -> str | None:
    """The codec that a subtitle track gets, ``copy``, or None where it can't be held."""
    if suffix != ".mkv":
        return _TEXT_CODECS[suffix] if codec in _TEXT else None
    if codec in _MKV_TEXT | _MKV_PICTURES:
        return "copy"
    return "subrip" if codec in _TEXT else None


def _trimmed(media: Media, container: InputContainer, suffix: str) -> tuple[bool, bool]:
    """Whether picture and sound hide packets in a way that the container can't."""
    if "mp4" not in container.format.name:
        return False, False
    hidden = {"video": 0, "audio": 0}
    # MP4 and QuickTime hide the beginning by an edit list, as FFmpeg writes it too.
    only_later = suffix in (".mp4", ".m4v", ".mov")
    shown: set[int] = set()
    first = media.video.index if media.video else -1
    streams = [*container.streams.audio, *(s for s in container.streams.video if s.index == first)]
    for packet in packets(container, *streams):
        if not packet.size:
            continue
        if not packet.is_discard:
            shown.add(packet.stream_index)
        elif not only_later or packet.stream_index in shown:
            hidden[packet.stream.type] += 1
    # Frames out of order may be hidden behind the first that is shown.
    return hidden["video"] > (_REORDERED if only_later else 0), hidden["audio"] > _FEW


_REORDERED = 16
