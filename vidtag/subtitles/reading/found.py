"""What a reader of subtitles finds in a file: cues with their places, and what it cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

LONGEST_LINE = 10_000
"""Characters of a line of text beyond which it is no subtitle."""

_READ_PER_SECOND = 7.0
_OPEN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in a file that gives no cue although it should.

    Attributes:
        line: counted from 1; of binary files, the number of the block.
        detail: what is wrong there.
    """

    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class FoundCue:
    """A subtitle as a file has it.

    Attributes:
        start, end: in seconds.
        text: without markup; lines parted by newlines.
        place: where in the picture; cues of different places may be shown at one time.
        vertical: whether its text runs from top to bottom.
    """

    start: float
    end: float
    text: str
    place: str = ""
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Everything a reader found.

    Attributes:
        cues: in the file's order.
        frame_rate: the one the file says its times count in.
        language: tag of the language the file says it is in.
        ordered: whether the format wants cues in order of time.
        has_ends: whether the format says when a cue ends; elsewhere it ends where the next begins.
    """

    cues: tuple[FoundCue, ...]
    unreadable: tuple[Unreadable, ...] = ()
    frame_rate: Fraction | None = None
    language: str | None = None
    ordered: bool = True
    has_ends: bool = True


def open_end(start: float, text: str) -> float:
    """An end for the last cue of a format that gives it none: long enough to read it."""
    return start + max(_OPEN_SECONDS, len(text) / _READ_PER_SECOND)
