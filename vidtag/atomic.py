"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from vidtag.errors import OutputError

PARTIAL_PREFIX = ".vidtag-partial-"
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG}


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success flush it to disk and rename it over.

    The temporary name keeps the suffix, because muxers choose their format by it. On any
    exception, Ctrl-C included, the temporary file is removed and ``path`` stays as it was.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    target = Path(path)
    ensure_folder(target.parent)
    partial = _partial_name(target)
    try:
        partial.touch(exist_ok=False)
    except OSError as error:
        raise _output_error(error, target.parent) from error
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        if error.errno in _DISK_ERRORS or error.filename == str(partial):
            raise _output_error(error, target) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch(path: str | Path) -> Iterator[Path]:
    """Give the name of a file beside ``path`` to work with; it is gone when the block is left.

    Raises:
        OutputError: the folder cannot be made.
    """
    ensure_folder(Path(path).parent)
    place = _partial_name(Path(path))
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


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
        probe.touch(exist_ok=False)
        probe.unlink()
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


def _partial_name(target: Path) -> Path:
    return target.parent / f"{PARTIAL_PREFIX}{secrets.token_hex(8)}{target.suffix}"


def _output_error(error: OSError, path: Path) -> OutputError:
    reason = error.strerror or str(error)
    remedy = "choose another folder with --output, or make this one writable"
    if error.errno == errno.ENAMETOOLONG:
        remedy = "give the video a shorter name"
    return OutputError(f"cannot write here ({reason})", path=path, remedy=remedy)
