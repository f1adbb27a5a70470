"""Jobs: the files that users posted, with their results, and who may reach them.

A job has an id that cannot be guessed, and whoever has the id may see the job: so users do not see
each other's results. What is needed only for now lies in a scratch folder of its own and is removed
with it. Where there is a folder of projects, video, document and edits are moved there once the
video is listened to, and a job that is not here any more is opened again from there.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.edits import SettingsChange
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.names import DOCUMENT_SUFFIX, result_stem
from vidtag.core.records import Document
from vidtag.core.settings import Config
from vidtag.core.settings.values import plain
from vidtag.show.media_of import media_of
from vidtag.web.desk import Desk
from vidtag.web.limits import DEFAULT_LIMITS, ServerLimits
from vidtag.web.offered_styles import BUILT_IN_STYLES, OfferedStyles
from vidtag.web.projects import Project, ProjectFolder
from vidtag.web.tasks import Task, TaskQueue, TaskState
from vidtag.web.user_files import Uploads, safe_name

_SWEEP_SECONDS = 30.0
"""How often jobs that nobody requests any more are looked for."""


@dataclass(eq=False)
class WebJob:
    """A file that was posted, and its results.

    Attributes:
        id: known only to those who posted it.
        name: name of the file, as its owner calls it.
        folder: holds what is needed only for now, and is removed with the job.
        source: the file; outside of ``folder`` if it was named and not uploaded, or is kept.
        config: settings it is listened to with.
        listen_task: hears the file.
        prepare_task: makes what the page needs of a project that was opened again.
        bundle_task: makes the ZIP of everything; None until it is requested.
        label_task: finds which events to ask about; None until it is requested.
        document: what was heard, once it is.
        desk: the results as they are being edited, once ``listen_task`` is done.
        playable: a file that browsers can play; None where the video is gone.
        note: what to tell whoever works on it.
        last_request: when somebody last requested the job, by ``time.monotonic``.
    """

    id: str
    name: str
    folder: Path
    source: Path
    config: Config
    listen_task: Task = field(init=False)
    prepare_task: Task | None = None
    bundle_task: Task | None = None
    label_task: Task | None = None
    document: Document | None = None
    desk: Desk | None = None
    playable: Path | None = None
    note: str = ""
    last_request: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bundle(self) -> Path:
        """The ZIP of everything."""
        return self.folder / "everything.zip"

    @property
    def peaks(self) -> Path:
        """The waveform."""
        return self.folder / "peaks"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks it has."""
        own = (self.listen_task, self.prepare_task, self.bundle_task, self.label_task)
        return tuple(filter(None, own))

    def require_desk(self) -> Desk:
        """The results.

        Raises:
            UserError: there are none (yet).
        """
        if self.desk is None:
            raise UserError("this job has no result", remedy="wait until its state is 'done'")
        return self.desk


JobAction: TypeAlias = Callable[[WebJob, Task], None]
"""What a task does for a job."""


