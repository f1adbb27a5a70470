"""What vidtag needs of Linux and macOS; ``windows_system`` has the same names for Windows."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import functools
import mmap
import os
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any, Literal

assert sys.platform != "win32"  # for mypy too, which reads on only where it holds

_NICENESS = 5


def open_file(path: str | Path, which: Literal["new", "any", "old"]) -> int:
    """A file's descriptor, to read and write; a file that is not there yet is made.

    It may be renamed and removed while it is open, and no child inherits it.

    Args:
        which: ``new`` where it must not be there yet, ``old`` where it must.

    Raises:
        OSError: it cannot be opened.
    """
    flags = {"new": os.O_CREAT | os.O_EXCL, "any": os.O_CREAT, "old": 0}[which]
    return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o666)


def open_to_look(path: str | Path) -> int:
    """The descriptor of a file, to see whether it is locked.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def lock(descriptor: int, *, wait: bool, shared: bool = False) -> None:
    """Lock what is open for as long as it is.

    Args:
        shared: with others that do so too.

    Raises:
        BlockingIOError: it is locked already and shall not be waited for.
        OSError: the disk knows no locks.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))


def lock_of(folder: Path) -> Path:
    """What is locked in place of a folder: itself."""
    return folder


def open_lock_of(folder: Path) -> int:
    """The descriptor of what is locked in place of a folder.

    Raises:
        OSError: the folder is not there, or is a link.
    """
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def is_ours(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user."""
    return status.st_uid == os.getuid()


def replace_file(source: Path, target: Path) -> None:
    """Let a file take the place of another.

    Raises:
        OSError: it cannot.
    """
    source.replace(target)


def give_back(start: int, size: int) -> None:
    """Let go of the memory that holds a part of a file that is mapped, private and unchanged.

    What is looked at again is read again. Only on Linux; elsewhere it is left to the system.

    Args:
        start, size: where it is mapped, in bytes; pages that hold something else too are kept.
    """
    if sys.platform != "linux":
        return
    page = mmap.PAGESIZE
    first, end = -(-start // page) * page, (start + size) // page * page
    if end > first:
        madvise = ctypes.CDLL(None, use_errno=True).madvise
        madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), mmap.MADV_DONTNEED)


_WATCHER = """
trap '' HUP INT TERM
while read -r change leader; do
  case $change in
    +) all="$all $leader ";;
    -) all="${all%% $leader *} ${all#* $leader }";;
  esac
done
for leader in $all; do kill -9 "-$leader"; done
"""
"""Reads which children began and ended; the input ends when the process does that started it."""

START_OPTIONS: dict[str, Any] = {
    # Ctrl-C reaches only this process, which then ends the child.
    "start_new_session": True,
}
"""Options of ``Popen`` for a child that leads a session of its own.

No ``preexec_fn``: it runs Python in a copy of this process in which the other threads are gone, and
what they left is destroyed there. With PyAV 19 that waited for those threads, and the start of an
ffmpeg beside a decoder never came back.
"""


def adopt(process: int) -> None:
    """Let a child that was just started die with this process, however this one ends.

    Otherwise an ffmpeg whose parent was killed goes on writing, perhaps for hours. A small shell
    beside this process sees its end, and kills what is left. A system without a shell does without.
    """
    _tell_watcher(f"+ {process}\n")


def release(process: int) -> None:
    """Forget a child that was adopted and has ended."""
    _tell_watcher(f"- {process}\n")


def _tell_watcher(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(_watcher(os.getpid()), line.encode())


@functools.cache
def _watcher(watched: int) -> int:
    """Where the watcher of this process reads; a forked process has one of its own.

    Raises:
        OSError: it cannot be started.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    try:
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHER],
            stdin=reads,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
    except OSError:
        os.close(writes)
        raise
    finally:
        os.close(reads)
    atexit.register(_dismiss, watcher, watched, writes)
    return writes


def _dismiss(watcher: subprocess.Popen[bytes], watched: int, writes: int) -> None:
    """See a watcher to its end, so that it is not left to whoever inherits it."""
    if os.getpid() == watched:
        _watcher.cache_clear()
        os.close(writes)
        with contextlib.suppress(subprocess.TimeoutExpired):
            watcher.wait(1)


def kill_session(leader: int) -> None:
    """Kill a process started with ``START_OPTIONS``, and the processes that it started itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def unread_bytes(pipe: int) -> int:
    """Bytes that wait in a pipe to be read.

    Raises:
        OSError: the pipe is closed.
    """
    answer = fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])


def leave_terminal() -> None:
    """From now on, Ctrl-C in the terminal does not reach this process."""
    os.setpgid(0, 0)


def lower_priority() -> None:
    """Let other processes go first."""
    os.nice(_NICENESS)


def interrupt_soon() -> None:
    """Interrupt this process as Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)
