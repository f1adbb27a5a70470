"""A SenseVoice model on disk: the files it consists of, and what its makers measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

from vidtag.core.errors import ModelError
from vidtag.core.records import EventKind, Language
from vidtag.core.settings import EventKindConfig
from vidtag.core.whole_file import read_whole

CALIBRATION = "calibration.json"
ARCHITECTURE = "SenseVoiceSmall"
_LARGEST_FILE = 1 << 23
"""Bytes of a configuration that is read."""

Label = TypeVar("Label", Language, EventKind)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        name: as the user asked for it.
        path: folder with ``config.yaml``, ``configuration.json`` and the files these name.
        origin: ``bundled``, ``modelscope``, ``huggingface`` or ``folder``.
        revision: hub revision, if one was pinned.
        checkpoint: the file with the weights.
        tokenizer, normalisation: files that it also needs.
    """

    name: str
    path: Path
    origin: str
    revision: str | None
    checkpoint: Path
    tokenizer: Path
    normalisation: Path


def examine(name: str, folder: Path, origin: str, revision: str | None) -> ModelFolder:
    """Check that a folder has what FunASR needs to build the network, before it tries."""
    config, index = folder / "config.yaml", folder / "configuration.json"
    for file in (config, index):
        if not file.is_file():
            raise _lacks(file)
    try:
        named = json.loads(read_whole(index, _LARGEST_FILE))["file_path_metas"]
        checkpoint = folder / named["init_param"]
        tokenizer = folder / named["tokenizer_conf"]["bpemodel"]
        normalisation = folder / named["frontend_conf"]["cmvn_file"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            "this does not name a checkpoint, a tokenizer and a normalisation file (init_param, "
            "bpemodel, cmvn_file)",
            path=index,
            remedy="fetch the model again",
        ) from error
    for file in (checkpoint, tokenizer, normalisation):
        if not file.is_file():
            raise _lacks(file)
    architecture = _architecture(config)
    if architecture != ARCHITECTURE:
        raise ModelError(
            f"this is a model of the kind {architecture}, not {ARCHITECTURE}",
            path=config,
            remedy="use iic/SenseVoiceSmall or a model fine-tuned from it",
        )
    return ModelFolder(name, folder, origin, revision, checkpoint, tokenizer, normalisation)


def read_word_delays(folder: ModelFolder) -> dict[Language, float]:
    """How late a model is at word starts, in seconds, by language; empty where nobody measured.

    They lie beside the configuration: ``{"word_start_delay": {"en": 0.02}}``.

    Raises:
        ModelError: the file is not that.
    """
    return _calibration(folder, "word_start_delay", Language, float, "a delay in seconds")


def read_event_settings(folder: ModelFolder) -> dict[EventKind, dict[str, float]]:
    """Settings of ``events.kinds`` that suit a model's own probabilities; empty where nobody
    measured. They take the place of vidtag's defaults, not of what a user sets.

    They lie beside the configuration: ``{"events": {"Laughter": {"on": 0.9, "off": 0.2}}}``.

    Raises:
        ModelError: the file is not that.
    """

    def settings(row: Mapping[str, Any]) -> dict[str, float]:
        checked = EventKindConfig.model_validate(row)
        return {name: getattr(checked, name) for name in row if row[name] is not None}

    return _calibration(folder, "events", EventKind, settings, "settings")


def _calibration(
    folder: ModelFolder,
    key: str,
    label: type[Label],
    value: Callable[[Any], Value],
    meaning: str,
) -> dict[Label, Value]:
    """One table of the calibration file; empty if there is none."""
    file = folder.path / CALIBRATION
    if not file.is_file():
        return {}
    try:
        table = json.loads(read_whole(file, _LARGEST_FILE)).get(key, {})
        return {label(name): value(row) for name, row in table.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"this does not give {meaning} for each {label.__name__} ({key})",
            path=file,
            remedy="measure it again, or remove the file",
        ) from error


def _lacks(file: Path) -> ModelError:
    return ModelError(
        f"the model folder lacks {file.name}", path=file.parent, remedy="fetch the model again"
    )


def _architecture(config: Path) -> str:
    try:
        settings = YAML(typ="safe").load(read_whole(config, _LARGEST_FILE).decode())
        return str(settings["model"])
    except Exception as error:  # YAMLError, and whatever the makers of numbers and dates raise
        raise ModelError("this is not the configuration of a FunASR model", path=config) from error
