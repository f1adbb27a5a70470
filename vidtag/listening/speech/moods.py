"""Emotions of short windows: where, within a longer stretch, another one may hide."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from vidtag.core.records import Emotion
from vidtag.listening.speech.vad import Span

_INSIDE = 0.75
"""Share of a window that must lie in a part, for the window to tell about it."""


class Moods:
    """What the event pass heard besides: it asks the model about windows all over the sound, and
    each answer holds the emotion too. Times are in samples; only what is needed is kept.

    Attributes:
        settled: no window to come has its middle before this.
    """

    def __init__(self) -> None:
        self.settled = 0
        self._windows: list[tuple[int, int, npt.NDArray[np.float32]]] = []

    def extend(
        self, windows: Iterable[tuple[int, int, npt.NDArray[np.float32]]], settled: int
    ) -> None:
        """Take more windows.

        Args:
            windows: beginning, end, and the model's answer, whose last values are the
                probabilities of the emotions in the order of ``Emotion``.
        """
        self._windows += ((start, end, row[-len(Emotion) :]) for start, end, row in windows)
        self.settled = settled

    def within(self, part: Span) -> npt.NDArray[np.float64] | None:
        """Mean probabilities of the emotions in a part; None if no window lies in it."""
        rows = [
            row
            for start, end, row in self._windows
            if min(end, part[1]) - max(start, part[0]) >= _INSIDE * (end - start)
        ]
        return np.mean(rows, axis=0, dtype=np.float64) if rows else None

    def forget(self, before: int) -> None:
        """Drop windows that end before a sample."""
        self._windows = [window for window in self._windows if window[1] > before]
