"""Emotions of short windows: where, within a longer stretch, another one may hide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from vidtag.listening.speech.vad import Span
from vidtag.listening.windows import WindowResult

_INSIDE = 0.75
"""Share of a window that must lie in a part, for the window to tell about it."""


class WindowEmotions:
    """Emotions of the event pass's windows, as far as they are still needed."""

    def __init__(self) -> None:
        self._windows: list[WindowResult] = []

    def extend(self, windows: Iterable[WindowResult]) -> None:
        """Take more windows; those without emotions are ignored."""
        self._windows += (window for window in windows if window.emotions is not None)

    def mean_within(self, part: Span) -> npt.NDArray[np.float64] | None:
        """Mean probabilities of the emotions in a part; None if no window lies in it."""
        rows = [
            window.emotions
            for window in self._windows
            if window.emotions is not None
            and min(window.end, part[1]) - max(window.start, part[0])
            >= _INSIDE * (window.end - window.start)
        ]
        return np.mean(rows, axis=0, dtype=np.float64) if rows else None

    def keep(self, spans: Sequence[Span], since: int) -> None:
        """Drop windows that neither overlap one of the spans nor end after ``since``."""
        self._windows = [
            window
            for window in self._windows
            if window.end > since
            or any(window.end > start and window.start < end for start, end in spans)
        ]
