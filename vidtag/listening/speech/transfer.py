"""Arrays to the device that computes and back, without waiting for it where it is a GPU.

A CUDA device works off a queue (a stream). Whoever asks it for a number waits until all before is
done, and meanwhile nothing new is queued. So what goes there is written into memory that the
system never moves (pinned), from which the device takes it by itself, beside what it computes; and
what comes back is asked for at once and read later, when the next batch is queued already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[Any]


def host_buffer(shape: Sequence[int], kind: torch.dtype, device: torch.device) -> torch.Tensor:
    """Memory on the host, not filled, for what ``send`` shall take to a device."""
    return torch.empty(tuple(shape), dtype=kind, pin_memory=device.type == "cuda")


def send(buffer: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A ``host_buffer`` on the device. It must not be written to again."""
    if device.type != "cuda":
        return buffer.to(device)
    beside, now = _copying(device), torch.cuda.current_stream(device)
    with torch.cuda.stream(beside):
        there = buffer.to(device, non_blocking=True)
    now.wait_stream(beside)
    there.record_stream(now)
    return there


def send_numbers(
    numbers: Sequence[int] | Sequence[Sequence[int]], device: torch.device
) -> torch.Tensor:
    """Whole numbers on the device, int64."""
    array = np.asarray(numbers, np.int64)
    buffer = host_buffer(array.shape, torch.int64, device)
    buffer.numpy()[...] = array
    return send(buffer, device)


def fetch(tensors: Sequence[torch.Tensor]) -> Callable[[], list[Array]]:
    """Ask for what tensors hold; what is returned waits for it, and gives it."""
    if not tensors or tensors[0].device.type != "cuda":
        arrays = [tensor.cpu().numpy() for tensor in tensors]
        return lambda: arrays
    device = tensors[0].device
    buffers = [host_buffer(tensor.shape, tensor.dtype, device) for tensor in tensors]
    for buffer, tensor in zip(buffers, tensors, strict=True):
        buffer.copy_(tensor, non_blocking=True)
    copied: torch.cuda.Event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    copied.record(torch.cuda.current_stream(device))

    def read() -> list[Array]:
        copied.synchronize()
        return [buffer.numpy() for buffer in buffers]

    return read


@lru_cache
def _copying(device: torch.device) -> torch.cuda.Stream:
    """The stream on which what is sent travels."""
    made: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return made
