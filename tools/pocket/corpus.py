"""The corpus on disk: shards of features and labels, each made by a process of its own.

Those to train on are packed; those to measure with are items with their sound.

A shard is a process because synthesisers crash and hang once in some thousand sentences: the
shard is then made again from another seed, and the rest goes on.
"""

from __future__ import annotations

import itertools
import multiprocessing
import pickle
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from tools.pocket import packed, tokenizer
from tools.pocket.items import Item, mel
from tools.pocket.mix import Director, Split

TRAIN_SHARES = {
    "speech": 0.35, "speech_and_event": 0.12, "speech_over_music": 0.09, "speech_in_noise": 0.06,
    "event": 0.04, "negative": 0.03, "noises": 0.08, "silence": 0.02, "windows": 0.08,
    "reaction": 0.13,
}  # fmt: skip
"""Of scenes; one of windows gives about nine examples, one of a reaction or of noises four: more
than half of all."""
TEST_SHARES = {
    "speech": 0.40, "speech_and_event": 0.15, "speech_over_music": 0.11, "speech_in_noise": 0.06,
    "event": 0.09, "negative": 0.06, "silence": 0.02, "windows": 0.09,
}  # fmt: skip
METHOD_SHARES = {"event": 0.5, "speech_and_event": 0.2, "windows": 0.05}
SHARD_EXAMPLES = 400
SHARD_TIMEOUT = 600.0
SHARD_TRIES = 5
"""A synthesiser crashes once in a while; what fails so often never works."""


@dataclass(frozen=True)
class Shard:
    """A file of items to be made."""

    path: Path
    split: Split
    examples: int
    seed: int


def plan(folder: Path, hours: float, seed: int) -> list[Shard]:
    """The shards of a corpus: test first, then about ``hours`` of training material."""
    first = seed * 100_000 + 90_000
    shards = [Shard(folder / f"test_{i}.pkl", "test", 350, first + i) for i in range(9)]
    shards += [
        Shard(folder / f"method_{i}.pkl", "method", 300, first + 5_000 + i) for i in range(2)
    ]
    count = round(hours * 3600 / (SHARD_EXAMPLES * 2.7))  # an example lasts 2.7 s on average
    for i in range(count):
        path = folder / f"train_{i:03d}.pt"
        shards.append(Shard(path, "train", SHARD_EXAMPLES, seed * 100_000 + i))
    return shards


def make(shard: Shard, pieces: Path) -> None:
    """Write one shard; ``pieces`` is the tokenizer's file."""
    import torch

    torch.set_num_threads(1)
    train = shard.split == "train"
    shares = {"train": TRAIN_SHARES, "test": TEST_SHARES, "method": METHOD_SHARES}[shard.split]
    items = []
    director = Director(shard.seed, shard.split)
    for e in itertools.islice(director.examples(shares), shard.examples):
        # Test features come from the rounded samples, as they will from a file.
        rounded = np.round(e.audio * 32767).astype(np.int16)
        features = mel(rounded.astype(np.float32) / np.float32(32768))
        audio = None if train else rounded
        items.append(
            Item(e.kind, features, e.lang, e.emotion, e.event, e.units, e.family, e.seconds, audio)
        )
    partial = shard.path.with_suffix(".partial")
    if train:
        packed.save(packed.pack(items, tokenizer.load(pieces)), partial)
    else:
        partial.write_bytes(pickle.dumps(items, protocol=5))
    partial.replace(shard.path)


def synthesise(shards: list[Shard], pieces: Path, processes: int = 2) -> None:
    """Make the shards that do not exist yet.

    Raises:
        SystemExit: one cannot be made; its process has printed why.
    """
    context = multiprocessing.get_context("forkserver")
    # Imported once, not once a shard: it takes as long as making one.
    context.set_forkserver_preload(["funasr.utils.fbank"])
    waiting = [s for s in shards if not s.path.exists()]
    total, begun = len(waiting), time.monotonic()
    running: list[tuple[Shard, BaseProcess, float]] = []
    done, failed = 0, Counter[Path]()
    while waiting or running:
        while waiting and len(running) < processes:
            shard = waiting.pop(0)
            shard.path.parent.mkdir(parents=True, exist_ok=True)
            process: BaseProcess = context.Process(target=make, args=(shard, pieces))
            process.start()
            running.append((shard, process, time.monotonic()))
        time.sleep(0.1)
        for entry in list(running):
            shard, process, since = entry
            if process.is_alive() and time.monotonic() - since > SHARD_TIMEOUT:
                process.kill()
                process.join()
            if process.is_alive():
                continue
            running.remove(entry)
            if not process.exitcode:
                done += 1
                elapsed = time.monotonic() - begun
                print(f"{shard.path.name}: {done} of {total} after {elapsed:.0f} s", flush=True)
                continue
            failed[shard.path] += 1
            if failed[shard.path] == SHARD_TRIES:
                for _, other, _ in running:
                    other.kill()
                raise SystemExit(f"{shard.path.name}: could not be made in {SHARD_TRIES} tries")
            print(f"{shard.path.name}: exit {process.exitcode}, again from another seed")
            again = Shard(shard.path, shard.split, shard.examples, shard.seed + 50_000_003)
            waiting.append(again)


def read(path: Path) -> list[Item]:
    """The items of one shard to measure with."""
    items: list[Item] = pickle.loads(path.read_bytes())
    return items


def load(folder: Path, pattern: str) -> list[Item]:
    """The items of all shards whose name matches, in order of name."""
    return [item for path in sorted(folder.glob(pattern)) for item in read(path)]
