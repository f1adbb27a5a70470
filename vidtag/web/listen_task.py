"""The task that listens to a job's file: the one module of the web that needs torch."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from vidtag.core.errors import VidtagError
from vidtag.core.media_streams import Media
from vidtag.core.records import Progress
from vidtag.listening.ready import check_ready
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio, heard_together
from vidtag.web.jobs import WebJob
from vidtag.web.peaks import write_peaks
from vidtag.web.preview import playable_file
from vidtag.web.tasks import Task, public_message


def listen_to(job: WebJob, task: Task) -> None:
    """Make the document of a job's file, a preview that browsers can play, and the waveform."""
    from vidtag.listening.run import listen, load_model  # torch

    media = probe(job.source)
    choose_audio(media, job.config.audio.track)
    check_ready(job.config)
    task.on_progress(Progress("model", 0, 1, job.config.model.name))
    model = load_model(job.config.model)
    task.on_progress(Progress("model", 1, 1, job.config.model.name))
    document = listen(media, job.config, model, on_progress=task.on_progress, stop=task.check)
    _make_ready(job, media, heard_together(document), task)
    job.document = document


def prepare(job: WebJob, task: Task) -> None:
    """Make what the page needs of a project that was opened again."""
    assert job.document is not None
    try:
        _make_ready(job, probe(job.source), heard_together(job.document), task)
    except VidtagError as error:
        job.note = public_message(error)
        raise


def _make_ready(job: WebJob, media: Media, tracks: Sequence[int], task: Task) -> None:
    job.playable = playable_file(media, job.folder / "preview.mp4", task.on_progress, tracks)
    # A page without a waveform is still one to work on.
    with contextlib.suppress(VidtagError):
        write_peaks(media, tracks, job.peaks, task.on_progress)
