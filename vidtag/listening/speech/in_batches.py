"""Batches through a device: the next is queued before the last is read, and halved where it is
too large."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import torch

from vidtag.core.errors import UserError
from vidtag.listening.speech.batches import batches, even_batches
from vidtag.listening.speech.device import CPU_SECONDS, free_memory, is_out_of_memory
from vidtag.listening.speech.workers import Workers
from vidtag.media.samples import SAMPLE_RATE

T = TypeVar("T")
R = TypeVar("R")

Read = Callable[[], T]
"""Waits for what was asked of a device, and gives it."""

_QUEUED_AHEAD = 1
"""Batches that a GPU is given before the results of the one before are read."""


_LEAST_SECONDS = 8.0
"""Audio is not divided among cores into smaller batches than this."""


def shared_out(
    lengths: Sequence[int], most: float, workers: Workers, device: torch.device
) -> list[list[int]]:
    """Indices of what goes through a device together.

    On a CPU every worker has as many batches as the others, all about as long: where three are
    shared by two workers, one waits half of the time.

    Args:
        lengths: in samples.
        most: seconds of audio that go through at once, padding included.
    """
    seconds = sum(lengths) / SAMPLE_RATE
    if device.type != "cpu":
        most = min(most, max(seconds / workers.count, _LEAST_SECONDS))
        return list(batches(lengths, most))
    most = min(most, CPU_SECONDS)
    rounds = math.ceil(seconds / most / workers.count)
    enough = math.ceil(seconds / min(_LEAST_SECONDS, most))
    return even_batches(lengths, most, min(rounds * workers.count, enough), workers.count)


def through(
    workers: Workers, device: torch.device, work: Callable[[T], Read[R]], parts: Iterable[T]
) -> Iterator[R]:
    """Batch by batch what ``work`` lets read, in their order.

    On a CPU workers read what they computed. A GPU is given the next batch before what came of the
    last is read, here: so it never waits for what happens on the host.
    """
    if device.type == "cpu":
        yield from workers.stream(lambda part: work(part)(), parts)
        return
    with contextlib.closing(workers.stream(work, parts, _QUEUED_AHEAD)) as queued:
        for read in queued:
            yield read()


def divided(
    device: torch.device,
    batch: list[int],
    compute: Callable[[list[int]], Read[Sequence[T]]],
    on_short: Callable[[], None],
) -> Read[dict[int, T]]:
    """Compute a batch, in parts if there is not memory enough for all of it at once.

    Args:
        on_short: called each time there is not.

    Raises:
        UserError: there is not memory enough for one.
    """
    try:
        with torch.inference_mode():
            read = compute(batch)
        return lambda: dict(zip(batch, read(), strict=True))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        if len(batch) == 1:
            raise UserError(
                "there is not memory enough to recognise even one segment",
                remedy="set vad.max_segment lower, close other programs, or use --device cpu",
            ) from error
    on_short()
    free_memory(device)
    half = len(batch) // 2
    first = divided(device, batch[:half], compute, on_short)
    second = divided(device, batch[half:], compute, on_short)
    return lambda: first() | second()
