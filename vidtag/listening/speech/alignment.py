"""Where a known text lies in a recording, by the scores of a CTC network; pure.

The likeliest path through the network's answers that spells the text, as Kürzinger and others
describe it (CTC-Segmentation of Large Corpora, 2020), with two freedoms that transcripts need:
what is said and not written costs a bounded amount, and a piece may be written in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.listening.speech.ctc import Decoded

SILENCE_FLOOR = -6.0
"""Log probability of silence where something else is said: what the transcript leaves out."""

PIECE_FLOOR = -14.0
"""Log probability that a piece has at least, so that one odd word does not decide everything."""

_OUTSIDE = -40.0
"""Added where a piece would lie far from its cue."""

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spelled:
    """One piece of a text.

    Attributes:
        id: of the vocabulary.
        others: ids it may be heard as, such as those of capitals.
        earliest, latest: seconds from the first sample between which it lies.
    """

    id: int
    others: tuple[int, ...] = ()
    earliest: float = 0.0
    latest: float = float("inf")


def align(
    pieces: Scores, silence: Scores, ids: Sequence[int], allowed: npt.NDArray[np.int64]
) -> Decoded:
    """The frames of each piece of a text.

    Args:
        pieces: shape (frames, n), log probability of each of the text's pieces.
        silence: shape (frames,), that nothing of it is said.
        ids: of the pieces.
        allowed: shape (n, 2), half-open span of frames that each should lie in.

    Returns:
        As many tokens as pieces; none if there are fewer frames than they need.
    """
    frames, count = pieces.shape
    number = np.asarray(ids, np.int64)
    again = np.append(False, number[1:] == number[:-1])  # needs a blank before it
    if count == 0 or frames < count + int(again.sum()):
        none = np.zeros(0, np.int64)
        return Decoded(none, none, none, np.zeros(0, np.float32), frames)
    at = np.arange(frames)[:, None]
    outside = (at < allowed[:, 0]) | (at >= allowed[:, 1])
    scores = np.maximum(pieces, PIECE_FLOOR) + np.where(outside, _OUTSIDE, 0.0)
    quiet = np.maximum(silence, SILENCE_FLOOR)
    path = _best_path(scores, quiet, again)
    said = path % 2 == 1
    which = path[said] // 2
    where = np.flatnonzero(said)
    starts = where[np.searchsorted(which, np.arange(count))]
    ends = where[np.searchsorted(which, np.arange(count), side="right") - 1] + 1
    certain = np.array(
        [pieces[a:b, i].max() for i, (a, b) in enumerate(zip(starts, ends, strict=True))]
    )
    return Decoded(number, starts, ends, np.exp(certain).astype(np.float32), frames)


def _best_path(scores: Scores, quiet: Scores, again: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """The state of each frame: odd ones are pieces, even ones the silence before them."""
    frames, count = scores.shape
    states = 2 * count + 1
    emitted = np.repeat(quiet[:, None], states, axis=1).astype(np.float64)
    emitted[:, 1::2] = scores
    skips = np.zeros(states, bool)
    skips[3::2] = ~again[1:]
    reached = np.full(states, -np.inf)
    reached[:2] = emitted[0, :2]
    came = np.zeros((frames, states), np.int8)
    for frame in range(1, frames):
        one = np.append(-np.inf, reached[:-1])
        two = np.where(skips, np.append([-np.inf, -np.inf], reached[:-2]), -np.inf)
        options = np.stack((reached, one, two))
        came[frame] = options.argmax(axis=0)
        reached = options.max(axis=0) + emitted[frame]
    state = states - 1 if reached[-1] >= reached[-2] else states - 2
    path = np.empty(frames, np.intp)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(came[frame, state])
    return path
