"""Whether a path is a file that can be listened to, and why a file is not media."""

from __future__ import annotations

import codecs
import errno
import stat
from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.media.mp4_boxes import top_level

MEDIA_REMEDY = "give vidtag a video or audio file"
COPY_REMEDY = "copy or download it again"

_HEAD_BYTES = 4096
_MP4_BOXES = (b"ftyp", b"wide", b"mdat", b"moov")
_PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"v=0\r", b"v=0\n")


def check_file(path: str | Path) -> Path:
    """The absolute path of a file that is there, readable and not empty.

    Raises:
        InputError: it is not, or its name could not be written into a document.
    """
    file = Path(path).absolute()
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise InputError("has a name that is not UTF-8", path=file, remedy="rename it") from error
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("is a folder", path=file, remedy="name the video files in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not a regular file", path=file, remedy=MEDIA_REMEDY)
        with file.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from error
    if status.st_size == 0:
        raise InputError("is empty (0 bytes)", path=file, remedy=COPY_REMEDY)
    return file


def _unreadable(error: OSError | ValueError, file: Path) -> InputError:
    if isinstance(error, ValueError) or error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return InputError("there is no such file", path=file, remedy="check the path")
    reason = error.strerror or str(error)
    return InputError(
        f"cannot be read ({reason})", path=file, remedy="check the file's permissions"
    )


def not_media_error(file: Path) -> InputError:
    """The error for a file that cannot be opened as media: why, as its first bytes show."""
    head = first_bytes(file)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_PLAYLIST_MARKS):
        return InputError(
            "is a playlist or description that points elsewhere, not a media file",
            path=file,
            remedy="give vidtag the files it names, one by one",
        )
    if head[4:8] in _MP4_BOXES and not has_index(file):
        return InputError(
            "was cut off before its index (moov atom not found), so nothing in it can be found",
            path=file,
            remedy=f"{COPY_REMEDY}, or finish the recording that wrote it",
        )
    if is_text(head):
        return InputError("is text, not media", path=file, remedy=MEDIA_REMEDY)
    return InputError("is not a media file, or is damaged", path=file, remedy=MEDIA_REMEDY)


def has_index(path: Path) -> bool:
    """Whether an MP4 or QuickTime file has a complete ``moov`` box at its top level."""
    with path.open("rb") as file:
        return any(box.kind == b"moov" for box in top_level(file))


def is_text(head: bytes) -> bool:
    """Whether a file that begins with these bytes is UTF-8 text."""
    if b"\0" in head:
        return False
    try:
        # Not final: a character may be cut in two at the end of what was read.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def first_bytes(path: str | Path) -> bytes:
    """The beginning of a file, enough to tell text and playlists from media."""
    with open(path, "rb") as file:
        return file.read(_HEAD_BYTES)
