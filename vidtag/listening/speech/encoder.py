"""The encoder's forward pass for inference, over the weights of FunASR's own module.

The network is FunASR's ``SenseVoiceEncoderSmall``: blocks of self-attention with a memory (a
depthwise convolution over the values, "FSMN") beside it, then a feed-forward layer, both with the
norm before. What is computed is what FunASR computes; how, is ours:

* All recordings of a batch lie one behind the other as rows of one matrix, without padding where
  the device is a CPU (``BatchRows``); only attention and memory look at where each begins and ends.
* The residual path, norms, memory and the first block (which has no residual path to correct what
  it rounds) are float32; other matrices are multiplied in ``number_type``.
* In int8 the same matrices are rounded (``vidtag.listening.speech.int8``), all else is float32.
* On a CPU, weights are laid out once as oneDNN wants them, and what happens between two matrix
  products is one pass over memory (``vidtag.listening.speech.kernels``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from vidtag.core.errors import ModelError
from vidtag.listening.speech.device import lacks_matrix_tiles
from vidtag.listening.speech.linear import make_linear
from vidtag.listening.speech.transfer import host_buffer, send, send_numbers

_STEP = 16
"""Attention on a CPU is up to twice as fast over a multiple of so many keys."""

_ROWS = 32
"""Matrices have a multiple of so many rows."""

_LONG = 64
"""Rows from which on attention may be made of products (``_attend``)."""


@dataclass(frozen=True, eq=False)
class _Run:
    """Neighbours among the recordings of a batch that have room for the same number of rows.

    Attributes:
        row: first row.
        count, slot: how many recordings, and rows of each.
        reach: rows from the beginning of each that are offered to attention as keys.
        keys: which of these are its own, shape (count or 1, 1, 1, reach); None if all are.
        keep: which of its rows are filled, shape (count * slot, 1); None if all are.
    """

    row: int
    count: int
    slot: int
    reach: int
    keys: torch.Tensor | None
    keep: torch.Tensor | None

    @property
    def end(self) -> int:
        return self.row + self.count * self.slot


class BatchRows:
    """Where the recordings of a batch lie among the rows of one matrix.

    On a CPU they lie without padding, and a few spare rows lie behind the last. Elsewhere all are
    padded to one length, because few large steps are faster there.

    Args:
        lengths: rows that each recording fills.
        device: where it is computed.
        padded: whether they are padded; None decides by the device.

    Attributes:
        lengths, padded: as given, or decided.
        starts: first row of each.
        bounds: first row of each and of the spare rows, and the number of rows; shape
            (recordings + 2,).
    """

    def __init__(
        self, lengths: Sequence[int], device: torch.device, *, padded: bool | None = None
    ) -> None:
        if padded is None:
            padded = device.type != "cpu"
        longest = max(lengths)
        slots = [longest] * len(lengths) if padded else list(lengths)
        *self.starts, filled = 0, *accumulate(slots)
        self.lengths = tuple(lengths)
        # Attention looks at keys behind the last. And whatever is new about a shape, oneDNN
        # compiles and keeps: let there be few shapes.
        behind = 0 if padded else -slots[-1] % _STEP
        self._spare = behind + -(filled + behind) % _ROWS
        self.bounds = np.array((*self.starts, filled, filled + self._spare))
        self.padded = padded
        self.runs: list[_Run] = []
        row = 0
        for slot, group in groupby(slots):
            count = len(list(group))
            reach, keys, keep = slot, None, None
            if padded:
                filled_rows = send_numbers(self.lengths, device)[:, None]
                rows = torch.arange(slot, device=device) < filled_rows
                if longest > min(lengths):
                    keys, keep = rows[:, None, None], rows.reshape(-1, 1)
            elif slot % _STEP:
                # The keys of whatever lies behind are offered too, and masked.
                reach = slot + -slot % _STEP
                keys = (torch.arange(reach, device=device) < slot)[None, None, None]
            self.runs.append(_Run(row, count, slot, reach, keys, keep))
            row += count * slot

    def pack(self, padded: torch.Tensor) -> torch.Tensor:
        """Rows of recordings that come padded, shape (recordings, longest, width), as a matrix."""
        spare = padded.new_zeros(self._spare, padded.shape[2])
        if self.padded:
            return torch.cat((padded.flatten(0, 1), spare))
        rows = [row[:length] for row, length in zip(padded, self.lengths, strict=True)]
        return torch.cat((*rows, spare))


class Encoder:
    """Inference over a FunASR encoder's weights, of which it keeps copies.

    Args:
        module: the ``SenseVoiceEncoderSmall``, on its device.
        number_type: what matrices are multiplied in; int8 only on a CPU.
        on_copied: called after each block's weights were copied.
    """

    def __init__(
        self,
        module: Any,
        number_type: torch.dtype,
        on_copied: Callable[[], None] = lambda: None,
    ) -> None:
        self.width: int = module.output_size()
        before = [*module.encoders0, *module.encoders]
        self._blocks = []
        for layer in (*before, *module.tp_encoders):
            kind = number_type if layer.in_size == layer.size else torch.float32
            self._blocks.append(_Block(layer, kind))
            on_copied()
        self._between = len(before)
        self._after = _Norm(module.after_norm)
        self._final = _Norm(module.tp_norm)
        self._positions: torch.Tensor | None = None

    @property
    def middle(self) -> torch.Tensor:
        """What the encoded rows are scattered around, shape (width,)."""
        bias: torch.Tensor = self._final.bias
        return bias

    def __call__(self, inputs: torch.Tensor, batch: BatchRows) -> torch.Tensor:
        """Encode a batch.

        Args:
            inputs: shape (recordings, longest, input width), float32, queries and features.
            batch: where they lie.

        Returns:
            Shape (rows, width), float32; rows that pad are meaningless.
        """
        x = inputs * math.sqrt(self.width) + self._position_codes(inputs.shape[1], inputs)
        x = batch.pack(x)
        before, after = self._blocks[: self._between], self._blocks[self._between :]
        x = self._after(_through(before, x, batch))
        return self._final(_through(after, x, batch))

    def _position_codes(self, frames: int, like: torch.Tensor) -> torch.Tensor:
        """Sines and cosines of positions 1 to ``frames``, shape (frames, input width)."""
        codes = self._positions
        if codes is None or len(codes) < frames:
            half = like.shape[2] // 2
            step = torch.log(torch.tensor(10000.0)) / (half - 1)
            rates = torch.exp(torch.arange(half) * -step)
            angles = torch.arange(1, frames + 1)[:, None] * rates
            buffer = host_buffer((frames, 2 * half), torch.float32, like.device)
            codes = send(buffer.copy_(torch.cat((angles.sin(), angles.cos()), dim=1)), like.device)
            self._positions = codes
        return codes[:frames]


class _Norm:
    def __init__(self, module: Any) -> None:
        self.weight = module.weight.data.to(torch.float32, copy=True)
        self.bias = module.bias.data.to(torch.float32, copy=True)
        self.eps: float = module.eps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


def _attend(parts: torch.Tensor, own: int) -> torch.Tensor:
    """Attention of one recording, as two products with a softmax between them.

    PyTorch's fused attention multiplies bfloat16 by a way of its own, which takes three times as
    long on processors that have instructions for bfloat16 but no matrix tiles. All rows are worked
    out, also those that are not the recording's, because oneDNN compiles for each shape it meets
    and keeps the result.

    Args:
        parts: queries, keys and values of each head, shape (3 * heads, rows, width of a head),
            bfloat16.
        own: how many of the rows are the recording's.

    Returns:
        Shape (heads, own, width of a head).
    """
    q, k, v = parts.contiguous().chunk(3)
    scores = torch.bmm(q, k.transpose(1, 2)).float().mul_(q.shape[2] ** -0.5)
    scores[:, :, own:] = -math.inf
    return torch.bmm(scores.softmax(-1).to(v.dtype), v)[:, :own]


def _through(blocks: Sequence[_Block], x: torch.Tensor, batch: BatchRows) -> torch.Tensor:
    """The residual path behind a row of blocks."""
    h = blocks[0].norm1(x).to(blocks[0].number_type)
    for block, following in pairwise((*blocks, blocks[-1])):
        h = h.to(block.number_type)
        x, h = block(x, h, batch, following.norm1)
    return x


class _Block:
    def __init__(self, layer: Any, number_type: torch.dtype) -> None:
        attention, feed = layer.self_attn, layer.feed_forward
        if layer.concat_after or not layer.normalize_before:
            raise ModelError("the encoder's blocks are not built as SenseVoice's are")
        left, right = attention.pad_fn.padding
        if left != right:
            raise ModelError("the encoder's memory looks further to one side than to the other")
        self.heads: int = attention.h
        self.residual = layer.in_size == layer.size
        self.number_type = torch.float32 if number_type is torch.int8 else number_type
        self.norm1, self.norm2 = _Norm(layer.norm1), _Norm(layer.norm2)
        self.qkv, self.out, self.up, self.down = (
            make_linear(module, number_type)
            for module in (attention.linear_q_k_v, attention.linear_out, feed.w_1, feed.w_2)
        )
        # The memory's identity path is its middle tap.
        memory = attention.fsmn_block.weight.data.to(torch.float32, copy=True)
        memory[:, 0, left] += 1.0
        self.memory = memory[:, :, None, :]
        self.taps = memory[:, 0].t().contiguous()
        on_cpu = memory.device.type == "cpu"
        self._products = on_cpu and number_type is torch.bfloat16 and lacks_matrix_tiles()
        self._kernels: Any = None
        if on_cpu and self.number_type is not torch.float16:
            from vidtag.listening.speech import kernels

            self._kernels = kernels

    def __call__(
        self,
        x: torch.Tensor,
        h: torch.Tensor,
        batch: BatchRows,
        following: _Norm,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One block.

        Args:
            x: the residual path, float32; may be overwritten.
            h: ``x`` normalised, in the number type, or in float32 where that is int8.
            following: the norm that stands before what follows.

        Returns:
            The residual path, and itself normalised.
        """
        qkv = self.qkv(h)
        mixed = self.out(self._attention(qkv, batch))
        if self._kernels and not batch.padded:
            if not self.residual:
                x = x.new_zeros(mixed.shape)
            h = self._kernels.remember(x, mixed, qkv, self.taps, batch.bounds, self.norm2)
            more = self.up.feed(h, self.down)
            return x, self._kernels.add(x, more, following)
        mixed = mixed.float() + self._memory(qkv, batch)
        x = x + mixed if self.residual else mixed
        h = self.norm2(x).to(self.number_type)
        x += self.up.feed(h, self.down)
        return x, following(x).to(self.number_type)

    def _attention(self, qkv: torch.Tensor, batch: BatchRows) -> torch.Tensor:
        """Each recording's rows attend to each other; shape (rows, width)."""
        rows, width = qkv.shape[0], qkv.shape[1] // 3
        each = width // self.heads
        out = qkv.new_zeros(rows, width)
        for run in batch.runs:
            # Queries, keys and values of each head, where they lie.
            shape = (run.count, 3 * self.heads, run.reach, each)
            strides = (run.slot * 3 * width, each, 3 * width, 1)
            parts = qkv.as_strided(shape, strides, run.row * 3 * width)
            here = out[run.row : run.end].view(run.count, run.slot, self.heads, each)
            if self._products and run.slot >= _LONG and not batch.padded:
                for place, one in zip(here, parts, strict=True):
                    place.copy_(_attend(one, run.slot).transpose(0, 1))
                continue
            q, k, v = parts.chunk(3, dim=1)
            q = q[:, :, : run.slot]
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=run.keys)
            here.copy_(mixed.transpose(1, 2))
        return out

    def _memory(self, qkv: torch.Tensor, batch: BatchRows) -> torch.Tensor:
        """What a few rows before and after hold, shape (rows, width), float32."""
        rows, width = qkv.shape[0], qkv.shape[1] // 3
        out = qkv.new_zeros(rows, width, dtype=self.memory.dtype)
        for run in batch.runs:
            values = qkv[run.row : run.end, 2 * width :].float()
            if run.keep is not None:
                values = values * run.keep
            # Seen as a picture one pixel high with channels last, it needs no transposing.
            picture = values.view(run.count, 1, run.slot, width).permute(0, 3, 1, 2)
            seen = functional.conv2d(
                picture, self.memory, padding=(0, len(self.taps) // 2), groups=width
            )
            out[run.row : run.end] = seen.permute(0, 2, 3, 1).reshape(-1, width)
        return out
