"""Times as files of subtitles and chapters write them.

Rounded down, so that a cue that begins on a frame of the video is shown with that frame.
"""

from __future__ import annotations


def milliseconds(seconds: float) -> int:
    """Whole milliseconds; zero for times before the start."""
    return int(max(0.0, seconds) * 1000 + 1e-6)


def centiseconds(seconds: float) -> int:
    """Whole hundredths of a second, ASS's unit."""
    return milliseconds(seconds) // 10


def timestamp(seconds: float, point: str = ",") -> str:
    """``HH:MM:SS`` and milliseconds, by default as in SRT; hours may have more digits."""
    hours, rest = divmod(milliseconds(seconds), 3_600_000)
    return f"{hours:02d}:{rest // 60_000:02d}:{rest // 1000 % 60:02d}{point}{rest % 1000:03d}"
