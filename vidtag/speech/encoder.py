"""The encoder's forward pass for inference, over the weights of FunASR's own module.

The network is FunASR's ``SenseVoiceEncoderSmall``: blocks of self-attention with a memory (a
depthwise convolution over the values, "FSMN") beside it, then a feed-forward layer, both with the
norm before. Differences to FunASR's forward pass, none of which changes what is computed: fused
attention; no copies to transpose for the convolution; the memory's identity path is folded into
the convolution's middle tap; masks only where lengths differ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vidtag.errors import ModelError

if TYPE_CHECKING:
    import torch


class Encoder:
    """Inference over a FunASR encoder's weights.

    Args:
        module: the ``SenseVoiceEncoderSmall``.
        number_type: what matrices are multiplied in; norms and the residual path stay in float32.
    """

    def __init__(self, module: Any, number_type: torch.dtype) -> None:
        self.number_type = number_type
        self.width: int = module.output_size()
        self._first = [_Block(layer, number_type) for layer in module.encoders0]
        self._middle = [_Block(layer, number_type) for layer in module.encoders]
        self._last = [_Block(layer, number_type) for layer in module.tp_encoders]
        self._after = _Norm(module.after_norm)
        self._final = _Norm(module.tp_norm)
        self._positions: torch.Tensor | None = None

    def __call__(self, inputs: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """Encode a batch.

        Args:
            inputs: shape (batch, frames, input width), float32, queries and features.
            lengths: valid frames of each, shape (batch,); None if all are.

        Returns:
            Shape (batch, frames, width), float32; what lies past each one's end is meaningless.
        """
        import torch

        frames = inputs.shape[1]
        keep = attend = None
        if lengths is not None:
            keep = torch.arange(frames, device=inputs.device) < lengths[:, None]
            attend = keep[:, None, None, :]
            keep = keep[..., None]
        x = inputs * math.sqrt(self.width) + self._position_codes(frames, inputs)
        for block in self._first:
            x = block(x, keep, attend)
        for block in self._middle:
            x = block(x, keep, attend)
        x = self._after(x)
        for block in self._last:
            x = block(x, keep, attend)
        return self._final(x)

    def _position_codes(self, frames: int, like: torch.Tensor) -> torch.Tensor:
        """Sines and cosines of positions 1 to ``frames``, shape (frames, input width)."""
        import torch

        if self._positions is None or len(self._positions) < frames:
            half = like.shape[2] // 2
            step = torch.log(torch.tensor(10000.0)) / (half - 1)
            rates = torch.exp(torch.arange(half) * -step)
            angles = torch.arange(1, frames + 1)[:, None] * rates
            self._positions = torch.cat((angles.sin(), angles.cos()), dim=1).to(like.device)
        return self._positions[:frames]


class _Norm:
    def __init__(self, module: Any) -> None:
        self.weight, self.bias, self.eps = module.weight.data, module.bias.data, module.eps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class _Block:
    def __init__(self, layer: Any, number_type: torch.dtype) -> None:
        attention, feed = layer.self_attn, layer.feed_forward
        if layer.concat_after or not layer.normalize_before:
            raise ModelError("the encoder's blocks are not built as SenseVoice's are")
        self.heads: int = attention.h
        self.residual = layer.in_size == layer.size
        self.number_type = number_type
        self.norm1, self.norm2 = _Norm(layer.norm1), _Norm(layer.norm2)
        cast = [
            parameter.data.to(number_type)
            for linear in (attention.linear_q_k_v, attention.linear_out, feed.w_1, feed.w_2)
            for parameter in (linear.weight, linear.bias)
        ]
        self.qkv, self.out, self.up, self.down = cast[0:2], cast[2:4], cast[4:6], cast[6:8]
        memory = attention.fsmn_block.weight.data.clone()
        left, right = attention.pad_fn.padding
        if left != right:
            raise ModelError("the encoder's memory looks further to one side than to the other")
        memory[:, 0, left] += 1.0
        self.memory = memory[:, :, None, :].to(number_type)
        self.reach: int = left

    def __call__(
        self, x: torch.Tensor, keep: torch.Tensor | None, attend: torch.Tensor | None
    ) -> torch.Tensor:
        from torch.nn import functional

        batch, frames, _ = x.shape
        h = self.norm1(x).to(self.number_type)
        qkv = functional.linear(h, *self.qkv).view(batch, frames, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=attend)
        mixed = functional.linear(mixed.transpose(1, 2).flatten(2), *self.out)

        values = qkv[:, :, 2].flatten(2)
        if keep is not None:
            values = values * keep
        # Seen as a picture one pixel high with channels last, the values need no transposing.
        memory = functional.conv2d(
            values[:, None].permute(0, 3, 1, 2),
            self.memory,
            padding=(0, self.reach),
            groups=values.shape[2],
        ).permute(0, 2, 3, 1)[:, 0]
        if keep is not None:
            memory = memory * keep
        mixed = mixed + memory
        x = x + mixed if self.residual else mixed.float()

        h = self.norm2(x).to(self.number_type)
        h = functional.linear(functional.linear(h, *self.up).relu_(), *self.down)
        return x + h
