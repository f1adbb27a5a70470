"""CAM++ with FunASR's weights, arranged so that a voiceprint costs a third.

What FunASR's network computes (Wang et al.: CAM++, Interspeech 2023), in another order. Time is an
inner dimension, so that what were convolutions of many short rows are few large matrix products.
Normalisation, which is a scale and a shift per channel when nothing is learnt, goes into the
weights next to it. Where it comes before a rectifier and these weights, what is left is a bound:
relu(s x + b) is s max(x, -b / s) + b, or s min(x, -b / s) + b where s is negative. Channels of a
dense block are written side by side once, and not copied by each of its layers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from vidtag.listening.speech.device import lays_out
from vidtag.listening.speech.linear import Linear

_CONTEXT = 100
"""Frames of the dense blocks, 20 ms each, that share what tells how much a channel counts."""

Affine = tuple[torch.Tensor, torch.Tensor]
"""Weights and what is added."""


class FastCampPlus:
    """Features to voiceprints.

    Args:
        network: FunASR's CAM++, with its weights, in evaluation.
        number_type: of the products; statistics over time are in single precision.
    """

    def __init__(self, network: Any, device: torch.device, number_type: torch.dtype) -> None:
        self._number_type = number_type
        with torch.no_grad():
            self._picture = _Picture(network.head, device, number_type)
            layers = network.xvector
            scale, shift = _normalisation(layers.tdnn.nonlinear[0])
            kernel = layers.tdnn.linear.weight * scale[:, None, None]
            self._first = _linear((_flat(kernel), shift), device, number_type)
            self._blocks = [
                _Block(
                    getattr(layers, f"block{n}"),
                    getattr(layers, f"transit{n}"),
                    device,
                    number_type,
                )
                for n in (1, 2, 3)
            ]
            self._last = _cast(_normalisation(layers.out_nonlinear[0]), device, torch.float32)
            scale, shift = _normalisation(layers.dense.nonlinear[0])
            weights = layers.dense.linear.weight[:, :, 0] * scale[:, None]
            self._dense = _cast((weights, shift), device, torch.float32)

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Voiceprints, shape (batch, 192), not yet of length 1.

        Args:
            features: shape (batch, frames, 80), their mean removed.
        """
        out = self._picture(features.to(self._number_type))
        out = self._first(_taps(out, 5, stride=2), relu=True)
        for block in self._blocks:
            out = block(out)
        scale, shift = self._last
        out = (out.float() * scale + shift).relu_()
        mean = out.mean(dim=1)
        frames = out.shape[1]
        variance = (out - mean[:, None]).square().sum(dim=1) / max(frames - 1, 1)
        return functional.linear(torch.cat((mean, variance.sqrt()), dim=1), *self._dense)


