"""Waveforms on their way into the network: which are fit for it, and which go together."""

from __future__ import annotations

import heapq
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


def batches(lengths: Sequence[int], seconds: float) -> Iterator[list[int]]:
    """Indices of waveforms that go together: alike in length, and not too much at once.

    Args:
        lengths: in samples.
        seconds: of a batch, at most, each waveform padded to its longest.
    """
    most = seconds * SAMPLE_RATE
    batch: list[int] = []
    for index in _longest_first(lengths):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def even_batches(lengths: Sequence[int], seconds: float, count: int, step: int) -> list[list[int]]:
    """Indices of waveforms that go together, in batches about as long as each other.

    Args:
        lengths: in samples.
        seconds: of a batch, at most; nothing is padded.
        count: of batches, if none is longer.
        step: how many more are tried while one is.
    """
    most = seconds * SAMPLE_RATE
    while True:
        parts: list[list[int]] = [[] for _ in range(count)]
        shortest = [(0, number) for number in range(count)]
        for index in _longest_first(lengths):
            total, number = shortest[0]
            heapq.heapreplace(shortest, (total + lengths[index], number))
            parts[number].append(index)
        filled = [part for part in parts if part]
        if all(len(part) == 1 or sum(lengths[i] for i in part) <= most for part in filled):
            return filled
        count += step


def _longest_first(lengths: Sequence[int]) -> list[int]:
    return sorted(range(len(lengths)), key=lambda i: (lengths[i], i), reverse=True)
