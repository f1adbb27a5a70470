"""Files by address: what lies on this machine, and what fsspec reaches (S3 and its like).

Servers and credentials are configured as each storage's library expects it; for S3 that is the
environment or ``~/.aws``.

A path is local if it is no address (``scheme://...``). Remote files are fetched into a scratch
folder, and results are uploaded file by file. ``file://`` counts as remote, so that tests need no
server.
"""

from __future__ import annotations

import contextlib
import posixpath
import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from vidtag.batch.storage_access import (
    filesystem,
    has_folders,
    make_folder,
    patiently,
    translated,
)
from vidtag.core.addresses import is_address
from vidtag.core.errors import InputError, OutputError, VidtagError
from vidtag.core.file_names import usable_name
from vidtag.files import PARTIAL_PREFIX, scratch_folder

OWNERS = ".vidtag-owners"
"""Folder in which batches say that they work; no part of any results."""

_VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".webm", ".m4a", ".mka", ".wav"})


def canonical(address: str) -> str:
    """An address as its storage spells it, so that two spellings can be compared."""
    files, base = filesystem(address)
    return str(files.unstrip_protocol(base)).rstrip("/")


def join(folder: str, *names: str) -> str:
    """A path or address below a folder."""
    if is_address(folder):
        return posixpath.join(folder, *names)
    return str(Path(folder, *names))


def name_of(path: str) -> str:
    """The last part of a path or address."""
    return path.rstrip("/").rsplit("/", 1)[-1] if is_address(path) else Path(path).name


def find(folder: str) -> dict[str, int]:
    """All files below an address, by address, with their size in bytes.

    Raises:
        InputError: it cannot be listed.
    """
    files, base = filesystem(folder)
    with translated(InputError, folder):
        found = files.find(base, detail=True)
    return {str(files.unstrip_protocol(path)): int(row["size"] or 0) for path, row in found.items()}


def matches(pattern: str) -> list[str]:
    """Addresses of the files that match a pattern, sorted."""
    files, base = filesystem(pattern)
    with translated(InputError, pattern):
        found = files.glob(base, detail=True)
    return sorted(
        str(files.unstrip_protocol(path)) for path, row in found.items() if row["type"] == "file"
    )


def exists(address: str) -> bool:
    """Whether a file or folder is there."""
    files, base = filesystem(address)
    with translated(InputError, address):
        return bool(files.exists(base))


def is_folder(address: str) -> bool:
    """Whether an address is a folder (a bucket, a common prefix)."""
    files, base = filesystem(address)
    with translated(InputError, address):
        return bool(files.isdir(base))


def version(address: str) -> tuple[int, str]:
    """Size in bytes, and something that changes when the file does."""
    files, base = filesystem(address)
    with translated(InputError, address):
        row = files.info(base)
    marks = (row.get(key) for key in ("ETag", "etag", "mtime", "LastModified", "created"))
    return int(row["size"] or 0), str(next((mark for mark in marks if mark is not None), ""))


def read(address: str) -> bytes | None:
    """What a file holds; None if it is not there."""
    files, base = filesystem(address)
    with translated(InputError, address):
        return bytes(files.cat_file(base)) if files.exists(base) else None


def write(address: str, data: bytes) -> None:
    """Write a small file, whole.

    Raises:
        OutputError: it cannot be written.
    """
    files, base = filesystem(address)
    with translated(OutputError, address):
        make_folder(files, posixpath.dirname(base))
        files.pipe_file(base, data)


def remove(address: str) -> None:
    """Remove a file, and its folder if that is empty then.

    Raises:
        OutputError: it cannot be removed.
    """
    files, base = filesystem(address)
    with translated(OutputError, address):
        files.rm_file(base)
        if has_folders(files):
            with contextlib.suppress(OSError):
                files.rmdir(posixpath.dirname(base))


def modified(address: str) -> float | None:
    """When a file was last written, in seconds by the storage's own clock; None if it has none.

    Raises:
        InputError: it is not there.
    """
    files, base = filesystem(address)
    with translated(InputError, address):
        try:
            return float(files.modified(base).timestamp())
        except NotImplementedError:
            mark = files.info(base).get("mtime")
            return float(mark) if isinstance(mark, int | float) else None


@contextlib.contextmanager
def fetched(source: str) -> Iterator[Path]:
    """A local copy of a file, for as long as the block runs; a local file is its own copy.

    Errors about the copy leave the block as errors about the file.

    Raises:
        InputError: it is not there or cannot be fetched.
    """
    if not is_address(source):
        yield Path(source)
        return
    files, base = filesystem(source)
    with scratch_folder() as folder:
        copy = folder / usable_name(name_of(source))
        patiently(InputError, source, lambda: files.get_file(base, str(copy)), into=folder)
        try:
            yield copy
        except VidtagError as error:
            if error.path == str(copy):
                error.path = source
            raise


def publish(folder: Path, target: str, changed: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Put files of a local folder below an address; each appears whole or not at all.

    Args:
        changed: relative paths of the files to put there.
        gone: relative paths of files to remove there.

    Raises:
        OutputError: it cannot be written.
    """
    files, base = filesystem(target)

    def remove(name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            files.rm_file(name)

    def put(path: str, name: str) -> None:
        make_folder(files, posixpath.dirname(name))
        if "file" in files.protocol:  # others put an object at once, or not at all
            unfinished = PARTIAL_PREFIX + secrets.token_hex(8)
            beside = posixpath.join(posixpath.dirname(name), unfinished)
            files.put_file(path, beside)
            files.mv(beside, name)
        else:
            files.put_file(path, name)

    for relative in gone:
        patiently(OutputError, target, partial(remove, posixpath.join(base, relative)))
    for relative in sorted(changed):
        there = posixpath.join(base, relative)
        patiently(OutputError, target, partial(put, str(folder / relative), there))


def check_writable(target: str) -> None:
    """See that files can be put below an address, by putting one there and removing it.

    Raises:
        OutputError: they cannot.
    """
    files, base = filesystem(target)
    trial = posixpath.join(base, PARTIAL_PREFIX + secrets.token_hex(8))
    with translated(OutputError, target):
        make_folder(files, base)
        files.pipe_file(trial, b"")
        files.rm_file(trial)


def fetch_folder(source: str, folder: Path) -> None:
    """Copy the files of an address into a local folder, if there are any.

    Videos are not copied: an empty file stands for each.
    """
    files, base = filesystem(source)

    def fetch() -> None:
        if not files.exists(base):
            return
        for path in files.find(base):
            name = posixpath.relpath(path, files._strip_protocol(base))
            copy = folder / name
            if OWNERS in copy.parts:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            if copy.suffix in _VIDEO_SUFFIXES:
                copy.touch()
            else:
                files.get_file(path, str(copy))

    patiently(InputError, source, fetch, into=folder)
