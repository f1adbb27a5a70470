"""Where a model is: bundled, in a folder, or on a hub."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from vidtag.config import ModelConfig
from vidtag.errors import ModelError

POCKET = "pocket"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        name: as the user asked for it.
        path: folder with ``config.yaml``, ``configuration.json`` and the files these name.
        origin: ``bundled``, ``modelscope``, ``huggingface`` or ``folder``.
        revision: hub revision, if one was pinned.
        checkpoint, tokenizer, normalisation: the files in it.
    """

    name: str
    path: Path
    origin: str
    revision: str | None
    checkpoint: Path
    tokenizer: Path
    normalisation: Path


def resolve(config: ModelConfig) -> ModelFolder:
    """Find the folder of the model that is asked for.

    Raises:
        ModelError: the folder lacks a file.
    """
    if config.name == POCKET:
        path = Path(str(resources.files("vidtag") / POCKET))
        return _examine(config.name, path, "bundled", None)
    return _examine(config.name, Path(config.name), "folder", None)


def _examine(name: str, path: Path, origin: str, revision: str | None) -> ModelFolder:
    index = path / "configuration.json"
    files = json.loads(index.read_text(encoding="utf-8"))["file_path_metas"]
    found = {
        "checkpoint": path / files["init_param"],
        "tokenizer": path / files["tokenizer_conf"]["bpemodel"],
        "normalisation": path / files["frontend_conf"]["cmvn_file"],
    }
    for file in found.values():
        if not file.is_file():
            raise ModelError("the model folder lacks this file", path=file)
    return ModelFolder(name=name, path=path, origin=origin, revision=revision, **found)


def load_weights(network: Any, folder: ModelFolder) -> str:
    """Fill a network with the weights of a folder's checkpoint, every one of them.

    Weights may lie in half precision, in a wrapper such as ``state_dict``, or under ``module.``.

    Returns:
        First 16 hexadecimal digits of the SHA-256 of the file.

    Raises:
        ModelError: the file is damaged or belongs to another network.
    """
    import torch

    path = folder.checkpoint
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds for a file that is not a checkpoint
        raise ModelError(
            "the checkpoint cannot be read: damaged, or not made by PyTorch",
            path=path,
            remedy="fetch the model again",
        ) from error
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    weights = {name.removeprefix("module."): value for name, value in state.items()}
    wanted = network.state_dict()
    wrong = [
        name
        for name, value in wanted.items()
        if name not in weights or weights[name].shape != value.shape
    ]
    if wrong:
        raise ModelError(
            f"the checkpoint is not of the network in config.yaml: {len(wrong)} of {len(wanted)} "
            f"weights are missing or of another shape, {wrong[0]} for one",
            path=path,
        )
    network.load_state_dict({name: weights[name] for name in wanted})
    return digest
