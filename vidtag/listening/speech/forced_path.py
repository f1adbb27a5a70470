"""The path of a known text through the encoder's states of one recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from vidtag.listening.speech.alignment import Spelled, align
from vidtag.listening.speech.ctc import FRAME_SECONDS, Decoded
from vidtag.listening.speech.head import Head


def forced_path(
    head: Head, states: torch.Tensor, text: Sequence[Spelled], silent: Sequence[int]
) -> tuple[torch.Tensor, Callable[[npt.NDArray[np.float32]], Decoded]]:
    """Where the pieces of a text lie, in two steps, so that nobody waits for a device.

    Args:
        states: of the recording, shape (frames, width).
        silent: ids that stand for no sound: the blank, and signs.

    Returns:
        Scores on the device, and what makes of these, once they are on the host, a token for each
        piece; none if the recording is too short for them.
    """
    groups = [list(silent), *([piece.id, *piece.others] for piece in text)]
    ids, places = np.unique(np.concatenate(groups), return_inverse=True)
    columns = np.split(places, np.cumsum([len(group) for group in groups])[:-1])

    def path(scores: npt.NDArray[np.float32]) -> Decoded:
        best = np.stack([scores[:, column].max(axis=1) for column in columns], axis=1)
        allowed = [
            (piece.earliest / FRAME_SECONDS, min(piece.latest / FRAME_SECONDS, len(best)))
            for piece in text
        ]
        frames = np.asarray(allowed, float).reshape(-1, 2).round().astype(np.int64)
        return align(best[:, 1:], best[:, 0], [piece.id for piece in text], frames)

    return head.log_probabilities(states, ids.tolist()), path
