"""A model of SenseVoiceSmall's size with random weights, and sound for it, made on the spot.

Speed does not depend on what the weights are. Sound is a voice-like noise, so that voice activity
detection and the event pass have their usual work.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ruamel.yaml import YAML
from sentencepiece import sentencepiece_model_pb2

from vidtag.core.names import POCKET, NumberType
from vidtag.core.origins import ModelInfo
from vidtag.core.records import EventKind
from vidtag.core.settings import ModelConfig
from vidtag.files import scratch_folder
from vidtag.listening.models import locate
from vidtag.listening.speech.device import choose_device, choose_number_type
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.funasr_door import build
from vidtag.listening.speech.sensevoice import FUNASR_PARTS, SenseVoice
from vidtag.media.samples import SAMPLE_RATE, Samples

VOCABULARY = 25_055
ENCODER = {"output_size": 512, "linear_units": 2048, "num_blocks": 50, "tp_blocks": 20}
_BLANK_BIAS = 2.2
"""Makes about three frames of four blank, as they are where people talk."""


def write_folder(folder: Path) -> None:
    """Write a model folder of full size, without the weights."""
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


def random_network(folder: Path, seed: int = 0) -> tuple[Any, dict[str, Any]]:
    """FunASR's network for such a folder, with random weights, and its parts."""
    torch.manual_seed(seed)
    network, parts = build(folder, FUNASR_PARTS, init_param=None, seed=seed)
    bias = network.ctc.ctc_lo.bias.data
    bias[network.blank_id] += _BLANK_BIAS
    pieces = parts["tokenizer"].sp
    bias[pieces.piece_to_id("<|nospeech|>")] -= 10  # its segments would be dropped
    for kind in EventKind:  # it would hear them all over the talk
        bias[pieces.piece_to_id(f"<|{kind.value}|>")] -= 10
    return network, parts


def random_model(device: str = "auto", number_type: NumberType = "auto") -> SenseVoice:
    """A model of SenseVoiceSmall's size with random weights, in memory.

    Raises:
        UserError: the device does not exist here.
    """
    where = choose_device(device)
    with scratch_folder() as folder:
        write_folder(folder)
        network, parts = random_network(folder)
    network.to(where).eval()
    parameters = sum(p.numel() for p in network.parameters())
    info = ModelInfo("random", "made on the spot", None, parameters, "0" * 16)
    features = FeatureExtractor.from_frontend(parts["frontend"], where)
    tokenizer = parts["tokenizer"].sp
    return SenseVoice(network, tokenizer, features, info, choose_number_type(number_type, where))


def _enlarge_vocabulary(source: Path, target: Path) -> None:
    """Add pieces of two rare ideographs each until the vocabulary is SenseVoiceSmall's size."""
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(source.read_bytes())
    for number in range(VOCABULARY - len(proto.pieces)):
        piece = proto.pieces.add()
        piece.piece = chr(0x3400 + number // 200) + chr(0x3500 + number % 200)
        piece.score = -100.0 - number
    target.write_bytes(proto.SerializeToString())


def talk(seconds: float, seed: int = 0) -> Samples:
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
