"""How fast recognition is, against FunASR and sherpa-onnx, and against the machine itself.

    python benchmarks/recognition.py [--rounds 3] [--seconds 120] [--folder FOLDER]

All run the same full-size network with random weights over the same recordings of 4 to 15 s, in
turns; medians and their ratios are printed. FunASR runs in float32 with its defaults (four threads,
whatever the machine has), one call per recording, and again with as many threads as there are
cores; sherpa-onnx runs the network as exported here, quantised to int8, with as many threads as
there are cores. FunASR's network under PyTorch's bfloat16 autocast, eight recordings a batch, is
what the encoder's share of the machine's own rate is compared with; that rate is measured on
square products, and on the encoder's own as PyTorch multiplies them one after another. Needs onnx
and sherpa-onnx (``pip install onnx sherpa-onnx``); without them that row is left out. ``--folder``
keeps the network for the next time (1.2 GB).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import full_size, machine, random_model
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE

FUNASR_THREADS = 4
"""The default of ``AutoModel``."""

CLIPS, CLIP_ROWS = 8, 171
"""A batch for PyTorch's own rates: so many recordings of 10 s, queries included."""


def recordings(seconds: float) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    sound, found, at = random_model.talk(seconds), [], 0
    while at < len(sound):
        length = round(rng.uniform(4, 15) * SAMPLE_RATE)
        found.append(sound[at : at + length])
        at += length
    return found


def funasr(folder: Path, threads: int) -> Callable[[list[np.ndarray]], None]:
    logging.disable(logging.CRITICAL)
    before = torch.get_num_threads()
    with contextlib.redirect_stdout(io.StringIO()):
        from funasr import AutoModel

        model = AutoModel(
            model=str(folder),
            device="cpu",
            ncpu=threads,
            disable_update=True,
            disable_pbar=True,
            log_level="ERROR",
        )
    torch.set_num_threads(before)  # the model sets it for the whole process

    def recognise(audio: list[np.ndarray]) -> None:
        torch.set_num_threads(threads)
        try:
            for one in audio:
                model.generate(input=one, language="auto", use_itn=True)
        finally:
            torch.set_num_threads(before)

    return recognise


def autocast_rate(encoder: torch.nn.Module, batches: int = 2) -> float:
    """Rate of FunASR's own encoder under autocast, in 10^9 floating point operations a second."""
    frames = [CLIP_ROWS] * CLIPS
    inputs, lengths = torch.randn(CLIPS, CLIP_ROWS, 560), torch.tensor(frames)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        encoder(inputs, lengths)
        took = seconds(lambda: [encoder(inputs, lengths) for _ in range(batches)])
    return random_model.encoder_work(frames) * batches / took


def layers_rate(number_type: torch.dtype, passes: int = 2) -> float:
    """PyTorch's rate over the encoder's own products and nothing else, in 10^9 operations a second.

    All matrices of all blocks, one after another, over as many rows as :func:`autocast_rate` has.
    """
    width, feed = random_model.ENCODER["output_size"], random_model.ENCODER["linear_units"]
    shapes = ((width, 3 * width), (width, width), (width, feed), (feed, width))
    blocks = random_model.ENCODER["num_blocks"] + random_model.ENCODER["tp_blocks"]
    weights = [torch.randn(b, a).to(number_type) for a, b in shapes * blocks]
    rows = {a: torch.randn(CLIPS * CLIP_ROWS, a).to(number_type) for a in (width, feed)}

    def once() -> None:
        for weight in weights:
            torch.nn.functional.linear(rows[weight.shape[1]], weight)

    def passes_over() -> None:
        for _ in range(passes):
            once()

    with torch.inference_mode():
        once()
        took = seconds(passes_over)
    work = 2 * CLIPS * CLIP_ROWS * sum(weight.numel() for weight in weights) / 1e9
    return work * passes / took


def sherpa(folder: Path, name: str = "model.int8.onnx") -> Callable[[list[np.ndarray]], None]:
    import sherpa_onnx

    if not (folder / name).is_file():
        export(folder)
    recogniser = sherpa_onnx.OfflineRecognizer.from_sense_voice(
        model=str(folder / name),
        tokens=str(folder / "tokens.txt"),
        num_threads=torch.get_num_threads(),
        use_itn=True,
    )

    def recognise(audio: list[np.ndarray]) -> None:
        for one in audio:
            stream = recogniser.create_stream()
            stream.accept_waveform(SAMPLE_RATE, one)
            recogniser.decode_stream(stream)

    return recognise


