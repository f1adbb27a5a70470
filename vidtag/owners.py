"""Whose a folder is while a batch works in it: one owner at a time, for it and all below.

The owner holds a lock of the operating system's on a file in the folder, which says who it is. The
lock goes with the process, so a killed batch owns nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from vidtag.core.errors import OutputError
from vidtag.core.whole_file import read_whole
from vidtag.files import PARTIAL_PREFIX, check_writable, ensure_folder, sweep
from vidtag.locks import held, is_held

OWNER = ".vidtag-owner"

_LOOK_SECONDS = 0.25
_PATIENCE = 1.0
"""Seconds in which a lock that others only looked at for a moment is free again."""


class _OwnedError(OutputError):
    """Somebody else owns the folder."""


@contextlib.contextmanager
def owning(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Own a folder with all below it, for as long as the block runs.

    What killed runs left half written below it is removed.

    Args:
        wait: wait for whoever owns it, instead of refusing.

    Raises:
        OutputError: a batch works in it, above it or below it; or it cannot be written.
    """
    ensure_folder(folder)
    check_writable(folder / OWNER)
    patience = time.monotonic() + (float("inf") if wait else _PATIENCE)
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(_owned(folder))
                break
            except _OwnedError:
                if time.monotonic() > patience:
                    raise
                time.sleep(_LOOK_SECONDS)
        yield


def check_free(folder: Path) -> None:
    """See that no batch works in a folder, or in one above it.

    Raises:
        OutputError: one does.
    """
    here = Path(os.path.realpath(folder))
    for place in (here, *here.parents):
        if is_held(place / OWNER):
            raise _owned_error(place, "let it end, or choose another folder with --output")


@contextlib.contextmanager
def _owned(folder: Path) -> Iterator[None]:
    remedy = "let it end, wait for it with --wait, or choose another output folder"
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(held(folder / OWNER, wait=False))
        except BlockingIOError:
            raise _owned_error(folder, remedy) from None
        except OSError as error:
            raise OutputError(f"cannot write here ({error.strerror})", path=folder) from error
        here = Path(os.path.realpath(folder))
        for place in (*here.parents, *_owned_below(here)):
            if is_held(place / OWNER):
                raise _owned_error(place, remedy)
        who = f"{this_process()}\n"
        with contextlib.suppress(OSError):  # somebody planted a pipe: it is locked all the same
            os.ftruncate(descriptor, 0)
            os.write(descriptor, who.encode())  # just opened, so at its beginning
        yield


def this_process() -> str:
    """This process, as those are told who find its place taken."""
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()}, since {now}"


def _owned_below(folder: Path) -> Iterator[Path]:
    """Folders below that have, or had, an owner; each is swept on the way."""
    for here, _, names in os.walk(folder):
        if any(name.startswith(PARTIAL_PREFIX) for name in names):
            sweep(here)
        if OWNER in names and here != str(folder):
            yield Path(here)


def _owned_error(place: Path, remedy: str) -> OutputError:
    try:
        who = read_whole(place / OWNER, 1000).decode("utf-8", "replace").strip()[:200]
    except OSError:
        who = ""
    who = who or "it has only just begun"
    return _OwnedError(f"a batch is working here ({who})", path=place, remedy=remedy)
