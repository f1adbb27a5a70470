"""Which files users may name: those in allowed folders, and those that they uploaded themselves."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from vidtag.core.errors import UserError
from vidtag.core.file_names import usable_name

SESSION_COOKIE = "vidtag-session"


def local_file(allowed: Iterable[Path], path: str) -> Path:
    """A file in one of the allowed folders, links followed.

    Raises:
        UserError: it is not there, or in none of them; the message does not say which.
    """
    with contextlib.suppress(OSError, ValueError):
        found = Path(path).resolve(strict=True)
        inside = any(found.is_relative_to(folder) for folder in allowed)
        if inside and found.is_file():
            return found
    raise UserError(
        "there is no such file in the folders that may be read",
        remedy="give a path in one of them, or upload the file",
    )


class Uploads:
    """Files that were uploaded through the page, and by which browser.

    Args:
        folder: where Gradio puts them, each in a folder that is named by its content.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._owners: dict[str, set[str]] = {}
        self._receiving = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """While a file is received: what was not received whole is removed after the last one.

        What is whole lies in a folder; what Gradio could not finish it leaves beside these.
        """
        with self._lock:
            self._receiving += 1
        try:
            yield
        finally:
            with self._lock:
                self._receiving -= 1
                if not self._receiving and self.folder.is_dir():
                    for part in self.folder.iterdir():
                        if part.is_file():
                            part.unlink(missing_ok=True)

    def received(self, session: str, answer: bytes) -> None:
        """Note what an upload's answer names as that session's own."""
        with contextlib.suppress(ValueError, TypeError):
            paths = [str(path) for path in json.loads(answer)]
            with self._lock:
                for path in paths:
                    self._owners.setdefault(path, set()).add(session)

    def file(self, path: str, session: str) -> Path:
        """A file that this session uploaded.

        Raises:
            UserError: it is not there, is another's, or a link or anything but a file.
        """
        with contextlib.suppress(OSError, ValueError):
            named = Path(path)
            found = named.resolve(strict=True)
            with self._lock:
                own = session in self._owners.get(str(named), ())
            inside = found.parent.parent == self.folder.resolve()
            if own and inside and found.is_file() and not named.is_symlink():
                return found
        raise UserError("this file is not here (any more)", remedy="upload it again")


def new_session() -> str:
    """A name for a browser that cannot be guessed."""
    return secrets.token_urlsafe(24)


def safe_name(name: str) -> str:
    """A file name without folders, control characters or a leading dot, and not too long."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in plain if letter.isprintable() and letter not in '<>:"|?*')
    plain = plain.encode("utf-8", "ignore").decode().strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    while len(stem.encode()) > 150:
        stem = stem[:-1]
    return usable_name((stem or "upload") + (f".{suffix[:10]}" if suffix else ""))
