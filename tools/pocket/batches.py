"""From shards on disk to batches, every sample varied anew at each sight.

What is drawn for a batch are small arrays on the processor; the features of the whole corpus lie in
one array where the network computes, and a batch is one look-up in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tools.pocket import network, packed, variation
from tools.pocket.export import Vector
from tools.pocket.packed import Packed
from tools.pocket.targets import ALWAYS
from tools.pocket.variation import BINS, Variation

STACK, HOP = 7, 6
"""Mel frames of 10 ms in one frame of the network, and from one to the next."""
Rng = np.random.Generator


def stacked(frames: Tensor) -> Tensor:
    """Network frames made of so many mel frames."""
    return -(-frames // HOP)


class Corpus:
    """The samples of all shards so far; their features on ``device``.

    Attributes:
        samples: all but their features.
        starts: of each in ``features``, (n,).
        noises: which of them may be laid under others.
    """

    samples: Packed
    starts: Tensor
    noises: Tensor

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self._read: set[Path] = set()
        self._room = torch.zeros(0, BINS, dtype=torch.float16, device=device)
        self._filled = 0

    @property
    def features(self) -> Tensor:
        """(frames, BINS) float16."""
        return self._room[: self._filled]

    @property
    def hours(self) -> float:
        return self._filled / 100 / 3600

    def read(self, folder: Path, pattern: str) -> None:
        """Add the shards that have come since."""
        new = [path for path in sorted(folder.glob(pattern)) if path not in self._read]
        if new:
            self.add(packed.join([packed.load(path) for path in new]))
        self._read |= set(new)

    def add(self, more: Packed) -> None:
        """Add samples."""
        begin, self._filled = self._filled, self._filled + len(more.features)
        if self._filled > len(self._room):
            # What is not filled yet takes no memory on a processor.
            room = self._room.new_empty(2 * self._filled, BINS)
            room[:begin] = self._room[:begin]
            self._room = room
        self._room[begin : self._filled] = more.features.to(self.device)
        bare = Packed(**{**vars(more), "features": more.features[:0]})
        self.samples = packed.join([self.samples, bare]) if begin else bare
        self.starts = self.samples.frames.cumsum(0) - self.samples.frames
        self.noises = self.samples.noise.nonzero()[:, 0]
        self._wide_starts = self.samples.wide.cumsum(0) - self.samples.wide
        self._long_starts = self.samples.long.cumsum(0) - self.samples.long

    def columns(self, which: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Piece ids, earliest and latest seconds of the columns of some texts, padded with blanks
        that may never be emitted, each (texts, columns).
        """
        s, begin = self.samples, self._wide_starts[which]
        wide = s.wide[which]
        return (
            packed.rows(s.ids, begin, wide, network.BLANK),
            packed.rows(s.earliest, begin, wide, ALWAYS),
            packed.rows(s.latest, begin, wide, -ALWAYS),
        )

    def numbers(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Some texts as numbers of columns, padded, (texts, pieces), and their lengths."""
        long = self.samples.long[which]
        return packed.rows(self.samples.numbers, self._long_starts[which], long, 1), long

    def text(self, number: int) -> list[int]:
        """The pieces of a sample's text in the first of the styles."""
        which = torch.tensor([len(packed.STYLES) * number])
        numbers, long = self.numbers(which)
        ids: list[int] = self.columns(which)[0][0][numbers[0, : int(long)]].tolist()
        return ids


def normalisation(features: Tensor) -> tuple[Vector, Vector]:
    """Shift and scale of stacked frames, from every third mel frame."""
    frames = features[::3].double()
    mean, deviation = frames.mean(0).cpu().numpy(), frames.std(0).cpu().numpy()
    return np.tile(-mean, STACK).astype(np.float32), np.tile(1 / deviation, STACK).astype(
        np.float32
    )


# ------------------------------------------------------------------------------- batches
@dataclass(frozen=True)
class Texts:
    """The known texts of a batch, for CTC.

    Attributes:
        rows: of the batch, (texts,).
        frames, sizes: length of each in frames and in pieces; on the processor.
        columns: piece ids that occur, the blank first, (texts, columns).
        targets: each text as numbers of its columns, (texts, pieces).
        barred: where a column may not be emitted, (texts, frames, columns).
        over: whether a frame is after the end, (texts, frames).
    """

    rows: Tensor
    frames: Tensor
    sizes: Tensor
    columns: Tensor
    targets: Tensor
    barred: Tensor
    over: Tensor


@dataclass(frozen=True)
class Batch:
    """Padded features with everything the losses need.

    ``tags`` are those of the four queries, ``events`` a second event for the third of them, as in
    :class:`Packed`; ``frames`` is how many the batch has without padding.
    """

    features: Tensor
    lengths: Tensor
    language: Tensor
    style: Tensor
    tags: Tensor
    events: Tensor
    texts: Texts | None
    frames: int


def batches(frames: Tensor, limit: int, rng: Rng) -> list[Tensor]:
    """Numbers of samples in batches, shuffled: of similar length and at most ``limit`` network
    frames, padding included.

    Args:
        frames: mel frames of each sample.
    """
    order = torch.from_numpy(np.argsort(frames.numpy() * rng.uniform(0.94, 1.06, len(frames))))
    out, first, longest = [], 0, 0
    for number, length in enumerate((stacked(frames[order]) + network.QUERIES).tolist()):
        longest = max(longest, length)
        if number > first and longest * (number + 1 - first) > limit:
            out.append(order[first:number])
            first, longest = number, length
    out.append(order[first:])
    rng.shuffle(out)
    return out


class Loader:
    """Makes batches of the samples of a corpus; with ``rng`` no two alike.

    Args:
        style_tags: the pieces for :data:`packed.STYLES`.
    """

    def __init__(
        self,
        data: Corpus,
        style_tags: Sequence[int],
        shift: Vector,
        scale: Vector,
        rng: Rng | None,
    ) -> None:
        self._data, self._rng = data, rng
        self._style_tags = torch.tensor(style_tags)
        self._shift = self._put(torch.from_numpy(shift[:BINS].copy()))
        self._scale = self._put(torch.from_numpy(scale[:BINS].copy()))
        self.vary(variation.STRONG)

    def vary(self, how: Variation) -> None:
        """How samples are varied from now on."""
        self._how = how
        warps, turns = map(self._put, variation.speakers(how))
        self._speakers = warps @ turns
        # Turned is what is not the mean of all: x + shift, for the shift is the mean's negative.
        self._offsets = self._shift @ turns - self._shift

    def _put(self, x: Tensor) -> Tensor:
        """Where the network computes, without waiting for it."""
        if self._data.device.type == "cuda":
            return x.pin_memory().to(self._data.device, non_blocking=True)
        return x

    def collate(self, chosen: Tensor) -> Batch:
        """A batch; with a generator augmented, in a random style, sometimes told the language."""
        rng, samples, count = self._rng, self._data.samples, len(chosen)
        frames, acted = samples.frames[chosen], samples.acted[chosen]
        skip, pace = torch.zeros(count, dtype=torch.long), torch.ones(count, dtype=torch.float64)
        style, told = torch.zeros(count, dtype=torch.long), torch.zeros(count, dtype=torch.bool)
        if rng:
            skip = torch.from_numpy(rng.integers(0, HOP, count)).where(frames > 60, 0)
            pace = variation.pace(frames, acted, rng)
            style = torch.from_numpy((rng.random(count) > 0.65).astype(np.int64))
            told = torch.from_numpy(rng.random(count) < 0.4)
        lengths = ((frames - skip) / pace).long().clamp(min=1)
        mel = self._mel(chosen, skip, pace, lengths)
        if rng:
            mel = self._augmented(mel, chosen, rng)
        mel = (mel + self._shift) * self._scale
        if rng:
            bins, moments = variation.missing(count, mel.shape[1], self._how, rng)
            gone = self._put(bins)[:, None, :] | self._put(moments)[:, :, None]
            mel.masked_fill_(gone, 0)
        counts = stacked(lengths)
        language = samples.language[chosen]
        queries = torch.tensor(list(network.STYLE_QUERY.values()))
        tags = torch.cat([samples.tags[chosen, :3], self._style_tags[style][:, None]], 1)
        return Batch(
            features=mel.unfold(1, STACK, HOP).transpose(2, 3).reshape(count, -1, STACK * BINS),
            lengths=self._put(counts),
            language=self._put(language.where(told & (language >= 0), network.ANY_LANGUAGE)),
            style=self._put(queries[style]),
            tags=self._put(tags),
            events=self._put(samples.tags[chosen, 3]),
            texts=self._texts(chosen, style, skip, pace, counts),
            frames=int(counts.sum()),
        )

    def _mel(self, chosen: Tensor, skip: Tensor, pace: Tensor, lengths: Tensor) -> Tensor:
        """(batch, mel frames, BINS), ready to be unfolded into stacks as funasr's frontend does.

        That is from three frames before the first, the ends repeated. Of each sample the first
        ``skip`` frames are left out: the grid of stacks falls elsewhere each time. The others are
        played at ``pace``, which leaves ``lengths``.
        """
        frames = int(stacked(lengths.max())) * HOP + STACK - HOP
        at = (torch.arange(frames) - STACK // 2).clamp(min=0).minimum(lengths[:, None] - 1)
        at = (at * pace[:, None]).long() + (self._data.starts[chosen] + skip)[:, None]
        found = self._data.features[self._put(at).reshape(-1)]
        return found.view(len(chosen), frames, BINS).float()

    def _augmented(self, mel: Tensor, chosen: Tensor, rng: Rng) -> Tensor:
        """Another loudness, another speaker and another noise behind it."""
        count = len(chosen)
        others = self._put(torch.from_numpy(rng.integers(0, len(self._speakers), count)))
        mel = torch.baddbmm(self._offsets[others][:, None], mel, self._speakers[others])
        mel += self._put(variation.colours(count, rng))[:, None]
        noises = self._data.noises
        rows = torch.from_numpy(np.flatnonzero(rng.random(count) < self._how.noise))
        if len(noises) == 0 or len(rows) == 0:
            return mel
        behind = noises[torch.from_numpy(rng.integers(0, len(noises), len(rows)))]
        # Begun again where it is too short.
        at = torch.arange(mel.shape[1]) % self._data.samples.frames[behind][:, None]
        at += self._data.starts[behind][:, None]
        under = self._data.features[self._put(at).reshape(-1)].view(len(rows), -1, BINS).float()
        rows = self._put(rows)
        loud = mel[rows].amax(1, keepdim=True).mean(2, keepdim=True)
        gain = loud - under.amax(1, keepdim=True).mean(2, keepdim=True)
        below = self._put(torch.from_numpy(rng.uniform(1.5, 6.0, len(at))).float())[:, None, None]
        mel[rows] = torch.logaddexp(mel[rows], under + gain - below)
        return mel

    def _texts(
        self, chosen: Tensor, style: Tensor, skip: Tensor, pace: Tensor, counts: Tensor
    ) -> Texts | None:
        """What CTC needs of the known texts."""
        rows = self._data.samples.known[chosen].nonzero()[:, 0]
        if len(rows) == 0:
            return None
        which = len(packed.STYLES) * chosen[rows] + style[rows]
        ids, earliest, latest = self._data.columns(which)
        targets, sizes = self._data.numbers(which)
        lost, pace = (skip[rows] / 100)[:, None], pace[rows][:, None]
        earliest, latest = ((t - lost) / pace for t in (earliest, latest))
        frames = torch.arange(int(counts.max()))
        at = self._put(frames * network.FRAME_SECONDS)[None, :, None]
        earliest, latest = (self._put(t.float())[:, None] for t in (earliest, latest))
        return Texts(
            rows=self._put(rows),
            frames=counts[rows],
            sizes=sizes,
            columns=self._put(ids.long()),
            targets=self._put(targets.long()),
            barred=(at < earliest) | (at > latest),
            over=self._put(frames >= counts[rows][:, None]),
        )
