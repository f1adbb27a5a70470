"""What runs on the machines of a Ray cluster, each in a worker process as on one machine."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError

from vidtag.batch.batch_settings import LimitsConfig
from vidtag.batch.contract import Step, VideoJob
from vidtag.batch.local_runner import LOAD_SECONDS
from vidtag.batch.steps import (
    DecodedAudio,
    DecodeTask,
    ListenTask,
    LoadTask,
    ShowTask,
    StoredAudio,
    Task,
    read_chunks,
)
from vidtag.batch.worker import Allowance, Finished, Worker, allowance, memory_share
from vidtag.core.errors import WorkerLostError
from vidtag.core.machine import usable_cores
from vidtag.core.settings import ModelConfig
from vidtag.files import scratch_folder
from vidtag.media.samples import Samples

_JOINED = 10
"""Chunks (of a minute) of sound that travel as one object."""


def outcome(reference: Any) -> Finished:
    """The end of a task; the loss of its process or machine is an error like others."""
    try:
        finished: Finished = ray.get(reference)
    except RayError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        lost = WorkerLostError(f"its process or machine was lost ({reason})")
        return Finished(None, lost, 0.0, gone=True)
    return finished


_worker: Worker | None = None
"""The worker process of this Ray process."""


def _work(task: Task, limits: LimitsConfig, step: Step) -> Finished:
    global _worker
    if _worker is None:
        _worker = Worker(f"ray{os.getpid()}", None, nice=True)
    memory = memory_share(limits, usable_cores())
    finished = _worker.run(task, allowance(limits, step, memory))
    if finished.gone:
        _worker = None
    return finished


@contextlib.contextmanager
def _sound_file() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder / "sound.f32"


@ray.remote(max_retries=0)
def decode(job: VideoJob, limits: LimitsConfig) -> Finished:
    """Decode a video's sound, and put it into the object store."""
    with _sound_file() as file:
        finished = _work(DecodeTask(job, file), limits, Step.DECODE)
        if not isinstance(finished.result, DecodedAudio):
            return finished
        references = tuple(ray.put(part) for part in _joined(read_chunks(file)))
        return replace(finished, result=StoredAudio(finished.result, references))


@ray.remote(max_retries=0)
def show(job: VideoJob, limits: LimitsConfig) -> Finished:
    """Make subtitles, clips and reel of a video."""
    return _work(ShowTask(job), limits, Step.SHOW)


@ray.remote(max_restarts=0, max_task_retries=0)
class Listener:
    """Holds a model, in a process of its own."""

    def __init__(self, model: ModelConfig, threads: int, limits: LimitsConfig) -> None:
        self._load = LoadTask(model, threads)
        self._memory = memory_share(limits, usable_cores())
        self._process: Worker | None = None

    def load(self) -> Finished:
        """Load the model."""
        self._process = Worker(f"ray{os.getpid()}", None)
        return self._process.run(self._load, Allowance(LOAD_SECONDS, memory=self._memory))

    def listen(
        self, job: VideoJob, sound: DecodedAudio, references: Sequence[Any], limits: LimitsConfig
    ) -> Finished:
        """Listen to sound from anywhere in the cluster."""
        assert self._process is not None
        with _sound_file() as file:
            try:
                with file.open("wb") as out:
                    for reference in references:
                        out.write(ray.get(reference).tobytes())
            except RayError as error:
                return Finished(None, WorkerLostError(f"its sound was lost ({error})"), 0.0)
            task = ListenTask(job, replace(sound, file=file))
            return self._process.run(task, allowance(limits, Step.LISTEN, self._memory))


def _joined(chunks: Iterator[Samples]) -> Iterator[Samples]:
    """Chunks joined into larger ones."""
    while some := list(itertools.islice(chunks, _JOINED)):
        yield np.concatenate(some)
