"""A process that does tasks one after another, and the handle its owner has on it.

However a task ends, its owner learns of it: by a result, an error, a limit of time or memory, or
the death of the process. When the owner ends, even by SIGKILL, its workers and the programs they
started end too: each worker waits on a pipe that closes with the owner.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from vidtag.batch.batch_settings import LimitsConfig
from vidtag.batch.contract import Step
from vidtag.batch.steps import Result, Task, WorkerContext
from vidtag.core.errors import LimitError, VidtagError, WorkerLostError, machine_error
from vidtag.media.passed_over import passed_over
from vidtag.system.this_system import leave_terminal, lower_priority

DEBUG_VARIABLE = "VIDTAG_DEBUG"
"""Set to anything, tracebacks go to the workers' log."""

LOG = "workers.log"
"""On a cluster, workers print into Ray's logs."""

_LOGS = f"{LOG}, on a cluster in Ray's logs"
_OOM_SCORE = b"500"
"""So that the kernel, when memory runs out, kills a worker rather than its owner."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a task may take.

    Attributes:
        grace: seconds for any video.
        factor: seconds more per second of video.
        memory: bytes of the process and its children.
    """

    grace: float
    factor: float = 0.0
    memory: float = float("inf")


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a task.

    Attributes:
        result: None if there is an ``error``.
        gone: whether the process has ended too.
        passed_over: what it has to say of an ffmpeg that it passed over for another.
    """

    result: Result | None
    error: VidtagError | None
    seconds: float
    gone: bool = False
    passed_over: str | None = None

    @property
    def lost(self) -> bool:
        """Whether the process died by itself; trying again may help."""
        return isinstance(self.error, WorkerLostError)


class Worker:
    """An owner's handle on a worker process.

    Args:
        name: shown to users, such as ``cpu0``.
        log: file for what the process prints; None: it goes where this process prints.
        nice: run at a lower priority.
    """

    def __init__(self, name: str, log: Path | None, *, nice: bool = False) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._lifeline, watched = context.Pipe()
        with _no_main_module():
            self._process = context.Process(
                target=_serve, args=(theirs, watched, log, nice), name=f"vidtag {name}"
            )
            self._process.start()
        theirs.close()
        watched.close()
        self._busy_since: float | None = None
        self._length: float | None = None
        self._allowance = Allowance(float("inf"))

    @property
    def connection(self) -> Any:
        """Readable when there is something to ``collect``; its type differs between systems."""
        return self._connection

    @property
    def busy(self) -> bool:
        """Whether a task is being done."""
        return self._busy_since is not None

    @property
    def pid(self) -> int:
        """Number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def start(self, task: Task, allowance: Allowance) -> None:
        """Start a task; the worker must not be busy."""
        self._busy_since, self._length, self._allowance = time.monotonic(), None, allowance
        # If it is gone by now, collect() will say so.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send(task)

    def collect(self) -> Finished | None:
        """The end of the task, if it has ended. Call when ``connection`` is readable."""
        assert self._busy_since is not None
        seconds = time.monotonic() - self._busy_since
        try:
            while self._connection.poll():
                message = self._connection.recv()
                if isinstance(message, float):
                    self._length = message
                    continue
                self._busy_since = None
                end, said = message
                if isinstance(end, VidtagError):
                    return Finished(None, end, seconds, passed_over=said)
                return Finished(end, None, seconds, passed_over=said)
        except (EOFError, OSError):
            self._busy_since = None
            return Finished(None, self._lost_error(), seconds, gone=True)
        return None

    def stop_if_over_limits(self, memory: float | None = None) -> Finished | None:
        """Stop the task if it has taken too long, or if ``memory`` bytes are too many."""
        if self._busy_since is None:
            return None
        seconds = time.monotonic() - self._busy_since
        allowed = self._allowance.grace + self._allowance.factor * (self._length or 0.0)
        if seconds > allowed:
            cause = f"took longer than {allowed:.0f} s and was stopped"
            remedy = "raise the limits, if it was only slow"
        elif memory is not None and memory > self._allowance.memory:
            cause = (
                f"took more than {self._allowance.memory / 1e9:.1f} GB of memory and was stopped"
            )
            remedy = "raise limits.memory_gb, or have fewer workers"
        else:
            return None
        self._busy_since = None
        self.kill()
        return Finished(None, LimitError(cause, remedy=remedy), seconds, gone=True)

    def seconds_left(self) -> float:
        """Seconds until the task has used up its time."""
        if self._busy_since is None:
            return float("inf")
        allowed = self._allowance.grace + self._allowance.factor * (self._length or 0.0)
        return max(0.0, self._busy_since + allowed - time.monotonic())

    def run(self, task: Task, allowance: Allowance) -> Finished:
        """Do a task and wait for its end."""
        self.start(task, allowance)
        while True:
            if self._connection.poll(min(0.5, self.seconds_left())):
                finished = self.collect()
            else:
                finished = self.stop_if_over_limits(memory_of([self.pid])[self.pid])
            if finished is not None:
                return finished

    def kill(self) -> None:
        """End the process and all it started, at once."""
        kill_tree(self.pid)
        self._process.join()
        self._connection.close()
        self._lifeline.close()

    def _lost_error(self) -> WorkerLostError:
        self.kill()
        code = self._process.exitcode or 0
        if code < 0:
            cause = f"its process was killed by {signal.Signals(-code).name}"
        else:
            cause = f"its process ended with code {code}"
        remedy = f"see {_LOGS}; if the machine ran out of memory, have fewer workers"
        return WorkerLostError(cause, remedy=remedy)


