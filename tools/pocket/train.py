"""Train the pocket model: CTC for the text, cross entropy for the four tags before it.

The learning rate follows the clock, not the step count, so that a budget of minutes is kept on
any machine. Two processes of one thread each share gradients: on two cores that is several times
faster than one process of two threads.
"""

from __future__ import annotations

import argparse
import math
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from funasr.frontends.wav_frontend import apply_lfr
from sentencepiece import SentencePieceProcessor
from torch import Tensor

from tools.pocket import corpus, grammar, network, tokenizer
from tools.pocket.corpus import Item
from tools.pocket.export import Vector, export
from tools.pocket.mix import Unit, text_of

EARLY, LATE, OVER = 0.05, 0.11, 0.10
"""Seconds: a unit's first piece may be emitted from EARLY before its start until LATE after it,
the rest of it until OVER after its end. One frame is 0.06 s, and the middle of the first window is
half a frame after the start, which is where a start is read off a frame."""
LOSS_WEIGHTS = (0.5, 0.5, 1.5, 0.2)
"""Of language, emotion, event and style, beside 1 for the text."""
WARM_UP_STEPS = 300
EMA_DECAY = 0.999
IGNORED = -100


# ------------------------------------------------------------------------------- targets
@dataclass(frozen=True)
class Target:
    """A text as pieces, and where each may be emitted: ``barred`` is (frames, len(distinct))."""

    pieces: list[int]
    distinct: Tensor
    barred: Tensor


@dataclass(frozen=True)
class Sample:
    """An item ready for batches; ``targets`` by style, None where the text is unknown."""

    features: Tensor
    tags: tuple[int, int, int]
    lang: str | None
    targets: dict[str, Target] | None


def target(
    pieces: SentencePieceProcessor,
    lang: str,
    parts: list[str],
    units: tuple[Unit, ...],
    frames: int,
) -> Target:
    """The pieces of a text and the times at which CTC may emit them.

    Plain CTC on full attention is free to emit a word anywhere, and does: the first at frame 0,
    the others up to 0.1 s late. Barring every piece outside its unit's time keeps the peaks there.
    """
    names = pieces.encode(text_of(lang, parts), out_type=str)
    ids = [pieces.piece_to_id(name) for name in names]
    owner = _owners(names, parts, 1 if lang in grammar.SPACED else 0)
    at = torch.arange(frames) * network.FRAME_SECONDS
    allowed = torch.zeros(frames, len(ids), dtype=torch.bool)
    previous = -1
    for i, (name, number) in enumerate(zip(names, owner, strict=True)):
        unit = units[number]
        first = number != previous and name not in grammar.PUNCTUATION
        latest = unit.latest + LATE if first and unit.exact else unit.end + OVER
        allowed[:, i] = (at >= unit.earliest - EARLY) & (at <= latest)
        previous = number
    distinct = torch.tensor(sorted(set(ids)), dtype=torch.long)
    lists = [[i for i, value in enumerate(ids) if value == d] for d in distinct.tolist()]
    free = [allowed[:, places].any(dim=1) for places in lists]
    barred = ~torch.stack(free, dim=1) if free else torch.zeros(frames, 0, dtype=torch.bool)
    return Target(ids, distinct, barred)


def _owners(names: list[str], parts: list[str], gap: int) -> list[int]:
    """The number of the unit that each piece belongs to, by counting characters."""
    ends, end = [], 0
    for part in parts:
        end += len(part)
        ends.append(end)
        end += gap
    out, at, number = [], 0, 0
    for name in names:
        lead = len(name) - len(name.lstrip("\u2581"))
        while number + 1 < len(parts) and at + lead >= ends[number]:
            number += 1
        out.append(number)
        at += len(name)
    return out


def sample(item: Item, pieces: SentencePieceProcessor, shift: Vector, scale: Vector) -> Sample:
    """Stacked, normalised features and targets."""
    stacked = apply_lfr(torch.from_numpy(item.features.astype(np.float32)), 7, 6)
    features = (stacked + torch.from_numpy(shift)) * torch.from_numpy(scale)

    def identity(label: str | None) -> int:
        return IGNORED if label is None else pieces.piece_to_id(tokenizer.tag(label))

    targets = None
    if item.units is not None:
        lang, frames = item.lang or "", len(features)
        shown = [u.shown for u in item.units]
        plain = [u.plain for u in item.units]
        targets = {
            "withitn": target(pieces, lang, shown, item.units, frames),
            "woitn": target(pieces, lang, plain, item.units, frames),
        }
    tags = (identity(item.lang), identity(item.emotion), identity(item.event))
    return Sample(features.half(), tags, item.lang, targets)


