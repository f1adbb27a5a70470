"""Files and folders that are locked while a process uses them.

The operating system drops a lock with the process that holds it. So what is not locked was left
behind by a process that was killed, and may be removed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vidtag.system import this_system


def create_locked_file(path: Path) -> int:
    """Make a file that is not there yet, locked for as long as the descriptor returned is open.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        descriptor = this_system.open_file(path, "new")
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
        descriptor = this_system.open_file(path, "any")
        try:
            if wait:
                _lock(descriptor)
            elif _locked_by_another(descriptor, shared=False):
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
        descriptor = this_system.open_to_look(path)
    except OSError:
        return False
    try:
        return _locked_by_another(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _locked_by_another(descriptor: int, *, shared: bool) -> bool:
    """Try to lock what is open; where a disk knows no locks, nobody has one."""
    try:
        this_system.lock(descriptor, wait=False, shared=shared)
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
            descriptor = this_system.open_lock_of(folder)
        except FileNotFoundError:
            continue  # swept up before it was opened
        _lock(descriptor)
        if _is_still(folder, descriptor):
            return folder, descriptor
        os.close(descriptor)  # swept up before it was locked


def remove_locked_folder(folder: Path, descriptor: int) -> None:
    """Remove a folder that this process has locked, and let go of it."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)
    if folder.exists():  # Windows removes a file that is open only when it is closed
        shutil.rmtree(folder, ignore_errors=True)


def _lock(descriptor: int) -> None:
    """Lock what is open; some network disks know no locks, and there nothing is swept up."""
    with contextlib.suppress(OSError):
        this_system.lock(descriptor, wait=True)


def remove_file_unless_locked(path: str) -> None:
    """Remove a file that no process has locked; where locks are unknown, it stays."""
    with contextlib.suppress(OSError):
        descriptor = this_system.open_file(path, "old")
        try:
            this_system.lock(descriptor, wait=False)
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
    if not this_system.is_ours(entry.stat(follow_symlinks=False)):
        return
    folder = Path(entry.path)
    descriptor = this_system.open_lock_of(folder)
    try:
        this_system.lock(descriptor, wait=False)
        if not _is_still(folder, descriptor):
            raise FileNotFoundError(entry.path)
    except OSError:
        os.close(descriptor)
        raise
    remove_locked_folder(folder, descriptor)


def _is_still(folder: Path, descriptor: int) -> bool:
    """Whether what is open is what now locks that folder."""
    try:
        return os.path.samestat(this_system.lock_of(folder).lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
