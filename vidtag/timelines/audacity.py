"""Audacity's label tracks: times in seconds."""

from __future__ import annotations

from collections.abc import Iterable

from vidtag.timelines.model import Row


def audacity_text(rows: Iterable[Row]) -> str:
    """A label track: start, end, label, between tabs."""
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows)
