"""LosslessCut's CSV: segments with times in seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from vidtag.timelines.model import Row


def losslesscut_text(rows: Iterable[Row]) -> str:
    """Segments as LosslessCut imports them: start, end, label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((f"{start:.6f}", f"{end:.6f}", label) for start, end, label in rows)
    return text.getvalue()
