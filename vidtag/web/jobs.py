"""Jobs: the files that users posted, with their results, and who may reach them.

A job has an id that cannot be guessed, and whoever has the id may see the job: so users do not see
each other's results. Its files lie in a folder of its own and are removed with it. What its tasks
do is given by whoever submits it.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from vidtag import files
from vidtag.core.errors import UserError
from vidtag.core.records import Cue, Document
from vidtag.core.settings import Config
from vidtag.show.views import Views
from vidtag.web.limits import DEFAULT_LIMITS, ServerLimits
from vidtag.web.tasks import Task, TaskQueue

_SWEEP_SECONDS = 30.0
"""How often jobs that nobody requests any more are looked for."""


@dataclass(eq=False)
class WebJob:
    """A file that was posted, and its results.

    Attributes:
        id: known only to those who posted it.
        name: name of the file, as its owner calls it.
        folder: holds the job's files, and is removed with it.
        source: the file; outside of ``folder`` if it was named and not uploaded.
        config: its settings; those of highlights and subtitles change when a user chooses others.
        listen_task: hears the file.
        bundle_task: makes the ZIP of everything; None until it is requested.
        document: what was heard, once ``listen_task`` is done.
        playable: a file that browsers can play.
        edited_cues: the subtitles, if a user changed them.
        views: what is shown, as long as it is current; see ``vidtag.web.results``.
        last_request: when somebody last requested the job, by ``time.monotonic``.
        lock: held while settings or cues change.
    """

    id: str
    name: str
    folder: Path
    source: Path
    config: Config
    listen_task: Task = field(init=False)
    bundle_task: Task | None = None
    document: Document | None = None
    playable: Path | None = None
    edited_cues: tuple[Cue, ...] | None = None
    views: Views | None = None
    last_request: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bundle(self) -> Path:
        """The ZIP of everything."""
        return self.folder / "everything.zip"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks it has."""
        return tuple(filter(None, (self.listen_task, self.bundle_task)))

    def require_document(self) -> Document:
        """The document.

        Raises:
            UserError: there is none (yet).
        """
        if self.document is None:
            raise UserError("this job has no result", remedy="wait until its state is 'done'")
        return self.document


JobAction: TypeAlias = Callable[[WebJob, Task], None]
"""What a task does for a job."""


