"""Cuts a clip as the settings say: for highlights, for what a search found, and for the page."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from vidtag.core.media_streams import Media
from vidtag.core.records import Clip, OnProgress, ignore_progress
from vidtag.core.settings import Config
from vidtag.cutting.coding import Coding
from vidtag.cutting.cut import CutResult, clip_suffix, cut_clip
from vidtag.cutting.sound_copy import COPIED
from vidtag.media.encoders import Encoders


def cut_by_settings(
    media: Media,
    clip: Clip,
    base: Path,
    config: Config,
    *,
    audio_track: int | None,
    copied: Container[str] = COPIED,
    encoders: Encoders | None = None,
    on_progress: OnProgress = ignore_progress,
) -> CutResult:
    """Cut a clip into ``base`` with the suffix that clips of the media have.

    Args:
        audio_track: number of the track to keep, from 0: the one that was listened to.
        copied: codecs of sound that may be copied.
        encoders: of all films of a run; None makes some for this clip, whose notes go into its own.

    Raises:
        VidtagError: see ``cut_clip``.
    """
    own = encoders or Encoders(config.highlights.encoder)
    made = cut_clip(
        media,
        clip,
        clip_path(media, base),
        mode=config.highlights.mode,
        audio_track=audio_track,
        strip_metadata=config.highlights.strip_metadata,
        coding=Coding(copied, own),
        on_progress=on_progress,
    )
    if encoders is not None:
        return made
    return replace(made, note="; ".join(filter(None, (made.note, *own.notes))))


def clip_path(media: Media, base: Path) -> Path:
    """The file that ``cut_by_settings`` writes."""
    return base.with_name(base.name + clip_suffix(media))
