"""Opens a ledger: to write it, which one process at a time may, to look into it, or as a copy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from vidtag import files
from vidtag.batch.ledger import Ledger
from vidtag.batch.ledger_database import FILE, LedgerDatabase
from vidtag.core.errors import OutputError, VidtagError
from vidtag.core.whole_file import read_head
from vidtag.owners import this_process

LOCK = "lock"


def read_ledger(state: Path) -> Ledger:
    """A ledger to look into, while another process may be writing it.

    Raises:
        OutputError: there is none.
    """
    path = state / FILE
    if not path.is_file():
        raise OutputError(
            "no batch has written here",
            path=state,
            remedy="give the output folder of a batch, or its state folder",
        )
    return Ledger(LedgerDatabase(path, read_only=True))


def copy_ledger(state: Path) -> Ledger:
    """A copy in memory of the ledger in a folder, if there is one: what is entered stays there."""
    return Ledger(LedgerDatabase(state / FILE, in_memory=True))


@contextlib.contextmanager
def open_ledger(state: Path, *, wait: bool = False) -> Iterator[Ledger]:
    """The ledger in a folder, to write, for as long as the block runs.

    Args:
        wait: wait for a run that holds it, instead of refusing.

    Raises:
        OutputError: another run holds it, or it cannot be used.
    """
    files.ensure_folder(state)
    lock = FileLock(state / LOCK)
    holder = state / "holder"
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise OutputError(
            f"another run is working here ({_holder(holder)})",
            path=state.parent,
            remedy="let it end, wait for it with --wait, or choose another output folder",
        ) from None
    except OSError as error:
        raise OutputError(f"cannot write here ({error.strerror})", path=state) from error
    try:
        files.write_text(holder, f"{this_process()}\n")
        ledger = Ledger(LedgerDatabase(state / FILE))
        try:
            ledger.put_back()  # what a killed run left
            yield ledger
        finally:
            with contextlib.suppress(VidtagError):
                ledger.put_back()
            ledger.close()
            holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _holder(path: Path) -> str:
    try:
        return read_head(path, 1000).decode("utf-8", "replace").strip()[:200]
    except OSError:
        return "it has only just begun"
