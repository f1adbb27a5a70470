"""What vidtag needs of Windows; ``posix_system`` has the same names, and says what they do.

What it asks of the system is documented at learn.microsoft.com under the names of the calls. It can
be imported everywhere, so that its logic can be tested with stand-ins for these calls.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import importlib
import os
import signal
import time
from pathlib import Path
from typing import Any, Literal

import psutil

_READ_AND_WRITE = 0xC0000000
_SHARE_ALL = 0x7
"""Others may read, write, rename and remove a file while it is open."""
_CREATION = {"new": 1, "any": 4, "old": 3}
_NORMAL_AND_NO_LINK = 0x80 | 0x00200000
_INVALID = ctypes.c_void_p(-1).value

_EXCLUSIVE, _AT_ONCE = 0x2, 0x1
_LOCKED_BYTE = 0x40000000 << 32
"""Locks keep others from writing what they cover: this byte is behind the end of every file."""
_LOCK_VIOLATION = 33
_LOCK_NAME = ".vidtag-lock"

_KILL_ON_CLOSE = 0x2000
_EXTENDED_LIMITS = 9
_ASSIGN_AND_END = 0x101
_NEW_GROUP_NO_WINDOW = 0x08000200
_BELOW_NORMAL = 0x4000

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds after which a file that another program has open is tried again: virus scanners and
indexers look at every file that was just written."""


class _Overlapped(ctypes.Structure):
    _fields_ = (
        ("internal", ctypes.c_size_t),
        ("internal_high", ctypes.c_size_t),
        ("offset", ctypes.c_uint32),
        ("offset_high", ctypes.c_uint32),
        ("event", ctypes.c_void_p),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", ctypes.c_uint32),
        ("working_set", ctypes.c_size_t * 2),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("classes", ctypes.c_uint32 * 2),
        ("transfers", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


@functools.cache
def _kernel() -> Any:
    kernel = vars(ctypes)["WinDLL"]("kernel32", use_last_error=True)
    for name in ("CreateFileW", "CreateJobObjectW", "OpenProcess"):
        getattr(kernel, name).restype = ctypes.c_void_p
    return kernel


@functools.cache
def _runtime() -> Any:
    return importlib.import_module("msvcrt")


def _error(path: str | Path | None = None) -> OSError:
    """The error of the last call that failed."""
    error: OSError = vars(ctypes)["WinError"](vars(ctypes)["get_last_error"]())
    if path is not None:
        error.filename = str(path)
    return error


def open_file(path: str | Path, which: Literal["new", "any", "old"]) -> int:
    """See ``posix_system.open_file``: a file that Python opens cannot be renamed nor removed."""
    handle = _kernel().CreateFileW(
        str(path), _READ_AND_WRITE, _SHARE_ALL, None, _CREATION[which], _NORMAL_AND_NO_LINK, None
    )
    if handle in (None, _INVALID):
        raise _error(path)
    return int(_runtime().open_osfhandle(handle, os.O_RDWR))


def open_to_look(path: str | Path) -> int:
    """See ``posix_system.open_to_look``."""
    return open_file(path, "old")


def lock(descriptor: int, *, wait: bool, shared: bool = False) -> None:
    """See ``posix_system.lock``."""
    handle = ctypes.c_void_p(_runtime().get_osfhandle(descriptor))
    place = _Overlapped(offset=_LOCKED_BYTE & 0xFFFFFFFF, offset_high=_LOCKED_BYTE >> 32)
    how = (0 if shared else _EXCLUSIVE) | (0 if wait else _AT_ONCE)
    if not _kernel().LockFileEx(handle, how, 0, 1, 0, ctypes.byref(place)):
        if vars(ctypes)["get_last_error"]() == _LOCK_VIOLATION:
            raise BlockingIOError(errno.EWOULDBLOCK, "somebody else holds it")
        raise _error()


def lock_of(folder: Path) -> Path:
    """What is locked in place of a folder, which cannot be: a file in it."""
    return folder / _LOCK_NAME


def open_lock_of(folder: Path) -> int:
    """See ``posix_system.open_lock_of``."""
    return open_file(lock_of(folder), "any")


def is_ours(status: os.stat_result) -> bool:
    """See ``posix_system.is_ours``: the folder for temporary files is the user's own."""
    return True


def replace_file(source: Path, target: Path) -> None:
    """See ``posix_system.replace_file``; waits a little where another program has a file open."""
    for pause in (*_PAUSES, None):
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if pause is None:
                reason = f"another program has {target.name} open"
                raise PermissionError(errno.EACCES, reason, str(source)) from error
            time.sleep(pause)


START_OPTIONS: dict[str, Any] = {"creationflags": _NEW_GROUP_NO_WINDOW}
"""Options of ``Popen`` for a child that Ctrl-C does not reach, and that shows no window."""


def give_back(start: int, size: int) -> None:
    """Left to the system, which takes the memory of mapped files as it needs it."""


@functools.cache
def _job() -> Any:
    """A job whose processes end when this process does, which alone has it open."""
    kernel = _kernel()
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _ExtendedLimits(flags=_KILL_ON_CLOSE)
    size = ctypes.sizeof(limits)
    kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
    return job


def adopt(process: int) -> None:
    """Let a child that was just started die with this process; one that has ended is none."""
    kernel = _kernel()
    handle = kernel.OpenProcess(_ASSIGN_AND_END, False, process)
    if handle:
        opened = ctypes.c_void_p(handle)
        kernel.AssignProcessToJobObject(_job(), opened)
        kernel.CloseHandle(opened)


def release(process: int) -> None:
    """A process that has ended has left its job by itself."""


def kill_session(leader: int) -> None:
    """See ``posix_system.kill_session``."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(leader)
        for one in (*root.children(recursive=True), root):
            with contextlib.suppress(psutil.Error):
                one.kill()


def unread_bytes(pipe: int) -> int:
    """See ``posix_system.unread_bytes``."""
    handle = ctypes.c_void_p(_runtime().get_osfhandle(pipe))
    waiting = ctypes.c_uint32()
    if not _kernel().PeekNamedPipe(handle, None, 0, None, ctypes.byref(waiting), None):
        raise _error()
    return waiting.value


def leave_terminal() -> None:
    """See ``posix_system.leave_terminal``."""
    _kernel().SetConsoleCtrlHandler(None, True)


def lower_priority() -> None:
    """See ``posix_system.lower_priority``."""
    psutil.Process().nice(_BELOW_NORMAL)


def interrupt_soon() -> None:
    """See ``posix_system.interrupt_soon``: ``os.kill`` would end the process at once."""
    signal.raise_signal(signal.SIGINT)
