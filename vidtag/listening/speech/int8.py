"""Linear layers in int8, for CPUs that do not multiply bfloat16.

Weights are rounded to int8 by output channel as the model is loaded. Rows are rounded as they come,
each by itself, so that what a recording gives does not depend on what shares its batch. Products
are exact integers (oneDNN's, through PyTorch); scales and biases are float32.

AVX2 without VNNI adds neighbouring products of an unsigned and a signed byte in 16 bits, and cuts
off what does not fit. Rows therefore have 7 bits: 2 * 127 * 127 fits. They have 7 everywhere, so
that a model hears the same with VNNI as without.
"""

from __future__ import annotations

import torch

from vidtag.listening.speech import kernels
from vidtag.listening.speech.kernels import MIDDLE

_LEAST = 1e-30
"""Weights of an output that are all smaller are 0."""

_ROWS = 64
"""Outputs whose weights are rounded at once."""


class Int8Linear:
    """A linear layer whose weights are int8, as a function of float32 rows.

    Args:
        weight: shape (outputs, inputs), float32, on the CPU.
        bias: shape (outputs,), float32.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        # A few rows at once: what is freed between weights that stay is lost to the process.
        rounded = torch.empty_like(weight, dtype=torch.int8)
        scales = torch.empty(len(weight))
        for first in range(0, len(weight), _ROWS):
            rows = weight[first : first + _ROWS].float()
            each = rows.abs().amax(dim=1).clamp_(min=_LEAST) / 127
            scales[first : first + _ROWS] = each
            rounded[first : first + _ROWS] = (rows / each[:, None]).round_()
        self._packed = torch.ops.onednn.qlinear_prepack(rounded, None)
        self._scales = scales
        self._zeros = torch.zeros(len(weight), dtype=torch.long)
        self._bias = bias.to(torch.float32, copy=True)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Rows of shape (rows, inputs) to (rows, outputs)."""
        numbers, scales = kernels.to_int8(x)
        return kernels.from_int8(self._product(numbers, MIDDLE), scales, self._bias)

    def feed(self, x: torch.Tensor, following: Int8Linear) -> torch.Tensor:
        """Rows through this layer, negative ones made 0, and through the one that follows."""
        numbers, scales = kernels.to_int8(x)
        y = self._product(numbers, MIDDLE)
        numbers, scales = kernels.between_int8(y, scales, self._bias)
        return kernels.from_int8(following._product(numbers, 0), scales, following._bias)

    def _product(self, numbers: torch.Tensor, zero: int) -> torch.Tensor:
        y: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(numbers, 1.0, zero, self._packed, self._scales, self._zeros, None),
            *(1.0, 0, torch.float32, "none", [], ""),
        )
        return y
