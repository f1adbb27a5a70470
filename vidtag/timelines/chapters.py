"""YouTube's chapters: lines for a video's description. Times are seconds."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.clock import short_clock
from vidtag.core.records import Clip
from vidtag.timelines.model import one_line

CHAPTER_LENGTH = 10
CHAPTERS = 3
"""YouTube shows chapters only if there are three, each at least ten seconds long."""

_NO_ANGLE_BRACKETS = str.maketrans("<>", "‹›")
"""YouTube refuses descriptions with angle brackets."""


def chapters_text(clips: Sequence[Clip], duration: float, opening: str) -> tuple[str | None, str]:
    """Chapters that begin with the highlights.

    Args:
        duration: of the video, in seconds.
        opening: title of the first chapter, unless a highlight begins with the video.

    Returns:
        The lines, or None and why there are none.
    """
    found: list[tuple[int, str]] = []
    for clip in clips:
        at = int(clip.start)
        if not found and at < CHAPTER_LENGTH:
            found.append((0, clip.title))
            continue
        if not found:
            found.append((0, opening))
        if at - found[-1][0] >= CHAPTER_LENGTH and duration - at >= CHAPTER_LENGTH:
            found.append((at, clip.title))
    if len(found) < CHAPTERS:
        return None, (
            f"no chapters: YouTube wants at least {CHAPTERS} of {CHAPTER_LENGTH} s or more, and "
            f"the highlights make {len(found)}"
        )
    lines = (
        f"{short_clock(at)} {one_line(title).translate(_NO_ANGLE_BRACKETS)}\n"
        for at, title in found
    )
    return "".join(lines), ""
