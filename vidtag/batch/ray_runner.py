"""The runner on a Ray cluster: decoding and showing are tasks, listening is done by actors.

Ray brings jobs to machines and sound from one to another. Each task and actor does its work in a
worker process of its own, as on one machine, so that limits, errors and results are the same. A
machine that dies takes its tasks with it; they are tried again on others. Only the process that
started the batch writes the ledger, so nothing is ever entered twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray

from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import JobUpdate, Paused, Step, StepBegan, VideoJob
from vidtag.batch.ray_cluster import ClusterShares, connect, measure
from vidtag.batch.ray_tasks import Listener, decode, outcome, show
from vidtag.batch.schedule import QueuedJob, Schedule
from vidtag.batch.steps import ModelReady, StoredAudio

_LOOK_SECONDS = 0.5
_SIZE_SECONDS = 5.0
"""Seconds between two looks at the size of the cluster."""


class RayRunner:
    """Runs jobs on a cluster; see ``contract.Runner``.

    Raises:
        UserError: there is no cluster at the address.
    """

    def __init__(self, settings: BatchConfig, state: Path) -> None:
        self._settings = settings
        self._connected = connect(settings.address)
        self._shares = measure(settings.workers)
        self._measured = time.monotonic()
        self._schedule = Schedule(
            cpus=self._shares.tasks,
            ahead=settings.workers.ahead * self._shares.listeners,
            retries=settings.limits.retries,
            patience=settings.limits.patience,
            sound_survives=False,
        )
        self._listeners: dict[str, Any] = {}
        self._starting: dict[Any, tuple[str, int]] = {}
        self._idle: list[str] = []
        self._running: dict[Any, tuple[QueuedJob, Step, str]] = {}
        self._slots: list[str] = []

    def run(self, jobs: Iterator[VideoJob | None]) -> Iterator[JobUpdate | Paused | None]:
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

    def _follow_cluster(self) -> None:
        """Use machines that have joined, and do without those that have left."""
        if time.monotonic() - self._measured > _SIZE_SECONDS:
            self._measured = time.monotonic()
            now = measure(self._settings.workers)
            self._shares = ClusterShares(
                max(now.listeners, 1),
                self._shares.listener_gpus,
                self._shares.listener_cpus,
                now.tasks,
                self._shares.task_cpus,
            )
            self._schedule.cpus = now.tasks
            self._schedule.ahead = self._settings.workers.ahead * now.listeners
        # After a machine died, those that took over may hold the cores that decoding needs.
        while self._idle and len(self._listeners) > self._shares.listeners:
            self._drop(self._idle.pop())

    def _assign(self) -> Iterator[JobUpdate]:
        if self._schedule.needs_listeners:
            while len(self._listeners) < self._shares.listeners:
                self._start_listener(1)
        while self._idle:
            item = self._schedule.next_listen()
            if item is None:
                break
            assert item.sound is not None
            name = self._idle.pop()
            call = self._listeners[name].listen.remote(
                item.job, item.sound, item.references, self._settings.limits
            )
            self._running[call] = item, Step.LISTEN, name
            yield StepBegan(item.job.number, Step.LISTEN, name)
        while len(self._slots) < self._shares.tasks and self._schedule.cpu_step is not None:
            item, step = self._schedule.next_cpu()
            name = next(n for i in range(self._shares.tasks) if (n := f"cpu{i}") not in self._slots)
            remote = decode if step is Step.DECODE else show
            call = remote.options(num_cpus=self._shares.task_cpus).remote(
                item.job, self._settings.limits
            )
            self._slots.append(name)
            self._running[call] = item, step, name
            yield StepBegan(item.job.number, step, name)

    def _start_listener(self, attempt: int) -> None:
        name = next(
            n for i in range(len(self._listeners) + 1) if (n := f"model{i}") not in self._listeners
        )
        shares = self._shares
        listener = Listener.options(  # type: ignore[attr-defined]
            num_cpus=shares.listener_cpus, num_gpus=shares.listener_gpus
        ).remote(self._settings.model, max(1, int(shares.listener_cpus)), self._settings.limits)
        self._listeners[name] = listener
        self._starting[listener.load.remote()] = name, attempt

    def _advance(self) -> Iterator[JobUpdate | Paused | None]:
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
        finished = outcome(reference)
        if isinstance(finished.result, ModelReady):
            self._idle.append(name)
            return
        self._drop(name)
        assert finished.error is not None
        if not finished.lost or attempt > self._settings.limits.retries:
            raise finished.error
        if len(self._listeners) < self._shares.listeners:
            self._start_listener(attempt + 1)

    def _finish(self, reference: Any) -> Iterator[JobUpdate | Paused]:
        item, step, name = self._running.pop(reference)
        finished = outcome(reference)
        if step is not Step.LISTEN:
            self._slots.remove(name)
        elif finished.gone:
            self._drop(name)
        else:
            self._idle.append(name)
        if isinstance(finished.result, StoredAudio):
            item.references = finished.result.references
            finished = replace(finished, result=finished.result.sound)
        ended = self._schedule.finish(item, step, name, finished)
        if ended is not None:
            yield ended

    def _drop(self, name: str) -> None:
        listener = self._listeners.pop(name)
        with contextlib.suppress(Exception):
            ray.kill(listener)
