"""The task that makes the ZIP of everything."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import get_args

from vidtag import files
from vidtag.core import document as documents
from vidtag.core import edits as edit_files
from vidtag.core.names import DOCUMENT_SUFFIX, EDITS_SUFFIX, SubtitleFormat, TimelineFormat
from vidtag.core.records import OnProgress, Progress
from vidtag.show.everything import show
from vidtag.web.jobs import WebJob
from vidtag.web.results import job_views
from vidtag.web.tasks import Task

NOT_MADE = "not-made.txt"
"""File in the ZIP that names what could not be made."""
_COMPRESSED_SUFFIXES = {".mp4", ".m4a", ".zip", ".jpg", ".png"}


def make_bundle(job: WebJob, task: Task) -> None:
    """Write what ``vidtag run`` would, in all formats, with the edits in it, into one ZIP.

    Document and edits are two files there as well, so that work can go on from the ZIP.
    """
    desk = job.require_desk()
    with desk.lock:
        edits, document = desk.edits, desk.now.document
        config = desk.now.config.with_values(
            {
                "subtitles.formats": get_args(SubtitleFormat),
                "timelines.formats": get_args(TimelineFormat),
            }
        )
        views = job_views(job, config)
    folder = job.folder / "everything"
    shutil.rmtree(folder, ignore_errors=True)
    written = show(views, folder, on_progress=task.on_progress)
    if written.failures:
        files.write_text(folder / NOT_MADE, "\n".join(written.failures) + "\n")
    files.write_text(folder / f"{views.stem}{DOCUMENT_SUFFIX}", documents.to_json(document))
    if edits.changes:
        files.write_text(folder / f"{views.stem}{EDITS_SUFFIX}", edit_files.to_json(edits))
    _pack(folder, job.bundle, task.on_progress)
    shutil.rmtree(folder, ignore_errors=True)


def _pack(folder: Path, target: Path, on_progress: OnProgress) -> None:
    """Pack everything in a folder into one ZIP; compressed files are not compressed again."""
    packed = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    with files.replacing(target) as partial, zipfile.ZipFile(partial, "w") as archive:
        for number, path in enumerate(packed):
            on_progress(Progress("zip", number, len(packed), path.name))
            compressed = path.suffix in _COMPRESSED_SUFFIXES
            method = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
            archive.write(path, path.relative_to(folder), compress_type=method)
    on_progress(Progress("zip", len(packed), len(packed)))