def normalisation(items: list[Item]) -> tuple[Vector, Vector]:
    """Shift and scale of the stacked frames, from every third item."""
    total, squares, count = np.zeros(80), np.zeros(80), 0
    for item in items[::3]:
        frames = item.features.astype(np.float64)
        total += frames.sum(axis=0)
        squares += (frames**2).sum(axis=0)
        count += len(frames)
    mean = total / count
    deviation = np.sqrt(squares / count - mean**2)
    return np.tile(-mean, 7).astype(np.float32), np.tile(1 / deviation, 7).astype(np.float32)


# ------------------------------------------------------------------------------- batches
@dataclass(frozen=True)
class Batch:
    """Padded features with everything the losses need."""

    features: Tensor
    lengths: Tensor
    language: Tensor
    style: Tensor
    tags: Tensor
    targets: list[Target | None]


def batches(samples: list[Sample], frames: int, rng: random.Random) -> list[list[Sample]]:
    """Batches of similar length and at most ``frames`` frames, padding included, shuffled."""
    ordered = sorted(samples, key=lambda s: len(s.features) * rng.uniform(0.9, 1.1))
    out: list[list[Sample]] = [[]]
    longest = 0
    for s in ordered:
        longest = max(longest, len(s.features) + network.QUERIES)
        if out[-1] and longest * (len(out[-1]) + 1) > frames:
            out.append([])
            longest = len(s.features) + network.QUERIES
        out[-1].append(s)
    rng.shuffle(out)
    return out


def augment(features: Tensor, rng: random.Random) -> Tensor:
    """Another loudness, another vocal tract, and a few bins or frames missing."""
    x = features.view(-1, 7, 80) + rng.uniform(-0.2, 0.2)
    if rng.random() < 0.6:
        bins = torch.arange(80) * rng.uniform(0.89, 1.12) + rng.uniform(-1, 1)
        bins = bins.clamp(0, 78.999)
        low = bins.long()
        part = bins - low
        x = x[:, :, low] * (1 - part) + x[:, :, low + 1] * part
    x = x.reshape(-1, 7, 80)
    for _ in range(rng.randint(0, 2)):
        first = rng.randrange(80)
        x[:, :, first : first + rng.randint(1, 9)] = 0
    if rng.random() < 0.3 and len(x) > 25:
        first = rng.randrange(len(x) - 4)
        x[first : first + rng.randint(1, 3)] = 0
    return x.reshape(-1, network.FEATURES)


def collate(
    chosen: list[Sample], pieces: SentencePieceProcessor, rng: random.Random | None
) -> Batch:
    """A batch; with ``rng`` augmented, in a random style, sometimes told the language."""
    lengths = torch.tensor([len(s.features) for s in chosen])
    features = torch.zeros(len(chosen), int(lengths.max()), network.FEATURES)
    language, style, tags, targets = [], [], [], []
    for row, s in enumerate(chosen):
        x = s.features.float()
        features[row, : len(x)] = x if rng is None else augment(x, rng)
        told = rng is not None and s.lang is not None and rng.random() < 0.4
        language.append(network.LANGUAGE_QUERY[s.lang] if told and s.lang else network.ANY_LANGUAGE)
        name = "withitn" if rng is None or rng.random() < 0.65 else "woitn"
        style.append(network.STYLE_QUERY[name])
        tags.append([*s.tags, pieces.piece_to_id(tokenizer.tag(name))])
        targets.append(s.targets[name] if s.targets else None)
    return Batch(
        features,
        lengths,
        torch.tensor(language),
        torch.tensor(style),
        torch.tensor(tags),
        targets,
    )


