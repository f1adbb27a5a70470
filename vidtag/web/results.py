"""What is shown of a finished job: its views, its clips, and changes of its cues and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vidtag.core.records import Clip, Cue, Document
from vidtag.core.settings import Config
from vidtag.media.tracks import listened_track
from vidtag.show.clip_cutting import clip_path, cut_by_settings
from vidtag.show.views import Views
from vidtag.subtitles.layout.cues import cues_of
from vidtag.web.jobs import WebJob


def job_views(job: WebJob, config: Config | None = None) -> Views:
    """The views of a job, without where its file lies on the server.

    They are kept until settings or cues change.

    Args:
        job: a finished job.
        config: other settings than the job's.

    Raises:
        UserError: the job has no result (yet).
    """
    if config is not None and config != job.config:
        return _views(job, config, job.edited_cues)
    views = job.views
    current = views is not None and (
        views.config is job.config and views.edited_cues is job.edited_cues
    )
    if views is None or not current:
        views = job.views = _views(job, job.config, job.edited_cues)
    return views


def _views(job: WebJob, config: Config, edited_cues: tuple[Cue, ...] | None) -> Views:
    document = job.require_document()
    return Views(
        public_document(document),
        config,
        video=Path(document.media.path),
        edited_cues=edited_cues,
    )


def public_document(document: Document) -> Document:
    """The document with its file's name, but not where it lies on the server."""
    name = Path(document.media.path).name
    return replace(document, media=replace(document.media, path=name))


def replace_cues(job: WebJob, cues: Sequence[Cue]) -> None:
    """Show these cues from now on; cues as they were laid out are not an edit."""
    edited = tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))
    with job.lock:
        laid_out = cues_of(job_views(job).laid_out)
        job.edited_cues = None if edited == laid_out else edited


def reset_cues(job: WebJob) -> None:
    """Show the cues as they were laid out."""
    with job.lock:
        job.edited_cues = None


def change_settings(job: WebJob, section: str, values: dict[str, object]) -> None:
    """Change settings of one section of a job.

    Raises:
        ConfigError: a value is not allowed.
    """
    with job.lock:
        job.config = job.config.with_values({section: values})


def cut(job: WebJob, clip: Clip) -> Path:
    """A clip as a file of its own, which is cut once."""
    views = job_views(job)
    base = job.folder / "clips" / f"{clip.start:.3f}-{clip.end:.3f}"
    target = clip_path(views.media, base)
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        track = listened_track(views.document)
        cut_by_settings(views.media, clip, base, views.config, audio_track=track)
    return target
