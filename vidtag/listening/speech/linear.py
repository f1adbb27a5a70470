"""Linear layers for inference, in any number type."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from vidtag.listening.speech.device import lays_out


class Linear:
    """A linear layer's weights, laid out for the device, as a function of rows.

    Args:
        laid_out: whether they may be laid out beforehand, where that can be done.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        number_type: torch.dtype,
        *,
        laid_out: bool = True,
    ) -> None:
        self.weight = weight.to(number_type)
        self.bias = bias.to(number_type, copy=True)
        self._packed = laid_out and weight.device.type == "cpu" and lays_out(number_type)
        if self._packed:
            self.weight = torch.ops.mkldnn._reorder_linear_weight(self.weight)
        elif self.weight is weight:
            self.weight = weight.clone()

    def __call__(self, x: torch.Tensor, *, relu: bool = False) -> torch.Tensor:
        """Rows of shape (rows, inputs) to (rows, outputs), negative ones made 0 if asked for."""
        if self._packed:
            name = "relu" if relu else "none"
            y: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
                x, self.weight, self.bias, name, [], ""
            )
            return y
        y = functional.linear(x, self.weight, self.bias)
        return y.relu_() if relu else y

    def feed(self, x: torch.Tensor, following: Linear) -> torch.Tensor:
        """Rows through this layer, negative ones made 0, and through the one that follows."""
        return following(self(x, relu=True))


def make_linear(module: Any, number_type: torch.dtype) -> Any:
    """A ``Linear`` of a module's weights, or an ``Int8Linear``, which may be called alike."""
    if number_type is not torch.int8:
        return Linear(module.weight.data, module.bias.data, number_type)
    from vidtag.listening.speech.int8 import Int8Linear

    return Int8Linear(module.weight.data, module.bias.data)
