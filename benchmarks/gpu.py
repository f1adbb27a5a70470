"""How fast a GPU recognises and listens, and how much of its memory that takes.

    python benchmarks/gpu.py [--device cuda] [--minutes 30]
    python benchmarks/gpu.py --stand-in

A full-size network of random weights over segments of 4 to 15 s, cut from a minute of made-up talk
that is said again and again: making hours of it would take a GPU's owner longer than the benchmark.
Goals on a data-centre GPU: recognition over 2,000 x real time, all of LISTEN over 600 x, in less
than 4 GB.

With ``--stand-in`` all of it runs with the pocket model, on a GPU that is pretended
(``tests/builders/stand_in_gpu.py``): that shows that nothing breaks, and its speeds mean nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import random_model, sound
from tests.builders.stand_in_gpu import stand_in_gpu
from vidtag.core.names import POCKET, NumberType
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.run import listen
from vidtag.listening.speech.device import choose_device, choose_number_type, finish_work
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE, Samples

_CLIP = Path(__file__).parent.parent / "tests" / "listening" / "speech" / "data" / "en1.opus"
"""What a stand-in listens to: making minutes of talk takes longer."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stand-in", action="store_true")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as pretending:
        if options.stand_in:
            pretending.enter_context(stand_in_gpu())
            print("a stand-in for a GPU, and the pocket model: the speeds mean nothing")
        measure(options.device, options.minutes, options.rounds, small=options.stand_in)


def measure(name: str, minutes: float, rounds: int, *, small: bool) -> None:
    device = choose_device(name)
    print(_name(device), flush=True)
    auto = str(choose_number_type("auto", device)).removeprefix("torch.")
    audio = segments(60 * minutes)
    kinds: tuple[NumberType, ...] = ("bfloat16",) if small else ("float16", "bfloat16", "float32")
    for kind in kinds:
        model = _model(name, kind, small=small)
        print(f"{kind}{', which auto takes' if kind == auto else ''}", flush=True)
        for seconds in (60.0, 300.0, model.batch_seconds):
            times = []
            _forget_peak(device)
            for _ in range(rounds + 1):  # the first is to warm up
                began = time.perf_counter()
                model.recognise(audio, batch_seconds=seconds)
                finish_work(device)
                times.append(time.perf_counter() - began)
            speed = 60 * minutes / statistics.median(times[1:])
            print(
                f"  recognition, batches of {seconds:4.0f} s: {speed:6.0f} x real time, "
                f"{_peak(device)}",
                flush=True,
            )
        if kind == auto:
            _forget_peak(device)
            speed = _listening(model, minutes, _CLIP if small else None)
            print(f"  all of LISTEN: {speed:6.0f} x real time, {_peak(device)}", flush=True)


def segments(seconds: float) -> list[Samples]:
    """Talk of so many seconds, in segments of 4 to 15 s."""
    talk = np.tile(random_model.talk(60), max(1, round(seconds / 60)))[: int(seconds * SAMPLE_RATE)]
    rng, audio, at = np.random.default_rng(1), [], 0
    while at < len(talk):
        length = round(rng.uniform(4, 15) * SAMPLE_RATE)
        audio.append(talk[at : at + length])
        at += length
    return audio


def _listening(model: SenseVoice, minutes: float, file: Path | None) -> float:
    # Random weights are never sure of a language, and every segment would be heard again.
    config = Config(model=ModelConfig(language="en"))
    with tempfile.TemporaryDirectory() as folder:
        media = probe(file or sound.make(Path(folder), 60 * minutes))
        began = time.perf_counter()
        listen(media, config, model)
        return media.duration / (time.perf_counter() - began)


def _model(device: str, kind: NumberType, *, small: bool) -> SenseVoice:
    if small:
        return SenseVoice.load(ModelConfig(name=POCKET, device=device), number_type=kind)
    return random_model.random_model(device, kind)


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def _forget_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: torch.device) -> str:
    if device.type != "cuda":
        return "memory not measured"
    return f"{torch.cuda.max_memory_allocated(device) / 1e6:.0f} MB at most"


if __name__ == "__main__":
    main()
