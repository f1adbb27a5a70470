"""Files by address: what lies on this machine, and what fsspec reaches (S3 and its like).

Servers and credentials are configured as each storage's library expects it; for S3 that is the
environment or ``~/.aws``.

A path is local if it is no address (``scheme://...``). Remote files are fetched into a scratch
folder, and results are uploaded file by file. ``file://`` counts as remote, so that tests need no
server.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import posixpath
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vidtag.core.errors import (
    InputError,
    MachineError,
    OutputError,
    StorageLostError,
    UserError,
    VidtagError,
    import_failure,
)
from vidtag.files import PARTIAL_PREFIX, scratch_folder

_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory"})
"""Storages without folders. Making one would make a bucket, and nobody wants a bucket made of a
misspelled address."""

_REMEDIES = {
    "s3": "see that bucket, credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws) "
    "and server (AWS_ENDPOINT_URL) are right",
}
_REMEDIES["s3a"] = _REMEDIES["s3"]
"""What to look at when a storage refuses, by scheme."""

_PACKAGES = {"s3": "vidtag[s3]", "s3a": "vidtag[s3]", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs"}
"""What to install for a scheme, where we know."""

_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two attempts while a storage does not answer; the batch pauses longer."""

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

    Errors about the copy leave the block as errors about the file.

    Raises:
        InputError: it is not there or cannot be fetched.
    """
    if not is_address(source):
        yield Path(source)
        return
    files, base = _filesystem(source)
    with scratch_folder() as folder:
        copy = folder / name_of(source)
        _patiently(InputError, source, lambda: files.get_file(base, str(copy)), into=folder)
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
    files, base = _filesystem(target)

    def remove(name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            files.rm_file(name)

    def put(path: str, name: str) -> None:
        _make_folder(files, posixpath.dirname(name))
        if "file" in files.protocol:  # others put an object at once, or not at all
            unfinished = PARTIAL_PREFIX + secrets.token_hex(8)
            beside = posixpath.join(posixpath.dirname(name), unfinished)
            files.put_file(path, beside)
            files.mv(beside, name)
        else:
            files.put_file(path, name)

    for relative in gone:
        _patiently(OutputError, target, partial(remove, posixpath.join(base, relative)))
    for relative in sorted(changed):
        there = posixpath.join(base, relative)
        _patiently(OutputError, target, partial(put, str(folder / relative), there))


def check_writable(target: str) -> None:
    """See that files can be put below an address, by putting one there and removing it.

    Raises:
        OutputError: they cannot.
    """
    files, base = _filesystem(target)
    trial = posixpath.join(base, PARTIAL_PREFIX + secrets.token_hex(8))
    with _translated(OutputError, target):
        _make_folder(files, base)
        files.pipe_file(trial, b"")
        files.rm_file(trial)


def _make_folder(files: Any, folder: str) -> None:
    """Make a folder and those above, where there are folders."""
    protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
    if not protocols & _OBJECT_STORES:
        files.makedirs(folder, exist_ok=True)


def fetch_folder(source: str, folder: Path) -> None:
    """Copy the files of an address into a local folder, if there are any.

    Videos are not copied: an empty file stands for each.
    """
    files, base = _filesystem(source)

    def fetch() -> None:
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

    _patiently(InputError, source, fetch, into=folder)


def _filesystem(address: str) -> tuple[Any, str]:
    scheme = address.split("://", 1)[0]
    package = _PACKAGES.get(scheme, "fsspec")
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        remedy = f"pip install '{package}'"
        failure = import_failure(error, "fsspec", "addresses need fsspec", remedy)
        failure.path = address
        raise failure from error
    try:
        files, base = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise UserError(
            f"{scheme}:// needs a package that cannot be loaded ({error})",
            path=address,
            remedy=f"pip install '{package}'" if scheme in _PACKAGES else None,
        ) from error
    except Exception as error:  # what a kind of address wants besides differs: an archive, a token
        if isinstance(error, ValueError) and scheme not in fsspec.available_protocols():
            raise UserError(
                f"{scheme}:// is no kind of address fsspec knows", path=address
            ) from error
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{scheme}:// addresses cannot be opened like this ({reason})",
            path=address,
            remedy="copy the files to a folder, and name that",
        ) from error
    files.invalidate_cache()
    return files, base


def _patiently(
    kind: type[VidtagError], address: str, work: Callable[[], None], *, into: Path | None = None
) -> None:
    """Do it, once more after ever longer pauses while the storage does not answer.

    Args:
        into: folder on this machine that it writes into.

    Raises:
        MachineError: there is no room in ``into``.
        StorageLostError: the storage still does not answer.
        VidtagError: of the kind: it is not there, or access is refused.
    """
    for pause in (*_PAUSES, None):
        try:
            with _translated(kind, address, lost=StorageLostError, into=into):
                work()
            return
        except StorageLostError:
            if pause is None:
                raise
            time.sleep(pause)


@contextlib.contextmanager
def _translated(
    kind: type[VidtagError],
    address: str,
    *,
    lost: type[VidtagError] | None = None,
    into: Path | None = None,
) -> Iterator[None]:
    """Turn what a storage's library raises into one of ours.

    Args:
        lost: the kind if the storage does not answer, if not ``kind``.
        into: folder on this machine that is written into.
    """
    try:
        yield
    except VidtagError:
        raise
    except Exception as error:  # each storage has errors of its own
        if into is not None and getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise MachineError(
                "the temporary folder is full",
                path=into.parent,
                remedy="free some space there, or set TMPDIR to a folder with more",
            ) from error
        remedy = _REMEDIES.get(address.split("://", 1)[0])
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, FileNotFoundError):
            # A library that says more than a path says what else is missing: the bucket.
            missing = reason if "bucket" in reason.lower() else None
            cause = f"cannot be reached ({missing})" if missing else "there is no such file"
            raise kind(cause, path=address, remedy=remedy if missing else None) from error
        refused = isinstance(error, PermissionError)
        cause = "access is refused" if refused else "cannot be reached"
        answered = kind if refused or lost is None else lost
        raise answered(f"{cause} ({reason.rstrip('.')})", path=address, remedy=remedy) from error
