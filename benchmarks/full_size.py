"""Makes a folder like that of SenseVoiceSmall, full size, with random weights: for measuring.

``python benchmarks/full_size.py FOLDER`` writes about 0.9 GB. Speed does not depend on what the
weights are; text does, and is nonsense.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

VOCABULARY = 25_055
ENCODER = {"output_size": 512, "linear_units": 2048, "num_blocks": 50, "tp_blocks": 20}


def make(folder: Path, seed: int = 0) -> Path:
    """Write the folder, unless it is there already."""
    import torch
    from ruamel.yaml import YAML

    from vidtag.config import ModelConfig
    from vidtag.speech import models
    from vidtag.speech.funasr_door import build
    from vidtag.speech.sensevoice import FUNASR_PARTS

    if (folder / "model.pt").is_file():
        return folder
    pocket = models.resolve(ModelConfig(name=models.POCKET)).path
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
    torch.manual_seed(seed)
    network, _ = build(folder, FUNASR_PARTS, init_param=None, seed=seed)
    partial = folder / "model.pt.partial"
    torch.save(network.state_dict(), partial)
    partial.rename(folder / "model.pt")
    return folder


def _enlarge_vocabulary(source: Path, target: Path) -> None:
    """Add pieces of two rare ideographs each until the vocabulary is SenseVoiceSmall's size."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(source.read_bytes())
    for number in range(VOCABULARY - len(proto.pieces)):
        piece = proto.pieces.add()
        piece.piece = chr(0x3400 + number // 200) + chr(0x3500 + number % 200)
        piece.score = -100.0 - number
    target.write_bytes(proto.SerializeToString())


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
