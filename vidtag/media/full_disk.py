"""Full disks, recognised by what the writers of media files report."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from vidtag.core.errors import FullDiskError, ToolError

_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MESSAGES = ("No space left on device", "Disk quota exceeded", "File too large")


@contextlib.contextmanager
def naming_full_disk(target: Path) -> Iterator[None]:
    """Replace errors that mean a full disk by one that says so.

    Raises:
        OutputError: the disk is full.
    """
    try:
        yield
    except (ToolError, OSError) as error:
        if not is_disk_full(error):
            raise
        raise disk_full(target) from error


def is_disk_full(error: Exception) -> bool:
    """Whether an error of ffmpeg, PyAV or the system means that the disk is full."""
    number = getattr(error, "errno", None)
    if number is not None:
        return number in _NUMBERS
    # ffmpeg has no number, but its words.
    text = error.stderr if isinstance(error, ToolError) else str(error)
    return any(message in text for message in _MESSAGES)


def disk_full(target: Path) -> FullDiskError:
    """The error for a file that the disk has no room for."""
    return FullDiskError(
        "the disk is full", path=target, remedy="make room, or choose another folder"
    )
