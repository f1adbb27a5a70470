"""A file that browsers can play: the video itself, or a small copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.media_streams import Media
from vidtag.core.records import OnProgress
from vidtag.core.stage_progress import stage_progress
from vidtag.files import replacing
from vidtag.media.ffmpeg import file_url, run

_PLAYED_CODECS = {
    "video": {"h264", "vp8", "vp9", "av1"},
    "audio": {"aac", "mp3", "opus", "vorbis", "flac"},
}
"""Codecs that every browser of today plays."""
_PLAYED_CONTAINERS = ("mp4", "webm", "mp3", "ogg", "flac", "wav")
_PLAYED_PIXELS = ("yuv420p", "yuvj420p")
_PREVIEW_HEIGHT = 480
_PLAYED_TRACK = 0
"""Audio track that browsers play where a file has several."""


def playable_file(
    media: Media, preview: Path, on_progress: OnProgress, tracks: Sequence[int] = (0,)
) -> Path:
    """The file itself if browsers play it, else a small copy that they do.

    Browsers play one audio track, the first: where another one is heard, a copy has it alone, and
    where several are heard together, it has them mixed.

    Args:
        media: the file.
        preview: where a copy is written.
        tracks: numbers of the audio tracks that are heard.
        on_progress: receives the stage ``preview``.
    """
    if _browsers_play(media) and (not media.audio or tuple(tracks) == (_PLAYED_TRACK,)):
        return Path(media.path)
    source = ffmpeg.input(file_url(media.path))
    options: dict[str, object] = {"c:a": "aac", "b:a": 128_000, "ac": 2}
    streams = [_heard(source, tracks)] if media.audio else []
    if media.video is not None and _browsers_play(media):
        streams.insert(0, source[str(media.video.index)])
        options |= {"c:v": "copy"}
    elif media.video is not None:
        height = min(_PREVIEW_HEIGHT, media.video.height // 2 * 2)
        picture = source[str(media.video.index)].filter("scale", -2, height)
        streams.insert(0, picture.filter("format", "yuv420p"))
        options |= {"c:v": "libx264", "preset": "ultrafast", "crf": 26}
    total = max(media.duration, 1e-3)
    with replacing(preview) as partial:
        run(
            ffmpeg.output(*streams, file_url(partial), movflags="+faststart", **options),
            path=media.path,
            on_seconds=stage_progress(on_progress, "preview", total),
        )
    return preview


def _heard(source: Any, tracks: Sequence[int]) -> Any:
    if len(tracks) == 1:
        return source[f"a:{tracks[0]}"]
    sounds = [source[f"a:{track}"] for track in tracks]
    mixed = ffmpeg.filter(sounds, "amix", inputs=len(sounds), normalize=0, dropout_transition=0)
    return mixed.filter("alimiter", level=0)


def _browsers_play(media: Media) -> bool:
    codecs = [("audio", stream.codec) for stream in media.audio]
    codecs += [("video", media.video.codec)] if media.video else []
    return (
        any(name in media.container.split(",") for name in _PLAYED_CONTAINERS)
        and (media.video is None or media.video.pixel_format in _PLAYED_PIXELS)
        and all(codec in _PLAYED_CODECS[kind] for kind, codec in codecs)
    )
