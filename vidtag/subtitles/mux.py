"""Subtitles muxed into a video as a track that the viewer can turn on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from vidtag.core.display import LANGUAGES
from vidtag.core.errors import OutputError
from vidtag.core.media_streams import Media
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue
from vidtag.core.settings import SubtitlesConfig
from vidtag.files import replacing
from vidtag.media import ffmpeg
from vidtag.media.steady import steady
from vidtag.subtitles.formats.languages import seconds_by_language
from vidtag.subtitles.formats.registry import render_cues

_SEVERAL = "mul"
_UNKNOWN = "und"
_MAIN_SHARE = 0.8
"""Share of the time that makes a language that of the whole track."""

_TRACKS: Mapping[str, tuple[SubtitleFormat, str]] = MappingProxyType(
    {
        ".mp4": ("srt", "mov_text"),
        ".m4v": ("srt", "mov_text"),
        ".mov": ("srt", "mov_text"),
        ".mkv": ("ass", "ass"),
        ".webm": ("vtt", "webvtt"),
    }
)
"""By suffix of the container: the format the subtitles are made in, and the track's codec."""
_DEMUXERS = MappingProxyType({"srt": "srt", "ass": "ass", "vtt": "webvtt"})


def track_language(cues: Sequence[Cue], suffix: str) -> str:
    """Language code of a subtitle track.

    ``mul`` (multiple) where no language has four fifths of the time, ``und`` (undetermined) where
    none is known.
    """
    shares = seconds_by_language(cues)
    if not shares:
        return _UNKNOWN
    first = max(shares, key=shares.__getitem__)
    if shares[first] < _MAIN_SHARE * sum(shares.values()):
        return _SEVERAL
    code = LANGUAGES[first].iso639_2
    # MP4 takes the terminological code; QuickTime's own list has the bibliographic one.
    if code == "chi" and suffix in (".mp4", ".m4v", ".webm"):
        return "zho"
    return code


def track_title(cues: Sequence[Cue]) -> str:
    """Title of a subtitle track, as players list it: its languages, the one shown longest first."""
    shares = seconds_by_language(cues)
    names = [LANGUAGES[name].own for name in sorted(shares, key=lambda n: -shares[n])]
    return f"Subtitles ({', '.join(names)})" if names else "Subtitles"


def mux(
    media: Media,
    cues: Sequence[Cue],
    path: str | Path,
    config: SubtitlesConfig,
) -> None:
    """Write the video again, nothing re-encoded, with the subtitles as its first subtitle track.

    The suffix of ``path`` decides the container: MP4, M4V and MOV take plain text, MKV keeps the
    styles, WebM takes WebVTT.

    Raises:
        OutputError: the container takes no subtitles, or ``path`` cannot be written.
        ToolError: ffmpeg failed, for example because a codec does not fit the container.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _TRACKS:
        raise OutputError(
            f"cannot hold a subtitle track: {suffix or 'no suffix'}",
            path=target,
            remedy=f"name the file {', '.join(_TRACKS)}",
        )
    format_, codec = _TRACKS[suffix]
    script = render_cues(cues, format_, video=media.video, config=config)
    with steady(media) as source, replacing(target) as partial:
        arguments = [
            *("-i", ffmpeg.file_url(source.path)),
            *("-f", _DEMUXERS[format_], "-i", "pipe:0"),
            *("-map", "0:v?", "-map", "0:a?", "-map", "1:0", "-map", "0:s?"),
            *("-c", "copy", "-c:s:0", codec),
            *("-metadata:s:s:0", f"language={track_language(cues, suffix)}"),
            *("-metadata:s:s:0", f"title={track_title(cues)}", "-disposition:s:0", "default"),
            ffmpeg.file_url(partial),
        ]
        ffmpeg.run(arguments, stdin=script.encode(), path=media.path)