def allowance(limits: LimitsConfig, step: Step, memory: float) -> Allowance:
    """What a step of a video may take."""
    return Allowance(limits.grace, getattr(limits, step.value), memory)


def memory_share(limits: LimitsConfig, workers: int) -> float:
    """Bytes of memory for each of the workers on this machine."""
    if limits.memory_gb is not None:
        return limits.memory_gb * 1e9
    return max(2e9, 0.9 * float(psutil.virtual_memory().total) / workers)


def memory_of(pids: Iterable[int]) -> dict[int, float]:
    """Bytes of main memory that processes and all below them take, by process."""
    totals = dict.fromkeys(pids, 0.0)
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for process in psutil.process_iter(["ppid", "memory_info"]):
        if process.info["memory_info"] is not None:
            parents[process.pid] = process.info["ppid"]
            sizes[process.pid] = process.info["memory_info"].rss
    for pid, size in sizes.items():
        ancestor: int | None = pid
        while ancestor and ancestor not in totals:
            ancestor = parents.get(ancestor)
        if ancestor:
            totals[ancestor] += size
    return totals


def kill_tree(pid: int, *, spare_root: bool = False) -> None:
    """Kill a process and all below it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        below = root.children(recursive=True)
        for process in below if spare_root else [root, *below]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _serve(connection: Connection, lifeline: Connection, log: Path | None, nice: bool) -> None:
    """Body of a worker process."""
    leave_terminal()  # Ctrl-C there goes to the owner alone
    threading.Thread(target=_die_with_owner, args=(lifeline,), daemon=True).start()
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())
    if nice:
        lower_priority()
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as score:
        score.write(_OOM_SCORE)
    context = WorkerContext(on_length=lambda seconds: connection.send(float(seconds)))
    while True:
        try:
            task: Task = connection.recv()
        except (EOFError, OSError):
            return
        connection.send((_done(task, context), passed_over()))


def _done(task: Task, context: WorkerContext) -> object:
    try:
        return task.run(context)
    except VidtagError as error:
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exc()
        return error
    except MemoryError:
        return LimitError("ran out of memory", remedy="have fewer workers")
    except Exception as error:
        if (known := machine_error(error)) is not None:
            return known
        traceback.print_exc()
        sys.stderr.flush()
        return VidtagError(
            f"unexpected {type(error).__name__}: {error}",
            remedy=f"this is a bug in vidtag; the traceback is in {_LOGS}",
        )


def _die_with_owner(lifeline: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        lifeline.recv()
    kill_tree(os.getpid(), spare_root=True)
    os._exit(1)


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep spawned processes from importing the script that started us."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name, None) for name in ("__file__", "__spec__")}
    for name in kept:
        main.__dict__[name] = None
    try:
        yield
    finally:
        main.__dict__.update(kept)
