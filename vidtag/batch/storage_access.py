"""Opens storages through fsspec, and tells what goes wrong with one in vidtag's own errors."""

from __future__ import annotations

import contextlib
import errno
import importlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vidtag.core.errors import (
    MachineError,
    StorageLostError,
    UserError,
    VidtagError,
    import_failure,
)
from vidtag.core.installing import install_command

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


def filesystem(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Raises:
        UserError: it is none, or fsspec, or a package that it needs for this kind of address, is
            not installed.
    """
    if "\0" in address:
        raise UserError("is no address: it holds a zero character", path=address)
    scheme = address.split("://", 1)[0]
    package = _PACKAGES.get(scheme, "fsspec")
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        remedy = install_command(package)
        failure = import_failure(error, "fsspec", "addresses need fsspec", remedy)
        failure.path = address
        raise failure from error
    try:
        files, base = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise UserError(
            f"{scheme}:// needs a package that cannot be loaded ({error})",
            path=address,
            remedy=install_command(package) if scheme in _PACKAGES else None,
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


def patiently(
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
            with translated(kind, address, lost=StorageLostError, into=into):
                work()
            return
        except StorageLostError:
            if pause is None:
                raise
            time.sleep(pause)


@contextlib.contextmanager
def translated(
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


def make_folder(files: Any, folder: str) -> None:
    """Make a folder and those above, where there are folders."""
    if has_folders(files):
        files.makedirs(folder, exist_ok=True)


def has_folders(files: Any) -> bool:
    """Whether folders are something of their own there, and not parts of names."""
    protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
    return not protocols & _OBJECT_STORES
