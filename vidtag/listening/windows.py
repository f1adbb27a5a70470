"""Short windows of the sound, and what a model says about them: the records of the event pass.

The event pass slides windows over all of the sound. Each window is answered with the probabilities
of the event kinds, from which spans are drawn, and, by SenseVoice, with those of the emotions,
which tell the speech pass where another emotion may hide within a stretch. Any number of witnesses
could be asked about a window; two are: SenseVoice (``WindowModel``), and perhaps a tagger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind
from vidtag.media.samples import SAMPLE_RATE

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
        labels: ``[n, labels]`` probabilities of a tagger's finer labels, as in its scope. None if
            there are none.
    """

    events: Posteriors
    other: Posteriors | None = None
    emotions: Posteriors | None = None
    labels: Posteriors | None = None


@dataclass(frozen=True, slots=True)
class TaggerScope:
    """What a tagger can tell.

    Attributes:
        kinds: the kinds it has a label for; its column of any other is 0 and means nothing.
        labels: its own labels that are finer than a kind, such as ``Giggle``.
        window: samples it listens to at once; longer windows are given to it in pieces. None if
            any number will do.
        rate: samples per second that it takes.
    """

    kinds: tuple[EventKind, ...]
    labels: tuple[str, ...] = ()
    window: int | None = None
    rate: int = SAMPLE_RATE


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
    """A witness of short windows of sound."""

    def classify_windows(self, windows: npt.NDArray[np.float32], /) -> WindowPosteriors:
        """Probabilities of what is in ``[n, samples]`` of audio at 16 kHz.

        SenseVoice's kinds exclude each other, a tagger's do not.
        """


class Tagger(WindowModel, Protocol):
    """A second witness, whose kinds do not exclude each other."""

    @property
    def scope(self) -> TaggerScope:
        """What it can tell."""
