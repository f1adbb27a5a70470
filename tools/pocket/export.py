"""Write the folder that ``funasr.AutoModel(model=FOLDER)`` loads."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import yaml
from torch import Tensor

from tools.pocket import tokenizer
from tools.pocket.network import CONFIG

WEIGHTS, NORMALISATION = "model.pt", "am.mvn"
Vector = npt.NDArray[np.float32]


def export(
    folder: Path, pieces: Path, weights: Mapping[str, Tensor], shift: Vector, scale: Vector
) -> None:
    """Write weights in half precision, configuration, normalisation and tokenizer.

    Args:
        pieces: the sentencepiece model, copied.
        shift, scale: of the FEATURES-dimensional frames: ``(x + shift) * scale``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    files = {
        "init_param": WEIGHTS,
        "config": "config.yaml",
        "tokenizer_conf": {"bpemodel": tokenizer.FILE_NAME},
        "frontend_conf": {"cmvn_file": NORMALISATION},
    }
    description = {
        "framework": "pytorch",
        "task": "auto-speech-recognition",
        "model": {"type": "funasr"},
        "file_path_metas": files,
    }
    (folder / "configuration.json").write_text(json.dumps(description, indent=1) + "\n")
    (folder / NORMALISATION).write_text(_kaldi_normalisation(shift, scale))
    shutil.copyfile(pieces, folder / tokenizer.FILE_NAME)
    partial = folder / (WEIGHTS + ".partial")
    torch.save({name: value.half().cpu() for name, value in weights.items()}, partial)
    partial.replace(folder / WEIGHTS)


def _kaldi_normalisation(shift: Vector, scale: Vector) -> str:
    """Kaldi's nnet text, of which funasr's ``load_cmvn`` reads the two bracketed rows."""

    def row(values: Vector) -> str:
        return "[ " + " ".join(f"{v:.6g}" for v in values) + " ]"

    n = len(shift)
    return (
        f"<Nnet>\n<Splice> {n} {n}\n[ 0 ]\n"
        f"<AddShift> {n} {n}\n<LearnRateCoef> 0 {row(shift)}\n"
        f"<Rescale> {n} {n}\n<LearnRateCoef> 0 {row(scale)}\n</Nnet>\n"
    )


def normalisation(folder: Path) -> tuple[Vector, Vector]:
    """Shift and scale of a folder that :func:`export` wrote."""
    rows = re.findall(r"<LearnRateCoef> 0 \[(.*?)\]", (folder / NORMALISATION).read_text())
    shift, scale = (np.array(row.split(), np.float32) for row in rows)
    return shift, scale
