"""Files that appear whole or not at all.

While a file is written it has a name of its own, and a lock of the operating system's that goes
with its process. So what a killed run left behind can be told from what another run is writing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from vidtag.core.errors import OutputError

PARTIAL_PREFIX = ".vidtag-partial-"
_PARTIAL = re.compile(re.escape(PARTIAL_PREFIX) + r"[0-9a-f]{16}(\.[^.]*)?")
"""Names that ``_partial_name`` makes; a video may have been given one that merely looks alike."""
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENAMETOOLONG}


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success flush it to disk and rename it over.

    The temporary name keeps the suffix, because muxers choose their format by it. On any
    exception, Ctrl-C included, the temporary file is removed and ``path`` stays as it was.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    target = Path(path)
    with scratch(target) as partial:
        try:
            yield partial
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            if error.errno in _DISK_ERRORS or error.filename == str(partial):
                raise _output_error(error, target) from error
            raise


@contextlib.contextmanager
def scratch(path: str | Path) -> Iterator[Path]:
    """Give an empty file beside ``path`` to work with; it is gone when the block is left.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    target = Path(path)
    ensure_folder(target.parent)
    place = _partial_name(target)
    lock: int | None = None
    try:  # an interruption may come as soon as the file is there
        try:
            lock = _create(place)
        except OSError as error:
            raise _output_error(error, target.parent) from error
        yield place
    finally:
        place.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def sweep(folder: str | Path) -> None:
    """Remove from a folder what killed runs left half written; what is being written stays."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PARTIAL.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                _remove_unless_locked(entry.path)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically, newlines as they are in ``text``."""
    write_bytes(path, text.encode())


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write bytes atomically."""
    with replacing(path) as partial:
        partial.write_bytes(data)


def check_writable(path: str | Path) -> None:
    """Make sure, before long work, that a file can be written.

    Raises:
        OutputError: its folder cannot be made, no file can be made in it, or the name is too long.
    """
    target = Path(path)
    ensure_folder(target.parent)
    probe = _partial_name(target)
    try:
        try:
            probe.touch(exist_ok=False)
        finally:
            probe.unlink(missing_ok=True)
        target.exists()
    except OSError as error:
        raise _output_error(error, target) from error


def ensure_folder(folder: str | Path) -> None:
    """Make a folder and its parents.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _output_error(error, Path(folder)) from error


def _create(place: Path) -> int:
    """Make a file, locked for as long as what this gives is open."""
    while True:
        number = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with contextlib.suppress(OSError):  # some network disks know no locks
            fcntl.flock(number, fcntl.LOCK_EX)
        if os.fstat(number).st_nlink:
            return number
        os.close(number)  # swept up before it was locked


def _remove_unless_locked(path: str) -> None:
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(number)


def _partial_name(target: Path) -> Path:
    return target.parent / f"{PARTIAL_PREFIX}{secrets.token_hex(8)}{target.suffix}"


def _output_error(error: OSError, path: Path) -> OutputError:
    reason = error.strerror or str(error)
    remedy = "choose another folder with --output, or make this one writable"
    if error.errno == errno.ENAMETOOLONG:
        remedy = "give the video a shorter name"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free some space there, or choose another folder with --output"
    return OutputError(f"cannot write here ({reason})", path=path, remedy=remedy)
