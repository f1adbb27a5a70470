"""Muon: steps whose matrices have all singular values alike.

Momentum, then the nearest orthogonal matrix to it, by five Newton-Schulz iterations (Keller Jordan,
"Muon: An optimizer for hidden layers in neural networks", 2024); scaled so that its root mean
square is that of AdamW's steps and its learning rate can be AdamW's (Liu et al., "Muon is scalable
for LLM training", arXiv 2502.16982). Only the layers' matrices are given to it, not embeddings and
the last layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from tools.pocket import network
from vidtag.listening.speech.device import lays_out

MOMENTUM = 0.95
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_RMS = 0.2
_STACKED = 3
"""Query, key and value lie in one matrix, and are three."""


def takes(name: str, weight: Tensor) -> bool:
    """Whether a parameter is a matrix of a layer."""
    return weight.dim() == 2 and name.startswith("encoder.")


class Muon:
    """Moves the matrices that lie one after another in an array.

    Args:
        shapes: of the matrices, in their order.
        flat: the array, changed in place.
        decay: weight decay.
    """

    def __init__(self, shapes: Sequence[torch.Size], flat: Tensor, decay: float) -> None:
        self._flat, self._decay = flat, decay
        self.momentum = torch.zeros_like(flat)
        self._groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        at, width = 0, network.CONFIG["encoder_conf"]["output_size"]
        for rows, columns in shapes:
            parts = _STACKED if rows == _STACKED * width else 1
            for _ in range(parts):
                self._groups[rows // parts, columns].append(at)
                at += rows // parts * columns
        self._turned = torch.empty_like(flat)

    def step(self, grad: Tensor, rate: float) -> None:
        """One step by the gradient, which is changed."""
        self.momentum.lerp_(grad, 1 - MOMENTUM)
        grad.lerp_(self.momentum, MOMENTUM)
        for (rows, columns), starts in self._groups.items():
            size = rows * columns
            stack = torch.stack([grad[a : a + size] for a in starts]).view(-1, rows, columns)
            turned = orthogonal(stack).mul_(_RMS * max(rows, columns) ** 0.5)
            for a, one in zip(starts, turned, strict=True):
                self._turned[a : a + size] = one.reshape(-1)
        self._flat.mul_(1 - rate * self._decay).add_(self._turned, alpha=-rate)


def orthogonal(stack: Tensor) -> Tensor:
    """About the nearest matrices with singular values of 1: those come out between 0.7 and 1.2."""
    a, b, c = _COEFFICIENTS
    tall = stack.shape[1] > stack.shape[2]
    x = stack.transpose(1, 2) if tall else stack
    if stack.is_cuda or lays_out(torch.bfloat16):  # elsewhere it takes minutes, in software
        x = x.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.transpose(1, 2) if tall else x).float()
