"""How fast recognition is on a GPU, in each number type, by how much is recognised at once.

    python benchmarks/gpu.py [--device cuda] [--minutes 30]

A full-size network of random weights over segments of 4 to 15 s, cut from a minute of made-up talk
that is said again and again: making hours of it would take a GPU's owner longer than the benchmark.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import random_model
from vidtag.media.samples import SAMPLE_RATE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if torch.device(options.device).type == "cuda":
        print(torch.cuda.get_device_name(options.device), flush=True)
    sound = np.tile(random_model.talk(60), round(options.minutes))
    rng, audio, at = np.random.default_rng(1), [], 0
    while at < len(sound):
        length = round(rng.uniform(4, 15) * SAMPLE_RATE)
        audio.append(sound[at : at + length])
        at += length
    for kind in ("float16", "bfloat16", "float32"):
        model = random_model.random_model(options.device, kind)
        print(kind, flush=True)
        for seconds in (60, 300, 1200):
            model.recognise(audio[:200], batch_seconds=seconds)
            times = []
            for _ in range(options.rounds):
                began = time.perf_counter()
                model.recognise(audio, batch_seconds=seconds)
                times.append(time.perf_counter() - began)
            speed = 60 * options.minutes / statistics.median(times)
            print(f"  batches of {seconds:5d} s: {speed:6.0f} x real time", flush=True)


if __name__ == "__main__":
    main()