class Exported(torch.nn.Module):
    """The network as sherpa-onnx calls it."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, x: torch.Tensor, lengths: torch.Tensor, language: torch.Tensor, norm: torch.Tensor
    ) -> torch.Tensor:
        embed = self.network.embed
        queries = (embed(language)[:, None], embed(torch.tensor([[1, 2]])), embed(norm)[:, None])
        inputs = torch.cat((*queries, x), dim=1)
        states, _ = self.network.encoder(inputs, lengths + 4)
        return self.network.ctc.ctc_lo(states)


def export(folder: Path) -> None:
    """Write ``model.onnx``, ``model.int8.onnx`` and ``tokens.txt`` beside the network."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from vidtag.listening.speech.funasr_door import build
    from vidtag.listening.speech.sensevoice import FUNASR_PARTS

    network, parts = build(folder, FUNASR_PARTS)
    network.eval()
    pieces = parts["tokenizer"].sp
    names = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    lines = (f"{name} {number}\n" for number, name in enumerate(names))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    example = (
        torch.randn(1, 100, 560),
        torch.tensor([100], dtype=torch.int32),
        torch.tensor([3], dtype=torch.int32),
        torch.tensor([15], dtype=torch.int32),
    )
    whole = folder / "model.onnx"
    with torch.no_grad():
        torch.onnx.export(
            Exported(network),
            example,
            str(whole),
            opset_version=13,
            input_names=["x", "x_length", "language", "text_norm"],
            output_names=["logits"],
            dynamic_axes={
                **{name: {0: "N"} for name in ("x_length", "language", "text_norm")},
                "x": {0: "N", 1: "T"},
                "logits": {0: "N", 1: "T"},
            },
            dynamo=False,
        )
    shift, scale = parts["frontend"].cmvn.tolist()
    facts = {
        "lfr_window_size": 7,
        "lfr_window_shift": 6,
        "normalize_samples": 0,
        "neg_mean": ",".join(map(str, shift)),
        "inv_stddev": ",".join(map(str, scale)),
        "model_type": "sense_voice_ctc",
        "version": "1",
        "model_author": "random",
        "maintainer": "benchmark",
        "vocab_size": len(names),
        "comment": "random weights",
        "lang_auto": 0,
        "lang_zh": 3,
        "lang_en": 4,
        "lang_yue": 7,
        "lang_ja": 11,
        "lang_ko": 12,
        "lang_nospeech": 13,
        "with_itn": 14,
        "without_itn": 15,
        "url": "none",
    }
    model = onnx.load(str(whole))
    for key, value in facts.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, str(whole))
    quantize_dynamic(
        str(whole),
        str(folder / "model.int8.onnx"),
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QUInt8,
    )
    whole.unlink()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured")
    parser.add_argument("--seconds", type=float, default=120, help="of audio")
    parser.add_argument("--folder", type=Path, help="keep the network here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(full_size.make(options.folder or Path(name)), options.seconds, options.rounds)


def run(folder: Path, length: float, rounds: int) -> None:
    audio = recordings(length)
    config = ModelConfig(name=str(folder), device="cpu")
    chosen = SenseVoice.load(config)
    ways: dict[str, Callable[[list[np.ndarray]], object]] = {
        f"vidtag {chosen.number_type}": chosen.recognise
    }
    if chosen.number_type != "float32":
        ways["vidtag float32"] = SenseVoice.load(config, number_type="float32").recognise
    cores = torch.get_num_threads()
    ways["FunASR float32"] = funasr(folder, FUNASR_THREADS)
    if cores != FUNASR_THREADS:
        ways[f"the same, {cores} threads"] = funasr(folder, cores)
    if importlib.util.find_spec("sherpa_onnx") and importlib.util.find_spec("onnx"):
        ways["sherpa-onnx int8"] = sherpa(folder)
    for way in ways.values():
        way(audio[:2])
    times: dict[str, list[float]] = {name: [] for name in ways}
    kind = getattr(torch, chosen.number_type)
    plain: Any = random_model.random_network(folder)[0]
    encoder = plain.encoder.eval()
    square, layers, reached, autocast = [], [], [], []
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(seconds(partial(way, audio)))
        square.append(machine.product_rate(kind, chosen.device))
        layers.append(layers_rate(kind))
        reached.append(machine.encoder_rate(chosen))
        autocast.append(autocast_rate(encoder))
    middle = {name: statistics.median(found) for name, found in times.items()}
    first = next(iter(middle))
    print(
        f"{len(audio)} recordings, {length:.0f} s, {torch.get_num_threads()} cores; medians of "
        f"{rounds}:"
    )
    for name, found in middle.items():
        ratio = statistics.median(
            other / ours for other, ours in zip(times[name], times[first], strict=True)
        )
        print(
            f"  {name:<20} {length / found:6.1f} x real time; {first} is {ratio:.2f} times as fast"
        )
    for name, rates in (("encoder", reached), ("FunASR's, under autocast", autocast)):
        shares = (
            f"{statistics.median(a / b for a, b in zip(rates, own, strict=True)):.0%} of the "
            f"{statistics.median(own):.0f} of {which}"
            for own, which in ((square, "square products"), (layers, "its own products alone"))
        )
        print(f"  {name}: {statistics.median(rates):.0f} GFLOP/s, {', '.join(shares)}")


if __name__ == "__main__":
    main()
