"""Folders to work in, in the system's temporary folder, and what killed processes left there.

A folder holds a lock of the operating system's, which goes with the process that made it. So a
later run can tell a folder that nobody uses any more from that of a run at work.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "vidtag-scratch-"
_NAME = re.compile(re.escape(PREFIX) + r"[a-z0-9_]{8}")
"""Names that ``tempfile.mkdtemp`` makes of the prefix."""


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder of one's own, that nobody else may read; it is gone when the block is left."""
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep() -> None:
    """Remove this user's folders that killed processes left; what is in use stays."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    _remove_unless_locked(entry)


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # swept up before it was opened
        with contextlib.suppress(OSError):  # some network disks know no locks, and sweep nothing
            fcntl.flock(number, fcntl.LOCK_EX)
        if _is_still(folder, number):
            return folder, number
        os.close(number)  # swept up before it was locked


def _remove_unless_locked(entry: os.DirEntry[str]) -> None:
    if not entry.is_dir(follow_symlinks=False):
        return
    if entry.stat(follow_symlinks=False).st_uid != os.getuid():
        return
    number = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(Path(entry.path), number):
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(number)


def _is_still(folder: Path, number: int) -> bool:
    """Whether an open folder is the one that now has that name."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(number))
    except FileNotFoundError:
        return False
