"""Files by address: what lies on this machine, and what fsspec reaches (S3 and its like).

A path is local if it is no address (``scheme://...``). What is far away is fetched to a scratch
folder to be worked on, and results are put back file by file. ``file://`` counts as far away, so
that the same road can be tried without a server.
"""

from __future__ import annotations

import contextlib
import importlib
import posixpath
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vidtag.atomic import PARTIAL_PREFIX
from vidtag.errors import InputError, OutputError, UserError, VidtagError

_VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".webm", ".m4a", ".mka", ".wav"})


def is_address(path: str) -> bool:
    """Whether a path is an address that fsspec opens, not a local file."""
    return "://" in path


def canonical(address: str) -> str:
    """An address as its storage spells it, so that two spellings can be compared."""
    files, base = _filesystem(address)
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
    files, base = _filesystem(folder)
    with _translated(InputError, folder):
        found = files.find(base, detail=True)
    return {str(files.unstrip_protocol(path)): int(row["size"] or 0) for path, row in found.items()}


def matches(pattern: str) -> list[str]:
    """Addresses of the files that match a pattern, sorted."""
    files, base = _filesystem(pattern)
    with _translated(InputError, pattern):
        found = files.glob(base, detail=True)
    return sorted(
        str(files.unstrip_protocol(path)) for path, row in found.items() if row["type"] == "file"
    )


def exists(address: str) -> bool:
    """Whether a file or folder is there."""
    files, base = _filesystem(address)
    with _translated(InputError, address):
        return bool(files.exists(base))


def is_folder(address: str) -> bool:
    """Whether an address is a folder (a bucket, a common prefix)."""
    files, base = _filesystem(address)
    with _translated(InputError, address):
        return bool(files.isdir(base))


def version(address: str) -> tuple[int, str]:
    """Size in bytes, and something that changes when the file does."""
    files, base = _filesystem(address)
    with _translated(InputError, address):
        row = files.info(base)
    marks = (row.get(key) for key in ("ETag", "etag", "mtime", "LastModified", "created"))
    return int(row["size"] or 0), str(next((mark for mark in marks if mark is not None), ""))


def read(address: str) -> bytes | None:
    """What a file holds; None if it is not there."""
    files, base = _filesystem(address)
    with _translated(InputError, address):
        return bytes(files.cat_file(base)) if files.exists(base) else None


@contextlib.contextmanager
def fetched(source: str) -> Iterator[Path]:
    """A local copy of a file, for as long as the block runs; a local file is its own copy.

    Raises:
        InputError: it is not there or cannot be fetched.
    """
    if not is_address(source):
        yield Path(source)
        return
    files, base = _filesystem(source)
    with tempfile.TemporaryDirectory(prefix="vidtag-") as folder:
        copy = Path(folder, name_of(source))
        with _translated(InputError, source):
            files.get_file(base, str(copy))
        yield copy


def publish(folder: Path, target: str, changed: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Put files of a local folder below an address; each appears whole or not at all.

    Args:
        changed: relative paths of the files to put there.
        gone: relative paths of files to remove there.

    Raises:
        OutputError: it cannot be written.
    """
    files, base = _filesystem(target)
    with _translated(OutputError, target):
        for relative in gone:
            with contextlib.suppress(FileNotFoundError):
                files.rm_file(posixpath.join(base, relative))
        for relative in sorted(changed):
            path, name = folder / relative, posixpath.join(base, relative)
            files.makedirs(posixpath.dirname(name), exist_ok=True)
            if "file" in files.protocol:  # others put an object at once, or not at all
                partial = posixpath.join(
                    posixpath.dirname(name), PARTIAL_PREFIX + secrets.token_hex(8)
                )
                files.put_file(str(path), partial)
                files.mv(partial, name)
            else:
                files.put_file(str(path), name)


def fetch_folder(source: str, folder: Path) -> None:
    """Copy the files of an address into a local folder, if there are any.

    Videos are not worth the way: an empty file stands for each.
    """
    files, base = _filesystem(source)
    with _translated(InputError, source):
        if not files.exists(base):
            return
        for path in files.find(base):
            name = posixpath.relpath(path, files._strip_protocol(base))
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if copy.suffix in _VIDEO_SUFFIXES:
                copy.touch()
            else:
                files.get_file(path, str(copy))


def _filesystem(address: str) -> tuple[Any, str]:
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        raise UserError(
            "addresses need fsspec", path=address, remedy="pip install 'vidtag[ray]'"
        ) from error
    scheme = address.split("://", 1)[0]
    try:
        files, base = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise UserError(
            f"{scheme}:// needs a package that is not here ({error})", path=address
        ) from error
    except ValueError as error:
        raise UserError(f"{scheme}:// is no kind of address fsspec knows", path=address) from error
    files.invalidate_cache()
    return files, base


@contextlib.contextmanager
def _translated(kind: type[VidtagError], address: str) -> Iterator[None]:
    """Turn what a storage's library raises into one of ours."""
    try:
        yield
    except VidtagError:
        raise
    except FileNotFoundError as error:
        raise kind("there is no such file", path=address) from error
    except Exception as error:  # each storage has errors of its own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise kind(f"cannot be reached ({reason})", path=address) from error
