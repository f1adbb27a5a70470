"""Diarisation error rate, as NIST defines it (Rich Transcription 2009, md-eval)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

STEP = 0.01
"""Seconds; speech is counted in such steps."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker speaks, from start to end in seconds."""

    speaker: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Seconds of speech in the truth, of speakers missed, of speakers that are none, and of one
    speaker taken for another.
    """

    total: float
    missed: float
    false_alarm: float
    confusion: float

    @property
    def rate(self) -> float:
        """Diarisation error rate."""
        return (self.missed + self.false_alarm + self.confusion) / max(self.total, STEP)


def errors(truth: Sequence[Turn], found: Sequence[Turn], collar: float = 0.0) -> Errors:
    """Errors under the best pairing of speakers found with speakers there are.

    Args:
        collar: seconds around each edge of the truth that do not count.
    """
    steps = round(max((turn.end for turn in (*truth, *found)), default=0.0) / STEP) + 1
    right, said = _active(truth, steps), _active(found, steps)
    counts = np.ones(steps, bool)
    for turn in truth if collar else ():
        for edge in (turn.start, turn.end):
            counts[max(round((edge - collar) / STEP), 0) : round((edge + collar) / STEP)] = False
    right, said = right[:, counts], said[:, counts]
    shared = right.astype(np.int64) @ said.T.astype(np.int64)
    rows, columns = linear_sum_assignment(-shared)
    correct = float(shared[rows, columns].sum())
    there, heard = right.sum(axis=0), said.sum(axis=0)
    both = float(np.minimum(there, heard).sum())
    return Errors(
        float(there.sum()) * STEP,
        float(np.maximum(there - heard, 0).sum()) * STEP,
        float(np.maximum(heard - there, 0).sum()) * STEP,
        (both - correct) * STEP,
    )


def _active(turns: Sequence[Turn], steps: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    active = np.zeros((max(len(speakers), 1), steps), bool)
    for turn in turns:
        active[speakers.index(turn.speaker), round(turn.start / STEP) : round(turn.end / STEP)] = 1
    return active
