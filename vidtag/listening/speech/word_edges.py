"""Word edges drawn to where the sound begins and ends; pure.

A CTC network tells where it is sure of a piece, to 60 ms. Where a word begins or ends at a pause,
the waveform knows better: the level tells to 5 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.media import level
from vidtag.media.samples import SAMPLE_RATE

REACH = 0.06
"""Seconds, one frame, that an edge may move."""

_HOP = level.FRAME // 2
"""Samples from one level to the next: 5 ms, because word times are so fine. Three are taken
together, for the periods of a voice."""
_SHORTEST_PAUSE = 20
"""Hops that it must be quiet for: 0.1 s. Shorter gaps lie within words, as before a p or t."""

_QUIET = 0.2
"""How far from the quietest to the loudest, in decibels, quiet reaches."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Where it is quiet, in seconds from the first sample.

    Attributes:
        begins, ends: of each pause, in order; the last one may end with the recording.
    """

    begins: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]

    def onset(self, time: float) -> float:
        """The end of a pause that is near, or else ``time``."""
        return _nearest(self.ends, time - REACH, time + REACH, time)

    def offset(self, earliest: float, latest: float) -> float:
        """The beginning of the first pause that begins between the two, or else ``latest``."""
        within = self.begins[(self.begins >= earliest - REACH) & (self.begins <= latest)]
        return float(within[0]) if len(within) else latest


def pauses(audio: npt.NDArray[np.float32]) -> Pauses:
    """Find where a recording of speech is quiet for a while.

    Args:
        audio: 16 kHz mono, shape (samples,).
    """
    found = level.find_pauses(audio, below=_QUIET, shortest=_SHORTEST_PAUSE, frame=_HOP, smooth=3)
    begins, ends = found.astype(np.float64).T * (_HOP / SAMPLE_RATE)
    return Pauses(begins, ends)


def place(
    spans: Sequence[tuple[float, float]], duration: float, hold: float, quiet: Pauses | None
) -> list[tuple[float, float]]:
    """Beginnings and ends of words, in order and within the recording.

    Args:
        spans: where the network is sure of each word, in seconds.
        duration: of the recording.
        hold: a word lasts until the next begins, but at most so long past its span.
        quiet: draw edges to these pauses; None leaves them where they are.
    """
    begins: list[float] = []
    for first, _ in spans:
        begin = min(max(first, 0.0), duration)
        if quiet is not None:
            begin = min(quiet.onset(begin), duration)
        begins.append(max(begin, begins[-1] if begins else 0.0))
    placed = []
    for (_, last), begin, following in zip(spans, begins, [*begins, duration][1:], strict=True):
        end = max(min(last + hold, following), min(last, following), begin)
        if quiet is not None:
            end = max(quiet.offset(max(last, begin + REACH), end), begin)
        placed.append((begin, min(end, following)))
    return placed


def _nearest(times: npt.NDArray[np.float64], low: float, high: float, time: float) -> float:
    near = times[(times >= low) & (times <= high)]
    return float(near[np.abs(near - time).argmin()]) if len(near) else time