class Jobs:
    """All jobs of a server, and the queue that works on them.

    Args:
        limits: how much is accepted and kept.
        allowed: folders whose files may be named instead of uploaded.
        models: names of the models that users may choose, the default first.
    """

    def __init__(
        self,
        *,
        limits: ServerLimits = DEFAULT_LIMITS,
        allowed: tuple[Path, ...] = (),
        models: tuple[str, ...] = ("pocket",),
    ) -> None:
        self.limits = limits
        self.allowed = tuple(folder.resolve() for folder in allowed)
        self.models = models
        files.sweep_scratch_folders()
        self._files = contextlib.ExitStack()
        self.root = self._files.enter_context(files.scratch_folder())
        self._jobs: dict[str, WebJob] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._queue = TaskQueue()
        self._sweeper = threading.Thread(target=self._sweep, name="vidtag-web-sweep", daemon=True)
        self._sweeper.start()

    def close(self) -> None:
        """Stop all work and remove every file."""
        self._closed.set()
        self._queue.close()
        for job in self._all():
            self.remove(job.id)
        self._sweeper.join(timeout=_SWEEP_SECONDS)
        self._files.close()

    def reserve(self, name: str) -> tuple[str, Path]:
        """An id for a new job, and where to put the uploaded file called ``name``.

        Raises:
            UserError: there are too many jobs.
        """
        most = self.limits.max_jobs
        if len(self._all()) >= most:
            raise UserError(f"the server already keeps {most} jobs", remedy="try again later")
        identity = secrets.token_urlsafe(24)
        folder = self.root / identity / "source"
        folder.mkdir(parents=True, mode=0o700)
        return identity, folder / safe_name(name)

    def discard(self, identity: str) -> None:
        """Remove what was reserved and not submitted."""
        shutil.rmtree(self.root / identity, ignore_errors=True)

    def submit(self, identity: str, source: Path, config: Config, listen: JobAction) -> WebJob:
        """Queue a file to be listened to.

        Args:
            identity: as ``reserve`` gave it.
            source: the file.
            config: the job's settings.
            listen: sets ``document`` and ``playable`` of the job.
        """
        folder = self.root / identity
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        job = WebJob(identity, source.name, folder, source, config)
        job.listen_task = Task(functools.partial(listen, job))
        with self._lock:
            self._jobs[identity] = job
        self._queue.add(job.listen_task)
        return job

    def submit_local(self, path: str, config: Config, listen: JobAction) -> WebJob:
        """Queue a file in one of the allowed folders to be listened to.

        Args:
            path: the file.
            config: the job's settings.
            listen: as for ``submit``.

        Raises:
            UserError: see ``local_file`` and ``reserve``.
        """
        source = self.local_file(path)
        identity, _ = self.reserve(source.name)
        return self.submit(identity, source, config, listen)

    def start_bundle(self, job: WebJob, make_bundle: JobAction) -> None:
        """Queue the making of the ZIP of everything, unless that is queued or running already.

        Args:
            job: a job with a document.
            make_bundle: writes ``job.bundle``.
        """
        job.require_document()
        with job.lock:
            if job.bundle_task is not None and not job.bundle_task.state.ended:
                return
            job.bundle_task = Task(functools.partial(make_bundle, job))
            self._queue.add(job.bundle_task)

    def get(self, identity: str) -> WebJob | None:
        """The job of that id, if there is one. It is then kept longer."""
        with self._lock:
            job = self._jobs.get(identity)
        if job is not None:
            job.last_request = time.monotonic()
        return job

    def position(self, task: Task) -> int:
        """How many tasks run before this one; 0 if it is running or has ended."""
        return self._queue.position(task)

    def remove(self, identity: str) -> None:
        """Cancel a job and remove all of its files."""
        with self._lock:
            job = self._jobs.pop(identity, None)
        if job is not None:
            self._queue.cancel(job.tasks)
            shutil.rmtree(job.folder, ignore_errors=True)

    def local_file(self, path: str) -> Path:
        """A file in one of the allowed folders, links followed.

        Raises:
            UserError: it is not there, or in none of them; the message does not say which.
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

    @property
    def uploads(self) -> Path:
        """Where Gradio puts what is uploaded, each in a folder that is named by its content."""
        return self.root / "uploads"

    def uploaded_file(self, path: str) -> Path:
        """A file that was uploaded through the page.

        Its path holds a digest of its content, so that only who has the file can name it.

        Raises:
            UserError: it is not there, or is a link or anything but a file among the uploads.
        """
        with contextlib.suppress(OSError, ValueError):
            named = Path(path)
            found = named.resolve(strict=True)
            inside = found.parent.parent == self.uploads.resolve()
            if inside and found.is_file() and not named.is_symlink():
                return found
        raise UserError("this file is not here (any more)", remedy="upload it again")

    def _all(self) -> list[WebJob]:
        with self._lock:
            return list(self._jobs.values())

    def _sweep(self) -> None:
        """Remove jobs that nobody has requested for long."""
        while not self._closed.wait(_SWEEP_SECONDS):
            oldest = time.monotonic() - self.limits.keep_seconds
            for job in self._all():
                idle = all(task.state.ended for task in job.tasks)
                if idle and job.last_request < oldest:
                    self.remove(job.id)


def safe_name(name: str) -> str:
    """A file name without folders, control characters or a leading dot, and not too long."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in plain if letter.isprintable() and letter not in '<>:"|?*')
    plain = plain.encode("utf-8", "ignore").decode().strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    while len(stem.encode()) > 150:
        stem = stem[:-1]
    return (stem or "upload") + (f".{suffix[:10]}" if suffix else "")
