"""Decoded sound put on the clock by its timestamps: gaps stay, what is there twice is cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from vidtag.media.samples import Samples

_TOLERANCE = 0.004
"""Seconds timestamps may be off before they are believed: containers round to a millisecond."""

_LOOKAHEAD = 0.25
"""Seconds of audio that must agree that time is missing (or doubled), so jitter is not a gap."""


@dataclass(frozen=True, slots=True)
class TimedSamples:
    """Decoded samples in a row. They are mixed to mono later, many at once.

    Attributes:
        time: seconds on the clock at which the first begins; None where no timestamp was.
        rate: samples a second.
        samples: shape ``(channels, samples)``, numbers as they were decoded.
        weights: share of each channel in the mix, shape ``(channels,)``.
    """

    time: float | None
    rate: int
    samples: npt.NDArray[Any]
    weights: Samples

    @property
    def count(self) -> int:
        """Samples of each channel."""
        count: int = self.samples.shape[1]
        return count

    @property
    def duration(self) -> float:
        """Seconds that they last."""
        return self.count / self.rate

    def without(self, count: int) -> TimedSamples:
        """These samples without its first ``count``."""
        time = None if self.time is None else self.time + count / self.rate
        return replace(self, time=time, samples=self.samples[:, count:])


def placed(decoded: Iterable[TimedSamples]) -> Iterator[TimedSamples]:
    """The same with a time each, never going back, continuous but where sound is missing."""
    source = iter(decoded)
    ahead: deque[TimedSamples] = deque()
    held = 0.0
    position: float | None = None
    while True:
        while held < _LOOKAHEAD or len(ahead) < 2:
            following = next(source, None)
            if following is None:
                break
            ahead.append(following)
            held += following.duration
        if not ahead:
            return
        if position is None:
            position = next((c.time for c in ahead if c.time is not None), 0.0)
        shift = missing_seconds(ahead, position)
        part = ahead.popleft()
        held -= part.duration
        if shift > 0:
            position += shift
        elif shift < 0:
            part = part.without(min(part.count, round(-shift * part.rate)))
        if part.count:
            yield TimedSamples(position, part.rate, part.samples, part.weights)
            position += part.duration


def missing_seconds(ahead: Iterable[TimedSamples], position: float) -> float:
    """Seconds by which all that comes lies after (or, negative, before) ``position``.

    The smallest of their differences, or 0 if it is within the tolerance or they disagree.
    """
    smallest: float | None = None
    for part in ahead:
        if part.time is not None:
            late = part.time - position
            if abs(late) < _TOLERANCE or (smallest is not None and late * smallest < 0):
                return 0.0
            if smallest is None or abs(late) < abs(smallest):
                smallest = late
        position += part.duration
    return smallest or 0.0
