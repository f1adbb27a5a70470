"""How fast a one-hour talk is listened to, decoding, voice activity and events included.

    python benchmarks/listening.py [--minutes 60] [--device auto]

With a full-size network of random weights, whose language is given: random weights are never sure
of one, and every segment would be heard again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

from benchmarks import machine, random_model, sound
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.run import listen
from vidtag.media.probe import probe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    model = random_model.random_model(options.device)
    config = Config(model=ModelConfig(language="en"))
    with tempfile.TemporaryDirectory() as name:
        listen(probe(sound.make(Path(name), 60)), config, model)
        media = probe(sound.make(Path(name), 60 * options.minutes))
        before, began, core = dict(model.spent), time.perf_counter(), time.process_time()
        document = listen(media, config, model)
        took, busy = time.perf_counter() - began, time.process_time() - core
    spent = {name: model.spent[name] - before[name] for name in model.spent}
    cores = torch.get_num_threads()
    print(
        f"{options.minutes:.0f} min in {took:.1f} s: {media.duration / took:.1f} x real time, "
        f"{cores} cores, {model.number_type}, {len(document.words)} words; "
        "of the cores' time:"
    )
    costs = {stage.name: stage.cost for stage in machine.stages(model, random_model.talk(120))}
    shares = {
        "decode": costs["decode"] * media.duration,
        "voice activity": costs["voice activity"] * media.duration,
        **spent,
    }
    shares["all else"] = max(busy - sum(shares.values()), 0.0)
    shares["idle or other programs"] = max(took * cores - busy, 0.0)
    for name, share in shares.items():
        print(f"  {name:<24} {share / (took * cores):6.1%}")


if __name__ == "__main__":
    main()
