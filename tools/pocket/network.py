"""The pocket model's network: funasr's SenseVoiceSmall class at an eightieth of the size.

The class's own ``forward`` cannot train it: it knows special tokens by their ids in the
25,055-piece vocabulary. So the query embeddings are put in front of the features here, at the
places where the class's ``inference`` puts them.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from funasr.models.sense_voice.model import MultiHeadedAttentionSANM, SenseVoiceSmall
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
        "num_blocks": 6,
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


def _attention(  # type: ignore[no-untyped-def]
    self, x: Tensor, mask: Tensor, mask_shfit_chunk=None, mask_att_chunk_encoder=None
) -> Tensor:
    """The class's self-attention with memory block, through torch's fused kernel."""
    batch, frames, _ = x.shape
    query, key, value = self.linear_q_k_v(x).chunk(3, dim=-1)
    valid = mask.reshape(batch, frames, 1).to(x.dtype)
    kept = value * valid
    width = self.fsmn_block.kernel_size[0]
    memory = F.conv1d(
        kept.transpose(1, 2), self.fsmn_block.weight, padding=width // 2, groups=kept.shape[-1]
    )
    memory = (memory.transpose(1, 2) + kept) * valid
    split = (batch, frames, self.h, self.d_k)
    query, key, value = (x.view(split).transpose(1, 2).float() for x in (query, key, value))
    # In bfloat16 the backward pass of this kernel costs more than all matrix products around it.
    with torch.autocast("cpu", enabled=False):
        attended = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask.reshape(batch, 1, 1, frames) > 0
        )
    out: Tensor = self.linear_out(attended.transpose(1, 2).reshape(batch, frames, -1)) + memory
    return out


def speed_up() -> None:
    """Replace the attention of funasr's class, in this process, by an equal one twice as fast."""
    MultiHeadedAttentionSANM.forward = _attention
