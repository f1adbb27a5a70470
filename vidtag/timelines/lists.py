"""Plain lists: LosslessCut's CSV, Audacity's labels, YouTube's chapters. Times are seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from vidtag.core.clock import short_clock
from vidtag.core.records import Clip, EventSpan
from vidtag.timelines.build import shown_name
from vidtag.timelines.otio import clean

CHAPTER_LENGTH = 10
CHAPTERS = 3
"""YouTube shows chapters only if there are three, each at least ten seconds long."""

_NO_CHAPTER = str.maketrans("<>", "‹›")
"""YouTube refuses descriptions with angle brackets."""

Row = tuple[float, float, str]


def rows(items: Iterable[EventSpan | Clip]) -> list[Row]:
    """Start, end and label of events or clips."""
    return [
        (
            item.start,
            item.end,
            clean(item.title) if isinstance(item, Clip) else f"[{shown_name(item.label).lower()}]",
        )
        for item in items
    ]


def losslesscut_text(listed: Iterable[Row]) -> str:
    """Segments as LosslessCut imports them: start, end, label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((f"{start:.6f}", f"{end:.6f}", label) for start, end, label in listed)
    return text.getvalue()


def audacity_text(listed: Iterable[Row]) -> str:
    """A label track: start, end, label, between tabs."""
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in listed)


def chapters_text(clips: Sequence[Clip], duration: float, opening: str) -> tuple[str | None, str]:
    """Chapters that begin with the highlights, for a video's description.

    Args:
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
    lines = [f"{short_clock(at)} {clean(title).translate(_NO_CHAPTER)}" for at, title in found]
    return "\n".join(lines) + "\n", ""
