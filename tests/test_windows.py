"""The half of the system's calls that is for Windows, with stand-ins for Windows' own."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from vidtag import locks
from vidtag.system import posix_system, this_system, windows_system

SHARING_VIOLATION, LOCK_VIOLATION, FILE_EXISTS, NOT_FOUND = 32, 33, 80, 2
NUMBERS = {
    SHARING_VIOLATION: errno.EACCES,
    LOCK_VIOLATION: errno.EACCES,
    FILE_EXISTS: errno.EEXIST,
    NOT_FOUND: errno.ENOENT,
}
FAR = 1 << 62


class Kernel:
    """Files, locks and jobs as kernel32 has them: a lock belongs to a handle and a range."""

    def __init__(self) -> None:
        self.error = 0
        self.handles: dict[int, str] = {}
        self.shares: dict[int, int] = {}
        self.locked: dict[tuple[str, int], int] = {}
        self.jobs: dict[int, tuple[int, list[int]]] = {}
        self.ignores_console = False

    def CreateFileW(self, name, access, share, security, creation, flags, template):  # noqa: N802
        assert access == 0xC0000000
        assert not security, "else children would inherit it"
        assert flags & 0x00200000, "else a link would be followed"
        there = os.path.exists(name)
        if there and creation == 1:
            self.error = FILE_EXISTS
            return ctypes.c_void_p(-1).value
        if not there and creation == 3:
            self.error = NOT_FOUND
            return ctypes.c_void_p(-1).value
        handle = os.open(name, os.O_RDWR | os.O_CREAT)
        self.handles[handle], self.shares[handle] = name, share
        return handle

    def LockFileEx(self, handle, flags, reserved, low, high, overlapped):  # noqa: N802
        place = overlapped._obj.offset | overlapped._obj.offset_high << 32
        assert (low, high) == (1, 0)
        key = (self.handles[handle.value], place)
        if self.locked.get(key, handle.value) != handle.value:
            assert flags & 1, "it would wait for ever"
            self.error = LOCK_VIOLATION
            return 0
        if flags & 2:
            self.locked[key] = handle.value
        return 1

    def CreateJobObjectW(self, security, name):  # noqa: N802
        self.jobs[77] = (0, [])
        return 77

    def SetInformationJobObject(self, job, kind, data, size):  # noqa: N802
        assert kind == 9
        assert size == (144 if ctypes.sizeof(ctypes.c_void_p) == 8 else 112)
        # The flags stand behind the two times, wherever Python has put them.
        flags = int.from_bytes(bytes(data._obj)[16:20], "little")
        self.jobs[job.value] = (flags, [])
        return 1

    def OpenProcess(self, access, inherit, process):  # noqa: N802
        assert access == 0x101
        return process if psutil.pid_exists(process) else 0

    def AssignProcessToJobObject(self, job, handle):  # noqa: N802
        self.jobs[job.value][1].append(handle.value)
        return 1

    def CloseHandle(self, handle):  # noqa: N802
        return 1

    def PeekNamedPipe(self, handle, buffer, size, read, available, left):  # noqa: N802
        available._obj.value = posix_system.unread_bytes(handle.value)
        return 1

    def SetConsoleCtrlHandler(self, handler, add):  # noqa: N802
        self.ignores_console = handler is None and add
        return 1


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """Windows' calls are made here; vidtag uses its Windows half."""
    made = Kernel()
    runtime = SimpleNamespace(open_osfhandle=lambda handle, flags: handle, get_osfhandle=int)
    monkeypatch.setattr(windows_system, "_kernel", lambda: made)
    monkeypatch.setattr(windows_system, "_runtime", lambda: runtime)
    monkeypatch.setattr(windows_system, "_PAUSES", (0.0, 0.0))
    monkeypatch.setitem(vars(ctypes), "get_last_error", lambda: made.error)
    monkeypatch.setitem(
        vars(ctypes), "WinError", lambda code: OSError(NUMBERS[code], f"Windows error {code}")
    )
    windows_system._job.cache_clear()
    for name in this_system.__all__:
        monkeypatch.setattr(this_system, name, getattr(windows_system, name))
    yield made
    windows_system._job.cache_clear()


