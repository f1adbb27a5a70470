"""Files and folders that are locked while a process uses them. All of locking that a port changes.

The operating system drops a lock with the process that holds it. So what is not locked was left
behind by a process that was killed, and may be removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def create_locked_file(path: Path) -> int:
    """Make a file that is not there yet, locked for as long as the descriptor returned is open.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        _lock(descriptor)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # swept up before it was locked


@contextlib.contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[int]:
    """Hold what a file stands for; who comes second waits. The file is gone afterwards.

    Args:
        wait: wait for whoever holds it, instead of raising.

    Yields:
        The file's descriptor.

    Raises:
        BlockingIOError: somebody else holds it.
        OSError: the file cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            if wait:
                _lock(descriptor)
            elif _locked_by_another(descriptor, fcntl.LOCK_EX):
                raise BlockingIOError(errno.EWOULDBLOCK, "somebody else holds it", str(path))
            if not os.fstat(descriptor).st_nlink:
                continue  # whoever held it has ended
            try:
                yield descriptor
            finally:
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds what a file stands for; one that is gone or cannot be read: nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return _locked_by_another(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locked_by_another(descriptor: int, kind: int) -> bool:
    """Try to lock what is open; where a disk knows no locks, nobody has one."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def create_locked_folder(prefix: str) -> tuple[Path, int]:
    """Make a folder in the system's temporary folder, locked while the descriptor is open.

    No other user may read it.

    Args:
        prefix: what its name begins with; eight characters of ``a-z0-9_`` follow.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # swept up before it was opened
        _lock(descriptor)
        if _is_still(folder, descriptor):
            return folder, descriptor
        os.close(descriptor)  # swept up before it was locked


def _lock(descriptor: int) -> None:
    """Lock what is open; some network disks know no locks, and there nothing is swept up."""
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def remove_file_unless_locked(path: str) -> None:
    """Remove a file that no process has locked; where locks are unknown, it stays."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(descriptor)


def remove_folder_unless_locked(entry: os.DirEntry[str]) -> None:
    """Remove a folder of this user's that no process has locked, with all that is in it.

    Raises:
        OSError: it is locked, or cannot be opened.
    """
    if not entry.is_dir(follow_symlinks=False):
        return
    if entry.stat(follow_symlinks=False).st_uid != os.getuid():
        return
    descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(Path(entry.path), descriptor):
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(descriptor)


def _is_still(folder: Path, descriptor: int) -> bool:
    """Whether an open folder is the one that now has that name."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
