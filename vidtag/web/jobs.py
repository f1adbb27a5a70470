"""The work behind page and API: jobs in one queue, done one after another, cancelled at once.

A job is known by an id that cannot be guessed, and whoever has the id may see the job: that is
how users do not see each other's results. Its files lie in a folder of its own and go with it.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vidtag import files
from vidtag.core.errors import UserError, VidtagError, of_the_machine
from vidtag.core.records import Cue, Document, OnProgress, Progress
from vidtag.core.settings import Config

if TYPE_CHECKING:
    from vidtag.core.settings import ModelConfig
    from vidtag.listening.speech.sensevoice import SenseVoice

_SWEEP_SECONDS = 30.0


class TaskState(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED)


class JobCancelledError(Exception):
    """Raised in the midst of work that nobody wants any more."""


class Task:
    """One piece of work in the queue.

    Attributes:
        stages: the latest progress of every stage, in the order they began.
        error: what went wrong, fit to be shown.
    """

    def __init__(self, work: Callable[[OnProgress], None]) -> None:
        self.state = TaskState.WAITING
        self.stages: dict[str, Progress] = {}
        self.error = ""
        self._work = work
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop; running work does so at its next report of progress."""
        self._stop.set()
        if self.state is TaskState.WAITING:
            self.state = TaskState.CANCELLED

    def run(self) -> None:
        """Do the work, and remember how it ended. Never raises."""
        if self._stop.is_set():
            self.state = TaskState.CANCELLED
            return
        self.state = TaskState.RUNNING
        try:
            self._work(self._report)
            self.check()
        except JobCancelledError:
            self.state = TaskState.CANCELLED
        except VidtagError as error:
            self.error, self.state = told(error), TaskState.FAILED
        except Exception as error:
            # Whatever it is, it concerns this task alone; a library's own words may hold paths.
            known = of_the_machine(error)
            self.error = told(known) if known else f"unexpected {type(error).__name__}"
            self.state = TaskState.FAILED
            _log(error)
        else:
            self.state = TaskState.DONE
        if self._stop.is_set():  # libraries turn an interruption into errors of their own
            self.state = TaskState.CANCELLED

    def _report(self, progress: Progress) -> None:
        self.check()
        self.stages[progress.stage] = progress

    def check(self) -> None:
        """Raise if it was cancelled."""
        if self._stop.is_set():
            raise JobCancelledError


