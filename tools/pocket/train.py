"""Train the pocket model: CTC for the text, cross entropy for the four tags before it.

The learning rate follows the clock, not the step count, so that a budget of minutes is kept on
any machine. On processors, processes of one thread each share gradients: on two cores two of them
are several times faster than one of two threads. On a GPU there is one. All weights lie in one
array, so that what is done to every weight at every step (gradients shared, one step, the moving
average) is a few calls.
"""

from __future__ import annotations

import argparse
import ctypes
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentencepiece import SentencePieceProcessor
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from tools.pocket import corpus, grammar, muon, network, packed, tokenizer, variation
from tools.pocket import export as exported
from tools.pocket.batches import Corpus, Loader, batches, normalisation
from tools.pocket.ctc import losses, total
from tools.pocket.packed import IGNORED

WARM_UP_STEPS = 300
EMA_DECAY = 0.999
CLIP = 3.0
BETAS = (0.9, 0.98)
WEIGHT_DECAY = 0.02
GENTLE_FROM = 0.75
"""Of the time: from then on samples are varied less."""


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
def progress(
    model: torch.nn.Module, test: Corpus, loader: Loader, pieces: SentencePieceProcessor
) -> str:
    """Piece error rate of each language and accuracy of the tags on test samples, in words."""
    edits: dict[str, int] = {}
    sizes: dict[str, int] = {}
    right, known = np.zeros(3), np.zeros(3)
    reactions = {pieces.piece_to_id(tokenizer.tag(n)): n for n in ("Laughter", "Applause")}
    spoken = {pieces.piece_to_id(tokenizer.tag(name)): name for name in grammar.LANGUAGES}
    found = dict.fromkeys(reactions.values(), 0)
    there, false = dict(found), dict(found)
    for chosen in batches(test.samples.frames, 3000, np.random.default_rng(0)):
        batch = loader.collate(chosen)
        logits = network.scores(model, batch.features, batch.lengths, batch.language, batch.style)
        best, tags = logits.argmax(-1).cpu(), test.samples.tags[chosen, :3]
        labelled = tags != IGNORED
        right += ((best[:, :3] == tags) & labelled).sum(0).numpy()
        known += labelled.sum(0).numpy()
        for heard, true in zip(best[:, 2].tolist(), tags[:, 2].tolist(), strict=True):
            if true in reactions:
                there[reactions[true]] += 1
                found[reactions[true]] += heard == true
            elif heard in reactions and true != IGNORED:
                false[reactions[heard]] += 1
        for row in (test.samples.known[chosen] & (tags[:, 0] != IGNORED)).nonzero()[:, 0].tolist():
            lang = spoken.get(int(tags[row, 0]))
            if lang is None:
                continue
            end = network.QUERIES + int(batch.lengths[row])
            path = torch.unique_consecutive(best[row, network.QUERIES : end]).tolist()
            goal = test.text(int(chosen[row]))
            wrong = distance([p for p in path if p != network.BLANK], goal)
            edits[lang] = edits.get(lang, 0) + wrong
            sizes[lang] = sizes.get(lang, 0) + len(goal)
    rates = " ".join(f"{lang} {edits[lang] / sizes[lang]:.3f}" for lang in sizes)
    language, emotion, event = right / np.maximum(1, known)
    events = " ".join(f"{n} {found[n]}/{there[n]}, {false[n]} false" for n in found)
    return (
        f"piece error {rates}; language {language:.3f} emotion {emotion:.3f} event {event:.3f}; "
        f"{events}"
    )


