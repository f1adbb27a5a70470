"""Cues of a whole video, cut to a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vidtag.core.records import Cue

_LEAST = 0.1
"""Seconds of a cue that must lie within the clip for it to be kept: less is but a flash."""


def rebase(cues: Sequence[Cue], start: float, end: float) -> tuple[Cue, ...]:
    """Cues as a clip of ``start`` to ``end`` shows them, counted from its own beginning.

    Cues that reach over an edge are cut there; those of which less than a tenth of a second
    would be left are dropped, unless they are as short as that themselves.
    """
    kept = []
    for cue in cues:
        first, last = max(cue.start, start), min(cue.end, end)
        if last <= first or last - first < min(_LEAST, cue.end - cue.start):
            continue
        kept.append(replace(cue, start=first - start, end=last - start))
    return tuple(kept)