@dataclass(eq=False)
class WebJob:
    """A file, what is wanted of it, and what became of it.

    Attributes:
        id: known only to those who posted it.
        name: of the file, as its owner calls it.
        folder: its own, removed with it.
        source: the file; outside of ``folder`` if it was named and not uploaded.
        config: the settings, those of highlights and subtitles being changed now and then.
        listening, bundling: the two tasks; bundling is None until it is asked for.
        document: what was heard, once that is done.
        playable: what a browser can play of it.
        cues: subtitles as they are now; ``edited`` if not as they were made.
    """

    id: str
    name: str
    folder: Path
    source: Path
    config: Config
    listening: Task = field(init=False)
    bundling: Task | None = None
    document: Document | None = None
    playable: Path | None = None
    cues: tuple[Cue, ...] = ()
    edited: bool = False
    touched: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bundle(self) -> Path:
        """The ZIP of everything."""
        return self.folder / "everything.zip"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks it has."""
        return (self.listening,) if self.bundling is None else (self.listening, self.bundling)

    def heard(self) -> Document:
        """The document.

        Raises:
            UserError: it is not there (yet).
        """
        if self.document is None:
            raise UserError("this job has no result", remedy="wait until its state is 'done'")
        return self.document


class Jobs:
    """All jobs of a server, and the one thread that works on them.

    Args:
        keep: seconds that a job is kept after it was last asked about.
        most: jobs that are kept at all.
        largest: bytes an uploaded file may have.
        allowed: folders whose files may be named instead of uploaded.
        models: names that may be asked for.
    """

    def __init__(
        self,
        *,
        keep: float = 3600.0,
        most: int = 200,
        largest: int = 2 << 30,
        allowed: tuple[Path, ...] = (),
        models: tuple[str, ...] = ("pocket",),
    ) -> None:
        self.keep, self.most, self.largest = keep, most, largest
        self.allowed = tuple(folder.resolve() for folder in allowed)
        self.models = models
        files.sweep_scratch_folders()
        self._files = contextlib.ExitStack()
        self.root = self._files.enter_context(files.scratch_folder())
        self._jobs: dict[str, WebJob] = {}
        self._queue: deque[Task] = deque()
        self._running: Task | None = None
        self._changed = threading.Condition()
        self._open = True
        self._threads = [
            threading.Thread(target=self._work, name="vidtag-web-work", daemon=True),
            threading.Thread(target=self._sweep, name="vidtag-web-sweep", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop all work and remove every file."""
        with self._changed:
            self._open = False
            jobs = list(self._jobs.values())
            self._changed.notify_all()
        for job in jobs:
            self.remove(job.id)
        for thread in self._threads:
            thread.join(timeout=30)
        self._files.close()

    def reserve(self, name: str) -> tuple[str, Path]:
        """An id, and where to put the uploaded file called ``name``.

        Raises:
            UserError: there are too many jobs.
        """
        with self._changed:
            if len(self._jobs) >= self.most:
                raise UserError(
                    f"the server already keeps {self.most} jobs", remedy="try again later"
                )
        identity = secrets.token_urlsafe(24)
        folder = self.root / identity / "source"
        folder.mkdir(parents=True, mode=0o700)
        return identity, folder / safe_name(name)

    def discard(self, identity: str) -> None:
        """Remove what was reserved and not submitted."""
        shutil.rmtree(self.root / identity, ignore_errors=True)

    def submit(self, identity: str, source: Path, config: Config, name: str) -> WebJob:
        """Queue a file to be listened to."""
        from vidtag.web.work import listen_to

        folder = self.root / identity
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        job = WebJob(identity, name, folder, source, config)
        job.listening = Task(functools.partial(listen_to, job, self._model))
        with self._changed:
            self._jobs[identity] = job
        self._enqueue(job.listening)
        return job

    def bundle(self, job: WebJob) -> Task:
        """Queue the making of everything: files, clips, reel, report, in one ZIP."""
        from vidtag.web.work import bundle_up

        job.heard()
        with job.lock:
            if job.bundling is not None and not job.bundling.state.ended:
                return job.bundling
            job.bundling = Task(functools.partial(bundle_up, job))
        self._enqueue(job.bundling)
        return job.bundling

    def get(self, identity: str) -> WebJob | None:
        """The job of that id, which is thereby kept longer."""
        with self._changed:
            job = self._jobs.get(identity)
        if job is not None:
            job.touched = time.monotonic()
        return job

    def position(self, task: Task) -> int:
        """How many tasks are done before this one; 0 if it is running or has ended."""
        with self._changed:
            if task not in self._queue:
                return 0
            return self._queue.index(task) + (1 if self._running is not None else 0)

    def remove(self, identity: str) -> None:
        """Cancel a job and remove all of its files."""
        with self._changed:
            job = self._jobs.pop(identity, None)
        if job is None:
            return
        for task in job.tasks:
            task.cancel()
        with self._changed:
            # The thread must have let go of the files.
            self._changed.wait_for(lambda: self._running not in job.tasks, timeout=30)
        shutil.rmtree(job.folder, ignore_errors=True)

    def local_file(self, path: str) -> Path:
        """A file in one of the allowed folders, links followed.

        Raises:
            UserError: it is not there, or not in any of them; which of the two is not told.
        """
        with contextlib.suppress(OSError, ValueError):
            found = Path(path).resolve(strict=True)
            inside = any(found.is_relative_to(folder) for folder in self.allowed)
            if inside and found.is_file():
                return found
        raise UserError(
            "there is no such file in the folders that may be read",
            remedy="give a path in one of them, or upload the file",
        )

    def _enqueue(self, task: Task) -> None:
        with self._changed:
            self._queue.append(task)
            self._changed.notify_all()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            task.run()
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _next(self) -> Task | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or not self._open)
            if not self._open:
                return None
            self._running = self._queue.popleft()
            return self._running

    def _sweep(self) -> None:
        """Remove jobs that nobody has asked about for long."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: not self._open, timeout=_SWEEP_SECONDS):
                    return
            for identity in list(self._stale()):
                self.remove(identity)

    def _stale(self) -> Iterator[str]:
        with self._changed:
            jobs = list(self._jobs.values())
        for job in jobs:
            busy = any(not task.state.ended for task in job.tasks)
            if not busy and time.monotonic() - job.touched > self.keep:
                yield job.id

    @staticmethod
    @functools.lru_cache(maxsize=1)
    def _model(config: ModelConfig) -> SenseVoice:
        from vidtag.listening.speech.sensevoice import SenseVoice

        return SenseVoice.load(config)


def told(error: VidtagError) -> str:
    """An error as users of the server may know it: with names of files, not where they lie."""
    if error.path is None:
        return str(error)
    return str(error).replace(error.path, Path(error.path).name)


def safe_name(name: str) -> str:
    """A file name without folders, control characters or a leading dot, of bearable length."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in plain if letter.isprintable() and letter not in '<>:"|?*')
    plain = plain.encode("utf-8", "ignore").decode().strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    while len(stem.encode()) > 150:
        stem = stem[:-1]
    return (stem or "upload") + (f".{suffix[:10]}" if suffix else "")


def _log(error: Exception) -> None:
    import logging

    logging.getLogger("vidtag.web").error("a job failed", exc_info=error)
