"""The task queue: one thread runs tasks one after another, and a running task can be cancelled."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from vidtag.core.errors import VidtagError, machine_error
from vidtag.core.records import Progress

_STOP_SECONDS = 30.0
"""How long to wait for a cancelled task to stop."""


class TaskState(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the task will not change any more."""
        return self in (TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED)


class TaskCancelledError(Exception):
    """Raised inside a running action after its task was cancelled."""


class Task:
    """One queued action.

    Attributes:
        state: how far it is.
        stages: the latest progress of every stage, in the order they began.
        error: what went wrong, fit to be shown to users.
        began: when it did, by ``time.monotonic``; 0 before.
    """

    def __init__(self, action: Action) -> None:
        self.state = TaskState.WAITING
        self.stages: dict[str, Progress] = {}
        self.error = ""
        self.began = 0.0
        self._action = action
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the task to stop; a running action stops at its next ``on_progress`` or ``check``."""
        self._cancelled.set()
        if self.state is TaskState.WAITING:
            self.state = TaskState.CANCELLED

    def run(self) -> None:
        """Run the action and record how it ended. Never raises."""
        if self._cancelled.is_set():
            self.state = TaskState.CANCELLED
            return
        self.began = time.monotonic()
        self.state = TaskState.RUNNING
        try:
            self._action(self)
            self.check()
        except TaskCancelledError:
            self.state = TaskState.CANCELLED
        except VidtagError as error:
            self.error, self.state = public_message(error), TaskState.FAILED
        except Exception as error:
            # Not shown as it is: the message of a library may hold paths of the server.
            known = machine_error(error)
            self.error = public_message(known) if known else f"unexpected {type(error).__name__}"
            self.state = TaskState.FAILED
            logging.getLogger(__name__).error("a task failed", exc_info=error)
        else:
            self.state = TaskState.DONE
        if self._cancelled.is_set():  # libraries may turn the cancellation into their own errors
            self.state = TaskState.CANCELLED

    def on_progress(self, progress: Progress) -> None:
        """Record progress; see ``vidtag.core.records.OnProgress``.

        Raises:
            TaskCancelledError: the task was cancelled.
        """
        self.check()
        self.stages[progress.stage] = progress

    def check(self) -> None:
        """Stop the action if its task was cancelled; for actions to call often.

        Raises:
            TaskCancelledError: the task was cancelled.
        """
        if self._cancelled.is_set():
            raise TaskCancelledError


Action: TypeAlias = Callable[[Task], None]
"""What a task does. It passes ``task.on_progress`` and ``task.check`` to the work it calls."""


class TaskQueue:
    """Runs tasks in the order they were added, one at a time, on a thread of its own."""

    def __init__(self) -> None:
        self._waiting: deque[Task] = deque()
        self._running: Task | None = None
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="vidtag-web-tasks", daemon=True)
        self._thread.start()

    def add(self, task: Task) -> None:
        """Queue a task."""
        with self._changed:
            self._waiting.append(task)
            self._changed.notify_all()

    def position(self, task: Task) -> int:
        """How many tasks run before this one; 0 if it is running or has ended."""
        with self._changed:
            if task not in self._waiting:
                return 0
            return self._waiting.index(task) + (1 if self._running is not None else 0)

    def cancel(self, tasks: Iterable[Task]) -> None:
        """Cancel tasks, and wait until none of them is running: then their files are closed."""
        cancelled = tuple(tasks)
        for task in cancelled:
            task.cancel()
        with self._changed:
            for task in cancelled:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(task)
            self._changed.wait_for(lambda: self._running not in cancelled, timeout=_STOP_SECONDS)

    def close(self) -> None:
        """Cancel everything and end the thread."""
        with self._changed:
            self._open = False
            tasks = [*self._waiting, *([self._running] if self._running else [])]
            self._changed.notify_all()
        self.cancel(tasks)
        self._thread.join(timeout=_STOP_SECONDS)

    def _run(self) -> None:
        while (task := self._next()) is not None:
            task.run()
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _next(self) -> Task | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._open:
                return None
            self._running = self._waiting.popleft()
            return self._running


def public_message(error: VidtagError) -> str:
    """The message of an error for users of a server: names of files, but not their folders."""
    if error.path is None:
        return str(error)
    return str(error).replace(error.path, Path(error.path).name)
