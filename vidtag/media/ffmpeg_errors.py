"""Why ffmpeg failed, from what it printed; pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from vidtag.core.errors import ToolError
from vidtag.media.child_process import End
from vidtag.media.ffmpeg_program import IDLE_VARIABLE, install_remedy

_CAUSES: tuple[tuple[str, str], ...] = (
    ("moov atom not found", "the file was cut off before its index (moov atom not found)"),
    ("No space left on device", "the disk is full"),
    ("Permission denied", "permission denied"),
    ("No such file or directory", "no such file"),
    ("not on whitelist", "it refers to other files or to the network, which is not allowed"),
    ("Unknown encoder", "this ffmpeg lacks an encoder"),
    ("No such filter", "this ffmpeg lacks a filter"),
    ("matches no streams", "it has no such stream"),
    ("does not contain any stream", "nothing was left to write"),
    ("already exists", "the output already exists"),
    ("Cannot allocate memory", "out of memory"),
    ("Error while decoding", "part of the file cannot be decoded"),
    ("Invalid data found when processing input", "it is damaged, or not a media file"),
)
"""What ffmpeg prints, and what it means; the first that occurs explains the failure."""

_REAL_CAUSE = re.compile(r"Could not find tag for codec|(are|is) (only )?supported (for|in) ")
"""In a line that says why nothing can be written; what follows are its consequences."""

_NOISE = re.compile(
    r"^(\[[^\]]*\] )?(Conversion failed!|Error opening (input|output)( files?)?\b.*|"
    r"\s*Last message repeated.*)$"
)
"""Lines that say that something failed and not what."""

_ADDRESS = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")
_FAILED_QUIETLY = re.compile(r"already exists\. Exiting\.$|^Error (writing trailer|closing file)")
"""Printed by an ffmpeg that ends with 0 all the same: where the output exists, and before 6.0 where
its end could not be written."""


def has_failed(end: End) -> bool:
    """Whether ffmpeg failed, by its exit status or by what it printed."""
    return end.code != 0 or any(_FAILED_QUIETLY.search(line) for line in end.stderr)


def failure(command: Sequence[str], end: End, path: str | Path | None) -> ToolError:
    """The error for an ffmpeg that failed.

    Args:
        path: the file that the error names; by default the first input of the command.
    """
    lines = [line for line in end.stderr if line]
    if end.killed:
        cause = f"ffmpeg {end.killed}"
    elif end.code < 0 and not lines:
        cause = f"ffmpeg crashed (signal {-end.code})"
    else:
        cause = f"ffmpeg failed: {explain(lines)}"
    return ToolError(
        cause,
        command=tuple(command),
        stderr="\n".join(lines),
        path=_first_input(command) if path is None else path,
        remedy=_remedy(cause),
    )


def explain(lines: Sequence[str]) -> str:
    """The cause of a failure, in words for users, from the lines that ffmpeg printed."""
    text = "\n".join(lines)
    for sign, cause in _CAUSES:
        if sign in text:
            return cause
    for line in lines:
        if _REAL_CAUSE.search(line):
            return _ADDRESS.sub("", line)
    telling = [line for line in lines if not _NOISE.match(line)] or lines
    return _ADDRESS.sub("", telling[-1]) if telling else "it said nothing about why"


def _first_input(command: Sequence[str]) -> str | None:
    urls = (value for option, value in itertools.pairwise(command) if option == "-i")
    return next((url.removeprefix("file:") for url in urls if url.startswith("file:")), None)


def _remedy(cause: str) -> str | None:
    if "ffmpeg lacks" in cause or "crashed" in cause:
        return f"'vidtag doctor' shows what it cannot do; {install_remedy()}"
    if "hung" in cause:
        return f"see that the disk answers; {IDLE_VARIABLE} sets how long ffmpeg may be idle"
    return None
