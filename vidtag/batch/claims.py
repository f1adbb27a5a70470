"""Whose an address is while a batch puts results there: one owner at a time, for it and all below.

Addresses know no locks. So whoever works there keeps a small file in ``.vidtag-owners/``, says in
it who it is, and writes it anew every half minute: first it writes, then it looks for others, so
that of two at least one sees the other. What has not been written anew for long is of a batch that
was killed.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import random
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from vidtag.batch import storage
from vidtag.core.errors import OutputError, VidtagError
from vidtag.owners import this_process

BEAT_SECONDS = 30.0
"""How often an owner says that it is still there."""

GONE_SECONDS = 150.0
"""Without a word for so long, it is not there any more."""

_PATIENCE = 4.0
"""Seconds in which two that began at one moment, and both stepped back, try again."""


class Claim:
    """A claim to an address.

    Args:
        root: the address.
        token: what the batch is called in all of its runs: one that was killed takes up its own.

    Attributes:
        present: files there, by address, with their size in bytes, when it was last looked for
            others: to list them takes long where there are many, so it is done once.
    """

    def __init__(self, root: str, token: str) -> None:
        self.present: Mapping[str, int] = {}
        self.root = storage.canonical(root)
        self.place = storage.join(self.root, storage.OWNERS, token)
        self._run = secrets.token_hex(8)
        self._who = this_process()
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="vidtag-claim", daemon=True)

    def check(self) -> None:
        """See that the address is still this batch's.

        Raises:
            OutputError: another took it, as this one did not say for long that it was there.
        """
        if self._lost:
            raise OutputError(
                "another batch took over here, or somebody removed this one's claim",
                path=self.root,
                remedy="run it again when the other has ended",
            )

    def write(self) -> None:
        """Say that this batch is here."""
        storage.write(self.place, _said(self._run, self._who))

    def remove(self) -> None:
        """Give the address up."""
        with contextlib.suppress(VidtagError):
            if self._is_own():
                storage.remove(self.place)

    def begin(self) -> None:
        """Say from now on, every half minute, that this batch is still here."""
        self._thread.start()

    def end(self) -> None:
        """Say it no longer."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT_SECONDS)

    def other(self) -> str | None:
        """Where somebody else claims this, or what is above or below.

        What those left that were killed is removed.
        """
        self.present = storage.find(self.root)
        now = _last_word(self.place)
        for place in self._places():
            if place != self.place and self._is_alive(place, now):
                return place
        return None

    def _is_alive(self, place: str, now: float) -> bool:
        with contextlib.suppress(VidtagError):  # just given up, or not to be read by us
            if now - _last_word(place) < GONE_SECONDS:
                return True
            storage.remove(place)
        return False

    def _places(self) -> Iterator[str]:
        """Claims here, below and above."""
        yield from (place for place in self.present if f"/{storage.OWNERS}/" in place)
        scheme, _, rest = self.root.partition("://")
        while rest := posixpath.dirname(rest.rstrip("/")):
            with contextlib.suppress(VidtagError):
                yield from storage.find(storage.join(f"{scheme}://{rest}", storage.OWNERS))
            if rest == "/":
                break

    def _is_own(self) -> bool:
        return self._run.encode() in (storage.read(self.place) or b"")

    def _beat(self) -> None:
        while not (self._lost or self._over.wait(BEAT_SECONDS)):
            with contextlib.suppress(VidtagError):  # out of reach, for the workers too: they pause
                if self._is_own():
                    self.write()
                else:
                    self._lost = True


@contextlib.contextmanager
def claimed(root: str, token: str, *, wait: bool = False) -> Iterator[Claim]:
    """Own an address with all below it, for as long as the block runs.

    Args:
        token: see ``Claim``.
        wait: wait for whoever owns it, instead of refusing.

    Raises:
        OutputError: a batch works there, above it or below it.
        VidtagError: it cannot be reached.
    """
    claim = Claim(root, token)
    patience = time.monotonic() + (float("inf") if wait else _PATIENCE)
    with contextlib.ExitStack() as stack:
        stack.callback(claim.remove)
        while True:
            claim.write()
            if (place := claim.other()) is None:
                break
            claim.remove()
            if time.monotonic() > patience:
                who = "it does not say who"
                with contextlib.suppress(VidtagError):
                    who = str(_told(place, "who", who))[:200]
                raise OutputError(
                    f"a batch is working here ({who})",
                    path=root,
                    remedy="let it end, wait for it with --wait, or choose another output folder; "
                    f"one that was killed is forgotten after {GONE_SECONDS:.0f} seconds",
                )
            _wait_for(place, min(patience, time.monotonic() + BEAT_SECONDS))
        claim.begin()
        stack.callback(claim.end)
        yield claim


def _wait_for(place: str, until: float) -> None:
    """Wait until a claim is given up; not beyond a time, as its owner may have been killed."""
    while True:
        time.sleep(random.uniform(0.5, 2.0))
        if time.monotonic() > until or not storage.exists(place):
            return


def _said(run: str, who: str) -> bytes:
    return json.dumps({"run": run, "who": who, "at": time.time()}).encode()


def _last_word(place: str) -> float:
    """When a claim was written, in seconds: by the storage's clock, or its writer's."""
    by_storage = storage.modified(place)
    return float(_told(place, "at", 0.0)) if by_storage is None else by_storage


def _told(place: str, what: str, otherwise: Any) -> Any:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return type(otherwise)(json.loads(storage.read(place) or b"")[what])
    return otherwise
