"""The runner on a Ray cluster: decoding and showing are tasks, listening is done by actors.

Ray brings jobs to machines and sound from one to another. Each task and actor does its work in a
worker process of its own, as on one machine, so that limits, errors and results are the same. A
machine that dies takes its tasks with it; they are tried again on others. Only the process that
started the batch writes the ledger, so nothing is ever entered twice.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
from ray.exceptions import RayError

from vidtag.batch.batch_settings import BatchConfig, LimitsConfig
from vidtag.batch.contract import JobUpdate, Step, StepBegan, VideoJob
from vidtag.batch.local_runner import LOAD_SECONDS
from vidtag.batch.schedule import QueuedJob, Schedule
from vidtag.batch.steps import (
    DecodedAudio,
    DecodeTask,
    ListenTask,
    LoadTask,
    ModelReady,
    ShowTask,
    StoredAudio,
    Task,
    read_chunks,
)
from vidtag.batch.worker import LOG, Allowance, Finished, Worker, allowance, memory_share
from vidtag.core.errors import UserError, WorkerLostError
from vidtag.core.settings import ModelConfig
from vidtag.files import scratch_folder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LOOK_SECONDS = 0.5
_SIZE_SECONDS = 5.0
"""How often the size of the cluster is asked for."""

_THREADS = 4
"""Processor cores of an actor that listens without a GPU."""

_LISTENING_SHARE = 0.75
"""Share of a cluster's cores that listen, where there are no GPUs."""

_PART = 10
"""Blocks (of a minute) of sound that travel as one object."""


@dataclass(frozen=True, slots=True)
class ClusterShares:
    """How a cluster's resources are shared out.

    Attributes:
        listeners: number of actors.
        listener_gpus, listener_cpus: what each asks Ray for.
        tasks: decode and show tasks at once.
        task_cpus: what each asks Ray for.
    """

    listeners: int
    listener_gpus: float
    listener_cpus: float
    tasks: int
    task_cpus: float


def shape(
    cpus: float,
    gpus: float,
    largest: float,
    *,
    models: int | None = None,
    threads: int | None = None,
    tasks: int | None = None,
) -> ClusterShares:
    """Share out a cluster.

    Args:
        cpus, gpus: of the whole cluster.
        largest: cores of its largest machine.
        models, threads, tasks: as the settings ask for; None leaves the choice.
    """
    if gpus >= 1:
        listeners = models or int(gpus)
        spare = max(1.0, cpus - listeners)
        share = min(1.0, gpus / listeners)
        return ClusterShares(listeners, share, 1.0, tasks or int(spare), 1.0)
    if cpus < 2:  # one core for everything: Ray deals in shares
        return ClusterShares(models or 1, 0.0, 0.5, tasks or 1, 0.5)
    each = float(min(threads or _THREADS, largest, cpus - 1))
    listeners = models or max(1, int(_LISTENING_SHARE * cpus / each))
    # One core stays for what must be done before anything can be listened to.
    listeners = min(listeners, max(1, int((cpus - 1) / each)))
    spare = max(1.0, cpus - listeners * each)
    return ClusterShares(listeners, 0.0, each, tasks or int(spare), 1.0)


