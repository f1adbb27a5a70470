"""What POSIX systems offer for child processes: start, measure, end. All that a port changes."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import struct
import sys
import termios
from collections.abc import Callable
from typing import Any

import psutil

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> Callable[[], None] | None:
    """What a child runs before its program, so that it dies with its parent; None but on Linux.

    Otherwise an ffmpeg whose parent was killed goes on writing, perhaps for hours. For the kernel
    the parent is the *thread* that started the child (PR_SET_PDEATHSIG in prctl(2)): that thread
    must outlive the child.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: the child only calls it
    number = int(signal.SIGKILL)
    return lambda: prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) and None


START_OPTIONS: dict[str, Any] = {
    # Ctrl-C reaches only this process, which then ends the child.
    "start_new_session": True,
    "preexec_fn": _die_with_parent(),
}
"""Options of ``Popen`` for a child that leads a session of its own and dies with its parent."""


def kill_session(leader: int) -> None:
    """Kill a process started with ``START_OPTIONS``, and the processes that it started itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def processor_seconds(process: int) -> float:
    """Processor time that a process and its children have used; 0 where it is gone."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process)
        for one in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def unread_bytes(pipe: int) -> int:
    """Bytes that wait in a pipe to be read.

    Raises:
        OSError: the pipe is closed.
    """
    answer = fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])
