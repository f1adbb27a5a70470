"""Writes the report."""

from __future__ import annotations

import contextlib
from pathlib import Path

from vidtag.core.errors import VidtagError
from vidtag.core.records import OnProgress, Progress, ignore_progress
from vidtag.report import page
from vidtag.show.views import Views
from vidtag.show.written import Written


def write_report(views: Views, path: Path, *, on_progress: OnProgress = ignore_progress) -> Written:
    """Write the page that shows a document, and what the settings make of it.

    Where the video is gone or has changed, the page has no pictures of it.
    """
    on_progress(Progress("report", 0, 1, path.name))
    media = None
    with contextlib.suppress(VidtagError):
        media = views.media if views.clips else None
    page.write_report(
        views.document,
        path,
        clips=views.clips,
        check=views.check,
        language=views.config.report.language,
        media=media,
    )
    on_progress(Progress("report", 1, 1, path.name))
    return Written((path,))
