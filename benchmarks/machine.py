"""How fast vidtag goes on this machine, and what limits it; takes a minute, and needs no model.

    python benchmarks/machine.py [--device auto] [--number-type auto] [--seconds 120]

Measured with a network of SenseVoiceSmall's size and random weights (benchmarks/random_model.py).
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import av
import numpy as np
import torch
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.random_model import encoder_work, random_model, talk
from vidtag.core.errors import UserError
from vidtag.core.media_streams import Media
from vidtag.core.names import NumberType
from vidtag.core.settings import Config, ModelConfig, VadConfig
from vidtag.files import scratch_folder
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.linear import Linear
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.speech.vad import SileroVad
from vidtag.listening.speech.workers import Workers
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import CHUNK_SECONDS, SAMPLE_RATE, Samples


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage costs: seconds of one core's time for a second of sound."""

    name: str
    cost: float

    @property
    def speed(self) -> float:
        """Times real time on one core."""
        return 1 / self.cost if self.cost else float("inf")


@dataclass(frozen=True, slots=True)
class Measured:
    """What ``measure`` found.

    Attributes:
        device, number_type: where, and in which numbers.
        workers: batches worked on side by side.
        cores: cores that PyTorch uses.
        listening: times real time of all of LISTEN, stages overlapping as they do.
        recognition: times real time of recognition alone.
        product_rate: 10^9 floating point operations per second of plain matrix products.
        encoder_rate: of the encoder, all that stands between its products included.
        stages: what each costs.
    """

    device: str
    number_type: str
    workers: int
    cores: int
    listening: float
    recognition: float
    product_rate: float
    encoder_rate: float
    stages: tuple[Stage, ...]


def measure(
    device: str = "auto", number_type: NumberType = "auto", seconds: float = 120
) -> Measured:
    """Measure this machine; takes a minute or so.

    Raises:
        UserError: the device does not exist here.
    """
    model = random_model(device, number_type)
    kind: torch.dtype = getattr(torch, model.number_type)
    sound = talk(seconds)
    pieces = [sound[i : i + 10 * SAMPLE_RATE] for i in range(0, len(sound), 10 * SAMPLE_RATE)]
    model.recognise(pieces)
    rates, encoders, recognitions = [], [], []
    for _ in range(3):
        rates.append(product_rate(kind, model.device))
        encoders.append(encoder_rate(model))
        began = time.perf_counter()
        model.recognise(pieces)
        recognitions.append(seconds / (time.perf_counter() - began))
    return Measured(
        device=_device_name(model.device),
        number_type=model.number_type,
        workers=model.workers,
        cores=torch.get_num_threads(),
        listening=_listening_speed(model, talk(2 * seconds)),
        recognition=float(np.median(recognitions)),
        product_rate=float(np.median(rates)),
        encoder_rate=float(np.median(encoders)),
        stages=tuple(stages(model, sound)),
    )


def product_rate(number_type: torch.dtype, device: torch.device, seconds: float = 1.0) -> float:
    """The machine's own rate of matrix products, in 10^9 floating point operations per second.

    Of square products of 2,048: PyTorch over all cores at once, or one on each core, whichever is
    faster.
    """
    side = 2048
    matrix = torch.randn(side, side, device=device).to(number_type)
    work = 2.0 * side**3 / 1e9

    def rate(step: Callable[[], object], each: int) -> float:
        step()
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < seconds / 2:
            step()
            count += each
        if device.type == "cuda":
            torch.cuda.synchronize()
        return work * count / (time.perf_counter() - began)

    with torch.inference_mode():
        together = rate(lambda: torch.mm(matrix, matrix), 1)
        if device.type != "cpu":
            return together
        workers = Workers(torch.get_num_threads())
        linear = Linear(matrix.float(), torch.zeros(side), number_type)
        rows = [matrix.clone() for _ in range(workers.count)]
        apart = rate(lambda: workers.map(linear, rows), workers.count)
    return max(together, apart)


def encoder_rate(model: SenseVoice, batches: int = 2) -> float:
    """Rate of the encoder of a full-size model, in 10^9 floating point operations per second."""
    frames = [171, 171, 171]
    inputs = torch.randn(len(frames), frames[0], 560, device=model.device)
    work = encoder_work(frames) * batches * model.workers
    began = time.perf_counter()
    model.encode([(inputs, frames)] * (batches * model.workers))
    return work / (time.perf_counter() - began)


