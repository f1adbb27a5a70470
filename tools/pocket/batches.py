"""From shards on disk to batches: labels as piece ids, features varied anew at each sight.

All features of a corpus lie in one array, and a batch is one look-up in it, so that what is done to
them costs a few operations a batch and not some dozens an example.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentencepiece import SentencePieceProcessor
from torch import Tensor

from tools.pocket import corpus, grammar, mix, network, tokenizer, variation
from tools.pocket.corpus import Item
from tools.pocket.export import Vector
from tools.pocket.mix import Unit, text_of
from tools.pocket.variation import BINS, Variation

EARLY, LATE, OVER = 0.05, 0.11, 0.10
"""Seconds: a unit's first piece may be emitted from EARLY before its start until LATE after it,
the rest of it until OVER after its end. One frame is 0.06 s, and the middle of the first window is
half a frame after the start, which is where a start is read off a frame."""
SPACE_EARLY = 0.35
"""Seconds before a unit's start from which a space of its own may be emitted."""
IGNORED = -100
STACK, HOP = 7, 6
"""Mel frames of 10 ms in one frame of the network, and from one to the next."""


# ------------------------------------------------------------------------------- targets
@dataclass(frozen=True)
class Target:
    """A text as pieces, and from when to when, in seconds, each may be emitted."""

    pieces: list[int]
    earliest: list[float]
    latest: list[float]


def target(
    pieces: SentencePieceProcessor, lang: str, parts: list[str], units: tuple[Unit, ...]
) -> Target:
    """The pieces of a text and the times at which CTC may emit them."""
    names = pieces.encode(text_of(lang, parts), out_type=str)
    earliest, latest = [], []
    previous = -1
    for name, number in zip(
        names, _owners(names, parts, 1 if lang in grammar.SPACED else 0), strict=True
    ):
        unit = units[number]
        if name == SPACE and number != previous and unit.exact:
            # Not the unit's onset: that is the piece after it.
            earliest.append(unit.earliest - SPACE_EARLY)
            latest.append(unit.latest)
            continue
        first = number != previous and name not in grammar.PUNCTUATION
        earliest.append(unit.earliest - EARLY)
        latest.append(unit.latest + LATE if first and unit.exact else unit.end + OVER)
        previous = number
    return Target([pieces.piece_to_id(name) for name in names], earliest, latest)


SPACE = "\u2581"


def _owners(names: list[str], parts: list[str], gap: int) -> list[int]:
    """The number of the unit that each piece belongs to, by counting characters."""
    ends, end = [], 0
    for part in parts:
        end += len(part)
        ends.append(end)
        end += gap
    out, at, number = [], 0, 0
    for name in names:
        lead = len(name) - len(name.lstrip(SPACE))
        while number + 1 < len(parts) and at + lead >= ends[number]:
            number += 1
        out.append(number)
        at += len(name)
    return out


# ------------------------------------------------------------------------------- samples
@dataclass(frozen=True)
class Sample:
    """An item ready for batches: mel frames ``start`` to ``start + frames`` of the corpus.

    ``tags`` are language, emotion, event, and a second event where there are two alike, else the
    same again; ``targets`` by style, None where the text is unknown; ``noise`` where it may be laid
    under others without changing what those are; ``acted`` where its pace tells the emotion.
    """

    start: int
    frames: int
    tags: tuple[int, int, int, int]
    lang: str | None
    targets: dict[str, Target] | None
    noise: bool
    acted: bool