# -------------------------------------------------------------------------------- weights
class Weights:
    """All weights of a model in one array, with copies to compute with, gradients and average.

    Attributes:
        compute: by name, what the forward pass takes and ``backward`` gives gradients to.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        rate: float,
        dtype: torch.dtype,
        device: torch.device | str = "cpu",
    ) -> None:
        named = sorted(
            model.named_parameters(), key=lambda item: (not muon.takes(*item), item[1].dim() <= 1)
        )
        self._shapes = {name: p.shape for name, p in named}
        flat = torch.cat([p.detach().reshape(-1) for _, p in named])
        self._flat = flat.to(device).contiguous()
        self._average = self._flat.clone()
        self._low = self._flat.to(dtype)
        self._grad = torch.zeros_like(self._low)
        self.compute = {}
        for (name, part), grad in zip(
            self._parts(self._low).items(), self._parts(self._grad).values(), strict=True
        ):
            self.compute[name] = part.requires_grad_()
            self.compute[name].grad = grad
        self._split = sum(p.numel() for n, p in named if muon.takes(n, p))
        decayed = sum(p.numel() for n, p in named if p.dim() > 1) - self._split
        ours, plain = self._flat[: self._split], self._flat[self._split :]
        groups = [
            {"params": [plain[:decayed]], "weight_decay": WEIGHT_DECAY},
            {"params": [plain[decayed:]], "weight_decay": 0.0},
        ]
        self._sizes = [decayed, len(plain) - decayed]
        self.optimiser = torch.optim.AdamW(groups, lr=rate, betas=BETAS, fused=True)
        self._muon = muon.Muon([p.shape for n, p in named if muon.takes(n, p)], ours, WEIGHT_DECAY)

    def _parts(self, flat: Tensor) -> dict[str, Tensor]:
        out, at = {}, 0
        for name, shape in self._shapes.items():
            out[name] = flat[at : at + shape.numel()].view(shape)
            at += shape.numel()
        return out

    @property
    def average(self) -> dict[str, Tensor]:
        """The moving average, by name."""
        return self._parts(self._average)

    def step(self, number: int, rate: float, processes: int, flag: bool) -> bool:
        """Take the gradients of all processes, move, and forget them.

        Returns:
            Whether any process raised the flag.
        """
        grad = self._grad.float()
        if processes > 1:
            shared = torch.cat([grad, torch.tensor([float(flag)])])
            torch.distributed.all_reduce(shared)
            grad, flag = shared[:-1].div_(processes), bool(shared[-1] > 0)
        norm = grad.norm()  # not looked at here: a GPU goes on without waiting
        grad.mul_((CLIP / (norm + 1e-6)).clamp(max=1.0)).masked_fill_(~norm.isfinite(), 0.0)
        for group, part in zip(
            self.optimiser.param_groups, grad[self._split :].split(self._sizes), strict=True
        ):
            group["lr"] = rate
            group["params"][0].grad = part
        self.optimiser.step()
        self._muon.step(grad[: self._split], rate)
        self._grad.zero_()
        self._low.detach().copy_(self._flat)
        decay = min(EMA_DECAY, (1 + number) / (20 + number))
        self._average.lerp_(self._flat, 1 - decay)
        return flag

    def state(self) -> dict[str, object]:
        """What :meth:`restore` needs."""
        return {
            "flat": self._flat, "average": self._average, "momentum": self._muon.momentum,
            "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a saved state."""
        self._flat.copy_(state["flat"])
        self._average.copy_(state["average"])
        self._muon.momentum.copy_(state["momentum"])
        self._low.detach().copy_(self._flat)
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]


# ------------------------------------------------------------------------------- training
@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        minutes: wall-clock time of the schedule, loading not counted.
        state: file that an interrupted run is continued from.
        frames: of 60 ms in a batch, padding included.
        init: folder of a model to start from, with its normalisation; it may have fewer layers and
            lack pieces.
    """

    data: Path
    pieces: Path
    output: Path
    state: Path
    minutes: float
    processes: int = 2
    frames: int = 1400
    learning_rate: float = 2e-3
    bfloat16: bool = False
    init: Path | None = None
    seed: int = 0
    device: str = "cpu"
    save_minutes: float = 10.0


def train(plan: Plan) -> None:
    """Train and export the averaged weights to ``plan.output``, now and then and at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spawn(_worker, args=(plan, port), nprocs=plan.processes)


def _endless(data: Corpus, plan: Plan, rng: np.random.Generator) -> Iterator[Tensor]:
    """Batches for ever; shards made meanwhile come in with the next round."""
    while True:
        data.read(plan.data, "train_*.pt")
        yield from batches(data.samples.frames, plan.frames, rng)


def _keep_memory() -> None:
    """Let the C library keep what is freed: a step frees and asks for the same again, and fresh
    pages cost more than what is written into them.
    """
    mmap_threshold, trim_threshold, largest = -3, -1, 2**31 - 1
    for option in (mmap_threshold, trim_threshold):
        ctypes.CDLL(None).mallopt(option, largest)


