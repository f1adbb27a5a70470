"""Reads files that anybody may have written, and only so many bytes."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY | sum(
    getattr(os, f"O_{name}", 0) for name in ("CLOEXEC", "NONBLOCK", "BINARY")
)
"""Not every system has all of them. Without NONBLOCK, opening a pipe waits for a writer."""


def read_whole(path: str | Path, most: int) -> bytes:
    """All of a file.

    Args:
        most: bytes beyond which it is not what it should be.

    Raises:
        OSError: it cannot be read, is larger, or is no regular file: a pipe would never end.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(most + 1) if size <= most else b""  # it may be growing
    if max(size, len(data)) > most:
        raise OSError(errno.EFBIG, f"larger than {most >> 20} MB", str(path))
    return data


def read_head(path: str | Path, most: int) -> bytes:
    """The first bytes of a file, or all of it where it has fewer.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    with _opened(path) as file:
        return file.read(most)


def read_stream(path: str | Path, most: int) -> bytes:
    """The first bytes of a file or of what is piped in, as by ``<(command)``.

    Raises:
        OSError: it cannot be read, or is a pipe into which nobody writes.
    """
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if sys.platform != "win32" and not stat.S_ISREG(os.fstat(descriptor).st_mode):
            with contextlib.suppress(BlockingIOError):
                if not (first := os.read(descriptor, min(most, 1 << 16))):
                    raise OSError(errno.EPIPE, "nobody writes into it", str(path))
                os.set_blocking(descriptor, True)
                return first + _rest(file, most - len(first))
            os.set_blocking(descriptor, True)
        return _rest(file, most)


def _rest(file: FileIO, most: int) -> bytes:
    parts, size = [], 0
    while size < most and (part := file.read(most - size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.ENODEV, "not a regular file", str(path))
        yield file
