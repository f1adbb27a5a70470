"""Which ffmpeg program is used, and what was built into it."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vidtag.core.errors import ToolError, machine_error
from vidtag.media.child_process import answer

PROGRAM_VARIABLE = "VIDTAG_FFMPEG"
"""Environment variable that names the ffmpeg program to use, ahead of any other."""

NEEDED_ENCODERS = ("libx264", "aac")
NEEDED_FILTERS = ("subtitles",)

INSTALL_REMEDY = (
    f"install ffmpeg (with libx264 and libass), or 'pip install imageio-ffmpeg', "
    f"or set {PROGRAM_VARIABLE} to its path"
)


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg program and what it can do.

    Attributes:
        path: absolute path of the program.
        version: as it reports it, such as ``7.1.1`` or ``n9.0.2``.
        encoders, filters: names of what was built into it.
    """

    path: str
    version: str
    encoders: frozenset[str] = field(repr=False)
    filters: frozenset[str] = field(repr=False)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What vidtag needs and this program does not have; empty when all is there."""
        encoders = [f"encoder {name}" for name in NEEDED_ENCODERS if name not in self.encoders]
        filters = [f"filter {name}" for name in NEEDED_FILTERS if name not in self.filters]
        return (*encoders, *filters)


def find_ffmpeg() -> Ffmpeg:
    """The ffmpeg to use; looked for once per process and environment.

    ``VIDTAG_FFMPEG`` if it is set; else the one on ``PATH`` if it can do what is needed; else the
    one bundled with imageio-ffmpeg; else the one on ``PATH`` in spite of what it lacks.

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
            return found[-1]
    if found:
        return found[0]
    if failures:
        raise failures[0]
    raise ToolError("ffmpeg was not found", remedy=INSTALL_REMEDY)


def _candidates(search: str | None) -> Iterator[str]:
    installed = shutil.which("ffmpeg", path=search)
    if installed is not None:
        yield installed
    with contextlib.suppress(ImportError, RuntimeError):
        import imageio_ffmpeg

        yield str(imageio_ffmpeg.get_ffmpeg_exe())


def _inspect(program: str) -> Ffmpeg:
    path = str(Path(program).absolute())
    version = re.match(r"ffmpeg version (\S+)", _ask(path, "-version"))
    return Ffmpeg(
        path=path,
        version=version[1] if version else "unknown",
        encoders=_second_column(_ask(path, "-hide_banner", "-encoders")),
        filters=_second_column(_ask(path, "-hide_banner", "-filters")),
    )


def _ask(*command: str) -> str:
    try:
        return answer(command)
    except (OSError, RuntimeError) as error:
        if (shortage := machine_error(error)) is not None:
            raise shortage from error
        raise ToolError(
            "this ffmpeg does not run", command=command, path=command[0], remedy=INSTALL_REMEDY
        ) from error


def _second_column(listing: str) -> frozenset[str]:
    """Names in the tables ffmpeg prints: flags, name, description; legend lines hold an ``=``."""
    rows = (line.split() for line in listing.splitlines() if line.startswith(" "))
    return frozenset(row[1] for row in rows if len(row) > 1 and row[1] != "=")
