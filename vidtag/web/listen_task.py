"""The task that listens to a job's file: the one module of the web that needs torch."""

from __future__ import annotations

from vidtag.core.records import Progress
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio
from vidtag.web.jobs import WebJob
from vidtag.web.preview import playable_file
from vidtag.web.tasks import Task


def listen_to(job: WebJob, task: Task) -> None:
    """Make the document of a job's file, and a preview that browsers can play."""
    from vidtag.listening.run import listen, load_model  # torch

    media = probe(job.source)
    choose_audio(media, job.config.audio.track)
    task.on_progress(Progress("model", 0, 1, job.config.model.name))
    model = load_model(job.config.model)
    task.on_progress(Progress("model", 1, 1, job.config.model.name))
    document = listen(media, job.config, model, on_progress=task.on_progress, stop=task.check)
    job.playable = playable_file(media, job.folder / "preview.mp4", task.on_progress)
    job.document = document
