"""Waveforms on their way into the network: which are fit for it, and which go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vidtag.core.errors import UserError
from vidtag.media.samples import SAMPLE_RATE


def check_samples(waveform: npt.NDArray[Any]) -> None:
    """Refuse an array that is not a waveform.

    Raises:
        UserError: it is not one-dimensional, not float32, or holds NaN or infinity.
    """
    if not isinstance(waveform, np.ndarray) or waveform.ndim != 1:
        shape = getattr(waveform, "shape", type(waveform).__name__)
        raise UserError(f"audio must be a one-dimensional array (mono), not {shape}")
    if waveform.dtype != np.float32:
        raise UserError(
            f"audio must be float32 in [-1, 1], not {waveform.dtype}",
            remedy="divide integers by their full scale and convert with astype('float32')",
        )
    if not np.isfinite(waveform).all():
        raise UserError("the audio holds NaN or infinite samples")


def batches(lengths: Sequence[int], seconds: float, *, padded: bool) -> Iterator[list[int]]:
    """Indices of waveforms that go together: alike in length, and not too much at once."""
    most = seconds * SAMPLE_RATE
    batch: list[int] = []
    total = 0
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i), reverse=True):
        with_it = (
            (len(batch) + 1) * lengths[batch[0]] if batch and padded else total + lengths[index]
        )
        if batch and with_it > most:
            yield batch
            batch, total = [], 0
        batch.append(index)
        total += lengths[index]
    if batch:
        yield batch
