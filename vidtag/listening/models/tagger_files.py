"""Which sound tagger listens beside the model, and where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.names import AUTO, POCKET, YAMNET
from vidtag.core.settings import Config, TaggerConfig
from vidtag.listening.models import yamnet

LABEL_FILES = ("class_labels_indices.csv", "yamnet_class_map.csv")
"""What label files are called beside a tagger: by sherpa-onnx, and by YAMNet."""


@dataclass(frozen=True, slots=True)
class TaggerFiles:
    """A tagger's network and its labels; either may be missing on this machine."""

    model: Path
    labels: Path


def default_tagger(config: Config) -> str | None:
    """The tagger that ``auto`` stands for here: YAMNet if it is on this machine, else none.

    None beside the pocket model, whose synthetic world no tagger knows.
    """
    return YAMNET if config.model.name != POCKET and yamnet.local_yamnet() else None


def is_file_name(model: str | None) -> bool:
    """Whether a tagger is named by its file."""
    return model not in (None, AUTO, YAMNET)


def tagger_files(config: TaggerConfig) -> TaggerFiles | None:
    """The files of the tagger that settings name; None if they name none, or leave it open."""
    if config.model is None or config.model == AUTO:
        return None
    if config.model == YAMNET:
        folder = yamnet.yamnet_folder() or Path(YAMNET)
        return TaggerFiles(folder / yamnet.MODEL.name, folder / yamnet.LABELS.name)
    model = Path(os.path.expanduser(config.model))
    if config.labels:
        return TaggerFiles(model, Path(os.path.expanduser(config.labels)))
    beside = (model.parent / name for name in LABEL_FILES)
    found = next((file for file in beside if file.is_file()), model.parent / LABEL_FILES[0])
    return TaggerFiles(model, found)