def stages(model: SenseVoice, sound: Samples) -> list[Stage]:
    """What each stage of LISTEN costs on this machine."""
    length = len(sound) / SAMPLE_RATE
    found = [Stage("decode", _decoding(sound) / length)]
    began = time.process_time()
    detector = SileroVad(VadConfig())
    detector.feed(sound)
    found.append(Stage("voice activity", (time.process_time() - began) / length))
    pieces = [sound[i : i + 10 * SAMPLE_RATE] for i in range(0, len(sound), 10 * SAMPLE_RATE)]
    before = dict(model.spent)
    model.recognise(pieces)
    found += [Stage(name, (model.spent[name] - before[name]) / length) for name in model.spent]
    before = dict(model.spent)
    scanner = EventScanner(model, Config().events)
    scanner.feed(sound)
    scanner.finish()
    spent = sum(model.spent[name] - before[name] for name in model.spent)
    return [*found, Stage("events", spent / length)]


def _decoding(sound: Samples) -> float:
    """Seconds that it takes to decode the sound from AAC at 48 kHz stereo."""
    with scratch_folder() as folder:
        path = folder / "sound.m4a"
        with av.open(str(path), "w") as file:
            stream = file.add_stream("aac", rate=48_000, layout="stereo")
            frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            resampler = av.AudioResampler("fltp", "stereo", 48_000)
            for part in (*resampler.resample(frame), *resampler.resample(None)):
                file.mux(stream.encode(part))
            file.mux(stream.encode(None))
        media = probe(path)
        began = time.process_time()
        for _ in stream_audio(media):
            pass
        return time.process_time() - began


def _listening_speed(model: SenseVoice, sound: Samples) -> float:
    """Times real time of speech and events together, as LISTEN runs them."""
    media = Media("", "", len(sound) / SAMPLE_RATE, None, (), "")
    step = round(CHUNK_SECONDS * SAMPLE_RATE)
    chunks = iter([sound[i : i + step] for i in range(0, len(sound), step)])
    began = time.perf_counter()
    # Random weights are never sure of a language, and every segment would be heard again.
    listen(media, Config(model=ModelConfig(language="en")), model, decoded=DecodedMedia(chunks))
    return media.duration / (time.perf_counter() - began)


def _device_name(device: torch.device) -> str:

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        for line in _lines(Path("/proc/cpuinfo")):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or device.type


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def print_findings(console: Console, found: Measured) -> None:
    """Show what was found, and what limits it."""
    share = found.encoder_rate / found.product_rate
    console.print(f"{found.device}, {found.cores} cores, {found.number_type}")
    console.print(
        f"  listening     {found.listening:6.0f} x real time (an hour of video takes "
        f"{3600 / found.listening:.0f} s)"
    )
    console.print(f"  recognition   {found.recognition:6.0f} x real time by itself")
    console.print(
        f"  encoder       {found.encoder_rate:6.0f} GFLOP/s, {share:.0%} of the "
        f"{found.product_rate:.0f} of plain matrix products"
    )
    total = sum(stage.cost for stage in found.stages)
    console.print("where the time goes:")
    for stage in found.stages:
        console.print(
            f"  {stage.name:<14}{stage.cost / total:6.1%}  "
            f"({stage.speed:.0f} x real time on one core)"
        )
    console.print(f"What limits it: {limits(found)}")


def limits(found: Measured) -> str:
    """What to do for more speed, in a sentence."""
    heaviest = max(found.stages, key=lambda stage: stage.cost)
    if heaviest.name not in ("encoder", "events"):
        return f"{heaviest.name}, which runs on one core; the network waits for it."
    if found.number_type == "float32" and "cuda" not in found.device:
        return (
            "matrix products in float32. A CPU with AVX512-BF16 or AMX is several times as fast, "
            "a GPU faster still."
        )
    if found.encoder_rate < 0.5 * found.product_rate:
        return (
            "not the processor by itself: other programs that run beside it, or slow memory. "
            "Try again on a quiet machine."
        )
    return "matrix products, which run near this machine's best. More cores or a GPU are faster."


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--number-type", choices=get_args(NumberType), default="auto")
    parser.add_argument("--seconds", type=float, default=120, help="of sound to measure with")
    chosen = parser.parse_args(arguments)
    try:
        found = measure(chosen.device, chosen.number_type, chosen.seconds)
    except UserError as error:
        sys.exit(str(error))
    print_findings(Console(highlight=False), found)


if __name__ == "__main__":
    main()
