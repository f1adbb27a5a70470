"""The report, and the minutes, of a document and of what the settings make of it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePath
from urllib.parse import quote

from vidtag import files
from vidtag.core.addresses import is_address
from vidtag.core.errors import VidtagError
from vidtag.core.names import PageLanguage
from vidtag.core.records import OnProgress, Progress, ignore_progress
from vidtag.report.minutes import minutes
from vidtag.report.page import render
from vidtag.report.report_view import report_view
from vidtag.report.thumbnails import moment, thumbnails
from vidtag.show.views import Views
from vidtag.show.written import Written


def report_text(views: Views, language: PageLanguage) -> str:
    """The page as HTML; where the video is gone or has changed, without pictures of it."""
    pictures: dict[int, str] = {}
    with contextlib.suppress(VidtagError):
        if views.clips:
            pictures = thumbnails(views.media, [moment(clip) for clip in views.clips])
    view = report_view(
        views.document, views.clips, check=views.check, thumbnails=pictures, language=language
    )
    return render(view)


def write_minutes(views: Views, path: Path) -> Written:
    """Write what was decided, disputed, proposed and taken on, and by whom."""
    settings = views.config
    video = _address(views.document.media.path, path.parent)
    text = minutes(views.document, settings.highlights, settings.report.language, video)
    files.write_text(path, text)
    return Written((path,))


def _address(video: str, folder: Path) -> str:
    """Address of a video for a link in a file of a folder: relative, so that both may move."""
    if is_address(video):
        return quote(video, safe="/:")
    try:
        return quote(PurePath(os.path.relpath(video, folder)).as_posix())
    except ValueError:  # on Windows, on another drive
        return Path(video).absolute().as_uri()


def write_report(views: Views, path: Path, *, on_progress: OnProgress = ignore_progress) -> Written:
    """Write the page, whole or not at all."""
    on_progress(Progress("report", 0, 1, path.name))
    text = report_text(views, views.config.report.language)
    files.write_bytes(path, text.encode("utf-8", "replace"))
    on_progress(Progress("report", 1, 1, path.name))
    return Written((path,))