def stacked(frames: int) -> int:
    """Network frames made of so many mel frames."""
    return -(-frames // HOP)


class Corpus:
    """Samples and their features, (frames, BINS) float16, of all shards so far."""

    def __init__(self, pieces: SentencePieceProcessor) -> None:
        self._pieces = pieces
        self._read: set[Path] = set()
        self._room = torch.zeros(0, BINS, dtype=torch.float16)
        self._frames = 0
        self.samples: list[Sample] = []

    @property
    def features(self) -> Tensor:
        return self._room[: self._frames]

    def read(self, folder: Path, pattern: str) -> None:
        """Add the shards that have come since."""
        new = [path for path in sorted(folder.glob(pattern)) if path not in self._read]
        # A file is larger than the features in it.
        self._reserve(sum(path.stat().st_size for path in new) // (2 * BINS))
        for path in new:
            self.add(corpus.read(path))
        self._read |= set(new)

    def add(self, items: list[Item]) -> None:
        """Add items."""
        if not items:
            return
        self._reserve(sum(len(item.features) for item in items))
        for item in items:
            self.samples.append(sample(item, self._pieces, self._frames))
            end = self._frames + len(item.features)
            self._room[self._frames : end] = torch.from_numpy(item.features)
            self._frames = end

    def _reserve(self, frames: int) -> None:
        """Make room for so many more; what is not filled takes no memory."""
        if self._frames + frames > len(self._room):
            room = torch.empty(self._frames + frames, BINS, dtype=torch.float16)
            room[: self._frames] = self.features
            self._room = room

    @property
    def hours(self) -> float:
        return self._frames / 100 / 3600


def sample(item: Item, pieces: SentencePieceProcessor, start: int) -> Sample:
    """The labels of an item whose features begin at ``start``."""

    def identity(label: str | None) -> int:
        return IGNORED if label is None else pieces.piece_to_id(tokenizer.tag(label))

    targets = None
    if item.units is not None:
        lang = item.lang or ""
        targets = {
            "withitn": target(pieces, lang, [u.shown for u in item.units], item.units),
            "woitn": target(pieces, lang, [u.plain for u in item.units], item.units),
        }
    one, two = mix.AUDIENCE if item.event == mix.BOTH else (item.event, item.event)
    tags = (identity(item.lang), identity(item.emotion), identity(one), identity(two))
    noise = item.event == "Event_UNK" and item.lang == "nospeech"
    acted = item.family in ("espeak", "klatt") or (not item.family and item.lang != "nospeech")
    return Sample(start, len(item.features), tags, item.lang, targets, noise, acted)


def normalisation(features: Tensor) -> tuple[Vector, Vector]:
    """Shift and scale of stacked frames, from every third mel frame."""
    frames = features[::3].double()
    mean, deviation = frames.mean(0).numpy(), frames.std(0).numpy()
    return np.tile(-mean, STACK).astype(np.float32), np.tile(1 / deviation, STACK).astype(
        np.float32
    )


# ------------------------------------------------------------------------------- batches
@dataclass(frozen=True)
class Texts:
    """The known texts of a batch, for CTC.

    Attributes:
        rows: of the batch, (texts,).
        frames, sizes: length of each in frames and in pieces.
        columns: piece ids that occur, the blank first, (texts, columns).
        targets: each text as numbers of its columns, (texts, pieces).
        barred: where a column may not be emitted, (texts, frames, columns).
    """

    rows: list[int]
    frames: Tensor
    sizes: Tensor
    columns: Tensor
    targets: Tensor
    barred: Tensor


@dataclass(frozen=True)
class Batch:
    """Padded features with everything the losses need.

    ``tags`` are those of the four queries, ``events`` a second event for the third of them, as in
    :class:`Sample`.
    """

    features: Tensor
    lengths: Tensor
    language: Tensor
    style: Tensor
    tags: Tensor
    events: Tensor
    texts: Texts | None


def batches(samples: list[Sample], frames: int, rng: random.Random) -> list[list[Sample]]:
    """Batches of similar length and at most ``frames`` frames, padding included, shuffled."""
    ordered = sorted(samples, key=lambda s: s.frames * rng.uniform(0.94, 1.06))
    out: list[list[Sample]] = [[]]
    longest = 0
    for s in ordered:
        length = stacked(s.frames) + network.QUERIES
        longest = max(longest, length)
        if out[-1] and longest * (len(out[-1]) + 1) > frames:
            out.append([])
            longest = length
        out[-1].append(s)
    rng.shuffle(out)
    return out


class Loader:
    """Makes batches of the samples of a corpus; with ``rng`` no two alike."""

    def __init__(
        self,
        data: Corpus,
        pieces: SentencePieceProcessor,
        shift: Vector,
        scale: Vector,
        rng: random.Random | None,
    ) -> None:
        self._data, self._pieces, self._rng = data, pieces, rng
        self._shift = torch.from_numpy(shift[:BINS].copy())
        self._scale = torch.from_numpy(scale[:BINS].copy())
        self._noises: list[Sample] = []
        self.vary(variation.STRONG)

    def vary(self, how: Variation) -> None:
        """How samples are varied from now on."""
        self._how = how
        warps, turns = variation.speakers(how)
        self._speakers = warps @ turns
        # Turned is what is not the mean of all: x + shift, for the shift is the mean's negative.
        self._offsets = self._shift @ turns - self._shift

    def collate(self, chosen: list[Sample]) -> Batch:
        """A batch; with a generator augmented, in a random style, sometimes told the language."""
        rng = self._rng
        skip = [rng.randrange(HOP) if rng and s.frames > 60 else 0 for s in chosen]
        pace = [variation.pace(s.frames, s.acted, rng) if rng else 1.0 for s in chosen]
        lengths = [
            max(1, int((s.frames - k) / p)) for s, k, p in zip(chosen, skip, pace, strict=True)
        ]
        mel = self._mel(chosen, skip, pace, lengths)
        if rng:
            self._augment(mel, chosen, rng)
        mel.add_(self._shift).mul_(self._scale)
        if rng:
            variation.mask(mel, self._how, rng)
        counts = torch.tensor([stacked(n) for n in lengths])
        features = mel.unfold(1, STACK, HOP).transpose(2, 3).reshape(len(chosen), -1, STACK * BINS)
        language, style, tags, targets = [], [], [], []
        for s in chosen:
            told = rng is not None and s.lang is not None and rng.random() < 0.4
            language.append(
                network.LANGUAGE_QUERY[s.lang] if told and s.lang else network.ANY_LANGUAGE
            )
            name = "withitn" if rng is None or rng.random() < 0.65 else "woitn"
            style.append(network.STYLE_QUERY[name])
            tags.append([*s.tags[:3], self._pieces.piece_to_id(tokenizer.tag(name))])
            targets.append(s.targets[name] if s.targets else None)
        return Batch(
            features,
            counts,
            torch.tensor(language),
            torch.tensor(style),
            torch.tensor(tags),
            torch.tensor([s.tags[3] for s in chosen]),
            texts(targets, [k / 100 for k in skip], pace, counts),
        )

    def _mel(
        self, chosen: list[Sample], skip: list[int], pace: list[float], lengths: list[int]
    ) -> Tensor:
        """(batch, mel frames, BINS), ready to be unfolded into stacks as funasr's frontend does.

        That is from three frames before the first, the ends repeated. Of each sample the first
        ``skip`` frames are left out: the grid of stacks falls elsewhere each time. The others are
        played at ``pace``, which leaves ``lengths``.
        """
        length = torch.tensor(lengths)
        start = torch.tensor([s.start + k for s, k in zip(chosen, skip, strict=True)])
        frames = stacked(max(lengths)) * HOP + STACK - HOP
        at = torch.arange(frames) - STACK // 2
        at = at[None].clamp(min=0).minimum(length[:, None] - 1)
        at = (at * torch.tensor(pace)[:, None]).long() + start[:, None]
        return self._data.features[at.reshape(-1)].view(len(chosen), frames, BINS).float()

    def _augment(self, mel: Tensor, chosen: list[Sample], rng: random.Random) -> None:
        """Another loudness, another speaker and another noise behind it, in place."""
        count = len(chosen)
        others = torch.tensor([rng.randrange(len(self._speakers)) for _ in range(count)])
        mel.copy_(torch.baddbmm(self._offsets[others][:, None], mel, self._speakers[others]))
        mel.add_(variation.colours(count, rng)[:, None])
        if not self._noises:
            self._noises = [s for s in self._data.samples if s.noise]
        rows = [i for i in range(count) if rng.random() < self._how.noise] if self._noises else []
        if rows:
            noises = rng.choices(self._noises, k=len(rows))
            under = self._mel(
                noises, [0] * len(rows), [1.0] * len(rows), [n.frames for n in noises]
            )
            frames = torch.arange(mel.shape[1])
            length = torch.tensor([n.frames for n in noises])
            at = frames % length[:, None]  # begun again where it is too short
            under = under.gather(
                1, at.clamp(max=under.shape[1] - 1)[:, :, None].expand(-1, -1, BINS)
            )
            loud = mel[rows].amax(1, keepdim=True).mean(2, keepdim=True)
            gain = loud - under.amax(1, keepdim=True).mean(2, keepdim=True)
            below = torch.tensor([rng.uniform(1.5, 6.0) for _ in rows])[:, None, None]
            mel[rows] = torch.logaddexp(mel[rows], under + gain - below)


def texts(
    targets: list[Target | None], skipped: list[float], pace: list[float], lengths: Tensor
) -> Texts | None:
    """What CTC needs of the known texts; ``skipped`` seconds are missing at each start, and what is
    left is played at ``pace``.
    """
    rows = [k for k, t in enumerate(targets) if t is not None]
    if not rows:
        return None
    columns: list[list[int]] = []
    spans: list[list[tuple[float, float]]] = []
    numbers: list[list[int]] = []
    for k in rows:
        t = targets[k]
        assert t
        ids, span = [network.BLANK], [(-1e9, 1e9)]
        number: list[int] = []
        for piece, a, b in zip(t.pieces, t.earliest, t.latest, strict=True):
            begin, end = (a - skipped[k]) / pace[k], (b - skipped[k]) / pace[k]
            if number and ids[-1] == piece:  # CTC must know that it is the same piece again
                span[-1] = (span[-1][0], end)
            else:
                ids.append(piece)
                span.append((begin, end))
            number.append(len(ids) - 1)
        columns.append(ids)
        spans.append(span)
        numbers.append(number)
    wide, long = max(map(len, columns)), max(1, max(map(len, numbers)))
    padded = torch.tensor([c + [network.BLANK] * (wide - len(c)) for c in columns])
    times = torch.tensor([s + [(1.0, -1.0)] * (wide - len(s)) for s in spans])
    at = (torch.arange(int(lengths.max())) * network.FRAME_SECONDS)[None, :, None]
    barred = (at < times[:, None, :, 0]) | (at > times[:, None, :, 1])
    return Texts(
        rows,
        lengths[rows],
        torch.tensor([len(n) for n in numbers]),
        padded,
        torch.tensor([n + [1] * (long - len(n)) for n in numbers]),
        barred,
    )
