"""Times as subtitle files found in the world have them."""

from __future__ import annotations

import re

_CLOCK = re.compile(
    r"(?P<sign>-?)\s*(?:(?P<hours>\d{1,6})\s*:\s*)?(?P<minutes>-?\d{1,4})\s*:\s*"
    r"(?P<seconds>\d{1,2})(?:\s*[,.;:]\s*(?P<fraction>\d{0,9}))?"
)
_WIDE = str.maketrans("：，．；０１２３４５６７８９", ":,.;0123456789")


def lenient_seconds(text: str) -> float | None:
    """Seconds of ``[hours:]minutes:seconds[,fraction]`` with the slips that people make: full-width
    signs, spaces, a point for the comma, no hours, no milliseconds.

    Returns:
        None if it is no time.
    """
    found = _CLOCK.fullmatch(text.translate(_WIDE).strip())
    if found is None:
        return None
    whole = int(found["hours"] or 0) * 3600 + int(found["minutes"]) * 60 + int(found["seconds"])
    fraction = found["fraction"] or ""
    value = whole + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)
    return -value if found["sign"] else value
