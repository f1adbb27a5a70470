"""Many samples in a few arrays, ready to be looked up by the batch.

Texts are rows of different length laid one after another; :func:`rows` takes some of them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from sentencepiece import SentencePieceProcessor
from torch import Tensor

from tools.pocket import mix, network, tokenizer
from tools.pocket.items import Item
from tools.pocket.targets import Columns, columns, target

IGNORED = -100
STYLES = tuple(network.STYLE_QUERY)


@dataclass(frozen=True)
class Packed:
    """Samples. Those of so many samples n, those of their texts in both styles 2 n: a sample's
    first text is in the first of :data:`STYLES`.

    Attributes:
        features: all log-mel frames, (frames, BINS) float16.
        frames: how many each has, (n,).
        language: row of the query embedding that tells it, -1 where it is ambiguous, (n,).
        tags: language, emotion, event, and a second event where there are two alike, else the same
            again, (n, 4).
        noise: whether it may be laid under others without changing what those are, (n,).
        acted: whether its pace tells the emotion, (n,).
        known: whether its text is, (n,).
        wide: columns of each text, (2 n,); 0 where it is unknown.
        ids, earliest, latest: of the columns, one text after another.
        long: pieces of each text, (2 n,).
        numbers: the pieces as numbers of columns, one text after another.
    """

    features: Tensor
    frames: Tensor
    language: Tensor
    tags: Tensor
    noise: Tensor
    acted: Tensor
    known: Tensor
    wide: Tensor
    ids: Tensor
    earliest: Tensor
    latest: Tensor
    long: Tensor
    numbers: Tensor

    def __len__(self) -> int:
        return len(self.frames)


def pack(items: Sequence[Item], pieces: SentencePieceProcessor) -> Packed:
    """Items with their labels as numbers."""

    def identity(label: str | None) -> int:
        return IGNORED if label is None else pieces.piece_to_id(tokenizer.tag(label))

    tags, texts = [], []
    for item in items:
        one, two = mix.AUDIENCE if item.event == mix.BOTH else (item.event, item.event)
        tags.append([identity(label) for label in (item.lang, item.emotion, one, two)])
        texts += _texts(item, pieces)
    return Packed(
        features=torch.cat([torch.from_numpy(item.features) for item in items]),
        frames=torch.tensor([len(item.features) for item in items]),
        language=torch.tensor([network.LANGUAGE_QUERY[i.lang] if i.lang else -1 for i in items]),
        tags=torch.tensor(tags),
        noise=torch.tensor([i.event == "Event_UNK" and i.lang == "nospeech" for i in items]),
        acted=torch.tensor([_acted(item) for item in items]),
        known=torch.tensor([item.units is not None for item in items]),
        **laid_out(texts),
    )


def laid_out(texts: Sequence[Columns]) -> dict[str, Tensor]:
    """What :class:`Packed` holds of texts, by name."""
    return {
        "wide": torch.tensor([len(t.ids) for t in texts]),
        "ids": torch.tensor([i for t in texts for i in t.ids], dtype=torch.int32),
        "earliest": torch.tensor([s for t in texts for s in t.earliest]),
        "latest": torch.tensor([s for t in texts for s in t.latest]),
        "long": torch.tensor([len(t.numbers) for t in texts]),
        "numbers": torch.tensor([i for t in texts for i in t.numbers], dtype=torch.int32),
    }


def _texts(item: Item, pieces: SentencePieceProcessor) -> list[Columns]:
    """In the order of :data:`STYLES`."""
    if item.units is None:
        return [Columns([], [], [], [])] * len(STYLES)
    faces = {"withitn": [u.shown for u in item.units], "woitn": [u.plain for u in item.units]}
    lang = item.lang or ""
    return [columns(target(pieces, lang, faces[style], item.units)) for style in STYLES]


def _acted(item: Item) -> bool:
    return item.family in ("espeak", "klatt") or (not item.family and item.lang != "nospeech")


def join(parts: Sequence[Packed]) -> Packed:
    """All samples of all parts, in order."""
    return Packed(
        **{f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in fields(Packed)}
    )


def save(packed: Packed, path: Path) -> None:
    """Write to a file that :func:`load` reads."""
    torch.save({f.name: getattr(packed, f.name) for f in fields(Packed)}, path)


def load(path: Path) -> Packed:
    """What :func:`save` wrote."""
    return Packed(**torch.load(path, weights_only=True))


def rows(flat: Tensor, starts: Tensor, counts: Tensor, filling: float) -> Tensor:
    """Rows of ``counts`` values from ``starts`` on, (rows, longest), padded with ``filling``."""
    at = torch.arange(max(1, int(counts.max())))
    inside = at < counts[:, None]
    if not len(flat):
        return torch.full(inside.shape, filling, dtype=flat.dtype)
    return flat[(starts[:, None] + at).where(inside, 0)].where(inside, filling)
