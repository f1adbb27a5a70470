"""The errors vidtag raises: one tree, each with its cause, its file and what to do about it.

Every error survives pickling (it may cross a process border in a batch) and prints as one line.
``exit_code`` is what the command line ends with: 2 for a mistake the user can mend, 1 for work
that failed, 130 for an interruption.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any


class VidtagError(Exception):
    """Base of all errors vidtag raises on purpose.

    Args:
        cause: what is wrong, a phrase without a full stop.
        path: the file or folder concerned, if there is one.
        remedy: what the user can do about it, a phrase without a full stop.
    """

    exit_code = 1
    passing = False
    """Whether it may pass by itself and is hardly the fault of the file at hand: a storage that is
    gone, a disk that is full. Trying again later may help."""

    def __init__(
        self, cause: str, *, path: str | Path | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.path = None if path is None else str(path)
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        remedy = f". {self.remedy[0].upper()}{self.remedy[1:]}" if self.remedy else ""
        return f"{where}{self.cause}{remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__.copy())


def _rebuild(cls: type[VidtagError], state: dict[str, Any]) -> VidtagError:
    """Make an error again without its constructor, whose arguments differ between subclasses."""
    error = cls.__new__(cls)
    Exception.__init__(error, state["cause"])
    error.__dict__.update(state)
    return error


class UserError(VidtagError):
    """A mistake that the user can correct: a wrong path, option, file or setting."""

    exit_code = 2


class InputError(UserError):
    """The input is not something vidtag can listen to: absent, a folder, not media, no audio."""


class ConfigError(UserError):
    """A setting is wrong: an unknown key, a value out of range, unreadable YAML.

    Args:
        line: 1-based line in ``path``, where known.
    """

    def __init__(
        self,
        cause: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        place = path if path is None or line is None else f"{path}:{line}"
        super().__init__(cause, path=place, remedy=remedy)
        self.line = line


class ModelError(UserError):
    """A model folder is not usable: a missing file, a corrupt or foreign checkpoint."""


class OutputError(UserError):
    """The output cannot be written to its path."""


class FullDiskError(OutputError):
    """The disk of the output is full, or its quota is used up."""

    passing = True


class DocumentError(UserError):
    """A ``.vidtag.json`` file is not a document of a version this vidtag knows."""


class ModelUnavailableError(VidtagError):
    """A model has to be fetched from a hub, and the hub cannot be reached."""


class MediaError(VidtagError):
    """A media file is damaged in a way that shows only while it is being read."""


class ToolError(VidtagError):
    """An external program failed.

    Args:
        command: the full argument list that was run.
        stderr: the end of what it printed.
    """

    def __init__(
        self,
        cause: str,
        *,
        command: tuple[str, ...] = (),
        stderr: str = "",
        path: str | Path | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(cause, path=path, remedy=remedy)
        self.command = command
        self.stderr = stderr


class VerificationError(VidtagError):
    """A file that was written does not hold what was planned, and was thrown away."""


class LimitError(VidtagError):
    """A video took more time or memory than it may."""


class WorkerLostError(VidtagError):
    """The process or the machine that worked on a video died under it."""


class StorageLostError(VidtagError):
    """A storage that is reached by an address does not answer, or not as it should."""

    passing = True


class MachineError(VidtagError):
    """The machine ran out of something: open files, disk, memory."""

    passing = True


def import_failure(error: ImportError, package: str, use: str, remedy: str) -> UserError:
    """The error for a package that is asked for: it is absent, or it is there and fails.

    Args:
        package: the name it is imported by.
        use: what it is for and its name, as "the page needs Gradio".
        remedy: how to install it.
    """
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == package:
        return UserError(f"{use}, which is not installed", remedy=remedy)
    said = str(error).rstrip(".")
    return UserError(
        f"{use}, which is installed and cannot be loaded ({said})",
        remedy=f"python -c 'import {package}' shows more",
    )


_SHORT_OF: dict[int | None, tuple[str, str]] = {
    errno.EMFILE: ("too many files are open", "raise the limit, as with 'ulimit -n 4096'"),
    errno.ENFILE: ("too many files are open on this machine", "end other programs"),
    errno.ENOSPC: ("the disk is full", "free some space there"),
    errno.EDQUOT: ("the disk quota is used up", "free some space there"),
    errno.ENOMEM: ("out of memory", "end other programs, or use a machine with more memory"),
}


_NO_MEMORY = (
    "failed to map segment from shared object",
    "Cannot allocate memory",
    "can't allocate memory",
    "std::bad_alloc",
    "could not create a primitive",
)
"""What libraries say who get no memory; the last is oneDNN's."""


_REFUSED = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG),
    *(errno.ENODEV, errno.EISDIR, errno.EFBIG),
    *(errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT),
}
"""What the system says of a file that it does not let anybody use, or cannot reach."""


def machine_error(error: BaseException | None) -> VidtagError | None:
    """What the machine lacks or refuses, that an error or one of its causes comes from.

    Returns:
        None if it stands for nothing of that, and for errors of vidtag, which say it themselves.
    """
    if isinstance(error, VidtagError):
        return None
    while error is not None:
        number = errno.ENOMEM if isinstance(error, MemoryError) else None
        if isinstance(error, OSError):
            number = error.errno
        # Libraries may pass on only the message.
        elif "Too many open files" in str(error):
            number = errno.EMFILE
        if number is None and any(words in str(error) for words in _NO_MEMORY):
            number = errno.ENOMEM
        if number in _SHORT_OF:
            cause, remedy = _SHORT_OF[number]
            path = error.filename if isinstance(error, OSError) else None
            return MachineError(cause, path=path, remedy=remedy)
        if isinstance(error, OSError) and number in _REFUSED and error.filename is not None:
            return UserError(
                f"cannot be used ({error.strerror})",
                path=os.fsdecode(error.filename) if not isinstance(error.filename, int) else None,
                remedy="see that it is there and that you may use it",
            )
        if isinstance(error, FileNotFoundError) and error.filename is None and _is_nowhere():
            return UserError("the current folder was removed", remedy="change into another one")
        error = error.__cause__ or error.__context__
    return None


def _is_nowhere() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False
