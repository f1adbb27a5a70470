"""The pocket model's network: funasr's SenseVoiceSmall class at a sixtieth of the size.

The class's own ``forward`` cannot train it: it knows special tokens by their ids in the
25,055-piece vocabulary. So the query embeddings are put in front of the features here, at the
places where the class's ``inference`` puts them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from funasr.models.sense_voice.model import SenseVoiceSmall, SinusoidalPositionEncoder
from torch import Tensor

CONFIG: dict[str, Any] = {
    "model": "SenseVoiceSmall",
    "model_conf": {
        "length_normalized_loss": True,
        "sos": 1,
        "eos": 2,
        "ignore_id": -1,
    },
    "encoder": "SenseVoiceEncoderSmall",
    "encoder_conf": {
        "output_size": 160,
        "attention_heads": 4,
        "linear_units": 640,
        "num_blocks": 9,
        "tp_blocks": 2,
        "dropout_rate": 0.0,
        "positional_dropout_rate": 0.0,
        "attention_dropout_rate": 0.0,
        "input_layer": "pe",
        "normalize_before": True,
        "kernel_size": 11,
        "sanm_shfit": 0,
        "selfattention_layer_type": "sanm",
    },
    "ctc_conf": {
        "dropout_rate": 0.0,
        "ctc_type": "builtin",
        "reduce": True,
        "ignore_nan_grad": True,
    },
    "tokenizer": "SentencepiecesTokenizer",
    "tokenizer_conf": {"bpemodel": None, "unk_symbol": "<unk>", "split_with_space": True},
    "frontend": "WavFrontend",
    "frontend_conf": {
        "fs": 16000,
        "window": "hamming",
        "n_mels": 80,
        "frame_length": 25,
        "frame_shift": 10,
        "lfr_m": 7,
        "lfr_n": 6,
        "dither": 0.0,
        "cmvn_file": None,
    },
}
"""What funasr reads from config.yaml. Dither is 0 so that the same sound gives the same text."""

FEATURES = 560
FRAME_SECONDS = 0.06
BLANK = 0
QUERIES = 4
"""Output positions before the first frame: language, emotion, event, number style."""

# Rows of the query embedding, as SenseVoiceSmall numbers them.
ANY_LANGUAGE, EMOTION_QUERY, EVENT_QUERY = 0, 1, 2
LANGUAGE_QUERY = {"zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12, "nospeech": 13}
STYLE_QUERY = {"withitn": 14, "woitn": 15}


def build(vocabulary: int) -> SenseVoiceSmall:
    """A network with fresh weights."""
    model = SenseVoiceSmall(
        encoder=CONFIG["encoder"],
        encoder_conf=CONFIG["encoder_conf"],
        ctc_conf=CONFIG["ctc_conf"],
        input_size=FEATURES,
        vocab_size=vocabulary,
        blank_id=BLANK,
        ignore_id=-1,
        length_normalized_loss=True,
    )
    with torch.no_grad():
        model.embed.weight.mul_(0.5)  # queries about as large as normalised features
    return model


def scores(
    model: SenseVoiceSmall, features: Tensor, lengths: Tensor, language: Tensor, style: Tensor
) -> Tensor:
    """Logits (batch, QUERIES + frames, pieces).

    Args:
        features: (batch, frames, FEATURES), normalised and padded.
        lengths: frames of each, (batch,).
        language, style: rows of the query embedding, (batch,).
    """
    emotion = torch.full_like(language, EMOTION_QUERY)
    event = torch.full_like(language, EVENT_QUERY)
    queries = model.embed(torch.stack([language, emotion, event, style], dim=1))
    hidden, _ = model.encoder(torch.cat([queries, features], dim=1), lengths + QUERIES)
    logits: Tensor = model.ctc.ctc_lo(hidden)
    return logits


# ------------------------------------------------------------------------------ fast training
# Matrix products of a network this small take a sixth of a training step in bfloat16; casts,
# copies and small kernels take the rest. So for training the encoder is written again: the same
# function of the same weights, all of it in one number type, with its backward pass by hand.
_aten = torch.ops.aten
_LAYER = (
    "norm1.weight", "norm1.bias", "self_attn.linear_q_k_v.weight", "self_attn.linear_q_k_v.bias",
    "self_attn.fsmn_block.weight", "self_attn.linear_out.weight", "self_attn.linear_out.bias",
    "norm2.weight", "norm2.bias", "feed_forward.w_1.weight", "feed_forward.w_1.bias",
    "feed_forward.w_2.weight", "feed_forward.w_2.bias",
)  # fmt: skip
_EPS = 1e-5


class _Layer(torch.autograd.Function):
    """One encoder layer: (batch, frames, in) to (batch, frames, out)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, keep: Tensor, bias: Tensor, heads: int, *w: Tensor) -> Tensor:
        n1w, n1b, qkv_w, qkv_b, taps, out_w, out_b, n2w, n2b, w1, b1, w2, b2 = w
        batch, frames, wide = x.shape
        size, dtype = out_w.shape[0], out_w.dtype
        h1, mean1, rstd1 = _aten.native_layer_norm(
            x, [wide], n1w.to(x.dtype), n1b.to(x.dtype), _EPS
        )
        h1 = h1.to(dtype).view(-1, wide)
        qkv = torch.addmm(qkv_b, h1, qkv_w.t()).view(batch, frames, 3, heads, size // heads)
        query, key, value = (_by_head(qkv[:, :, i], extra) for i, extra in enumerate((1, 1, 0)))
        query[..., :-1].mul_((size // heads) ** -0.5)
        query[..., -1] = 1  # one more column of products carries the mask
        key[..., -1] = bias
        dots = torch.bmm(query, key.transpose(1, 2))
        weights = dots.float().softmax(-1).to(dtype)  # faster than in bfloat16
        attended = torch.bmm(weights, value).view(batch, heads, frames, -1)
        attended = attended.transpose(1, 2).reshape(-1, size)
        kept = qkv[:, :, 2].reshape(batch, frames, size) * keep
        y = _image_conv(kept, taps).add_(kept)
        y.view(-1, size).add_(torch.addmm(out_b, attended, out_w.t()))
        if wide == size:
            y.add_(x)
        h2, mean2, rstd2 = _aten.native_layer_norm(y, [size], n2w, n2b, _EPS)
        h2 = h2.view(-1, size)
        inner = torch.addmm(b1, h2, w1.t()).relu_()
        ctx.save_for_backward(
            x, keep, h1, mean1, rstd1, query, key, value, weights, attended, kept, y, h2, mean2,
            rstd2, inner, *w,
        )  # fmt: skip
        ctx.heads = heads
        z: Tensor = torch.addmm(b2, inner, w2.t()).view_as(y) + y
        return z

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (
            x, keep, h1, mean1, rstd1, query, key, value, weights, attended, kept, y, h2, mean2,
            rstd2, inner, n1w, n1b, qkv_w, _, taps, out_w, _, n2w, n2b, w1, _, w2, _,
        ) = ctx.saved_tensors  # fmt: skip
        (grad,) = grads
        heads = ctx.heads
        batch, frames, wide = x.shape
        size = out_w.shape[0]
        flat = grad.reshape(-1, size)
        d_w2, d_b2 = flat.t() @ inner, flat.sum(0)
        d_inner = _aten.threshold_backward(flat @ w2, inner, 0)
        d_w1, d_b1 = d_inner.t() @ h2, d_inner.sum(0)
        d_y, d_n2w, d_n2b = _aten.native_layer_norm_backward(
            (d_inner @ w1).view_as(y), y, [size], mean2, rstd2, n2w, n2b, [True, True, True]
        )
        d_y.add_(grad)
        flat = d_y.view(-1, size)
        d_out_w, d_out_b = flat.t() @ attended, flat.sum(0)
        d_attended = (flat @ out_w).view(batch, frames, heads, -1)
        d_attended = d_attended.transpose(1, 2).reshape(batch * heads, frames, -1)
        d_value = torch.bmm(weights.transpose(1, 2), d_attended)
        d_dots = torch.bmm(d_attended, value.transpose(1, 2))
        d_dots = _aten._softmax_backward_data(d_dots, weights, -1, weights.dtype)
        d_query = torch.bmm(d_dots, key)[..., :-1] * (size // heads) ** -0.5
        d_key = torch.bmm(d_dots.transpose(1, 2), query)[..., :-1]
        d_kept, d_taps = _image_conv_backward(d_y, kept, taps)
        d_qkv = d_y.new_empty(batch, frames, 3, heads, size // heads)
        for i, part in enumerate((d_query, d_key, d_value)):
            d_qkv[:, :, i] = part.unflatten(0, (batch, heads)).transpose(1, 2)
        d_qkv[:, :, 2] += (d_kept.add_(d_y) * keep).view(batch, frames, heads, -1)
        d_qkv = d_qkv.view(-1, 3 * size)
        d_qkv_w, d_qkv_b = d_qkv.t() @ h1, d_qkv.sum(0)
        d_x, d_n1w, d_n1b = _aten.native_layer_norm_backward(
            (d_qkv @ qkv_w).view_as(x).to(x.dtype), x, [wide], mean1, rstd1, n1w.to(x.dtype),
            n1b.to(x.dtype), [True, True, True],
        )  # fmt: skip
        if wide == size:
            d_x.add_(d_y)
        return (
            d_x, None, None, None, d_n1w.to(n1w.dtype), d_n1b.to(n1w.dtype), d_qkv_w, d_qkv_b,
            d_taps, d_out_w, d_out_b, d_n2w, d_n2b, d_w1, d_b1, d_w2, d_b2,
        )  # fmt: skip


def _by_head(x: Tensor, extra: int) -> Tensor:
    """(batch, frames, heads, width) as (batch * heads, frames, width + extra), the extra unset."""
    batch, frames, heads, width = x.shape
    out = x.new_empty(batch, heads, frames, width + extra)
    out[..., :width] = x.transpose(1, 2)
    return out.view(batch * heads, frames, -1)


def _as_image(x: Tensor) -> Tensor:
    """(batch, frames, size) as a (batch, size, 1, frames) picture: what it is in memory already,
    but CUDA's kernels for channels by themselves want each channel in one piece.
    """
    picture = x.transpose(1, 2).unsqueeze(2)
    return picture.contiguous() if x.is_cuda else picture


def _geometry(taps: Tensor) -> tuple[Any, ...]:
    size, _, width = taps.shape
    return [1, 1], [0, width // 2], [1, 1], False, [0, 0], size


def _image_conv(x: Tensor, taps: Tensor) -> Tensor:
    """Each channel along time with its own taps."""
    out = _aten.convolution(_as_image(x), taps.unsqueeze(2), None, *_geometry(taps))
    return out.squeeze(2).transpose(1, 2).contiguous()


def _image_conv_backward(grad: Tensor, x: Tensor, taps: Tensor) -> tuple[Tensor, Tensor]:
    def one(x: Tensor, grad: Tensor, taps: Tensor, wanted: list[bool]) -> Any:
        return _aten.convolution_backward(
            _as_image(grad), _as_image(x), taps.unsqueeze(2), None, *_geometry(taps), wanted
        )

    d_x = one(x, grad, taps, [True, False, False])[0]
    # The taps' own gradient is three times faster in float32 than in bfloat16.
    d_taps = one(x.float(), grad.float(), taps.float(), [False, True, False])[1]
    return d_x.squeeze(2).transpose(1, 2).contiguous(), d_taps.squeeze(2).to(taps.dtype)


def layers(model: SenseVoiceSmall) -> list[str]:
    """Names of the encoder's layers, first to last; ``after_norm`` stands before ``tp``."""
    encoder = model.encoder
    groups = (("encoders0", encoder.encoders0), ("encoders", encoder.encoders))
    names = [f"encoder.{name}.{i}." for name, group in groups for i in range(len(group))]
    return names + [f"encoder.tp_encoders.{i}." for i in range(len(encoder.tp_encoders))]


def grown(model: SenseVoiceSmall, smaller: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a model with as many layers or fewer, for ``model``, and the same function.

    Layers that the smaller one lacks are spread among its own and add nothing yet: their values,
    which attention weighs and the memory block filters, and what their feed forward gives are 0.
    The rest of them is as fresh as it is in ``model``.
    """
    had = len({name.split(".")[2] for name in smaller if name.startswith("encoder.encoders.")})
    count = len(model.encoder.encoders)
    place = {(2 * i + 1) * count // (2 * had): i for i in range(had)}
    out = {name: value.clone() for name, value in model.state_dict().items()}
    for name in out:
        if not name.startswith("encoder.encoders."):
            out[name] = smaller[name].float()
    size = CONFIG["encoder_conf"]["output_size"]
    for i in range(count):
        ours = {part: f"encoder.encoders.{i}.{part}" for part in _LAYER}
        if i in place:
            for part, name in ours.items():
                out[name] = smaller[f"encoder.encoders.{place[i]}.{part}"].float()
        else:
            for part in ("self_attn.linear_q_k_v.weight", "self_attn.linear_q_k_v.bias"):
                out[ours[part]][2 * size :] = 0
            for part in (
                "self_attn.linear_out.bias",
                "feed_forward.w_2.weight",
                "feed_forward.w_2.bias",
            ):
                out[ours[part]].zero_()
    return out


def hidden(
    weights: Mapping[str, Tensor],
    names: Sequence[str],
    features: Tensor,
    lengths: Tensor,
    language: Tensor,
    style: Tensor,
) -> Tensor:
    """What :func:`scores` gives before its last matrix, in the number type of ``weights``.

    Args:
        weights: the model's parameters by name.
        names: its :func:`layers`.
    """
    dtype = weights["ctc.ctc_lo.weight"].dtype
    emotion = torch.full_like(language, EMOTION_QUERY)
    event = torch.full_like(language, EVENT_QUERY)
    queries = F.embedding(
        torch.stack([language, emotion, event, style], dim=1), weights["embed.weight"].float()
    )
    size = weights["encoder.after_norm.weight"].shape[0]
    x = torch.cat([queries, features.float()], dim=1) * size**0.5
    frames = x.shape[1]
    x = x + _positions(frames, x.shape[2], x.device)
    at = torch.arange(frames, device=x.device)
    keep = (at < (lengths + QUERIES)[:, None])[:, :, None].to(dtype)
    heads = CONFIG["encoder_conf"]["attention_heads"]
    bias = ((keep - 1) * 1e4)[:, :, 0].repeat_interleave(heads, dim=0)
    for name in names:
        if name.endswith("tp_encoders.0."):
            x = _norm(x, weights, "encoder.after_norm")
        x = _Layer.apply(x, keep, bias, heads, *(weights[name + part] for part in _LAYER))
    return _norm(x, weights, "encoder.tp_norm")


def _norm(x: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    return F.layer_norm(x, (x.shape[-1],), weights[name + ".weight"], weights[name + ".bias"], _EPS)


@functools.lru_cache(maxsize=512)
def _positions(frames: int, width: int, device: torch.device) -> Tensor:
    return SinusoidalPositionEncoder()(torch.zeros(1, frames, width, device=device))
