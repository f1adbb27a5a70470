"""The encoder's forward pass for inference, over the weights of FunASR's own module.

The network is FunASR's ``SenseVoiceEncoderSmall``: blocks of self-attention with a memory (a
depthwise convolution over the values, "FSMN") beside it, then a feed-forward layer, both with the
norm before. What is computed is what FunASR computes; how, is ours:

* All recordings of a batch lie one behind the other as rows of one matrix, without padding where
  the device is a CPU (``Layout``); only attention and memory look at where each begins and ends.
* The residual path, norms, memory and the first block (which has no residual path to correct what
  it rounds) are float32; other matrices are multiplied in ``number_type``.
* On a CPU, weights are laid out once as oneDNN wants them, and what happens between two matrix
  products is one pass over memory (``vidtag.speech.kernels``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vidtag.errors import ModelError
from vidtag.speech.device import has_onednn

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the recordings of a batch lie among the rows of one matrix.

    Attributes:
        lengths: rows that each recording fills.
        slots: rows that each has; more than it fills where recordings are padded.
    """

    lengths: tuple[int, ...]
    slots: tuple[int, ...]

    @classmethod
    def of(cls, lengths: Sequence[int], device: torch.device) -> Layout:
        """Pack rows tightly on a CPU; elsewhere pad, because few large steps are faster."""
        longest = max(lengths)
        padded = device.type != "cpu"
        return cls(tuple(lengths), tuple(longest if padded else n for n in lengths))

    @cached_property
    def starts(self) -> list[int]:
        """First row of each recording, and the number of rows."""
        return [0, *accumulate(self.slots)]

    @cached_property
    def runs(self) -> list[tuple[int, int, int]]:
        """Neighbours with slots alike: first row, how many, rows of each."""
        found, row = [], 0
        for slot, group in groupby(self.slots):
            count = len(list(group))
            found.append((row, count, slot))
            row += count * slot
        return found

    @cached_property
    def bounds(self) -> npt.NDArray[np.int64]:
        """``starts`` as an array."""
        return np.array(self.starts)

    @cached_property
    def padded(self) -> bool:
        """Whether some slot is not filled."""
        return self.lengths != self.slots

    def kept(self, device: torch.device) -> torch.Tensor | None:
        """Which rows are filled, shape (recordings, slot); None if all are."""
        import torch

        if not self.padded:
            return None
        lengths = torch.tensor(self.lengths, device=device)
        return torch.arange(self.slots[0], device=device) < lengths[:, None]

    def pack(self, padded: torch.Tensor) -> torch.Tensor:
        """Rows of recordings that come padded, shape (recordings, longest, width), as a matrix."""
        import torch

        if set(self.slots) == {padded.shape[1]}:
            return padded.flatten(0, 1)
        return torch.cat([row[:length] for row, length in zip(padded, self.lengths, strict=True)])


class Encoder:
    """Inference over a FunASR encoder's weights.

    Args:
        module: the ``SenseVoiceEncoderSmall``, on its device.
        number_type: what matrices are multiplied in.
    """

    def __init__(self, module: Any, number_type: torch.dtype) -> None:
        import torch

        self.width: int = module.output_size()
        before = [*module.encoders0, *module.encoders]
        self._blocks = [
            _Block(layer, number_type if layer.in_size == layer.size else torch.float32)
            for layer in (*before, *module.tp_encoders)
        ]
        self._between = len(before)
        self._after = _Norm(module.after_norm)
        self._final = _Norm(module.tp_norm)
        self._positions: torch.Tensor | None = None

    def __call__(self, inputs: torch.Tensor, layout: Layout) -> torch.Tensor:
        """Encode a batch.

        Args:
            inputs: shape (recordings, longest, input width), float32, queries and features.
            layout: how they are laid out.

        Returns:
            Shape (rows of the layout, width), float32; rows that pad are meaningless.
        """
        x = inputs * math.sqrt(self.width) + self._position_codes(inputs.shape[1], inputs)
        x = layout.pack(x)
        keep = layout.kept(x.device)
        before, after = self._blocks[: self._between], self._blocks[self._between :]
        x = self._after(_through(before, x, layout, keep))
        return self._final(_through(after, x, layout, keep))

    def _position_codes(self, frames: int, like: torch.Tensor) -> torch.Tensor:
        """Sines and cosines of positions 1 to ``frames``, shape (frames, input width)."""
        import torch

        codes = self._positions
        if codes is None or len(codes) < frames:
            half = like.shape[2] // 2
            step = torch.log(torch.tensor(10000.0)) / (half - 1)
            rates = torch.exp(torch.arange(half) * -step)
            angles = torch.arange(1, frames + 1)[:, None] * rates
            codes = torch.cat((angles.sin(), angles.cos()), dim=1).to(like.device)
            self._positions = codes
        return codes[:frames]


