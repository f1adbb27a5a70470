"""Identifies the content of a file: by all of it where that is quick, else by samples of it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media

SAMPLE = 1 << 20
"""Bytes read at each place of a file that is not read whole."""

SAMPLES = 1024
"""Places looked at; a file of up to so many samples, 1 GiB, is read whole in a second or two."""

_SETTLED_SECONDS = 2.0
"""How long a file must be unchanged before size and times stand for its content: a second change
within a tick of the disk's clock cannot be seen."""


def fingerprint(path: str | Path) -> str:
    """Identify a file's content: 32 hexadecimal digits. Neither name nor time of change matter.

    The first half of SHA-256 over the size as 8 little-endian bytes and the whole content; where
    that is more than 1 GiB, over 1,024 samples of 1 MiB, one at either end and one somewhere in
    each of 1,022 equal parts, so that no change as long as two parts is missed.

    A process does not read a file again as long as its inode, size and times stay.
    """
    status = os.stat(path)
    known = _known if time.time() - status.st_ctime > _SETTLED_SECONDS else _known.__wrapped__
    times = status.st_mtime_ns, status.st_ctime_ns
    return known(os.path.abspath(path), (status.st_dev, status.st_ino, status.st_size, *times))


@functools.lru_cache(maxsize=4096)
def _known(path: str, state: tuple[int, ...]) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(size.to_bytes(8, "little"))
        if size <= SAMPLES * SAMPLE:
            while data := file.read(SAMPLE):
                digest.update(data)
        else:
            for start in _places(size):
                file.seek(start)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:32]


def _places(size: int) -> Iterator[int]:
    """Where samples begin. They keep no step, which what repeats in a file might keep too."""
    yield 0
    step = (size - 2 * SAMPLE) / (SAMPLES - 2)
    chance = random.Random(size)  # the same for the same size, on every machine
    for part in range(SAMPLES - 2):
        yield SAMPLE + int(part * step + chance.random() * (step - SAMPLE))
    yield size - SAMPLE


def why_unlike(path: str | Path, known: Media) -> str:
    """Why a file's fingerprint is not the one that is known of it, in a few words."""
    with contextlib.suppress(OSError):  # it may lie on a server
        if _older_fingerprint(path) == known.fingerprint:
            return "an older vidtag looked at too little of it to tell"
    return "its content changed"


def _older_fingerprint(path: str | Path) -> str:
    """What vidtag knew files by at first: their size, and their first, middle and last MiB."""
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(size.to_bytes(8, "little"))
        if size <= 3 * SAMPLE:
            digest.update(file.read())
        else:
            for start in (0, (size - SAMPLE) // 2, size - SAMPLE):
                file.seek(start)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()


def check_unchanged(media: Media) -> None:
    """Make sure that a file is still the one that was probed.

    Raises:
        InputError: it is gone, or holds something else now.
    """
    try:
        same = fingerprint(media.path) == media.fingerprint
    except OSError as error:
        raise InputError(
            f"cannot be read any more ({error.strerror})",
            path=media.path,
            remedy="bring it back, and run again",
        ) from error
    if not same:
        raise InputError(
            "changed while it was listened to",
            path=media.path,
            remedy="wait until it is whole, and run again",
        )
