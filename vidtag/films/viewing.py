"""Clips made ready for ordinary screens, for the films that are made of them.

A film is watched on screens with square pixels, a whole frame at a time, in BT.709. A clip that is
otherwise (stretched, interlaced, mirrored, of high dynamic range) is written once more, frame by
frame, and films are made of that copy. It has the keyframe that clips have for films to fade into.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidtag.cutting.cut_plan import FADE
from vidtag.files import PARTIAL_PREFIX, scratch_folder
from vidtag.media.container import open_media
from vidtag.media.encoders import Encoders, FilmEncoder
from vidtag.media.ffmpeg import input_file
from vidtag.media.probe import probe
from vidtag.media.viewable import is_plain, pixel_shapes, viewable

_CRF = 10
"""Quality of a copy that will be encoded once more: no loss is left to see after that."""


@contextlib.contextmanager
def for_viewing(clip: Path, crf: int = _CRF, encoders: Encoders | None = None) -> Iterator[Path]:
    """The clip itself, or a copy of it for ordinary screens, for as long as the block runs.

    Args:
        crf: quality of the copy, x264's constant rate factor.
        encoders: that make the copy; None is x264.

    Raises:
        InputError: it is not media.
        ToolError: ffmpeg failed.
    """
    video = probe(clip).video
    if video is None or is_plain(video):
        yield clip
        return
    with scratch_folder() as folder:
        # The partial name lets ffmpeg write; the clip's own name stands in notes and errors.
        suffix = clip.suffix if clip.suffix.lower() in (".mp4", ".mov") else ".mkv"
        copy = folder / f"{PARTIAL_PREFIX}{clip.stem}{suffix}"
        source = input_file(clip)
        shapes = pixel_shapes(clip) if video.aspect_ratio_changes else []
        picture = viewable(source.video, video, folder, shapes)
        sounds = [source.audio] if probe(clip).audio else []

        def write(encoder: FilmEncoder) -> None:
            options = frame_by_frame(clip, encoder, crf)
            encoder.write(picture, sounds, copy, options, path=clip)

        (encoders or Encoders()).encode(video.display_size, write)
        yield copy.rename(folder / copy.name.removeprefix(PARTIAL_PREFIX))


def frame_by_frame(clip: Path, encoder: FilmEncoder, crf: int) -> dict[str, Any]:
    """Options of ffmpeg's output for a film of a clip: each of its frames once, at its own time,
    and sound as it is given.

    Args:
        crf: quality, as x264's constant rate factor.

    Raises:
        MediaError: the clip cannot be opened.
    """
    return {
        **encoder.options(crf, "veryfast"),
        "c:a": "copy",
        "fps_mode:v": "passthrough",
        "enc_time_base": _time_base(clip),
        "force_key_frames": FADE,
    }


def _time_base(clip: Path) -> str:
    """Ticks of the times of a clip's picture, as FFmpeg of every version takes them."""
    with open_media(clip) as container:
        base = container.streams.video[0].time_base or Fraction(1, 90_000)
    return f"{base.numerator}/{base.denominator}"
