"""Short windows of the sound, and what a model says about them: the records of the event pass.

The event pass slides windows over all of the sound. Each window is answered with the probabilities
of the event kinds, from which spans are drawn, and, by SenseVoice, with those of the emotions,
which tell the speech pass where another emotion may hide within a stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Posteriors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WindowPosteriors:
    """A model's answer to ``n`` windows.

    Attributes:
        events: ``[n, len(EventKind)]`` probabilities of the kinds, in the order of ``EventKind``.
        other: ``[n, 2]`` probabilities that the main sound is speech, or unknown; with ``events``
            they sum to 1. None if the model has no such classes.
        emotions: ``[n, len(Emotion)]`` probabilities of the emotions, in the order of ``Emotion``;
            they sum to 1. None if the model knows none.
    """

    events: Posteriors
    other: Posteriors | None = None
    emotions: Posteriors | None = None


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One answered window.

    Attributes:
        start, end: in samples from the beginning of the sound; windows at its ends reach over them.
        events, emotions: as in ``WindowPosteriors``, without the first axis.
    """

    start: int
    end: int
    events: Posteriors
    emotions: Posteriors | None = None


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """The windows that were answered while one chunk of the sound was scanned.

    Attributes:
        results: in no particular order; windows too quiet to be worth an answer are not among them.
        settled: no window of a later batch has its middle before this sample.
    """

    results: tuple[WindowResult, ...] = ()
    settled: int = 0


class WindowModel(Protocol):
    """What the event pass needs of a model; any sound tagger can be wrapped into this."""

    def classify_windows(self, windows: npt.NDArray[np.float32], /) -> WindowPosteriors:
        """Probabilities of what is heard in ``[n, samples]`` of audio at 16 kHz."""
