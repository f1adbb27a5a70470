"""Where a model is: bundled, in a folder, or on a hub."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

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
