"""The task that hears a job's file. It is the one place of the web that needs torch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from vidtag.core.records import Progress
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio
from vidtag.web.jobs import WebJob
from vidtag.web.preview import playable_file
from vidtag.web.tasks import Task

if TYPE_CHECKING:
    from vidtag.core.settings import ModelConfig
    from vidtag.listening.speech.sensevoice import SenseVoice


def listen_to(job: WebJob, task: Task) -> None:
    """Hear everything in a job's file, and give it a file that browsers can play."""
    from vidtag.listening.run import listen  # torch

    media = probe(job.source)
    choose_audio(media, job.config.audio.track)
    task.on_progress(Progress("model", 0, 1, job.config.model.name))
    model = _load_model(job.config.model)
    task.on_progress(Progress("model", 1, 1, job.config.model.name))
    document = listen(media, job.config, model, on_progress=task.on_progress, stop=task.check)
    job.playable = playable_file(media, job.folder / "preview.mp4", task.on_progress)
    job.document = document


@functools.lru_cache(maxsize=1)
def _load_model(config: ModelConfig) -> SenseVoice:
    """A model, kept for the next job that needs the same."""
    from vidtag.listening.speech.sensevoice import SenseVoice

    return SenseVoice.load(config)
