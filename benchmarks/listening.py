"""How fast a talk is listened to, decoding, voice activity and events included, and what share of
recognition's own speed that is.

    python benchmarks/listening.py [FILE] [--minutes 60] [--tagger yamnet.tflite] [--turns 1]

FILE is a recording in which people talk; without one it is an hour made of the pocket model's
held-out set. A full-size network of random weights listens, whose language is given: random weights
are never sure of one, and every segment would be heard again. They hear no events, as there are
next to none in talk. Recognition's own speed is what the same segments take on all cores, with
nothing else to do: without events, and without a look for other emotions.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

from benchmarks import machine, random_model, sound
from vidtag.core.media_streams import Media
from vidtag.core.records import EventKind
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.run import listen
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.probe import probe

ALONE: dict[str, Any] = {
    **{f"events.kinds.{kind.value}": None for kind in EventKind},
    "recognition.emotion_split": 1.0,
}
"""Settings with which speech is recognised and nothing else is done with the model."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--tagger", type=Path, help="a second witness of events")
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    model = random_model.random_model(options.device)
    tagger = None if options.tagger is None else str(options.tagger)
    config = Config(model=ModelConfig(language="en")).with_values({"events.tagger.model": tagger})
    with tempfile.TemporaryDirectory() as name:
        listen(probe(sound.make(Path(name), 60)), config, model)
        media = probe(options.file or sound.make(Path(name), 60 * options.minutes))
        costs = {stage.name: stage.cost for stage in machine.stages(model, random_model.talk(120))}
        shares = [turn(media, config, model, costs) for _ in range(options.turns)]
    print(f"of recognition's own speed: {statistics.median(shares):.2f} (median of {len(shares)})")


def turn(media: Media, config: Config, model: SenseVoice, costs: Mapping[str, float]) -> float:
    """Listen without and with everything, say what the latter took, and give its speed as a share
    of recognition's own.

    Args:
        costs: seconds of a core that stages take for each second of sound.
    """
    cores = torch.get_num_threads()
    before = sum(model.spent.values())
    listen(media, config.with_values(ALONE), model)
    after = sum(model.spent.values())
    own = after - before
    began, core = time.perf_counter(), time.process_time()
    document = listen(media, config, model)
    took, busy = time.perf_counter() - began, time.process_time() - core
    spent = sum(model.spent.values()) - after
    print(
        f"{media.duration / 60:.0f} min in {took:.1f} s: {media.duration / took:.1f} x real time, "
        f"{cores} cores, {model.number_type}, {len(document.words)} words, "
        f"{len(document.events)} events; of the cores' time:"
    )
    shares = {
        "decode": costs["decode"] * media.duration,
        "voice activity": costs["voice activity"] * media.duration,
        "recognition": own,
        "model, for events and emotions": spent - own,
    }
    shares["all else"] = max(busy - sum(shares.values()), 0.0)
    shares["idle or other programs"] = max(took * cores - busy, 0.0)
    for name, share in shares.items():
        print(f"  {name:<32} {share / (took * cores):6.1%}")
    return own / cores / took


if __name__ == "__main__":
    main()
