"""Writes the reel: the clips of a video joined, in the order and with the titles asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidtag.core.names import REEL_SUFFIX
from vidtag.core.records import Clip, Document, OnProgress, Progress
from vidtag.films.loudness import Heard
from vidtag.films.reel import make_reel, reel_size
from vidtag.films.reel_layout import Picture
from vidtag.films.title_cards import title_card
from vidtag.media.encoders import Encoders
from vidtag.media.tracks import heard_in_clip
from vidtag.show.manifest import FinishedClip, Manifest
from vidtag.show.views import Views
from vidtag.subtitles.characters import script_language


def write_reel(
    views: Views,
    finished: Sequence[FinishedClip],
    folder: Path,
    manifest: Manifest,
    encoders: Encoders,
    *,
    on_progress: OnProgress,
) -> tuple[Path, str]:
    """Join clips: those with a picture, if any has one.

    Args:
        encoders: of all films of the run.

    Returns:
        The file, and why some of it had to be encoded again; empty if only fades and cards had.
    """
    wanted = views.config.highlights
    joined = [one for one in finished if one.cut.has_picture] or list(finished)
    joined = [one for one in joined if views.goes_into(one.clip)[0]] or joined
    in_own_order = views.choice is not None and views.choice.order is not None
    if not in_own_order and wanted.reel_order == "score":
        joined.sort(key=lambda one: -one.clip.score)
    elif not in_own_order:
        joined.sort(key=lambda one: one.cut.start)
    files, tracks = [one.cut.path for one in joined], heard_in_clip(views.document)
    if wanted.reel_from == "social" and all(one.social for one in joined):
        files, tracks = [one.social for one in joined if one.social], (0,)
    target = folder / f"{views.stem}{REEL_SUFFIX}{files[0].suffix}"
    on_progress(Progress("reel", 0, 1))
    size = reel_size(files[0])
    cards = None
    if wanted.reel_titles and size is not None:
        cards = [_title_card(views.document, one.clip, size) for one in joined]
    reel = make_reel(
        files,
        target,
        title_cards=cards,
        heard=Heard(wanted.loudness, tracks),
        encoders=encoders,
        on_progress=on_progress,
    )
    on_progress(Progress("reel", 1, 1))
    manifest.add_reel(target, list(zip(files, reel.starts, strict=True)))
    note = f"{target.name}: encoded in part or whole: {reel.reason}" if reel.reason else ""
    return target, note


def _title_card(document: Document, clip: Clip, size: tuple[int, int]) -> Picture:
    spoken = next((s.language for s in document.segments if s.end > clip.start), None)
    return title_card(clip.title, script_language(clip.title, spoken), size)
