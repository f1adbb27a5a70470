"""Files that people may edit by hand: a second run must not undo their work.

In a hidden folder beside the files lies a small note for each, with digests of what vidtag wrote
there. A file whose content has another digest was edited since and is left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from vidtag import files
from vidtag.core.errors import OutputError
from vidtag.core.whole_file import read_whole

_LARGEST_FILE, _LARGEST_NOTE = 1 << 28, 1 << 16
"""Bytes of a file that people edit by hand, and of a note about one."""

_NOTE = ".vidtag-wrote/{name}.sha256"
"""Not called as the file is: programs that collect ``*.srt`` would take the note for one."""
_OLD_NOTE = ".vidtag-wrote-{name}"
"""Where notes were at first; they are still read, and replaced."""


def write_unless_edited(path: str | Path, data: bytes, *, overwrite: bool = False) -> bool:
    """Write a file, whole or not at all, but not over edits by hand.

    Line ends, a byte order mark and white space at the end, which editors change on their own, do
    not count as edits.

    Args:
        overwrite: write in any case.

    Returns:
        Whether it was written; if not, it had been edited by hand.

    Raises:
        OutputError: the folder cannot be written, or ``path`` is not a file.
    """
    target = Path(path)
    present = _content(target)
    note = _note(target)
    old_note = target.with_name(_OLD_NOTE.format(name=target.name))
    new = _digest(data)
    if (
        present is not None
        and not overwrite
        and _digest(present)
        not in (
            new,
            *_noted(note),
            *_noted(old_note),
        )
    ):
        return False
    # The note goes first and holds both digests, so that it is right if the process ends here.
    digests = [new] if present is None else [new, _digest(present)]
    files.write_text(note, "\n".join(dict.fromkeys(digests)) + "\n")
    old_note.unlink(missing_ok=True)
    files.write_bytes(target, data)
    return True


def is_edited(path: Path) -> bool:
    """Whether somebody changed a file since vidtag wrote it; what no note tells of was not."""
    noted = _noted(_note(path))
    present = _content(path)
    return bool(noted) and present is not None and _digest(present) not in noted


def noted_files(folder: Path) -> list[Path]:
    """Files in a folder of which a note tells what vidtag wrote there, in the order of names."""
    pattern = _note(folder / "*")
    notes = sorted(pattern.parent.glob(pattern.name))
    return [folder / note.name.removesuffix(note.suffix) for note in notes]


def copy_edited(path: Path, target: Path) -> None:
    """Copy a file that was edited by hand, with its note, so that it still counts as edited."""
    files.write_bytes(_note(target), read_whole(_note(path), _LARGEST_NOTE))
    files.write_bytes(target, read_whole(path, _LARGEST_FILE))


def forget(path: Path) -> None:
    """Remove the note about a file that is removed itself, and with the last note their folder."""
    note = _note(path)
    note.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        note.parent.rmdir()


def _note(path: Path) -> Path:
    return path.parent / _NOTE.format(name=path.name)


def _content(path: Path) -> bytes | None:
    try:
        data = read_whole(path, _LARGEST_FILE)
        return data if data.strip() else None  # emptied by a full disk, or a crash: nobody's edit
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(
            f"cannot be written over ({error.strerror or error})",
            path=path,
            remedy="move it away, or choose another folder with --output",
        ) from error


def _noted(note: Path) -> list[str]:
    try:
        return read_whole(note, _LARGEST_NOTE).decode().split()
    except (OSError, UnicodeDecodeError):
        return []


def _digest(data: bytes) -> str:
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()
    return hashlib.sha256(plain).hexdigest()
