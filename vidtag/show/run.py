"""SHOW: a document becomes subtitles, clips, a reel, timelines and a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidtag import files
from vidtag.core.errors import InputError
from vidtag.core.records import Document, Media, OnProgress, Progress, ignore_progress
from vidtag.core.settings import Config
from vidtag.media.probe import probe
from vidtag.report import page
from vidtag.report.page import SUFFIX as REPORT_SUFFIX
from vidtag.select.clips import select_clips
from vidtag.select.titles import shorten
from vidtag.show.edited import Kept, write_unless_edited
from vidtag.show.highlights import clear_highlights, make_highlights
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.formats.registry import SUFFIXES, render
from vidtag.subtitles.layout.cues import lay_out, make_cues
from vidtag.timelines.files import timeline_files

_OPENING = 60
"""Columns of the title of the first chapter."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Files that were written, in order, what the user should know about them, and what failed."""

    written: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def show(
    document: Document,
    config: Config,
    folder: Path,
    *,
    video: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Shown:
    """Write everything that ``config`` asks for into ``folder``.

    Args:
        video: where the video can be read, if not where the document says: what is written names
            it as the document does.

    Raises:
        VidtagError: something could not be written or cut; what was finished before stays.
    """
    files.sweep_scratch_folders()
    stem = Path(document.media.path).stem
    for place in (folder, *(folder / f"{stem}.{of}" for of in ("clips", "social"))):
        files.sweep(place)
    subtitles = write_subtitles(document, config, folder / stem, on_progress=on_progress)
    highlights = write_highlights(document, config, folder, video=video, on_progress=on_progress)
    parts = [subtitles, highlights]
    if config.timelines.formats:
        parts.append(write_timelines(document, config, folder / stem))
    if config.report.enabled:
        page = folder / f"{stem}{REPORT_SUFFIX}"
        parts.append(write_report(document, config, page, video=video, on_progress=on_progress))
    return Shown(
        tuple(path for part in parts for path in part.written),
        tuple(note for part in parts for note in part.notes),
        highlights.failed,
    )


def write_subtitles(
    document: Document,
    config: Config,
    base: Path,
    *,
    on_progress: OnProgress = ignore_progress,
) -> Shown:
    """Write subtitles in all formats asked for, each to ``base`` with the format's suffix.

    Files that were edited by hand since they were written are left as they are, and noted.
    """
    formats = config.subtitles.formats
    on_progress(Progress("subtitles", 0, len(formats)))
    blocks = lay_out(document, config.subtitles)
    written, notes = [], []
    for number, name in enumerate(formats):
        path = base.with_name(base.name + SUFFIXES[name])
        text = render(document, blocks, name, config.subtitles)
        kept = write_unless_edited(path, text, overwrite=config.output.overwrite)
        if kept is Kept.EDITED:
            notes.append(f"{path.name}: {kept.value} (--overwrite writes over it)")
        else:
            written.append(path)
        on_progress(Progress("subtitles", number + 1, len(formats)))
    return Shown(tuple(written), tuple(notes))


def write_timelines(document: Document, config: Config, base: Path) -> Shown:
    """Write timelines for editing programs in all formats asked for: ``base`` and a suffix each."""
    clips = select_clips(document, config.highlights)
    said = next((segment.text for segment in document.segments if segment.text.strip()), "")
    opening = shorten(said, _OPENING) or "Start"
    timelines, notes = timeline_files(document, clips, config.timelines.formats, opening)
    written = []
    for file in timelines:
        path = base.with_name(base.name + file.suffix)
        if file.text is None:
            path.unlink(missing_ok=True)
        else:
            files.write_text(path, file.text)
            written.append(path)
    return Shown(tuple(written), notes)


def write_report(
    document: Document,
    config: Config,
    path: Path,
    *,
    video: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Shown:
    """Write the page that shows everything that was heard, and what ``config`` makes of it."""
    on_progress(Progress("report", 0, 1, path.name))
    style = config.subtitles
    page.write_report(
        document,
        path,
        clips=select_clips(document, config.highlights),
        check=check_cues(
            make_cues(document, style),
            style.profile,
            video=document.media.video,
            document=document,
        ),
        tongue=config.report.language,
        video=video,
    )
    on_progress(Progress("report", 1, 1, path.name))
    return Shown((path,))


def source(document: Document, video: Path | None = None) -> Media:
    """The video a document was made from.

    Args:
        video: where it can be read, if not where the document says.

    Raises:
        InputError: it is gone, or is not the same any more.
    """
    media = probe(video or document.media.path)
    if media.fingerprint != document.media.fingerprint:
        raise InputError(
            "the video has changed since it was listened to",
            path=media.path,
            remedy="run vidtag run on it again, or bring back the video it was",
        )
    return media


def source_if_there(document: Document) -> Media | None:
    """The video a document was made from, or None where its file is not there now.

    Raises:
        InputError: it is there, but is not the same any more.
    """
    return source(document) if Path(document.media.path).exists() else None


def write_highlights(
    document: Document,
    config: Config,
    folder: Path,
    *,
    video: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Shown:
    """Cut the highlights, and take away those of an earlier run.

    Raises:
        InputError: the video is gone, or is not the one that was listened to.
        OutputError: the folder cannot be written, or the disk is full.
    """
    if not config.highlights.enabled:
        clear_highlights(document, folder)
        return Shown(())
    media = source(document, video)
    clear_highlights(document, folder)
    made = make_highlights(document, media, config, folder, on_progress=on_progress)
    return Shown(made.written, made.notes, made.failed)