# -------------------------------------------------------------------------------- losses
def losses(logits: Tensor, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    """CTC per piece over the items whose text is known, and cross entropy of each tag."""
    entropies = []
    for k in range(network.QUERIES):
        known = (batch.tags[:, k] != IGNORED).any()
        loss = F.cross_entropy(logits[:, k], batch.tags[:, k], ignore_index=IGNORED)
        entropies.append(loss if known else logits.new_zeros(()))
    rows = [k for k, t in enumerate(batch.targets) if t is not None]
    known_targets = [t for t in batch.targets if t is not None]
    if not rows:
        return logits.sum() * 0, entropies
    log_p = logits[rows, network.QUERIES :].log_softmax(-1).transpose(0, 1)
    barred = torch.zeros(log_p.shape, dtype=torch.bool)
    for k, t in enumerate(known_targets):
        barred[: len(t.barred), k, t.distinct] = t.barred
    log_p = log_p.masked_fill(barred, -20.0)
    flat = torch.tensor([p for t in known_targets for p in t.pieces], dtype=torch.long)
    sizes = torch.tensor([len(t.pieces) for t in known_targets])
    ctc = F.ctc_loss(
        log_p, flat, batch.lengths[rows], sizes, network.BLANK, reduction="sum", zero_infinity=True
    )
    return ctc / max(1, int(sizes.sum())), entropies


# ---------------------------------------------------------------------------- measurement
def distance(a: list[int], b: list[int]) -> int:
    """Edits between two sequences."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above = row[j]
            row[j] = min(above + 1, row[j - 1] + 1, diagonal + (x != y))
            diagonal = above
    return row[-1]


@torch.no_grad()
def progress(model: torch.nn.Module, test: list[Sample], pieces: SentencePieceProcessor) -> str:
    """Piece error rate and accuracy of the tags on test samples, in words."""
    edits = total = 0
    right, known = np.zeros(3), np.zeros(3)
    for chosen in batches(test, 3000, random.Random(0)):
        batch = collate(chosen, pieces, None)
        logits = network.scores(model, batch.features, batch.lengths, batch.language, batch.style)
        best = logits.argmax(-1)
        labelled = batch.tags[:, :3] != IGNORED
        right += ((best[:, :3] == batch.tags[:, :3]) & labelled).sum(0).numpy()
        known += labelled.sum(0).numpy()
        for row, t in enumerate(batch.targets):
            if t is not None:
                end = network.QUERIES + int(batch.lengths[row])
                path = torch.unique_consecutive(best[row, network.QUERIES : end]).tolist()
                edits += distance([p for p in path if p != network.BLANK], t.pieces)
                total += len(t.pieces)
    language, emotion, event = right / known
    return (
        f"piece error {edits / total:.3f} language {language:.3f} emotion {emotion:.3f} "
        f"event {event:.3f}"
    )


# ------------------------------------------------------------------------------- training
@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        minutes: wall-clock time of the schedule, loading not counted.
        state: file that an interrupted run is continued from.
        frames: of 60 ms in a batch, padding included.
    """

    data: Path
    pieces: Path
    output: Path
    state: Path
    minutes: float
    processes: int = 2
    frames: int = 1000
    learning_rate: float = 2e-3
    bfloat16: bool = False
    init: Path | None = None
    seed: int = 0
    save_minutes: float = 4.0


def train(plan: Plan) -> None:
    """Train and export the averaged weights to ``plan.output``, now and then and at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    torch.multiprocessing.spawn(_worker, args=(plan, port), nprocs=plan.processes)


class _Average:
    """Exponential moving average of the weights, faster at first."""

    def __init__(self, model: torch.nn.Module) -> None:
        self._live = list(model.state_dict().items())
        self.weights = {name: value.detach().clone() for name, value in self._live}

    @torch.no_grad()
    def update(self, step: int) -> None:
        decay = min(EMA_DECAY, (1 + step) / (20 + step))
        torch._foreach_lerp_(
            list(self.weights.values()), [value for _, value in self._live], 1 - decay
        )


def _endless(samples: list[Sample], frames: int, rng: random.Random) -> Iterator[list[Sample]]:
    while True:
        yield from batches(samples, frames, rng)


def _share(model: torch.nn.Module, flag: float, processes: int) -> float:
    """Average gradients over the processes; returns the largest ``flag`` of any of them."""
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]
    flat = torch.cat([*(g.reshape(-1) for g in grads), torch.tensor([flag])])
    torch.distributed.all_reduce(flat)
    for p, g in zip(model.parameters(), flat[:-1].split([g.numel() for g in grads]), strict=True):
        p.grad = g.view_as(p) / processes
    return float(flat[-1])


def _worker(rank: int, plan: Plan, port: int) -> None:
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=plan.processes
    )
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    network.speed_up()
    rng = random.Random(plan.seed + 7919 * rank)
    pieces = tokenizer.load(plan.pieces)
    items = corpus.load(plan.data, "train_*.pkl")
    shift, scale = normalisation(items)
    hours = sum(i.seconds for i in items) / 3600
    samples = [sample(i, pieces, shift, scale) for i in items]
    del items
    test = [sample(i, pieces, shift, scale) for i in corpus.load(plan.data, "test_*.pkl")[:700]]
    model = network.build(pieces.get_piece_size())
    if plan.init:
        weights = torch.load(plan.init, weights_only=True)
        model.load_state_dict({name: value.float() for name, value in weights.items()})
    size = sum(p.numel() for p in model.parameters())
    average = _Average(model)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.98), fused=True)
    step, earlier = 0, 0.0
    if plan.state.exists():
        state = torch.load(plan.state, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        for name, value in state["average"].items():
            average.weights[name].copy_(value)
        step, earlier = state["step"], state["elapsed"]
        rng.seed(plan.seed + 7919 * rank + step)
    if rank == 0:
        print(f"{len(samples)} items, {hours:.1f} h, {size / 1e6:.2f} M parameters", flush=True)

    def report(elapsed: float) -> None:
        live = {name: value.clone() for name, value in model.state_dict().items()}
        model.load_state_dict(average.weights)
        model.eval()
        print(f"  {elapsed / 60:.1f} min, averaged: {progress(model, test, pieces)}", flush=True)
        model.train()
        model.load_state_dict(live)
        export(plan.output, plan.pieces, average.weights, shift, scale)
        state = {"model": live, "optimiser": optimiser.state_dict(), "average": average.weights}
        partial = plan.state.with_suffix(".partial")
        torch.save({**state, "step": step, "elapsed": elapsed}, partial)
        partial.replace(plan.state)

    budget, begun, saved = plan.minutes * 60, time.monotonic() - earlier, time.monotonic()
    sums, heard, since = np.zeros(4), 0.0, time.monotonic()
    model.train()
    for chosen in _endless(samples, plan.frames, rng):
        elapsed = time.monotonic() - begun
        rise = min(1.0, (step + 1) / WARM_UP_STEPS)
        fall = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, elapsed / budget)))
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * rise * fall
        batch = collate(chosen, pieces, rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
            logits = network.scores(
                model, batch.features, batch.lengths, batch.language, batch.style
            )
        ctc, entropies = losses(logits.float(), batch)
        loss = ctc + sum(w * e for w, e in zip(LOSS_WEIGHTS, entropies, strict=True))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        over = _share(model, float(elapsed > budget), plan.processes)
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(model.parameters(), 3.0)):
            optimiser.step()
        step += 1
        average.update(step)
        sums += [float(ctc.detach()), *(float(e.detach()) for e in entropies[:3])]
        heard += float(batch.lengths.sum()) * network.FRAME_SECONDS * plan.processes
        if rank == 0 and step % 100 == 0:
            c, lang, emotion, event = sums / 100
            pace = heard / (time.monotonic() - since)
            print(
                f"{elapsed:5.0f} s step {step} text {c:.3f} language {lang:.3f} "
                f"emotion {emotion:.3f} event {event:.3f}, {pace:.0f} x real time",
                flush=True,
            )
            sums, heard, since = np.zeros(4), 0.0, time.monotonic()
        if over:  # the sum is shared, so all processes leave at the same step
            break
        if rank == 0 and time.monotonic() - saved > 60 * plan.save_minutes:
            report(elapsed)
            saved = time.monotonic()
    if rank == 0:
        report(time.monotonic() - begun)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pieces", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="to continue from, if it exists")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--frames", type=int, default=1000, help="60 ms frames a batch")
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--init", type=Path, help="model.pt to start from")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    train(Plan(**vars(args)))


if __name__ == "__main__":
    main()
