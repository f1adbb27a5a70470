"""Identifies the content of a file without reading all of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media

FINGERPRINT_CHUNK = 1 << 20
"""Bytes read at each of the three places a fingerprint looks at."""


def fingerprint(path: str | Path) -> str:
    """Identify a file's content without reading all of it: 32 hexadecimal digits.

    BLAKE2b (16 bytes) over the size as 8 little-endian bytes, then the first, the middle and the
    last MiB; a file of up to 3 MiB is read whole. Neither name nor time of change matter.
    """
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(size.to_bytes(8, "little"))
        if size <= 3 * FINGERPRINT_CHUNK:
            digest.update(file.read())
        else:
            for start in (0, (size - FINGERPRINT_CHUNK) // 2, size - FINGERPRINT_CHUNK):
                file.seek(start)
                digest.update(file.read(FINGERPRINT_CHUNK))
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
