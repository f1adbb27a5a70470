"""YouTube's chapters: lines for a video's description. Times are seconds."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.clock import short_clock
from vidtag.timelines.model import one_line

CHAPTER_LENGTH = 10
CHAPTERS = 3
"""YouTube shows chapters only if there are three, each at least ten seconds long."""

_NO_ANGLE_BRACKETS = str.maketrans("<>", "‹›")
"""YouTube refuses descriptions with angle brackets."""


def chapters_text(
    starts: Sequence[tuple[float, str]], duration: float, opening: str
) -> tuple[str | None, str]:
    """Chapters as YouTube wants them.

    Args:
        starts: when each begins, and its title.
        duration: of the video, in seconds.
        opening: title of the first chapter, unless one begins with the video.

    Returns:
        The lines, or None and why there are none.
    """
    found: list[tuple[int, str]] = []
    for start, title in starts:
        at = int(start)
        if not found and at < CHAPTER_LENGTH:
            found.append((0, title))
            continue
        if not found:
            found.append((0, opening))
        if at - found[-1][0] >= CHAPTER_LENGTH and duration - at >= CHAPTER_LENGTH:
            found.append((at, title))
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
