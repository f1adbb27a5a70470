"""From the encoder's states to the likeliest piece of each frame, and how likely it is.

Of 25,055 scores per frame one is wanted, so scores are looked at while they are still in the
cache, and probabilities are worked out only where a piece is spoken. Where scores are rounded to
16 bits, the best few are worked out again in float32: at a score of 20, two pieces are alike to
bfloat16 that differ by 0.1, and that alone would change one token in 170.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from vidtag.listening.speech.linear import Linear
from vidtag.listening.speech.transfer import send_numbers

_BLOCK = 256
"""Pieces whose highest score is kept."""

_CHUNK = 8
"""Blocks that are worked out at once on a CPU."""

_CLOSE = 1 / 64
"""Scores that differ by less than this share of the higher may have changed places."""

_ROWS = 1024
"""Rows looked at at once, which bounds memory."""

_CPU_ROWS = 256
"""The same on a CPU, where each core has its own; scores of that many are 26 MB in float32."""


@dataclass(frozen=True, eq=False)
class Group:
    """Some of the pieces, of which one is asked for: shapes (pieces, width) and (pieces,)."""

    weight: torch.Tensor
    bias: torch.Tensor


class Head:
    """The layer that scores pieces.

    Args:
        weight: shape (pieces, width); a copy is kept, in float32.
        bias: shape (pieces,).
        number_type: what matrices are multiplied in; for int8 that is float32 here.
        middle: what states are scattered around, shape (width,).
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        blank: int,
        number_type: torch.dtype,
        middle: torch.Tensor,
    ) -> None:
        number_type = torch.float32 if number_type is torch.int8 else number_type
        self._blank, self._number_type, self._middle = blank, number_type, middle
        self._exact = number_type is torch.float32
        weight, bias = (part.to(torch.float32, copy=True) for part in (weight, bias))
        if not self._exact:
            # What all states and what all pieces have in common decides nothing, and is most of
            # what would be rounded.
            weight = weight - weight.mean(dim=0)
            bias = bias + weight @ middle
            bias = bias - bias.mean()
        self.weight, self.bias = weight, bias
        pieces = max(len(weight) + -len(weight) % _BLOCK, 2 * _BLOCK)
        self._on_cpu = on_cpu = weight.device.type == "cpu"
        self._rows = _CPU_ROWS if on_cpu else _ROWS
        step = _BLOCK * _CHUNK if on_cpu else pieces
        self._parts = []
        for first in range(0, pieces, step):
            rows, its_bias = weight[first : first + step], bias[first : first + step]
            missing = min(step, pieces - first) - len(rows)
            rows = functional.pad(rows, (0, 0, 0, missing))
            its_bias = functional.pad(its_bias, (0, missing), value=-1e4)
            self._parts.append(Linear(rows, its_bias, number_type))

    def best(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The likeliest piece of each state.

        Args:
            states: shape (rows, width), float32.

        Returns:
            Ids, shape (rows,), and their probabilities, shape (rows,), 0 where it is the blank.
        """
        pairs = [self._best(rows) for rows in torch.split(states, self._rows)]
        ids, certainty = zip(*pairs, strict=True)
        return torch.cat(ids), torch.cat(certainty)

    def group(self, ids: Sequence[int]) -> Group:
        """These pieces, for ``among``."""
        which = send_numbers(ids, self.weight.device)
        return Group(self.weight[which], self.bias[which])

    def among(self, states: torch.Tensor, group: Group) -> torch.Tensor:
        """Scores of some pieces, up to a number that all of a state's have in common.

        Args:
            states: shape (rows, width), float32.

        Returns:
            Shape (rows, pieces), float32.
        """
        return functional.linear(self._centred(states), group.weight, group.bias)

    def log_probabilities(self, states: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
        """Log probabilities of some pieces, among all.

        Args:
            states: shape (rows, width), float32.

        Returns:
            Shape (rows, ids), float32.
        """
        which = send_numbers(ids, states.device)
        parts = []
        for rows in torch.split(self._centred(states), self._rows):
            scores = functional.linear(rows, self.weight, self.bias)
            parts.append(scores[:, which] - scores.logsumexp(dim=1, keepdim=True))
        return torch.cat(parts)

    def _centred(self, states: torch.Tensor) -> torch.Tensor:
        return states if self._exact else states - self._middle

    def _best(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self._centred(states)
        h = states.to(self._number_type)
        scores = [part(h).view(len(h), -1, _BLOCK) for part in self._parts]
        highest = torch.cat([part.amax(dim=2) for part in scores], dim=1)
        blocks = highest.topk(2, dim=1).indices
        rows = torch.arange(len(states), device=states.device)[:, None]
        near = _pick(scores, rows, blocks)
        score, place = near.flatten(1).float().topk(4, dim=1)
        ids = blocks.gather(1, place // _BLOCK) * _BLOCK + place % _BLOCK
        best, top = ids[:, 0].clone(), score[:, 0].clone()
        if not self._exact:
            doubtful = (best != self._blank) | (top - score[:, 1] <= top.abs() * _CLOSE)
            which = self._rows_of(doubtful)
            again = torch.einsum("rw,rkw->rk", states[which], self.weight[ids[which]])
            top[which], winner = (again + self.bias[ids[which]]).max(dim=1)
            best[which] = ids[which].gather(1, winner[:, None])[:, 0]
            score[which] = score[which].gather(1, winner[:, None]).expand(-1, 4)
        certainty = torch.zeros_like(top)
        spoken = self._rows_of(best != self._blank)
        mass = sum(
            (part[spoken].flatten(1).float() - top[spoken, None]).exp_().sum(dim=1)
            for part in scores
        )
        # The best one counts with its own score, not with the rounded one.
        mass = mass - (score[spoken, 0] - top[spoken]).exp() + 1
        certainty[spoken] = 1 / mass
        return best, certainty.clamp(max=1.0).masked_fill_(best == self._blank, 0.0)

    def _rows_of(self, wanted: torch.Tensor) -> torch.Tensor:
        """Numbers of the rows that are to be looked at closer: on a CPU those that are wanted.

        Elsewhere all: how many are wanted would have to be waited for, and costs more.
        """
        if self._on_cpu:
            return wanted.nonzero()[:, 0]
        return torch.arange(len(wanted), device=wanted.device)


def _pick(scores: list[torch.Tensor], rows: torch.Tensor, blocks: torch.Tensor) -> torch.Tensor:
    """Scores of some blocks of each row, shape (rows, blocks of each, _BLOCK)."""
    if len(scores) == 1:
        return scores[0][rows, blocks]
    each = scores[0].shape[1]
    picked = scores[0].new_empty(*blocks.shape, _BLOCK)
    part = blocks // each
    for number in set(part.flatten().tolist()):
        here = part == number
        picked[here] = scores[number][rows.expand_as(blocks)[here], blocks[here] % each]
    return picked
