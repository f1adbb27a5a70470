"""Subtitles burned into the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ffmpeg as graphs

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.core.records import Cue
from vidtag.core.settings import SubtitlesConfig
from vidtag.files import keep_inputs, replacing, scratch_folder
from vidtag.media import ffmpeg
from vidtag.media.carrying import encoded_sound_notes, has_subtitles, sound_arguments
from vidtag.media.full_disk import naming_full_disk
from vidtag.media.steady import steady
from vidtag.media.viewable import is_plain, pixel_shapes, viewable, viewing_note
from vidtag.subtitles import fonts
from vidtag.subtitles.formats.registry import render_cues

CRF = 18
"""x264 quality at which no loss is visible."""

_LEFT_OUT = "subtitle tracks of the source are left out: burned ones are in the picture"


def burn_in(
    media: Media,
    cues: Sequence[Cue],
    path: str | Path,
    config: SubtitlesConfig,
    *,
    fonts_folder: Path | None = None,
    on_seconds: Callable[[float], None] | None = None,
) -> tuple[str, ...]:
    """Write the video again with the subtitles in its picture; sound is copied
    where the container can hold it.

    The picture is made for ordinary screens: square pixels, whole frames, BT.709.

    Args:
        fonts_folder: more fonts than those of the system.
        on_seconds: called with the seconds written so far.

    Returns:
        What was done to picture and sound, and what is left out.

    Raises:
        InputError: there is no picture to burn into.
        ToolError: no font has the characters, or ffmpeg failed.
        OutputError: ``path`` cannot be written.
    """
    if media.video is None:
        raise InputError(
            "has no picture to burn subtitles into",
            path=media.path,
            remedy="use a subtitle file instead",
        )
    keep_inputs(path, media.path)
    fonts.require({cue.language for cue in cues if cue.language}, fonts_folder)
    script = render_cues(cues, "ass", video=media.video, config=config)
    with scratch_folder() as place, steady(media) as shown, replacing(path) as partial:
        file = place / "subtitles.ass"
        file.write_text(script, encoding="utf-8")
        source = ffmpeg.input_file(shown.path)
        picture = source.video
        if not is_plain(media.video):
            shapes = pixel_shapes(Path(shown.path)) if media.video.aspect_ratio_changes else []
            picture = viewable(picture, media.video, place, shapes)
        picture = fonts.subtitles_filter(picture, file, fonts_folder)
        streams = [picture, source.audio] if media.audio else [picture]
        words = sound_arguments(media, Path(path).suffix.lower())
        codecs = {o.removeprefix("-"): v for o, v in zip(words[::2], words[1::2], strict=True)}
        output = graphs.output(
            *streams,
            ffmpeg.file_url(partial),
            **{"c:v": "libx264", **codecs},
            crf=CRF,
            preset="medium",
            pix_fmt="yuv420p",
            movflags="+faststart",
        )
        with naming_full_disk(Path(path)):
            ffmpeg.run(output, path=media.path, on_seconds=on_seconds)
    return _notes(media, Path(path).suffix.lower())


def _notes(media: Media, suffix: str) -> tuple[str, ...]:
    assert media.video is not None
    notes = [
        viewing_note(media.video, "the burned video"),
        *encoded_sound_notes(media, suffix),
        _LEFT_OUT if has_subtitles(media) else "",
    ]
    return tuple(filter(None, notes))
