"""Times as people read them."""

from __future__ import annotations

import re


def clock(seconds: float) -> str:
    """``m:ss.t``, or ``h:mm:ss.t`` from an hour on."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    lead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{lead}:{rest // 10:02d}.{rest % 10}"


def fine_clock(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on, with as many of two decimals as there are."""
    whole, hundredths = divmod(round(seconds * 100), 100)
    return short_clock(whole) + f".{hundredths:02d}".rstrip("0").rstrip(".")


def file_clock(seconds: float) -> str:
    """``1m02s``, or ``1h01m02s`` from an hour on: fit for a file's name."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}h{minute:02d}m{second:02d}s" if hours else f"{minute}m{second:02d}s"


def from_file_clock(text: str) -> int | None:
    """Seconds of ``1m02s`` or ``1h01m02s``; None for other text."""
    found = re.fullmatch(r"(?:(\d+)h)?(\d+)m(\d\d?)s", text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def short_clock(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    return clock(int(seconds))[:-2]
