"""SHOW: one document becomes subtitles, clips, a reel, timelines and a report."""

from __future__ import annotations

from pathlib import Path

from vidtag import files
from vidtag.core.names import CLIPS_SUFFIX, REPORT_SUFFIX, SOCIAL_SUFFIX
from vidtag.core.records import OnProgress, ignore_progress
from vidtag.show.highlight_files import write_highlights
from vidtag.show.report_file import write_report
from vidtag.show.subtitle_files import write_subtitles
from vidtag.show.timeline_files import write_timelines
from vidtag.show.views import Views
from vidtag.show.written import Written


def show(views: Views, folder: Path, *, on_progress: OnProgress = ignore_progress) -> Written:
    """Write everything that the settings ask for into ``folder``.

    Raises:
        VidtagError: something could not be written or cut; what was finished before stays.
    """
    files.sweep_scratch_folders()
    base = folder / views.stem
    for place in (folder, *(folder / f"{views.stem}{of}" for of in (CLIPS_SUFFIX, SOCIAL_SUFFIX))):
        files.sweep(place)
    parts = [
        write_subtitles(views, base, on_progress=on_progress),
        write_highlights(views, folder, on_progress=on_progress),
    ]
    if views.config.timelines.formats:
        parts.append(write_timelines(views, base))
    if views.config.report.enabled:
        page = folder / f"{views.stem}{REPORT_SUFFIX}"
        parts.append(write_report(views, page, on_progress=on_progress))
    return Written.joined(parts)