class Linear:
    """A linear layer's weights, laid out for the device, as a function of rows."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, number_type: torch.dtype) -> None:
        import torch

        self.weight, self.bias = weight.to(number_type), bias.to(number_type)
        self._packed = weight.device.type == "cpu" and has_onednn()
        if self._packed:
            self.weight = torch.ops.mkldnn._reorder_linear_weight(self.weight)

    def __call__(self, x: torch.Tensor, *, relu: bool = False) -> torch.Tensor:
        """Rows of shape (rows, inputs) to (rows, outputs), negative ones made 0 if asked for."""
        import torch
        from torch.nn import functional

        if self._packed:
            name = "relu" if relu else "none"
            y: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
                x, self.weight, self.bias, name, [], ""
            )
            return y
        y = functional.linear(x, self.weight, self.bias)
        return y.relu_() if relu else y


class _Norm:
    def __init__(self, module: Any) -> None:
        self.weight, self.bias, self.eps = module.weight.data, module.bias.data, module.eps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


def _through(
    blocks: Sequence[_Block], x: torch.Tensor, layout: Layout, keep: torch.Tensor | None
) -> torch.Tensor:
    """The residual path behind a row of blocks."""
    h = blocks[0].norm1(x).to(blocks[0].number_type)
    for block, following in pairwise((*blocks, blocks[-1])):
        h = h.to(block.number_type)
        x, h = block(x, h, layout, keep, following.norm1)
    return x


class _Block:
    def __init__(self, layer: Any, number_type: torch.dtype) -> None:
        import torch

        attention, feed = layer.self_attn, layer.feed_forward
        if layer.concat_after or not layer.normalize_before:
            raise ModelError("the encoder's blocks are not built as SenseVoice's are")
        left, right = attention.pad_fn.padding
        if left != right:
            raise ModelError("the encoder's memory looks further to one side than to the other")
        self.heads: int = attention.h
        self.residual = layer.in_size == layer.size
        self.number_type = number_type
        self.norm1, self.norm2 = _Norm(layer.norm1), _Norm(layer.norm2)
        self.qkv, self.out, self.up, self.down = (
            Linear(linear.weight.data, linear.bias.data, number_type)
            for linear in (attention.linear_q_k_v, attention.linear_out, feed.w_1, feed.w_2)
        )
        # The memory's identity path is its middle tap.
        memory = attention.fsmn_block.weight.data.clone()
        memory[:, 0, left] += 1.0
        self.memory = memory[:, :, None, :]
        self.taps = memory[:, 0].t().contiguous()
        self._kernels: Any = None
        if number_type is torch.bfloat16 and memory.device.type == "cpu":
            from vidtag.speech import kernels

            self._kernels = kernels

    def __call__(
        self,
        x: torch.Tensor,
        h: torch.Tensor,
        layout: Layout,
        keep: torch.Tensor | None,
        following: _Norm,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One block.

        Args:
            x: the residual path, float32; may be overwritten.
            h: ``x`` normalised, in the number type.
            following: the norm that stands before what follows.

        Returns:
            The residual path, and itself normalised.
        """
        qkv = self.qkv(h)
        mixed = self.out(self._attention(qkv, layout, keep))
        if self._kernels:
            h = self._kernels.remember(x, mixed, qkv, self.taps, layout.bounds, self.norm2)
            more = self.down(self.up(h, relu=True))
            return x, self._kernels.add(x, more, following)
        mixed = mixed.float() + self._memory(qkv, layout, keep)
        x = x + mixed if self.residual else mixed
        h = self.norm2(x).to(self.number_type)
        x += self.down(self.up(h, relu=True))
        return x, following(x).to(self.number_type)

    def _attention(
        self, qkv: torch.Tensor, layout: Layout, keep: torch.Tensor | None
    ) -> torch.Tensor:
        """Each recording's rows attend to each other; shape (rows, width)."""
        import torch
        from torch.nn import functional

        mask = None if keep is None else keep[:, None, None, :]
        parts = []
        for row, count, slot in layout.runs:
            part = qkv[row : row + count * slot].view(count, slot, 3, self.heads, -1)
            q, k, v = part.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            parts.append(mixed.transpose(1, 2).reshape(count * slot, -1))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _memory(self, qkv: torch.Tensor, layout: Layout, keep: torch.Tensor | None) -> torch.Tensor:
        """What a few rows before and after hold, shape (rows, width), float32."""
        import torch
        from torch.nn import functional

        values = qkv[:, qkv.shape[1] * 2 // 3 :].float()
        if keep is not None:
            values = values * keep.flatten()[:, None]
        parts = []
        for row, count, slot in layout.runs:
            # Seen as a picture one pixel high with channels last, it needs no transposing.
            part = values[row : row + count * slot].view(count, 1, slot, -1).permute(0, 3, 1, 2)
            seen = functional.conv2d(
                part, self.memory, padding=(0, len(self.taps) // 2), groups=part.shape[1]
            )
            parts.append(seen.permute(0, 2, 3, 1).reshape(count * slot, -1))
        return parts[0] if len(parts) == 1 else torch.cat(parts)
