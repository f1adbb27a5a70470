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
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

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


def decode(scores: torch.Tensor, lengths: torch.Tensor, blank: int = 0) -> list[Decoded]:
    """Read the likeliest path of each recording of a batch.

    The path is at once the forced alignment of the ids it spells: it takes every frame's
    likeliest symbol, so no path that spells the same ids can be likelier.

    Args:
        scores: shape (batch, frames, vocabulary), before the softmax.
        lengths: shape (batch,), valid frames of each.
        blank: id of the blank.
    """
    best, ids = scores.max(dim=2)
    certainty = (best.float() - scores.float().logsumexp(dim=2)).exp()
    rows, certain = ids.cpu().numpy(), certainty.cpu().numpy()
    return [_runs(rows[i, :n], certain[i, :n], blank) for i, n in enumerate(lengths.cpu().tolist())]


def _runs(path: npt.NDArray[np.int64], certainty: npt.NDArray[np.float32], blank: int) -> Decoded:
    """Runs of equal symbols that are not blank."""
    if len(path) == 0:
        none = np.zeros(0, np.int64)
        return Decoded(none, none, none, np.zeros(0, np.float32), 0)
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(starts[1:], len(path))
    highest = np.maximum.reduceat(certainty, starts)
    kept = path[starts] != blank
    return Decoded(path[starts][kept], starts[kept], ends[kept], highest[kept], len(path))