class Jobs:
    """All jobs of a server, and the queue that works on them.

    Args:
        limits: how much is accepted and kept.
        allowed: folders whose files may be named instead of uploaded.
        models: names of the models that users may choose, the default first.
        styles: house styles that they may choose.
        projects: where results are kept; None keeps none.
        prepare: makes what the page needs of a project that is opened again.
    """

    def __init__(
        self,
        *,
        limits: ServerLimits = DEFAULT_LIMITS,
        allowed: tuple[Path, ...] = (),
        models: tuple[str, ...] = ("pocket",),
        styles: OfferedStyles = BUILT_IN_STYLES,
        projects: Path | None = None,
        prepare: JobAction = lambda job, task: None,
    ) -> None:
        self.limits = limits
        self.projects = None if projects is None else ProjectFolder(projects)
        kept = () if self.projects is None else (self.projects.folder,)
        self.allowed = (*(folder.resolve() for folder in allowed), *kept)
        self.models = models
        self.styles = styles
        self.closing = threading.Event()
        self._prepare = prepare
        files.sweep_scratch_folders()
        self._files = contextlib.ExitStack()
        self.root = self._files.enter_context(files.scratch_folder())
        self.uploads = Uploads(self.root / "uploads")
        self._jobs: dict[str, WebJob] = {}
        self._reserved: set[str] = set()
        self._lock = threading.RLock()
        self._queue = TaskQueue()
        self._sweeper = threading.Thread(target=self._sweep, name="vidtag-web-sweep", daemon=True)
        self._sweeper.start()

    def close(self) -> None:
        """Stop all work and remove every scratch file."""
        self.closing.set()
        self._queue.close()
        for job in self._all():
            self._forget(job.id)
        self._sweeper.join(timeout=_SWEEP_SECONDS)
        self._files.close()

    def reserve(self, name: str) -> tuple[str, Path]:
        """An id for a new job, and where to put the uploaded file called ``name``.

        What is reserved counts as a job until it is submitted or discarded.

        Raises:
            UserError: there are too many jobs.
        """
        most = self.limits.max_jobs
        identity = secrets.token_urlsafe(24)
        with self._lock:
            if len(self._jobs) + len(self._reserved) >= most:
                raise UserError(f"the server already keeps {most} jobs", remedy="try again later")
            self._reserved.add(identity)
        folder = self.root / identity / "source"
        folder.mkdir(parents=True, mode=0o700)
        return identity, folder / safe_name(name)

    def discard(self, identity: str) -> None:
        """Remove what was reserved and not submitted."""
        with self._lock:
            self._reserved.discard(identity)
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

        def hear(task: Task) -> None:
            listen(job, task)
            if job.document is not None:
                self._settle(job, job.document)

        job.listen_task = Task(hear)
        with self._lock:
            self._reserved.discard(identity)
            self._jobs[identity] = job
        self._queue.add(job.listen_task)
        return job

    def start_bundle(self, job: WebJob, make_bundle: JobAction) -> None:
        """Queue the making of the ZIP of everything, unless that is queued or running already."""
        with job.lock:
            job.bundle_task = self._begun(job, job.bundle_task, make_bundle)

    def start_labelling(self, job: WebJob, find_questions: JobAction) -> None:
        """Queue the search for events to ask about, alike."""
        with job.lock:
            job.label_task = self._begun(job, job.label_task, find_questions)

    def _begun(self, job: WebJob, before: Task | None, action: JobAction) -> Task:
        job.require_desk()
        if before is not None and not before.state.ended:
            return before
        task = Task(functools.partial(action, job))
        self._queue.add(task)
        return task

    def get(self, identity: str) -> WebJob | None:
        """The job of that id, if there is one. It is then kept longer."""
        with self._lock:
            job = self._jobs.get(identity)
            project = self.projects.get(identity) if job is None and self.projects else None
            if project is not None:
                job = self._jobs[identity] = self._open(project)
        if job is not None:
            job.last_request = time.monotonic()
        return job

    def open_document(self, name: str, text: bytes) -> WebJob:
        """Open a document that somebody sent; its video only if it is in an allowed folder.

        Raises:
            DocumentError: it is none.
            UserError: there are too many jobs.
        """
        document = documents.from_json(text, path=name)
        # Where the video lies is what whoever sent it says: only its name counts.
        bare = Path(safe_name(Path(document.media.path).name))
        places = (folder / bare for folder in self.allowed)
        video = next((place for place in places if place.is_file()), bare)
        document = replace(document, media=replace(document.media, path=str(video)))
        identity, _ = self.reserve(bare.name)
        folder = self.root / identity
        if self.projects is not None:
            _, target = self.projects.place(bare.name, with_video=False)
        else:
            target = folder / f"{result_stem(bare.name)}{DOCUMENT_SUFFIX}"
        files.write_text(target, documents.to_json(document))
        if self.projects is not None:
            self.projects.add(identity, target)
        project = Project(identity, bare.stem, target, time.time(), False)
        with self._lock:
            job = self._jobs[identity] = self._open(project)
            self._reserved.discard(identity)
        return job

    def position(self, task: Task) -> int:
        """How many tasks run before this one; 0 if it is running or has ended."""
        return self._queue.position(task)

    def remove(self, identity: str) -> None:
        """Cancel a job and remove its files; a project is put away, and can be restored."""
        self._forget(identity)
        project = self.projects.get(identity) if self.projects else None
        if project is not None and self.projects is not None:
            self.projects.remove(project)

    def is_kept(self, job: WebJob) -> bool:
        """Whether its results are there again after the server has stopped."""
        return self.projects is not None and job.desk is not None

    def _settle(self, job: WebJob, document: Document) -> None:
        """Write down what was heard: with the projects, if they are kept."""
        path = job.folder / f"{result_stem(job.name)}{DOCUMENT_SUFFIX}"
        if self.projects is not None:
            uploaded = job.source.is_relative_to(job.folder)
            video, path = self.projects.place(job.name, with_video=uploaded)
            if uploaded:
                shutil.move(job.source, video)
                if job.playable == job.source:
                    job.playable = video
                job.source = video
            document = replace(document, media=replace(document.media, path=str(job.source)))
        files.write_text(path, documents.to_json(document))
        if self.projects is not None:
            self.projects.add(job.id, path)
        job.document = document
        desk = Desk(public(document), Config(), path, job.source)
        chosen = job.config.subtitles.profile
        if chosen != desk.now.config.subtitles.profile:
            desk.change(SettingsChange("subtitles", {"profile": plain(chosen)}))
        job.desk = desk

    def _open(self, project: Project) -> WebJob:
        """A job of a project, its results at hand."""
        document = documents.read(project.document)
        video: Path | None = None
        note = ""
        try:
            video = Path(media_of(document, beside=project.document).path)
        except VidtagError as error:
            note = str(error).replace(str(error.path), Path(str(error.path)).name)
        name = Path(document.media.path).name
        folder = self.root / project.id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        job = WebJob(project.id, name, folder, video or Path(name), Config(), note=note)
        job.document = document
        job.desk = Desk(public(document), Config(), project.document, video)
        job.listen_task = Task(lambda task: None)
        job.listen_task.state = TaskState.DONE
        if video is not None:
            job.prepare_task = Task(functools.partial(self._prepare, job))
            self._queue.add(job.prepare_task)
        return job

    def _forget(self, identity: str) -> None:
        with self._lock:
            job = self._jobs.pop(identity, None)
        if job is not None:
            self._queue.cancel(job.tasks)
            shutil.rmtree(job.folder, ignore_errors=True)

    def _all(self) -> list[WebJob]:
        with self._lock:
            return list(self._jobs.values())

    def _sweep(self) -> None:
        """Remove jobs that nobody has requested for long; projects stay in their folder."""
        while not self.closing.wait(_SWEEP_SECONDS):
            oldest = time.monotonic() - self.limits.keep_seconds
            for job in self._all():
                idle = all(task.state.ended for task in job.tasks)
                if idle and job.last_request < oldest:
                    self._forget(job.id)


def public(document: Document) -> Document:
    """The document with its file's name, but not where it lies on the server."""
    name = Path(document.media.path).name
    return replace(document, media=replace(document.media, path=name))
