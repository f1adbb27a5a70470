"""How fast vidtag goes on this machine, and what limits it.

Measured with a network of SenseVoiceSmall's size and random weights, made on the spot: speed does
not depend on what the weights are. Sound is a voice-like noise, so that voice activity detection
and the event pass have their usual work.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vidtag.core.names import POCKET, NumberType
from vidtag.core.records import SAMPLE_RATE, ModelInfo
from vidtag.core.settings import Config, ModelConfig
from vidtag.files import scratch_folder
from vidtag.media.samples import CHUNK_SECONDS

if TYPE_CHECKING:
    import torch
    from rich.console import Console

    from vidtag.listening.speech.sensevoice import SenseVoice

VOCABULARY = 25_055
ENCODER = {"output_size": 512, "linear_units": 2048, "num_blocks": 50, "tp_blocks": 20}
_BLANK_BIAS = 2.2
"""Makes about three frames of four blank, as they are where people talk."""

Sound = npt.NDArray[np.float32]


def write_folder(folder: Path) -> None:
    """Write a model folder of full size, without the weights."""
    from ruamel.yaml import YAML

    from vidtag.listening.models import locate

    pocket = locate.resolve(ModelConfig(name=POCKET)).path
    folder.mkdir(parents=True, exist_ok=True)
    index = json.loads((pocket / "configuration.json").read_text(encoding="utf-8"))
    files = index["file_path_metas"]
    shutil.copy(pocket / "configuration.json", folder)
    shutil.copy(pocket / files["frontend_conf"]["cmvn_file"], folder)
    tokenizer = files["tokenizer_conf"]["bpemodel"]
    _enlarge_vocabulary(pocket / tokenizer, folder / tokenizer)
    yaml = YAML()
    config = yaml.load((pocket / "config.yaml").read_text(encoding="utf-8"))
    config["encoder_conf"].update(ENCODER)
    with (folder / "config.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(config, file)


def random_network(folder: Path, seed: int = 0) -> tuple[object, dict[str, object]]:
    """FunASR's network for such a folder, with random weights, and its parts."""
    import torch

    from vidtag.listening.speech.funasr_door import build
    from vidtag.listening.speech.sensevoice import FUNASR_PARTS

    torch.manual_seed(seed)
    network, parts = build(folder, FUNASR_PARTS, init_param=None, seed=seed)
    bias = network.ctc.ctc_lo.bias.data
    bias[network.blank_id] += _BLANK_BIAS
    bias[parts["tokenizer"].sp.piece_to_id("<|nospeech|>")] -= 10  # its segments would be dropped
    return network, parts


def random_model(device: str = "auto", number_type: NumberType = "auto") -> SenseVoice:
    """A model of SenseVoiceSmall's size with random weights, in memory.

    Raises:
        UserError: the device does not exist here.
    """
    from vidtag.listening.speech.device import choose_device, choose_number_type
    from vidtag.listening.speech.features import FeatureExtractor
    from vidtag.listening.speech.sensevoice import SenseVoice

    where = choose_device(device)
    with scratch_folder() as folder:
        write_folder(folder)
        network, parts = random_network(folder)
    network.to(where).eval()  # type: ignore[attr-defined]
    parameters = sum(p.numel() for p in network.parameters())  # type: ignore[attr-defined]
    info = ModelInfo("random", "made on the spot", None, parameters, "0" * 16)
    features = FeatureExtractor.from_frontend(parts["frontend"], where)
    tokenizer = parts["tokenizer"].sp  # type: ignore[attr-defined]
    return SenseVoice(network, tokenizer, features, info, choose_number_type(number_type, where))