class RayRunner:
    """Runs jobs on a cluster; see ``contract.Runner``.

    Raises:
        UserError: there is no cluster at the address.
    """

    def __init__(self, settings: BatchConfig, state: Path) -> None:
        self._settings = settings
        self._connected = connect(settings.address)
        self._shape = self._measure()
        self._measured = time.monotonic()
        self._schedule = Schedule(
            cpus=self._shape.tasks,
            ahead=settings.workers.ahead * self._shape.listeners,
            retries=settings.limits.retries,
            sound_survives=False,
        )
        self._listeners: dict[str, Any] = {}
        self._starting: dict[Any, tuple[str, int]] = {}
        self._idle: list[str] = []
        self._running: dict[Any, tuple[QueuedJob, Step, str]] = {}
        self._slots: list[str] = []

    def run(self, jobs: Iterator[VideoJob | None]) -> Iterator[JobUpdate | None]:
        """See ``contract.Runner.run``."""
        more = True
        while True:
            self._follow_cluster()
            if more:
                more = self._schedule.admit(jobs)
            yield from self._assign()
            if not more and not self._running and self._schedule.empty:
                return
            yield from self._advance()

    def close(self) -> None:
        """See ``contract.Runner.close``."""
        if not ray.is_initialized():
            return
        for reference in self._running:
            with contextlib.suppress(Exception):
                ray.cancel(reference, force=True)
        for listener in self._listeners.values():
            with contextlib.suppress(Exception):
                ray.kill(listener)
        self._running.clear()
        self._listeners.clear()
        if self._connected:
            ray.shutdown()

    def _measure(self) -> ClusterShares:
        total: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        nodes: list[Any] = ray.nodes()  # type: ignore[no-untyped-call]
        machines = [node["Resources"].get("CPU", 0.0) for node in nodes if node["Alive"]]
        workers = self._settings.workers
        return shape(
            total.get("CPU", 1.0),
            total.get("GPU", 0.0),
            max(machines, default=1.0),
            models=workers.models,
            threads=workers.threads,
            tasks=workers.cpu,
        )

    def _follow_cluster(self) -> None:
        """Use machines that have joined, and do without those that have left."""
        if time.monotonic() - self._measured > _SIZE_SECONDS:
            self._measured = time.monotonic()
            now = self._measure()
            self._shape = ClusterShares(
                max(now.listeners, 1),
                self._shape.listener_gpus,
                self._shape.listener_cpus,
                now.tasks,
                self._shape.task_cpus,
            )
            self._schedule.cpus = now.tasks
            self._schedule.ahead = self._settings.workers.ahead * now.listeners
        # After a machine died, those that took over may hold the cores that decoding needs.
        while self._idle and len(self._listeners) > self._shape.listeners:
            self._drop(self._idle.pop())

    def _assign(self) -> Iterator[JobUpdate]:
        if self._schedule.needs_listeners:
            while len(self._listeners) < self._shape.listeners:
                self._start_listener(1)
        while self._idle:
            item = self._schedule.next_listen()
            if item is None:
                break
            assert item.sound is not None
            name = self._idle.pop()
            call = self._listeners[name].listen.remote(
                item.job, item.sound, item.parts, self._settings.limits
            )
            self._running[call] = item, Step.LISTEN, name
            yield StepBegan(item.job.number, Step.LISTEN, name)
        while len(self._slots) < self._shape.tasks and self._schedule.cpu_step is not None:
            item, step = self._schedule.next_cpu()
            name = next(n for i in range(self._shape.tasks) if (n := f"cpu{i}") not in self._slots)
            remote = _decode if step is Step.DECODE else _show
            call = remote.options(num_cpus=self._shape.task_cpus).remote(
                item.job, self._settings.limits
            )
            self._slots.append(name)
            self._running[call] = item, step, name
            yield StepBegan(item.job.number, step, name)

    def _start_listener(self, attempt: int) -> None:
        name = next(
            n for i in range(len(self._listeners) + 1) if (n := f"model{i}") not in self._listeners
        )
        shape = self._shape
        listener = _Listener.options(  # type: ignore[attr-defined]
            num_cpus=shape.listener_cpus, num_gpus=shape.listener_gpus
        ).remote(self._settings.model, max(1, int(shape.listener_cpus)), self._settings.limits)
        self._listeners[name] = listener
        self._starting[listener.load.remote()] = name, attempt

    def _advance(self) -> Iterator[JobUpdate | None]:
        """Wait for something to happen, and deal with it."""
        waiting = [*self._running, *self._starting]
        if not waiting:
            time.sleep(_LOOK_SECONDS)
            yield None
            return
        ready, _ = ray.wait(waiting, num_returns=1, timeout=_LOOK_SECONDS)
        if not ready:
            yield None
        for reference in ready:
            if reference in self._starting:
                self._started(reference)
            else:
                yield from self._finish(reference)

    def _started(self, reference: Any) -> None:
        """A listener is ready, or its machine is gone, or it has no model.

        Raises:
            VidtagError: it has no model.
        """
        name, attempt = self._starting.pop(reference)
        finished = _outcome(reference)
        if isinstance(finished.result, ModelReady):
            self._idle.append(name)
            return
        self._drop(name)
        assert finished.error is not None
        if not finished.lost or attempt > self._settings.limits.retries:
            raise finished.error
        if len(self._listeners) < self._shape.listeners:
            self._start_listener(attempt + 1)

    def _finish(self, reference: Any) -> Iterator[JobUpdate]:
        item, step, name = self._running.pop(reference)
        finished = _outcome(reference)
        if step is not Step.LISTEN:
            self._slots.remove(name)
        elif finished.gone:
            self._drop(name)
        else:
            self._idle.append(name)
        if isinstance(finished.result, StoredAudio):
            item.parts = finished.result.parts
            finished = Finished(finished.result.sound, None, finished.seconds)
        ended = self._schedule.finish(item, step, name, finished)
        if ended is not None:
            yield ended

    def _drop(self, name: str) -> None:
        listener = self._listeners.pop(name)
        with contextlib.suppress(Exception):
            ray.kill(listener)


