"""The losses: CTC that keeps every piece to its time, and cross entropy of the four tags.

Written by hand for two reasons. The times: plain CTC on full attention is free to emit a word
anywhere, and does, the first at frame 0 and the others up to 0.1 s late; here each piece may only
be emitted while its unit is said. And speed: CTC looks at the pieces of the text alone, some
twenty columns, while torch's own loss reads and writes the whole vocabulary several times.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from tools.pocket import network
from tools.pocket.batches import Batch, Texts
from tools.pocket.packed import IGNORED

LOSS_WEIGHTS = (0.5, 0.5, 1.5, 0.2)
"""Of language, emotion, event and style, beside 1 for the text."""
_EVENT = 2
"""The query that the events answer."""
_BARRED = -20.0
"""Log probability of a piece outside its time: next to nothing, yet finite."""


class _TextLoss(torch.autograd.Function):
    """Negative log likelihood of the texts, summed, from logits (texts, frames, pieces).

    The gradient is the posterior of CTC's alignments taken from the network's own probabilities,
    so both come out of the forward pass.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, texts: Texts) -> Tensor:
        scores = logits.float()
        total = scores.logsumexp(-1, keepdim=True)
        columns = texts.columns[:, None].expand(-1, scores.shape[1], -1)
        log_p = scores.gather(2, columns).sub_(total).masked_fill_(texts.barred, _BARRED)
        log_p = log_p.transpose(0, 1)
        sizes = (texts.frames.tolist(), texts.sizes.tolist())
        loss, alpha = torch.ops.aten._ctc_loss(log_p, texts.targets, *sizes, 0, True)
        found = loss.isfinite()
        grad = torch.ops.aten._ctc_loss_backward(
            torch.ones_like(loss), log_p, texts.targets, *sizes, loss, alpha, 0, True
        )
        live = ~texts.over & found[:, None]
        # torch gives exp(log_p) - posterior, the gradient before a softmax of these columns alone.
        posterior = (log_p.exp() - grad).transpose(0, 1).masked_fill_(texts.barred, 0.0)
        slope = (scores - total).exp_().scatter_add_(2, columns, -posterior)
        slope.mul_(live[:, :, None])
        ctx.save_for_backward(slope.to(logits.dtype))
        out: Tensor = loss.masked_fill(~found, 0.0).sum()
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (slope,) = ctx.saved_tensors
        return slope * grads[0], None


def losses(
    hidden: Tensor, weight: Tensor, bias: Tensor, batch: Batch
) -> tuple[Tensor, list[Tensor]]:
    """CTC per piece over the items whose text is known, and cross entropy of each tag.

    Args:
        hidden: (batch, QUERIES + frames, size).
        weight, bias: of the last layer, from hidden to pieces.
    """
    answers = F.linear(hidden[:, : network.QUERIES], weight, bias).float()
    entropies = []
    for k in range(network.QUERIES):
        loss = F.cross_entropy(answers[:, k], batch.tags[:, k], ignore_index=IGNORED)
        if k == _EVENT:  # half of each where two are heard
            other = F.cross_entropy(answers[:, k], batch.events, ignore_index=IGNORED)
            loss = (loss + other) / 2
        entropies.append(loss.nan_to_num())  # the mean of none is no number
    if batch.texts is None:
        return hidden.sum() * 0, entropies
    logits = F.linear(hidden[batch.texts.rows, network.QUERIES :], weight, bias)
    text: Tensor = _TextLoss.apply(logits, batch.texts)
    return text / max(1, int(batch.texts.sizes.sum())), entropies


def total(ctc: Tensor, entropies: list[Tensor]) -> Tensor:
    """What is trained on."""
    out = ctc
    for weight, entropy in zip(LOSS_WEIGHTS, entropies, strict=True):
        out = out + weight * entropy
    return out
