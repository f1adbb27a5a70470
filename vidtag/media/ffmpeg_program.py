"""Which ffmpeg program is used, and what it can do."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vidtag.core.errors import MachineError, ToolError, UserError, machine_error
from vidtag.core.installing import install_command
from vidtag.media.child_process import Answer, answer
from vidtag.media.ffmpeg_needs import DRAWING, JOBS, Job, tracks_trial, trial
from vidtag.media.ffmpeg_spelling import spelled_for
from vidtag.media.passed_over import note_passed_over

PROGRAM_VARIABLE = "VIDTAG_FFMPEG"
"""Environment variable that names the ffmpeg program to use, ahead of any other."""

IDLE_VARIABLE = "VIDTAG_FFMPEG_PATIENCE"
"""Environment variable: seconds that ffmpeg may do nothing at all before it is stopped."""

LONGEST_IDLE = 120.0
"""Seconds that ffmpeg may do nothing at all, unless the environment says otherwise: long enough for
a disk that has to wake up or a share that has to come back."""

_FILES_TO_LOOK = 8
"""Files that have to be open at once where a program is looked for and asked."""

_UNKNOWN = (999, 0)
"""The libavcodec of a program that does not say: taken for a new one."""

_DRAWING = "draw subtitles and titles"
_TRACKS = "write subtitle tracks"

JOB_NAMES = (*(job.name for job in JOBS), _DRAWING, _TRACKS)
"""All that vidtag has ffmpeg do."""


def install_remedy() -> str:
    """What to do where no ffmpeg can be used."""
    return (
        f"install ffmpeg (with libx264 and libass), or '{install_command('imageio-ffmpeg')}', "
        f"or set {PROGRAM_VARIABLE} to its path"
    )


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg program and what it can do.

    Attributes:
        path: absolute path of the program.
        version: as it reports it, such as ``7.1.1`` or ``n9.0.2``.
        libavcodec: major and minor version of that library, by which its options are spelled.
        failed: the jobs (``JOB_NAMES``) that it cannot do, each with what it said; empty when it
            can do all.
        instead_of: what was said of one that was passed over for this one.
    """

    path: str
    version: str
    libavcodec: tuple[int, int]
    failed: tuple[tuple[str, str], ...] = ()
    instead_of: str | None = None

    @property
    def lacks(self) -> str:
        """What it cannot do, as part of a sentence; empty when it can do all."""
        return "; ".join(f"cannot {job} ({cause})" for job, cause in self.failed)


def find_ffmpeg() -> Ffmpeg:
    """The ffmpeg to use; looked for once per process and environment.

    ``VIDTAG_FFMPEG`` if it is set; else the one on ``PATH`` if it can do all that is needed; else
    the one bundled with imageio-ffmpeg; else of those two the one that can do more.

    Raises:
        ToolError: there is none, or the one that ``VIDTAG_FFMPEG`` names does not run.
    """
    return _find(os.environ.get(PROGRAM_VARIABLE), os.environ.get("PATH"))


@functools.cache
def _find(chosen: str | None, search: str | None) -> Ffmpeg:
    if chosen:
        program = shutil.which(chosen, path=search)
        if program is None:
            raise ToolError(
                f"{PROGRAM_VARIABLE} names no program that can be run",
                path=chosen,
                remedy=f"point {PROGRAM_VARIABLE} at an ffmpeg, or unset it",
            )
        return _inspect(program)
    found: list[Ffmpeg] = []
    failures: list[ToolError] = []
    for program in _candidates(search):
        try:
            found.append(_inspect(program))
        except ToolError as error:
            failures.append(error)
            continue
        if not found[-1].lacks:
            break
    if found:
        return _best(found, failures)
    if failures:
        raise failures[0]
    _check_files_can_be_opened()
    raise ToolError("ffmpeg was not found", remedy=install_remedy())


def _check_files_can_be_opened() -> None:
    """Tell a program that is not there from one that could not be looked for."""
    try:
        with contextlib.ExitStack() as opened:
            for _ in range(_FILES_TO_LOOK):
                opened.enter_context(open(os.devnull, "rb"))
    except OSError as error:
        if isinstance(shortage := machine_error(error), MachineError):
            raise shortage from error


