"""Chapters: lines for YouTube's descriptions, and files that FFmpeg and players read.

Times are seconds. Each function takes when chapters begin, with their titles, the video's duration,
and the title of the first chapter, unless one begins with the video. Each gives its text, or None
and why there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from vidtag.core.clock import short_clock
from vidtag.core.timestamps import milliseconds, timestamp
from vidtag.timelines.model import one_line

CHAPTER_LENGTH = 10
CHAPTERS = 3
"""YouTube shows chapters only if there are three, each at least ten seconds long."""

_SHORTEST = 1.0
"""Seconds that a chapter of a file lasts, at least: nobody wants to skip through shorter ones."""

_NO_ANGLE_BRACKETS = str.maketrans("<>", "‹›")
"""YouTube refuses descriptions with angle brackets."""

_FFMETADATA = str.maketrans({special: f"\\{special}" for special in "=;#\\"})


def chapters_text(
    starts: Sequence[tuple[float, str]], duration: float, opening: str
) -> tuple[str | None, str]:
    """Chapters as YouTube wants them, in whole seconds."""
    whole = ((int(start), title) for start, title in starts)
    found = _parted(whole, duration, opening, CHAPTER_LENGTH)
    if len(found) < CHAPTERS:
        return None, (
            f"no chapters: YouTube wants at least {CHAPTERS} of {CHAPTER_LENGTH} s or more, and "
            f"what there is makes {len(found)}"
        )
    lines = (
        f"{short_clock(at)} {one_line(title).translate(_NO_ANGLE_BRACKETS)}\n"
        for at, title in found
    )
    return "".join(lines), ""


def ffmetadata_text(
    starts: Sequence[tuple[float, str]], duration: float, opening: str
) -> tuple[str | None, str]:
    """Chapters as FFmpeg puts them into a video."""
    parts = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={milliseconds(start)}\nEND={milliseconds(end)}\n"
        f"title={title.translate(_FFMETADATA)}\n"
        for start, end, title in _chapters(starts, duration, opening)
    ]
    return (";FFMETADATA1\n" + "".join(parts), "") if parts else (None, _UNPARTED)


def webvtt_text(
    starts: Sequence[tuple[float, str]], duration: float, opening: str
) -> tuple[str | None, str]:
    """Chapters as a WebVTT track, which players on web pages take as ``kind="chapters"``."""
    cues = [
        f"\n{number}\n{timestamp(start, '.')} --> {timestamp(end, '.')}\n"
        f"{escape(title, quote=False)}\n"
        for number, (start, end, title) in enumerate(_chapters(starts, duration, opening), 1)
    ]
    return ("WEBVTT\n" + "".join(cues), "") if cues else (None, _UNPARTED)


_UNPARTED = "no chapters: nothing was found that parts the video"


def _chapters(
    starts: Iterable[tuple[float, str]], duration: float, opening: str
) -> list[tuple[float, float, str]]:
    """Start, end and title of chapters without gaps; none if there is one."""
    found = _parted(starts, duration, opening, _SHORTEST)
    if len(found) < 2:
        return []
    spans = pairwise((*(start for start, _ in found), duration))
    titles = (one_line(title) for _, title in found)
    return [(*span, title) for span, title in zip(spans, titles, strict=True)]


def _parted(
    starts: Iterable[tuple[float, str]], duration: float, opening: str, shortest: float
) -> list[tuple[float, str]]:
    """When chapters begin that follow one another from 0 on, each at least ``shortest`` long."""
    found: list[tuple[float, str]] = []
    for start, title in sorted(starts, key=lambda one: one[0]):
        if not found:
            found.append((0, title if start < shortest else opening))
        if start - found[-1][0] >= shortest and duration - start >= shortest:
            found.append((start, title))
    return found
