"""SHOW: one document becomes subtitles, clips, a reel, timelines and a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vidtag import files
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.names import CLIPS_SUFFIX, MINUTES_SUFFIX, REPORT_SUFFIX, SOCIAL_SUFFIX
from vidtag.core.records import OnProgress, ignore_progress
from vidtag.show.highlight_files import write_highlights
from vidtag.show.name_notes import name_notes
from vidtag.show.report_file import write_minutes, write_report
from vidtag.show.subtitle_files import write_subtitles
from vidtag.show.timeline_files import write_timelines
from vidtag.show.views import Views
from vidtag.show.written import Written


def show(views: Views, folder: Path, *, on_progress: OnProgress = ignore_progress) -> Written:
    """Write everything that the settings ask for into ``folder``.

    What one writer cannot make costs nothing of the others.

    Raises:
        UserError: the output cannot be written, or the video is not the one that was listened to;
            what could be made was made.
    """
    files.sweep_scratch_folders()
    base = folder / views.stem
    for place in (folder, *(folder / f"{views.stem}{of}" for of in (CLIPS_SUFFIX, SOCIAL_SUFFIX))):
        files.sweep(place)
    writers: list[Callable[[], Written]] = [
        lambda: write_subtitles(views, base, on_progress=on_progress),
        lambda: write_highlights(views, folder, on_progress=on_progress),
    ]
    if views.config.timelines.formats:
        writers.append(lambda: write_timelines(views, base))
    if views.config.report.enabled:
        page = folder / f"{views.stem}{REPORT_SUFFIX}"
        writers.append(lambda: write_report(views, page, on_progress=on_progress))
    if views.config.report.minutes:
        notes = folder / f"{views.stem}{MINUTES_SUFFIX}"
        writers.append(lambda: write_minutes(views, notes))
    parts = [Written(notes=tuple(name_notes(views)))]
    mistakes: list[UserError] = []
    for write in writers:
        try:
            parts.append(write())
        except UserError as error:
            mistakes.append(error)
        except VidtagError as error:
            parts.append(Written(failures=(str(error),)))
    if mistakes:
        raise mistakes[0]
    return Written.joined(parts)
