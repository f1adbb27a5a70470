"""How fast recognition in int8 is, against float32, bfloat16 and sherpa-onnx's int8.

    python benchmarks/int8.py [--cpus avx2 vnni bf16 own] [--rounds 5] [--seconds 60]

All run the same full-size network with random weights over the same recordings of 4 to 15 s, with
as many threads as there are cores, in turns; printed are the medians of each round's ratios, of
time and of processor time (which says more where other work runs beside). Each kind of CPU is a
process of its own that is told that it has no more than AVX2, AVX512-VNNI or AVX512-BF16
(``benchmarks/older_cpu.c``, compiled by ``cc``; Linux on x86); ``own`` is told nothing. sherpa-onnx
runs the network as ``benchmarks/recognition.py`` exports it (``pip install onnx sherpa-onnx``);
without it that row is left out. ``--folder FOLDER`` keeps the network for the next time (1.2 GB);
``--memory int8`` prints instead how much memory loading and recognising take.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import full_size, recognition
from vidtag.core.names import NumberType
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.device import choose_number_type, multiplies_bfloat16
from vidtag.listening.speech.encoder import BatchRows
from vidtag.listening.speech.sensevoice import SenseVoice

CPUS = ("avx2", "vnni", "bf16", "own")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cpus", nargs="+", choices=CPUS, default=CPUS)
    parser.add_argument("--rounds", type=int, default=5, help="times each is measured")
    parser.add_argument("--seconds", type=float, default=60, help="of audio")
    parser.add_argument("--folder", type=Path, help="keep the network here")
    parser.add_argument("--memory", choices=("float32", "bfloat16", "int8"), help="only that")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.folder, options.here, options.seconds, options.rounds)
        return
    if options.memory and options.folder:
        print_memory(options.folder, options.memory, options.seconds)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = full_size.make(options.folder or Path(name))
        library = Path(name) / "older_cpu.so"
        if set(options.cpus) != {"own"}:
            source = str(Path(__file__).with_name("older_cpu.c"))
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        for cpu in options.cpus:
            told = {} if cpu == "own" else {"LD_PRELOAD": str(library), "OLDER_CPU": cpu}
            command = [sys.executable, __file__, "--here", cpu, "--folder", folder]
            command += ["--rounds", str(options.rounds), "--seconds", str(options.seconds)]
            subprocess.run(command, env={**os.environ, **told}, check=True)


def measure(folder: Path, cpu: str, length: float, rounds: int) -> None:
    """Print how fast each way is, in this process."""
    audio = recognition.recordings(length)
    kinds: list[NumberType] = ["int8", "float32"]
    if multiplies_bfloat16():
        kinds.append("bfloat16")
    config = ModelConfig(name=str(folder), device="cpu")
    models = {kind: SenseVoice.load(config, number_type=kind) for kind in kinds}
    ways: dict[str, Callable[[list[np.ndarray]], object]] = {
        kind: model.recognise for kind, model in models.items()
    }
    if importlib.util.find_spec("sherpa_onnx") and importlib.util.find_spec("onnx"):
        ways["sherpa-onnx int8"] = recognition.sherpa(folder)
    for way in ways.values():
        way(audio)
    wall: dict[str, list[float]] = {name: [] for name in ways}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began, cost = time.perf_counter(), time.process_time()
            way(audio)
            wall[name].append(time.perf_counter() - began)
            spent[name].append(time.process_time() - cost)
    chosen = str(choose_number_type("auto", torch.device("cpu"))).removeprefix("torch.")
    print(
        f"{cpu} ({torch.backends.cpu.get_cpu_capability()}): auto is {chosen}; {len(audio)} "
        f"recordings, {length:.0f} s, {torch.get_num_threads()} threads, {rounds} rounds"
    )
    cosines = likeness(models["int8"], models["float32"])
    print(
        f"  int8's states against float32's: cosine {cosines.median():.4f}, "
        f"at least {cosines.min():.4f}"
    )
    for name in ways:
        print(
            f"  {name:<17} {length / statistics.median(wall[name]):6.1f} x real time; "
            f"int8 is {ratio(wall[name], wall['int8']):.2f} times as fast, "
            f"by processor time {ratio(spent[name], spent['int8']):.2f}",
            flush=True,
        )


def likeness(one: SenseVoice, other: SenseVoice) -> torch.Tensor:
    """Cosines between the encoded rows of two models, of a recording of random features."""
    inputs = torch.randn(1, 171, 560, generator=torch.Generator().manual_seed(0))
    rows = BatchRows([171], one.device)
    with torch.inference_mode():
        ours, theirs = (model._encoder(inputs, rows)[:171] for model in (one, other))
    return torch.cosine_similarity(ours, theirs)


def ratio(others: list[float], ours: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(others, ours, strict=True))


def print_memory(folder: Path, kind: NumberType, length: float) -> None:
    """Print the most memory that this process had, the model loaded and used."""
    model = SenseVoice.load(ModelConfig(name=str(folder), device="cpu"), number_type=kind)
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model.recognise(recognition.recordings(length))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{kind}: at most {loaded / 1000:.0f} MB to load, {used / 1000:.0f} MB to recognise")


if __name__ == "__main__":
    main()
