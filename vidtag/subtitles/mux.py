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
from vidtag.files import keep_inputs, replacing, scratch_folder
from vidtag.media import ffmpeg
from vidtag.media.carrying import carried, sound_arguments
from vidtag.media.full_disk import naming_full_disk
from vidtag.media.steady import steady
from vidtag.subtitles.formats.languages import seconds_by_language
from vidtag.subtitles.formats.registry import render_cues
from vidtag.subtitles.shown_words import has_labels

_FOR_DEAF = "hearing_impaired"
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
    """Title of a subtitle track, as players list it: its languages, the one shown longest first,
    and whether it tells sounds.
    """
    shares = seconds_by_language(cues)
    names = [LANGUAGES[name].own for name in sorted(shares, key=lambda n: -shares[n])]
    names += ["SDH"] if has_labels(cues) else []
    return f"Subtitles ({', '.join(names)})" if names else "Subtitles"


def mux(
    media: Media,
    cues: Sequence[Cue],
    path: str | Path,
    config: SubtitlesConfig,
    *,
    clean: Sequence[Cue] | None = None,
    chapters: str | None = None,
) -> tuple[str, ...]:
    """Write the video again with the subtitles as its first subtitle track, the default one.
    A track that tells sounds is marked as one for the hearing impaired.

    Nothing is encoded that the container can hold: other tracks of text are converted, fonts stay
    attached, sound it can't hold becomes AAC (Opus in WebM), and where frames are trimmed in a way
    that it can't tell, the picture is encoded without them.

    The suffix of ``path`` decides the container: MP4, M4V and MOV take plain text, MKV keeps the
    styles, WebM takes WebVTT.

    Args:
        clean: the subtitles with speech alone, for a track of their own before the other.
        chapters: metadata as FFmpeg reads it, whose chapters take the place of the video's own;
            None keeps those.

    Returns:
        What was left out or encoded.

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
    keep_inputs(target, media.path)
    format_, _ = _TRACKS[suffix]
    own = [cues] if clean is None else [clean, cues]
    with steady(media) as source, scratch_folder() as place, replacing(target) as partial:
        fit = carried(source, suffix)
        inputs: list[str] = []
        for number, track in enumerate(own):
            script = place / f"{number}.{format_}"
            text = render_cues(track, format_, video=media.video, config=config)
            script.write_text(text, encoding="utf-8")
            inputs += ["-f", _DEMUXERS[format_], "-i", ffmpeg.file_url(script)]
        if chapters is not None:
            metadata = place / "chapters"
            metadata.write_text(chapters, encoding="utf-8")
            inputs += ["-f", "ffmetadata", "-i", ffmpeg.file_url(metadata)]
        arguments = [
            *("-i", ffmpeg.file_url(source.path), *inputs),
            *("-map", "0:v?", "-map", "0:a?"),
            *(word for number in range(len(own)) for word in ("-map", f"{number + 1}:0")),
            *(word for track in fit.subtitles for word in ("-map", f"0:s:{track.number}")),
            *(("-map", "0:t?") if fit.fonts else ()),
            *("-map_chapters", "0" if chapters is None else str(len(own) + 1)),
            *("-c", "copy"),
            *sound_arguments(source, suffix, encode=fit.encode_sound),
            *(("-c:v:0", "libx264", "-crf", "18") if fit.encode_picture else ()),
            *(
                word
                for number, track in enumerate(own)
                for word in _described(number, track, suffix)
            ),
            *(
                word
                for number, track in enumerate(fit.subtitles, start=len(own))
                for word in (f"-c:s:{number}", track.codec, f"-disposition:s:{number}", "-default")
            ),
            ffmpeg.file_url(partial),
        ]
        with naming_full_disk(target):
            ffmpeg.run(arguments, path=media.path)
    return fit.notes


def _described(number: int, cues: Sequence[Cue], suffix: str) -> tuple[str, ...]:
    """What ffmpeg is told of one of our tracks."""
    flags = ["default"] if number == 0 else []
    flags += [_FOR_DEAF] if has_labels(cues) else []
    return (
        *(f"-c:s:{number}", _TRACKS[suffix][1]),
        *(f"-metadata:s:s:{number}", f"language={track_language(cues, suffix)}"),
        *(f"-metadata:s:s:{number}", f"title={track_title(cues)}"),
        *(f"-disposition:s:{number}", "+".join(flags) or "0"),
    )