def _worker(rank: int, plan: Plan, port: int) -> None:
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=plan.processes
    )
    _keep_memory()
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    pieces = tokenizer.load(plan.pieces)
    data = Corpus(plan.device)
    data.read(plan.data, "train_*.pt")
    shift, scale = exported.normalisation(plan.init) if plan.init else normalisation(data.features)
    model = network.build(pieces.get_piece_size())
    if plan.init:
        saved = torch.load(plan.init / exported.WEIGHTS, weights_only=True)
        rows = tokenizer.rows(tokenizer.load(plan.init / tokenizer.FILE_NAME), pieces)
        saved |= {name: saved[name][rows] for name in ("ctc.ctc_lo.weight", "ctc.ctc_lo.bias")}
        model.load_state_dict(network.grown(model, saved))
    size = sum(p.numel() for p in model.parameters())
    dtype = torch.bfloat16 if plan.bfloat16 else torch.float32
    weights = Weights(model, plan.learning_rate, dtype, plan.device)
    held = Corpus(plan.device)
    if rank == 0:
        print(f"{len(data.samples)} items, {data.hours:.1f} h, {size / 1e6:.2f} M parameters")
    step, earlier, gentle = 0, 0.0, False
    if plan.state.exists():
        state = torch.load(plan.state, weights_only=True)
        weights.restore(state)
        step, earlier = state["step"], state["elapsed"]
    rng = np.random.default_rng([plan.seed, rank, step])
    styles = [pieces.piece_to_id(tokenizer.tag(name)) for name in packed.STYLES]
    loader = Loader(data, styles, shift, scale, rng)
    judge = Loader(held, styles, shift, scale, None)

    def report(elapsed: float) -> None:
        if not held.hours and (items := corpus.load(plan.data, "test_*.pkl")):
            held.add(packed.pack(items, pieces))
        if held.hours:
            model.load_state_dict(weights.average)
            model.to(plan.device).eval()
            found = progress(model, held, judge, pieces)
            print(f"  {elapsed / 60:.1f} min, {data.hours:.1f} h: {found}", flush=True)
        exported.export(plan.output, plan.pieces, weights.average, shift, scale)
        partial = plan.state.with_suffix(".partial")
        torch.save({**weights.state(), "step": step, "elapsed": elapsed}, partial)
        partial.replace(plan.state)

    names = network.layers(model)
    last = (weights.compute["ctc.ctc_lo.weight"], weights.compute["ctc.ctc_lo.bias"])
    budget, begun, saved_at = plan.minutes * 60, time.monotonic() - earlier, time.monotonic()
    sums = torch.zeros(4, device=plan.device)
    heard, since, used = 0.0, time.monotonic(), time.process_time()
    for chosen in _endless(data, plan, rng):
        elapsed = time.monotonic() - begun
        rise = min(1.0, (step + 1) / WARM_UP_STEPS)
        fall = max(0.01, 1 - elapsed / budget)
        if elapsed > GENTLE_FROM * budget and not gentle:
            gentle = True
            loader.vary(variation.GENTLE)
        batch = loader.collate(chosen)
        hidden = network.hidden(
            weights.compute, names, batch.features, batch.lengths, batch.language, batch.style
        )
        ctc, entropies = losses(hidden, *last, batch)
        total(ctc, entropies).backward()
        over = weights.step(
            step, plan.learning_rate * rise * fall, plan.processes, elapsed > budget
        )
        step += 1
        sums += torch.stack([ctc, *entropies[:3]]).detach().float()
        heard += batch.frames * network.FRAME_SECONDS * plan.processes
        if rank == 0 and step % 100 == 0:
            c, lang, emotion, event = (sums / 100).tolist()
            sums.zero_()
            wall, cpu = time.monotonic() - since, time.process_time() - used
            print(
                f"{elapsed:5.0f} s step {step} text {c:.3f} language {lang:.3f} "
                f"emotion {emotion:.3f} event {event:.3f}, {heard / wall:.0f} x real time "
                f"with {cpu / wall:.0%} of a core",
                flush=True,
            )
            heard, since, used = 0.0, time.monotonic(), time.process_time()
        if over:  # shared, so all processes leave at the same step
            break
        if rank == 0 and time.monotonic() - saved_at > 60 * plan.save_minutes:
            report(elapsed)
            saved_at = time.monotonic()
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
    parser.add_argument("--frames", type=int, default=1400, help="60 ms frames a batch")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--init", type=Path, help="folder of a model to start from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="or cuda, for one process")
    parser.add_argument(
        "--save-minutes", type=float, default=10.0, help="from one save to the next"
    )
    args = parser.parse_args()
    train(Plan(**vars(args)))


if __name__ == "__main__":
    main()
