"""Cuts a clip as the settings say: for highlights, for what a search found, and for the page."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from vidtag.core.media_streams import Media
from vidtag.core.records import Clip, OnProgress, ignore_progress
from vidtag.core.settings import Config
from vidtag.cutting.cut import CutResult, clip_suffix, cut_clip
from vidtag.cutting.sound_copy import COPIED


def cut_by_settings(
    media: Media,
    clip: Clip,
    base: Path,
    config: Config,
    *,
    audio_track: int | None,
    copied: Container[str] = COPIED,
    on_progress: OnProgress = ignore_progress,
) -> CutResult:
    """Cut a clip into ``base`` with the suffix that clips of the media have.

    Args:
        audio_track: number of the track to keep, from 0: the one that was listened to.
        copied: codecs of sound that may be copied.

    Raises:
        VidtagError: see ``cut_clip``.
    """
    return cut_clip(
        media,
        clip,
        clip_path(media, base),
        mode=config.highlights.mode,
        audio_track=audio_track,
        strip_metadata=config.highlights.strip_metadata,
        copied=copied,
        on_progress=on_progress,
    )


def clip_path(media: Media, base: Path) -> Path:
    """The file that ``cut_by_settings`` writes."""
    return base.with_name(base.name + clip_suffix(media))
