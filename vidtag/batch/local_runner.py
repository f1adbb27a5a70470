"""The runner on one machine: processes that decode and cut, and one per device that listens."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import JobUpdate, Paused, Step, StepBegan, VideoJob
from vidtag.batch.schedule import QueuedJob, Schedule
from vidtag.batch.steps import DecodeTask, ListenTask, LoadTask, ModelReady, ShowTask, Task
from vidtag.batch.worker import LOG, Allowance, Finished, Worker, allowance, memory_of, memory_share
from vidtag.core.errors import OutputError
from vidtag.core.machine import usable_cores

LOAD_SECONDS = 3600.0
"""A model may have to be fetched first."""

_LOOK_SECONDS = 0.5
"""How often the memory of the workers is looked at."""

_ANY_DEVICE = ("auto", "cuda")


class LocalRunner:
    """Runs jobs on this machine; see ``contract.Runner``.

    Args:
        state: folder for decoded sound and the workers' log.

    Raises:
        OutputError: something else has the log's name.
    """

    def __init__(self, settings: BatchConfig, state: Path) -> None:
        self._settings = settings
        self._log = state / LOG
        _check_log(self._log)
        self._scratch = tempfile.TemporaryDirectory(prefix="sound-", dir=state)
        self._cpus = settings.workers.cpu or usable_cores()
        self._models = settings.workers.models or 1
        self._device: ModelReady | None = None
        self._memory = memory_share(settings.limits, self._cpus + self._models)
        self._schedule = Schedule(
            cpus=self._cpus,
            ahead=settings.workers.ahead * self._models,
            retries=settings.limits.retries,
            patience=settings.limits.patience,
            sound_survives=True,
        )
        self._cpu_workers: list[Worker] = []
        self._model_workers: list[Worker] = []
        self._loading: dict[Worker, int] = {}
        self._tasks: dict[Worker, tuple[QueuedJob, Step]] = {}
        self._looked = 0.0

    def run(self, jobs: Iterator[VideoJob | None]) -> Iterator[JobUpdate | Paused | None]:
        """See ``contract.Runner.run``."""
        more = True
        while True:
            if more:
                more = self._schedule.admit(jobs)
            yield from self._assign()
            if not more and not self._tasks and self._schedule.empty:
                return
            yield from self._advance()

    def close(self) -> None:
        """See ``contract.Runner.close``."""
        for worker in [*self._cpu_workers, *self._model_workers]:
            worker.kill()
        self._cpu_workers.clear()
        self._model_workers.clear()
        self._scratch.cleanup()

    def _assign(self) -> Iterator[JobUpdate]:
        """Give every idle worker something to do, if there is something."""
        if self._schedule.needs_listeners:
            self._start_models()
        while (worker := self._idle_model()) is not None:
            item = self._schedule.next_listen()
            if item is None:
                break
            assert item.sound is not None
            yield self._start(worker, item, Step.LISTEN, ListenTask(item.job, item.sound))
        while self._schedule.cpu_step is not None and (worker := self._idle_cpu()) is not None:
            item, step = self._schedule.next_cpu()
            task: Task = ShowTask(item.job)
            if step is Step.DECODE:
                task = DecodeTask(item.job, self._sound_file(item.job))
            yield self._start(worker, item, step, task)

    def _start(self, worker: Worker, item: QueuedJob, step: Step, task: Task) -> JobUpdate:
        self._tasks[worker] = item, step
        worker.start(task, allowance(self._settings.limits, step, self._memory))
        return StepBegan(item.job.number, step, worker.name)

    def _idle_cpu(self) -> Worker | None:
        idle = next((w for w in self._cpu_workers if not w.busy), None)
        if idle is None and len(self._cpu_workers) < self._cpus:
            idle = Worker(_free_name("cpu", self._cpu_workers), self._log, nice=True)
            self._cpu_workers.append(idle)
        return idle

    def _idle_model(self) -> Worker | None:
        return next((w for w in self._model_workers if not w.busy), None)

    def _start_models(self) -> None:
        """Start processes that listen: one first, which tells how many devices there are."""
        wanted = self._models if self._device is not None else 1
        while len(self._model_workers) < wanted:
            worker = Worker(_free_name("model", self._model_workers), self._log)
            self._load(worker, attempt=1)

    def _load(self, worker: Worker, attempt: int) -> None:
        model = self._settings.model
        number = int(worker.name.removeprefix("model"))
        if self._device is not None and self._device.devices > 1 and model.device in _ANY_DEVICE:
            model = model.model_copy(update={"device": f"cuda:{number % self._device.devices}"})
        threads = self._settings.workers.threads
        if threads is None and self._models > 1:
            threads = max(1, usable_cores() // self._models)
        self._model_workers.append(worker)
        self._loading[worker] = attempt
        worker.start(LoadTask(model, threads), Allowance(LOAD_SECONDS, memory=self._memory))

    def _advance(self) -> Iterator[JobUpdate | Paused | None]:
        """Wait for something to happen, and deal with it."""
        workers = {w.connection: w for w in [*self._cpu_workers, *self._model_workers] if w.busy}
        patience = min([_LOOK_SECONDS, *(w.seconds_left() for w in workers.values())])
        ready = wait(list(workers), patience) if workers else []
        if not ready:
            if not workers:
                time.sleep(patience)
            yield None
        for connection in ready:
            worker = workers[connection]
            finished = worker.collect()
            if finished is not None:
                yield from self._finish(worker, finished)
        yield from self._look()

    def _look(self) -> Iterator[JobUpdate | Paused]:
        """Stop what takes too much time or memory."""
        busy = [w for w in [*self._cpu_workers, *self._model_workers] if w.busy]
        memory: dict[int, float] = {}
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            memory = memory_of(w.pid for w in busy)
            self._looked = time.monotonic()
        for worker in busy:
            finished = worker.stop_if_over_limits(memory.get(worker.pid))
            if finished is not None:
                yield from self._finish(worker, finished)

    def _finish(self, worker: Worker, finished: Finished) -> Iterator[JobUpdate | Paused]:
        if finished.gone:
            for workers in (self._cpu_workers, self._model_workers):
                if worker in workers:
                    workers.remove(worker)
        if worker in self._loading:
            self._loaded(worker, finished)
            return
        item, step = self._tasks.pop(worker)
        ended = self._schedule.finish(item, step, worker.name, finished)
        if ended is not None:
            if step is not Step.SHOW and not isinstance(ended, Paused):
                self._sound_file(item.job).unlink(missing_ok=True)
            yield ended

    def _loaded(self, worker: Worker, finished: Finished) -> None:
        """A model is ready, or cannot be loaded, and then nothing can be done.

        Raises:
            VidtagError: it cannot be loaded.
        """
        attempt = self._loading.pop(worker)
        if finished.error is not None:
            if not (finished.lost and attempt <= self._settings.limits.retries):
                raise finished.error
            self._load(Worker(worker.name, self._log), attempt + 1)
            return
        assert isinstance(finished.result, ModelReady)
        if self._device is None:
            self._device = finished.result
            if self._settings.workers.models is None and self._settings.model.device in _ANY_DEVICE:
                self._models = self._device.devices
                self._schedule.ahead = self._settings.workers.ahead * self._models

    def _sound_file(self, job: VideoJob) -> Path:
        return Path(self._scratch.name) / f"{job.number}.f32"


def _free_name(kind: str, workers: list[Worker]) -> str:
    taken = {worker.name for worker in workers}
    return next(name for i in range(len(taken) + 1) if (name := f"{kind}{i}") not in taken)


def _check_log(log: Path) -> None:
    """A link would let workers write into another's file; a pipe would let them wait for good."""
    if os.path.lexists(log) and not stat.S_ISREG(log.lstat().st_mode):
        raise OutputError(
            "the workers cannot write their log here (not a regular file)",
            path=log,
            remedy="move it away",
        )