class _Picture:
    """The part that takes features for a picture, of time and frequency."""

    def __init__(self, head: Any, device: torch.device, number_type: torch.dtype) -> None:
        def folded(convolution: Any, norm: Any) -> _Convolution:
            scale, shift = _normalisation(norm)
            weights = convolution.weight * scale[:, None, None, None]
            affine = _cast((weights, shift), device, number_type)
            return _Convolution(affine, convolution.stride, convolution.padding)

        self._first = folded(head.conv1, head.bn1)
        self._blocks = [
            (
                folded(block.conv1, block.bn1),
                folded(block.conv2, block.bn2),
                folded(*block.shortcut) if len(block.shortcut) else None,
            )
            for block in (*head.layer1, *head.layer2)
        ]
        self._last = folded(head.conv2, head.bn2)

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Shape (batch, frames, mel) to (batch, frames, channels * rows)."""
        out = features.transpose(1, 2)[:, None].contiguous(memory_format=torch.channels_last)
        out = self._first(out, relu=True)
        for first, second, shortcut in self._blocks:
            beside = out if shortcut is None else shortcut(out)
            out = second.added_to(beside, first(out, relu=True))
        out = self._last(out, relu=True)
        return out.permute(0, 3, 1, 2).flatten(2)


class _Convolution:
    """A convolution of pictures. On a CPU its weights are laid out beforehand, and what is done
    with its outcome is done in one pass: that is most of what it takes in 16 bits.
    """

    def __init__(self, affine: Affine, stride: tuple[int, int], padding: tuple[int, int]) -> None:
        weights, self._shift = affine
        self._stride, self._padding = list(stride), list(padding)
        self._packed = weights.device.type == "cpu" and lays_out(weights.dtype)
        if self._packed:
            self._weights = torch.ops.mkldnn._reorder_convolution_weight(
                weights, self._padding, self._stride, [1, 1], 1, []
            )
        else:
            self._weights = weights.contiguous(memory_format=torch.channels_last)

    def __call__(self, given: torch.Tensor, *, relu: bool = False) -> torch.Tensor:
        if self._packed:
            how: tuple[Any, ...] = [1, 1], 1, "relu" if relu else "none", [], ""
            out: torch.Tensor = torch.ops.mkldnn._convolution_pointwise(
                given, self._weights, self._shift, self._padding, self._stride, *how
            )
            return out
        out = functional.conv2d(given, self._weights, self._shift, self._stride, self._padding)
        return out.relu_() if relu else out

    def added_to(self, beside: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        """Both, added, negative ones made 0; ``beside`` is written over."""
        if self._packed:
            how: tuple[Any, ...] = [1, 1], 1, "add", 1.0, "relu", [], ""
            out: torch.Tensor = torch.ops.mkldnn._convolution_pointwise_.binary(
                beside, given, self._weights, self._shift, self._padding, self._stride, *how
            )
            return out
        return self(given).add_(beside).relu_()


class _Block:
    """Layers each of which sees the outcome of all before it; then half as many channels."""

    def __init__(
        self, layers: Any, transit: Any, device: torch.device, number_type: torch.dtype
    ) -> None:
        self._layers = [_Layer(layer, device, number_type) for layer in layers]
        self._added = sum(layer.added for layer in self._layers)
        self._bound = _Bound(transit.nonlinear[0], device, number_type)
        folded = self._bound.folded(transit.linear.weight[:, :, 0])
        self._transit = _linear(folded, device, number_type)

    def __call__(self, given: torch.Tensor) -> torch.Tensor:
        known = given.shape[2]
        all_of_it = given.new_empty((*given.shape[:2], known + self._added))
        all_of_it[:, :, :known] = given
        for layer in self._layers:
            all_of_it[:, :, known : known + layer.added] = layer(all_of_it[:, :, :known])
            known += layer.added
        return self._transit(self._bound(all_of_it))


class _Layer:
    """One layer of a dense block: a small convolution over time, masked by its context."""

    def __init__(self, layer: Any, device: torch.device, number_type: torch.dtype) -> None:
        self._bound = _Bound(layer.nonlinear1[0], device, number_type)
        weights, added = self._bound.folded(layer.linear1.weight[:, :, 0])
        scale, shift = _normalisation(layer.nonlinear2[0])
        narrow = weights * scale[:, None], added * scale + shift
        mask = layer.cam_layer
        self._narrow = _linear(narrow, device, number_type)
        kernel = _flat(mask.linear_local.weight)
        self._local = _linear((kernel, kernel.new_zeros(len(kernel))), device, number_type)
        self._dilation = int(mask.linear_local.dilation[0])
        self._mask = [
            _linear((part.weight[:, :, 0], part.bias), device, number_type)
            for part in (mask.linear1, mask.linear2)
        ]
        self.added = len(kernel)

    def __call__(self, given: torch.Tensor) -> torch.Tensor:
        out = self._narrow(self._bound(given), relu=True)
        local = self._local(_taps(out, 3, dilation=self._dilation))
        whole = out.mean(dim=1, keepdim=True)
        parts = torch.split(out, _CONTEXT, dim=1)
        for part, own in zip(parts, torch.split(local, _CONTEXT, dim=1), strict=True):
            near = whole if len(parts) == 1 else part.mean(dim=1, keepdim=True)
            context = self._mask[0](whole + near, relu=True)
            own *= self._mask[1](context).sigmoid_()
        return local


class _Bound:
    """A normalisation and a rectifier, but for the scale and the shift that weights behind take."""

    def __init__(self, norm: Any, device: torch.device, number_type: torch.dtype) -> None:
        self._scale, self._shift = _normalisation(norm)
        bound = -self._shift / torch.where(self._scale == 0, 1.0, self._scale)
        low, high = bound.masked_fill(self._scale < 0, -torch.inf), None
        if bool((self._scale < 0).any()):
            high = bound.masked_fill(self._scale >= 0, torch.inf).to(device, number_type)
        self._low, self._high = low.to(device, number_type), high

    def folded(self, weights: torch.Tensor) -> Affine:
        """Weights behind it that take what is left out here."""
        shift = torch.where(self._scale == 0, self._shift.relu(), self._shift)
        return weights * self._scale, weights @ shift

    def __call__(self, given: torch.Tensor) -> torch.Tensor:
        if self._high is None:
            return torch.maximum(given, self._low)
        return torch.clamp(given, self._low, self._high)


def _normalisation(norm: Any) -> Affine:
    """Scale and shift per channel of a batch normalisation that is learnt."""
    scale = torch.rsqrt(norm.running_var + norm.eps)
    if norm.affine:
        scale = scale * norm.weight
    shift = -norm.running_mean * scale
    return scale, shift + norm.bias if norm.affine else shift


def _flat(kernel: torch.Tensor) -> torch.Tensor:
    """A convolution's kernel, shape (out, in, taps), as weights for what ``_taps`` gives."""
    return kernel.permute(0, 2, 1).flatten(1)


def _taps(given: torch.Tensor, count: int, *, dilation: int = 1, stride: int = 1) -> torch.Tensor:
    """What each frame of a convolution sees, side by side; silence beyond the edges."""
    frames = given.shape[1]
    edge = (count - 1) // 2 * dilation
    padded = functional.pad(given, (0, 0, edge, edge))
    return torch.cat(
        [padded[:, n * dilation : n * dilation + frames : stride] for n in range(count)], dim=2
    )


def _linear(affine: Affine, device: torch.device, number_type: torch.dtype) -> Linear:
    weights, added = affine
    # In single precision, layers that are laid out beforehand take a third longer.
    laid_out = number_type is not torch.float32
    return Linear(weights.to(device), added.to(device), number_type, laid_out=laid_out)


def _cast(affine: Affine, device: torch.device, number_type: torch.dtype) -> Affine:
    weights, added = affine
    return weights.to(device, number_type).contiguous(), added.to(device, number_type)