def test_a_file_in_use_is_locked_and_can_be_renamed(kernel: Kernel, tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    descriptor = locks.create_locked_file(path)
    assert kernel.shares[descriptor] == 7, "read, write, delete"
    # What is written into it is never what is locked: on Windows a lock keeps writers out.
    assert list(kernel.locked) == [(str(path), FAR)]
    locks.remove_file_unless_locked(str(path))
    assert path.exists()
    with pytest.raises(FileExistsError):
        this_system.open_file(path, "new")
    kernel.locked.clear()  # its process has ended
    locks.remove_file_unless_locked(str(path))
    assert not path.exists()
    os.close(descriptor)


def test_a_file_that_is_gone_is_nothing_to_sweep(kernel: Kernel, tmp_path: Path) -> None:
    locks.remove_file_unless_locked(str(tmp_path / "gone"))
    assert not any(tmp_path.iterdir())


def test_who_holds_a_name_leaves_nothing_behind(kernel: Kernel, tmp_path: Path) -> None:
    with locks.held(tmp_path / "name"):
        assert locks.is_held(tmp_path / "name")
        with pytest.raises(BlockingIOError), locks.held(tmp_path / "name", wait=False):
            pass
    assert not locks.is_held(tmp_path / "name")
    assert not any(tmp_path.iterdir())


def test_a_folder_is_locked_by_a_file_in_it(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder, descriptor = locks.create_locked_folder("vidtag-")
    (folder / "piece.mp4").write_bytes(b"1")
    (entry,) = os.scandir(tmp_path)
    with pytest.raises(BlockingIOError):
        locks.remove_folder_unless_locked(entry)
    assert (folder / "piece.mp4").exists()
    kernel.locked.clear()
    locks.remove_folder_unless_locked(entry)
    assert not folder.exists()
    os.close(descriptor)


@pytest.mark.parametrize(("refusals", "succeeds"), [(0, True), (2, True), (99, False)])
def test_a_file_that_another_program_looks_at_is_tried_again(
    refusals: int, succeeds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        tries.append(1)
        if len(tries) <= refusals:
            raise PermissionError(errno.EACCES, "Access is denied", str(self))
        return real(self, target)

    monkeypatch.setattr(windows_system, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(Path, "replace", replace)
    source, target = tmp_path / "partial", tmp_path / "film.mp4"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    if succeeds:
        windows_system.replace_file(source, target)
        assert target.read_bytes() == b"new"
    else:
        with pytest.raises(PermissionError, match=r"another program has film\.mp4 open"):
            windows_system.replace_file(source, target)
        assert target.read_bytes() == b"old"
        assert len(tries) == 3


def test_children_end_with_their_owner_and_all_they_started(kernel: Kernel) -> None:
    code = (
        "import subprocess, sys, time\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(inner.pid, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    inner = psutil.Process(int(child.stdout.readline()))
    this_system.adopt(child.pid)
    flags, processes = kernel.jobs[77]
    assert flags == 0x2000, "JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE"
    assert processes == [child.pid]
    this_system.kill_session(child.pid)
    assert child.wait(10) != 0
    gone, _ = psutil.wait_procs([inner], 10)
    assert gone or inner.status() == psutil.STATUS_ZOMBIE
    child.stdout.close()
    this_system.adopt(child.pid)
    this_system.kill_session(child.pid)
    assert kernel.jobs[77][1] == [child.pid], "one that has ended is no child"


def test_what_waits_in_a_pipe_is_counted(kernel: Kernel) -> None:
    read, write = os.pipe()
    os.write(write, b"12345")
    assert this_system.unread_bytes(read) == 5
    os.close(read)
    os.close(write)


def test_the_console_reaches_the_owner_alone(kernel: Kernel) -> None:
    this_system.leave_terminal()
    assert kernel.ignores_console
    assert this_system.START_OPTIONS == {"creationflags": 0x200 | 0x08000000}


def test_an_interruption_is_one_of_python() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            windows_system.interrupt_soon()
    finally:
        signal.signal(signal.SIGINT, before)


def test_both_halves_have_the_same_names_and_arguments() -> None:
    import inspect

    for name in this_system.__all__:
        one, other = getattr(posix_system, name), getattr(windows_system, name)
        if callable(one):
            assert inspect.signature(one) == inspect.signature(other), name


IMPORT_ALL = """
import importlib, pkgutil, sys
def everything():
    import vidtag
    for found in pkgutil.walk_packages(vidtag.__path__, "vidtag."):
        if not found.name.endswith(("__main__", "posix_system")):
            importlib.import_module(found.name)
everything()  # with what it needs of other packages
for name in [name for name in sys.modules if name.split(".")[0] == "vidtag"]:
    del sys.modules[name]
for name in ("fcntl", "termios", "pwd", "grp", "resource", "pty", "tty", "syslog"):
    sys.modules[name] = None
sys.platform = "win32"
everything()
from vidtag.system import this_system
print(this_system.lock.__module__, "vidtag.system.posix_system" in sys.modules)
"""


def test_every_module_can_be_imported_where_posix_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True)
    assert done.stdout.split() == ["vidtag.system.windows_system", "False"], done.stderr


def test_no_module_but_the_posix_half_names_what_only_posix_has() -> None:
    only: dict[str, Any] = {"fcntl": 1, "termios": 1, "resource": 1, "pwd": 1, "grp": 1}
    home = Path(this_system.__file__).parent.parent
    for path in home.rglob("*.py"):
        if path.name == "posix_system.py":
            continue
        words = path.read_text(encoding="utf-8")
        for name in only:
            assert f"import {name}\n" not in words, path
        for call in ("os.getuid", "os.nice", "os.setpgid", "os.killpg", "signal.SIGKILL"):
            assert call not in words, path
