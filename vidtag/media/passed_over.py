"""What this process has to say of an ffmpeg that it passed over for another.

Apart from the search itself, so that the command line can ask without loading what starts
processes.
"""

from __future__ import annotations

_lines: list[str] = []


def passed_over() -> str | None:
    """One line on an ffmpeg that this process has passed over; None if it has not."""
    return _lines[0] if _lines else None


def note_passed_over(line: str) -> None:
    """Keep the line for the end of the command."""
    _lines[:] = [line]
