"""Files that appear whole or not at all, and scratch files and folders that leave nothing behind.

What is not finished has a name of its own and a lock of the operating system's, which goes with
the process that holds it. So a later run can distinguish what a killed run left behind from what
another run is working on, and removes only the former.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vidtag.core.errors import FullDiskError, OutputError, VidtagError
from vidtag.locks import (
    create_locked_file,
    create_locked_folder,
    held,
    remove_file_unless_locked,
    remove_folder_unless_locked,
    remove_locked_folder,
)
from vidtag.system.this_system import replace_file

PARTIAL_PREFIX = ".vidtag-partial-"
_PARTIAL = re.compile(re.escape(PARTIAL_PREFIX) + r"[0-9a-f]{16}(\.[^.]*)?")
"""Names of unfinished files, exactly: a video may have a name that merely begins alike."""

SCRATCH_PREFIX = "vidtag-scratch-"
_SCRATCH = re.compile(re.escape(SCRATCH_PREFIX) + r"[a-z0-9_]{8}")
"""Names of scratch folders."""

_LITTLE = 1 << 16
"""Bytes: a disk that has fewer is full. A program writes until there are none."""

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENAMETOOLONG}


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success flush it to disk and rename it over.

    The temporary name keeps the suffix, because muxers choose their format by it. On any
    exception, Ctrl-C included, the temporary file is removed and ``path`` stays as it was.

    Raises:
        OutputError: the folder cannot be made or written, the disk is full, or ``path`` is a device
            or a pipe: a file would take its place.
    """
    target = Path(path)
    _refuse_special(target)
    with scratch_file(target) as partial:
        try:
            yield partial
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            replace_file(partial, target)
        except OSError as error:
            if error.errno in _DISK_ERRORS or error.filename == str(partial):
                raise _output_error(error, target) from error
            raise


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all, newlines as they are in ``text``.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    write_bytes(path, text.encode())


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write bytes, whole or not at all.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    with replacing(path) as partial:
        partial.write_bytes(data)


@contextlib.contextmanager
def scratch_file(path: str | Path) -> Iterator[Path]:
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
            lock = create_locked_file(place)
        except OSError as error:
            raise _output_error(error, target.parent) from error
        yield place
    finally:
        place.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder in the system's temporary folder, which no other user may read.

    It is gone when the block is left.

    Raises:
        OutputError: it cannot be made, or its disk became full.
    """
    try:
        folder, lock = create_locked_folder(SCRATCH_PREFIX)
    except OSError as error:
        raise _scratch_error(error.strerror or str(error)) from error
    try:
        yield folder
    except (OSError, VidtagError) as error:
        if not (_means_full(error) and shutil.disk_usage(folder).free < _LITTLE):
            raise
        raise _scratch_error("the disk is full", FullDiskError) from error
    finally:
        remove_locked_folder(folder, lock)


@contextlib.contextmanager
def alone_with(path: str | Path) -> Iterator[None]:
    """Work on everything that is made beside and with ``path``; other processes wait until then.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    target = Path(path)
    ensure_folder(target.parent)
    digest = hashlib.blake2b(target.name.encode(), digest_size=8).hexdigest()
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(target.parent / f"{PARTIAL_PREFIX}{digest}"))
        except OSError as error:
            raise _output_error(error, target.parent) from error
        yield


def sweep(folder: str | Path) -> None:
    """Remove from a folder what killed runs left half written; what is being written stays."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PARTIAL.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                remove_file_unless_locked(entry.path)


def sweep_scratch_folders() -> None:
    """Remove this user's scratch folders that killed processes left; what is in use stays."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if _SCRATCH.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    remove_folder_unless_locked(entry)


def check_writable(path: str | Path) -> None:
    """Make sure, before long work, that a file can be written.

    Raises:
        OutputError: its folder cannot be made, no file can be made in it, or the name is too long.
    """
    target = Path(path)
    _refuse_special(target)
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


def keep_inputs(path: str | Path, *inputs: str | Path | None) -> None:
    """Refuse to write over what a result is made from.

    Raises:
        OutputError: ``path`` is one of ``inputs``, by whatever name.
    """
    for read in inputs:
        with contextlib.suppress(OSError):
            if read is not None and os.path.samefile(path, read):
                raise OutputError(
                    "is read for this, and would be written over",
                    path=path,
                    remedy="give the new file another name",
                )


def ensure_folder(folder: str | Path) -> None:
    """Make a folder and its parents.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _output_error(error, Path(folder)) from error


def _partial_name(target: Path) -> Path:
    return target.parent / f"{PARTIAL_PREFIX}{secrets.token_hex(8)}{target.suffix}"


def _refuse_special(target: Path) -> None:
    """A new file would take the place of a device or a pipe (``/dev/null``), for everybody."""
    try:
        mode = target.stat().st_mode
    except (OSError, ValueError):
        return  # nothing is there, or an error tells later why it cannot be written
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OutputError(
            "cannot write here (not a regular file)", path=target, remedy="name a file instead"
        )


def _means_full(error: OSError | VidtagError) -> bool:
    """Whether an error of the system's, or of a program that met it, stands for a full disk."""
    printed = f"{error} {getattr(error, 'stderr', '')}".lower()
    return any(text in printed for text in ("disk is full", "no space left", "disk quota"))


def _scratch_error(reason: str, kind: type[OutputError] = OutputError) -> OutputError:
    try:
        place = tempfile.gettempdir()
    except OSError:  # no folder that it knows can be written
        place = None
    return kind(
        f"temporary files cannot be written here ({reason})",
        path=place,
        remedy="free some space there, or let TMPDIR name another folder",
    )


def _output_error(error: OSError, path: Path) -> OutputError:
    reason = error.strerror or str(error)
    kind, remedy = OutputError, "choose another folder with --output, or make this one writable"
    if error.errno == errno.ENAMETOOLONG:
        remedy = "give the video a shorter name"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        kind, remedy = (
            FullDiskError,
            "free some space there, or choose another folder with --output",
        )
    return kind(f"cannot write here ({reason})", path=path, remedy=remedy)
