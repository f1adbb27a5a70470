"""The one door to child processes: starts them, feeds them, watches over them, and ends them.

A child is gone when the block that it runs in is left, however it is left.
"""

from __future__ import annotations

import collections
import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

import psutil

from vidtag.system.this_system import START_OPTIONS, adopt, kill_session, release, unread_bytes

Input = bytes | Iterable[bytes]
"""What a child reads from its stdin; an iterable is read on as the child takes it."""

_STDERR_LINES = 40
_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """When a child is killed.

    Attributes:
        timeout: seconds that it may take; None for no limit.
        idle: seconds that it may do nothing at all; None for no limit.
        stop: called twice a second; true means that its work is not wanted any more.
    """

    timeout: float | None = None
    idle: float | None = None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended.

    Attributes:
        code: its exit status.
        stderr: the last lines of what it printed there.
        killed: why it was killed, as part of a sentence about it; None if it was not.
    """

    code: int
    stderr: tuple[str, ...]
    killed: str | None


@dataclass(slots=True)
class Child:
    """A running child.

    Attributes:
        output: its stdout.
        end: how it ended, once its block is left; None if it was ended early.
    """

    output: IO[bytes]
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a short command said.

    Attributes:
        command: the command.
        code: its exit status.
        output, errors: what it printed to stdout and stderr.
    """

    command: tuple[str, ...]
    code: int
    output: str
    errors: str


def answer(command: Sequence[str], stdin: bytes = b"", *, idle: float | None = None) -> Answer:
    """Run a short command, which has a minute.

    Args:
        idle: seconds that it may do nothing at all; None for no limit.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it took longer, or did nothing; the message says which.
    """
    limits = Limits(timeout=_ANSWER_SECONDS, idle=idle)
    with running(command, stdin=stdin or None, environment=os.environ, limits=limits) as child:
        output = child.output.read()
    end = child.end
    assert end is not None
    if end.killed is not None:
        raise TimeoutError(end.killed)
    return Answer(
        tuple(command), end.code, output.decode("utf-8", "replace"), "\n".join(end.stderr)
    )


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    stdin: Input | None,
    environment: Mapping[str, str],
    limits: Limits,
) -> Iterator[Child]:
    """Start a child, give its stdout to read, and see it to its end.

    If its output was read to the end when the block is left, ``end`` says how it ended. If not, or
    if ``limits.stop`` returned true, it is killed and ``end`` is None. It dies with this process.

    Raises:
        OSError: it cannot be started.
        Exception: what the iterable ``stdin`` raised.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        **START_OPTIONS,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    child = Child(process.stdout)
    lines: collections.deque[str] = collections.deque(maxlen=_STDERR_LINES)
    feeding: list[BaseException] = []
    guard = _Guard(process, limits)
    threads = [threading.Thread(target=_drain, args=(process.stderr, lines), daemon=True)]
    if stdin is not None:
        threads.append(threading.Thread(target=_feed, args=(process, stdin, feeding), daemon=True))
    threads.append(guard)
    started: list[threading.Thread] = []
    try:
        adopt(process.pid)
        for thread in threads:
            thread.start()
            started.append(thread)
        yield child
        if process.stdout.read(1):
            return
        code = process.wait()
    finally:
        guard.done.set()
        _kill(process)
        process.wait()
        release(process.pid)
        for thread in started:
            thread.join()
        process.stdout.close()
    if feeding:
        raise feeding[0]
    if not guard.stopped:
        child.end = End(code, tuple(lines), guard.reason)


class _Guard(threading.Thread):
    """Kills a child that takes too long, that hangs, or that is no longer wanted.

    A child hangs when neither it nor a child of its own uses any processor time, and nothing that
    it wrote waits to be read.

    Attributes:
        done: to be set when the child has ended.
        reason: why it was killed; None if it was not, or if it was ``stopped``.
        stopped: whether it was killed because ``Limits.stop`` returned true.
    """

    _EVERY = 0.5
    """Seconds between two looks."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        super().__init__(name="vidtag-child-guard", daemon=True)
        self.done = threading.Event()
        self.reason: str | None = None
        self.stopped = False
        self._process, self._limits = process, limits

    def run(self) -> None:
        # Looks are counted, not time: a machine that slept, or a run that was held, is no hang.
        timeout, longest_idle = self._limits.timeout, self._limits.idle
        passed = idle = 0.0
        used = -1.0
        while True:
            left = self._EVERY if timeout is None else timeout - passed
            step = max(0.0, min(self._EVERY, left))
            if self.done.wait(step):
                return
            passed += step
            if self._limits.stop():
                self.stopped = True
            elif timeout is not None and passed >= timeout:
                self.reason = f"was stopped after {timeout:g} seconds"
            elif longest_idle is not None:
                before, used = used, _processor_seconds(self._process.pid)
                idle = idle + step if used == before and not self._unread() else 0.0
                if idle >= longest_idle:
                    self.reason = f"hung: it did nothing for {longest_idle:g} seconds"
            if self.stopped or self.reason:
                _kill(self._process)
                return

    def _unread(self) -> bool:
        """Whether something waits to be read, so that the child may wait for its reader."""
        assert self._process.stdout is not None
        try:
            return unread_bytes(self._process.stdout.fileno()) > 0
        except (OSError, ValueError):  # closed meanwhile
            return True


def _processor_seconds(process: int) -> float:
    """Processor time that a process and its children have used; 0 where it is gone."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process)
        for one in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        kill_session(process.pid)


def _drain(pipe: IO[bytes], lines: collections.deque[str]) -> None:
    with pipe:
        for line in pipe:
            lines.append(line.decode("utf-8", "replace").rstrip())


def _feed(process: subprocess.Popen[bytes], data: Input, feeding: list[BaseException]) -> None:
    """Write ``data`` to the child; an exception of the iterable is kept and ends the child."""
    assert process.stdin is not None
    try:
        # A child that needs no more closes its end: its exit status says whether that was right.
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            for chunk in (data,) if isinstance(data, bytes) else data:
                pipe.write(chunk)
    except BaseException as error:
        feeding.append(error)
        process.kill()