def connect(address: str) -> bool:
    """Join a cluster; False if this process belongs to one already.

    Raises:
        UserError: there is none at the address.
    """
    if ray.is_initialized():
        return False
    try:
        ray.init(
            address=address,
            include_dashboard=False if address == "local" else None,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    except Exception as error:  # Ray raises a bare one when a node does not start in time
        raise UserError(
            f"there is no Ray cluster at '{address}' ({str(error).splitlines()[0]})",
            remedy="start one with 'ray start --head', or set address to local",
        ) from error
    return True


def _outcome(reference: Any) -> Finished:
    """What came of a call; a machine or process that died is an error like others."""
    try:
        finished: Finished = ray.get(reference)
    except RayError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        lost = WorkerLostError(f"its process or machine was lost ({reason})")
        return Finished(None, lost, 0.0, gone=True)
    return finished


_own: Worker | None = None
"""The worker process of this Ray process."""


def _work(task: Task, limits: LimitsConfig, step: Step) -> Finished:
    global _own
    if _own is None:
        _own = Worker(f"ray{os.getpid()}", _folder() / LOG, nice=True)
    memory = memory_share(limits, os.cpu_count() or 1)
    finished = _own.run(task, allowance(limits, step, memory))
    if finished.gone:
        _own = None
    return finished


def _folder() -> Path:
    """Scratch of this machine."""
    folder = Path(tempfile.gettempdir()) / f"vidtag-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def _sound_file() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder / "sound.f32"


@ray.remote(max_retries=0)
def _decode(job: VideoJob, limits: LimitsConfig) -> Finished:
    with _sound_file() as file:
        finished = _work(DecodeTask(job, file), limits, Step.DECODE)
        if not isinstance(finished.result, DecodedAudio):
            return finished
        parts = tuple(ray.put(part) for part in _parts(read_chunks(file)))
        return Finished(StoredAudio(finished.result, parts), None, finished.seconds)


@ray.remote(max_retries=0)
def _show(job: VideoJob, limits: LimitsConfig) -> Finished:
    return _work(ShowTask(job), limits, Step.SHOW)


@ray.remote(max_restarts=0, max_task_retries=0)
class _Listener:
    """Holds a model, in a process of its own."""

    def __init__(self, model: ModelConfig, threads: int, limits: LimitsConfig) -> None:
        self._load = LoadTask(model, threads)
        self._memory = memory_share(limits, os.cpu_count() or 1)
        self._worker: Worker | None = None

    def load(self) -> Finished:
        """Load the model."""
        self._worker = Worker(f"ray{os.getpid()}", _folder() / LOG)
        return self._worker.run(self._load, Allowance(LOAD_SECONDS, memory=self._memory))

    def listen(
        self, job: VideoJob, sound: DecodedAudio, parts: Sequence[Any], limits: LimitsConfig
    ) -> Finished:
        """Listen to sound from anywhere in the cluster."""
        assert self._worker is not None
        with _sound_file() as file:
            try:
                with file.open("wb") as out:
                    for part in parts:
                        out.write(ray.get(part).tobytes())
            except RayError as error:
                return Finished(None, WorkerLostError(f"its sound was lost ({error})"), 0.0)
            task = ListenTask(job, replace(sound, file=file))
            return self._worker.run(task, allowance(limits, Step.LISTEN, self._memory))


def _parts(blocks: Iterator[npt.NDArray[np.float32]]) -> Iterator[npt.NDArray[np.float32]]:
    """Blocks joined into larger ones."""
    import numpy as np

    while some := list(itertools.islice(blocks, _PART)):
        yield np.concatenate(some)