def _enlarge_vocabulary(source: Path, target: Path) -> None:
    """Add pieces of two rare ideographs each until the vocabulary is SenseVoiceSmall's size."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(source.read_bytes())
    for number in range(VOCABULARY - len(proto.pieces)):
        piece = proto.pieces.add()
        piece.piece = chr(0x3400 + number // 200) + chr(0x3500 + number % 200)
        piece.score = -100.0 - number
    target.write_bytes(proto.SerializeToString())


def talk(seconds: float, seed: int = 0) -> Sound:
    """Sound that a detector takes for talk with pauses: buzzing vowels, at -20 dB."""
    rng = np.random.default_rng(seed)
    total = round(seconds * SAMPLE_RATE)
    times = np.arange(total) / SAMPLE_RATE
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * times) + 12 * np.sin(2 * np.pi * 2.3 * times)
    phase = np.cumsum(pitch) / SAMPLE_RATE
    formants = 1 + 0.5 * np.sin(2 * np.pi * 3.1 * times)
    sound = np.zeros(total)
    for harmonic in range(1, 30):
        near = np.exp(-(((harmonic * 130 - 600 * formants) / 400) ** 2))
        far = 0.4 * np.exp(-(((harmonic * 130 - 1700 * (2 - formants)) / 500) ** 2))
        sound += (near + far) * np.sin(2 * np.pi * harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * times) + 0.6, 0, 1)
    spoken = (times % 7.3) < 6.5
    sound = sound * syllables * spoken + rng.normal(0, 0.01, total)
    level: float = np.sqrt(np.mean(sound**2))
    return np.asarray(0.1 * sound / level, np.float32)


def product_rate(number_type: torch.dtype, device: torch.device, seconds: float = 1.0) -> float:
    """The machine's own rate of matrix products, in 10^9 floating point operations per second.

    Of square products of 2,048: PyTorch over all cores at once, or one on each core, whichever is
    faster.
    """
    import torch

    from vidtag.listening.speech.encoder import Linear
    from vidtag.listening.speech.workers import Workers

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


def encoder_work(frames: list[int]) -> float:
    """Floating point operations, in 10^9, that the encoder's products take for recordings of so
    many rows each."""
    width, feed = ENCODER["output_size"], ENCODER["linear_units"]
    blocks = ENCODER["num_blocks"] + ENCODER["tp_blocks"]
    linear = 2 * width * (3 * width + width + 2 * feed)
    first = 2 * (560 - width) * 3 * width
    rows = sum(frames)
    attention = sum(4 * n * n * width for n in frames)
    return (rows * (blocks * linear + first) + blocks * attention) / 1e9


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage costs: seconds of one core's time for a second of sound."""

    name: str
    cost: float

    @property
    def speed(self) -> float:
        """Times real time on one core."""
        return 1 / self.cost if self.cost else float("inf")


def stages(model: SenseVoice, sound: Sound) -> list[Stage]:
    """What each stage of LISTEN costs on this machine."""
    from vidtag.core.settings import VadConfig
    from vidtag.listening.events.scan import EventScanner
    from vidtag.listening.speech.vad import SileroVad

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


def _decoding(sound: Sound) -> float:
    """Seconds that it takes to decode the sound from AAC at 48 kHz stereo."""
    import av

    from vidtag.media.audio import stream_audio
    from vidtag.media.probe import probe

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
    import torch

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


def encoder_rate(model: SenseVoice, batches: int = 2) -> float:
    """Rate of the encoder of a full-size model, in 10^9 floating point operations per second."""
    import torch

    frames = [171, 171, 171]
    inputs = torch.randn(len(frames), frames[0], 560, device=model.device)
    work = encoder_work(frames) * batches * model.workers
    began = time.perf_counter()
    model.encode([(inputs, frames)] * (batches * model.workers))
    return work / (time.perf_counter() - began)


def _listening_speed(model: SenseVoice, sound: Sound) -> float:
    """Times real time of speech and events together, as LISTEN runs them."""
    from vidtag.core.records import Media
    from vidtag.listening.run import DecodedMedia, listen

    media = Media("", "", len(sound) / SAMPLE_RATE, None, (), "")
    step = round(CHUNK_SECONDS * SAMPLE_RATE)
    chunks = iter([sound[i : i + step] for i in range(0, len(sound), step)])
    began = time.perf_counter()
    # Random weights are never sure of a language, and every segment would be heard again.
    listen(media, Config(model=ModelConfig(language="en")), model, decoded=DecodedMedia(chunks))
    return media.duration / (time.perf_counter() - began)


def _device_name(device: torch.device) -> str:
    import platform

    import torch

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
