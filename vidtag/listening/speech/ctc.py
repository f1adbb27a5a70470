"""What a CTC network wrote, and when.

Time: one feature frame covers 7 filter bank frames of 25 ms, taken every 60 ms, and is centred on
the 4th; so frame ``i`` looks at audio from ``60 i - 30`` to ``60 i + 55`` ms (before the first
sample there is silence), centre ``60 i + 12.5`` ms. The network stands behind it with wide
attention, so where in that window a token comes is its own habit (as a rule it comes late).
FunASR lets frame ``i`` last from ``60 i - 30`` to ``60 i + 30`` ms, and so do ``seconds`` and
everything built on it: the 12.5 ms towards the past make up for a part of the lateness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRAME_SECONDS = 0.06
"""Seconds from one feature frame to the next."""

_HALF_FRAME = 0.03


def seconds(boundary: int, frames: int) -> float:
    """Time of the boundary before frame ``boundary`` of a recording of ``frames`` frames.

    Returns:
        Seconds from the first sample, rounded to the millisecond.
    """
    return round(max(min(boundary, frames) * FRAME_SECONDS - _HALF_FRAME, 0.0), 3)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Tokens of one recording, without blanks.

    Attributes:
        ids: shape (tokens,), vocabulary ids.
        starts, ends: shape (tokens,), half-open frame spans, ascending, not overlapping.
        probabilities: shape (tokens,), highest probability of the token within its span.
        frames: length of the recording.
    """

    ids: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    frames: int


def decode(
    path: npt.NDArray[np.int64], certainty: npt.NDArray[np.float32], blank: int = 0
) -> Decoded:
    """Read the likeliest path of a recording: runs of equal symbols that are not blank.

    The path is at once the forced alignment of the ids it spells: it takes every frame's
    likeliest symbol, so no path that spells the same ids can be likelier.

    Args:
        path: shape (frames,), the likeliest symbol of each frame.
        certainty: shape (frames,), its probability; not looked at where it is the blank.
        blank: id of the blank.
    """
    if len(path) == 0:
        none = np.zeros(0, np.int64)
        return Decoded(none, none, none, np.zeros(0, np.float32), 0)
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(starts[1:], len(path))
    highest = np.maximum.reduceat(certainty, starts)
    kept = path[starts] != blank
    return Decoded(path[starts][kept], starts[kept], ends[kept], highest[kept], len(path))
