"""What it costs to tell speakers apart, as a share of listening without.

    python benchmarks/speakers.py FILE [--turns 3]

FILE is a recording in which people talk: what is no speech costs nothing here. It is listened to
without and with ``--speakers auto``, by turns, with a full-size network of random weights, whose
language is given (see benchmarks/listening.py). Processor time counts, of all threads.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

from benchmarks import random_model
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.run import listen
from vidtag.media.probe import probe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    model, media = random_model.random_model("cpu"), probe(options.file)
    plain = Config(model=ModelConfig(language="en"))
    told = plain.with_values({"speakers.count": "auto"})
    listen(media, told, model)
    shares = []
    for _ in range(options.turns):
        took = []
        for config in (plain, told):
            began = time.process_time()
            document = listen(media, config, model)
            took.append((time.process_time() - began) / media.duration)
        shares.append(took[1] / took[0] - 1)
        print(
            f"{took[0]:.4f} s of one core per second without, {took[1]:.4f} with "
            f"({len(document.speakers)} speakers): {shares[-1]:+.1%}",
            flush=True,
        )
    print(
        f"{media.duration / 60:.1f} min, {torch.get_num_threads()} threads, {model.number_type}: "
        f"{statistics.median(shares):+.1%} (median of {len(shares)})"
    )


if __name__ == "__main__":
    main()