def _best(found: Sequence[Ffmpeg], failures: Sequence[ToolError]) -> Ffmpeg:
    """The one that fails least, with a word on the first one if that is another."""
    best = min(found, key=lambda one: len(one.failed))
    said = None
    if failures and failures[0].path is not None:
        said = f"ffmpeg at {failures[0].path} does not run"
    elif best is not found[0]:
        said = f"ffmpeg {found[0].version} at {found[0].path} {found[0].lacks}"
    if said is None:
        return best
    note_passed_over(f"{said}: {best.version} at {best.path} is used instead")
    return replace(best, instead_of=said)


def _candidates(search: str | None) -> Iterator[str]:
    installed = shutil.which("ffmpeg", path=search)
    if installed is not None:
        yield installed
    with contextlib.suppress(ImportError, RuntimeError):
        import imageio_ffmpeg

        yield str(imageio_ffmpeg.get_ffmpeg_exe())


def _inspect(program: str) -> Ffmpeg:
    path = str(Path(program).absolute())
    said = _ask(path, "-version")
    if said.code:
        raise ToolError(
            "this ffmpeg does not run", command=said.command, path=path, remedy=install_remedy()
        )
    version = re.match(r"ffmpeg version (\S+)", said.output)
    library = re.search(r"^libavcodec\s+(\d+)\.\s*(\d+)\.", said.output, re.MULTILINE)
    one = Ffmpeg(
        path=path,
        version=version[1] if version else "unknown",
        libavcodec=(int(library[1]), int(library[2])) if library else _UNKNOWN,
    )
    return replace(one, failed=tuple(_failures(one)))


def _failures(one: Ffmpeg) -> list[tuple[str, str]]:
    """The jobs that a program fails in, and why; all are tried at once before each is by itself.

    One that hangs fails in all.
    """
    failed: list[tuple[str, str]] = []
    try:
        if _why(one, trial(JOBS)) is not None:
            failed += _failures_of(one, JOBS)
        said = _tried(one, ["-h", f"filter={DRAWING}"])
        if "Unknown filter" in said.output + said.errors:
            failed.append((_DRAWING, f"No such filter: '{DRAWING}'"))
        if (cause := _why(one, *tracks_trial())) is not None:
            failed.append((_TRACKS, cause))
    except ToolError as error:
        return [(name, error.cause) for name in JOB_NAMES]
    return failed


def _failures_of(one: Ffmpeg, jobs: Sequence[Job]) -> Iterator[tuple[str, str]]:
    for job in jobs:
        if (cause := _why(one, trial([job]))) is not None:
            yield job.name, cause


def _why(one: Ffmpeg, arguments: Sequence[str], stdin: bytes = b"") -> str | None:
    """Why a trial fails: the first line that ffmpeg prints; None if it succeeds."""
    said = _tried(one, arguments, stdin)
    if not said.code:
        return None
    lines = (line.strip() for line in said.errors.splitlines())
    first = next(filter(None, lines), f"it ended with {said.code}")
    return _ADDRESS.sub("", first)


def _tried(one: Ffmpeg, arguments: Sequence[str], stdin: bytes = b"") -> Answer:
    quiet = ("-nostdin", "-hide_banner", "-loglevel", "error")
    return _ask(one.path, *quiet, *spelled_for(arguments, one.libavcodec), stdin=stdin)


_ADDRESS = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] )+")


def _ask(*command: str, stdin: bytes = b"") -> Answer:
    try:
        return answer(command, stdin, idle=longest_idle())
    except TimeoutError as error:
        raise ToolError(
            f"ffmpeg {error}", command=command, path=command[0], remedy=install_remedy()
        ) from error
    except OSError as error:
        if isinstance(shortage := machine_error(error), MachineError):
            raise shortage from error
        raise ToolError(
            "this ffmpeg does not run", command=command, path=command[0], remedy=install_remedy()
        ) from error


def longest_idle() -> float:
    """Seconds that ffmpeg may do nothing at all.

    Raises:
        UserError: the environment names no such number.
    """
    text = os.environ.get(IDLE_VARIABLE)
    if not text:
        return LONGEST_IDLE
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UserError(
            f"{IDLE_VARIABLE} is {text!r}, not a number of seconds",
            remedy="set it to a number above 0, or unset it",
        )
    return seconds
