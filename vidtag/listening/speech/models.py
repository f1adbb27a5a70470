"""Where a model is: bundled, in a folder, or on a hub; and getting it from there.

Hub models lie in the hubs' own caches, shared with everything else that uses them, and are used
from there without a look at the network. Only a model that is not there is fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast

from vidtag.core.errors import ModelError, ModelUnavailableError
from vidtag.core.names import Hub
from vidtag.core.records import EventKind, Language
from vidtag.core.settings import EventKindConfig, ModelConfig
from vidtag.listening.speech import published
from vidtag.listening.speech.side_effects import silenced

POCKET = "pocket"
SENSEVOICE = "iic/SenseVoiceSmall"
FSMN_VAD = "iic/speech_fsmn_vad_zh-cn-16k-common-pytorch"

_ON_HUGGING_FACE = {SENSEVOICE: "FunAudioLLM/SenseVoiceSmall", FSMN_VAD: "funasr/fsmn-vad"}
"""Ids of the same models there; the other way round works too."""

_ORIGINS: dict[Hub, str] = {"ms": "modelscope", "hf": "huggingface"}
_SITES: dict[Hub, tuple[str, str]] = {
    "ms": ("ModelScope", "https://www.modelscope.cn"),
    "hf": ("Hugging Face", "https://huggingface.co"),
}

_REACH_SECONDS = 8.0
"""How long a hub may take to answer at all. The hubs' own libraries try for minutes."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        name: as the user asked for it.
        path: folder with ``config.yaml``, ``configuration.json`` and the files these name.
        origin: ``bundled``, ``modelscope``, ``huggingface`` or ``folder``.
        revision: hub revision, if one was pinned.
        checkpoint: the file with the weights.
    """

    name: str
    path: Path
    origin: str
    revision: str | None
    checkpoint: Path


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that can be asked for by name, and where it is here, if it is."""

    name: str
    description: str
    origin: str
    path: Path | None


def list_models() -> list[KnownModel]:
    """The models vidtag knows by name, each with its place on this machine; no network."""
    known = [KnownModel(POCKET, "tiny, understands only its own synthetic world", *_bundled())]
    for name, description in (
        (SENSEVOICE, "SenseVoiceSmall: zh, yue, en, ja, ko; emotions and events"),
        (FSMN_VAD, "FunASR's voice activity detector, for --vad fsmn-vad"),
    ):
        for hub in _ORIGINS:
            path = _cached(_hub_id(name, hub), hub, None)
            known.append(KnownModel(_hub_id(name, hub), description, _ORIGINS[hub], path))
    return known


def resolve(config: ModelConfig) -> ModelFolder:
    """Find the folder of the model that is asked for, fetching it if need be.

    ``config.name`` is ``pocket``, an existing folder, or a hub id, tried in this order.

    Raises:
        ModelUnavailableError: it has to be fetched, and cannot be.
        ModelError: there is no such folder, or it lacks a file or is no SenseVoice model.
    """
    if config.name == POCKET:
        origin, path = _bundled()
        return _examined(config.name, path, origin, None)
    if (folder := _folder(config.name)) is not None:
        return _examined(config.name, folder, "folder", None)
    if not _looks_like_hub_id(config.name):
        raise ModelError(
            "there is no such folder, and this is no hub id such as " + SENSEVOICE,
            path=config.name,
            remedy="name an existing folder, a hub id, or pocket",
        )
    return fetch(config)


def path(config: ModelConfig) -> Path | None:
    """Where the model is on this machine; None if it would have to be fetched. No network."""
    if config.name == POCKET:
        return _bundled()[1]
    if (folder := _folder(config.name)) is not None:
        return folder
    return _cached(_hub_id(config.name, config.hub), config.hub, config.revision)


def fetch(config: ModelConfig, *, show: bool = False) -> ModelFolder:
    """Give a hub model's folder, fetched into the hub's own cache unless it is there already.

    Args:
        show: let the hub's library show its progress on the terminal.

    Raises:
        ModelUnavailableError: the hub cannot be reached, has no such model, or breaks off.
        ModelError: what came is no SenseVoice model.
    """
    if config.name == POCKET or _folder(config.name) is not None:
        return resolve(config)
    folder = find_folder(config.name, config.hub, config.revision, show=show)
    return _examined(config.name, folder, _ORIGINS[config.hub], config.revision)


def find_folder(name: str, hub: Hub, revision: str | None = None, *, show: bool = False) -> Path:
    """Folder of a hub model of any kind, fetched unless it is there already.

    Raises:
        ModelUnavailableError: it cannot be fetched.
        ModelError: SenseVoiceSmall was fetched, and is not what was published under that name.
    """
    model = _hub_id(name, hub)
    cached = _cached(model, hub, revision)
    if cached is not None:
        return cached
    site, address = _SITES[hub]
    remedy = _ways_on(name, hub)
    trouble = _unreachable(address)
    if trouble:
        raise ModelUnavailableError(
            f"the model {model} is not on this machine, and {site} cannot be reached ({trouble})",
            remedy=remedy,
        )
    try:
        with nullcontext() if show else silenced():
            folder = Path(_snapshot(hub)(model, revision=revision))
    except Exception as error:  # each hub's library has its own tree of errors, and lets others by
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise ModelUnavailableError(
            f"the model {model} could not be fetched from {site} ({reason})", remedy=remedy
        ) from error
    if model == _hub_id(SENSEVOICE, hub) and revision is None:
        _check_published(folder, site)
    return folder


def _check_published(folder: Path, site: str) -> None:
    changed = published.differing(folder)
    if changed:
        raise ModelError(
            f"what {site} sent is not the model as it was published: {', '.join(changed)} differ",
            path=folder,
            remedy="if that is a newer version that you trust, choose it with --revision; else "
            "delete the folder and fetch it from another network",
        )


def load_weights(network: Any, folder: ModelFolder) -> str:
    """Fill a network with the weights of a folder's checkpoint, every one of them.

    Weights may lie in half precision, in a wrapper such as ``state_dict``, or under ``module.``.
    Only tensors are unpickled, never code.

    Returns:
        First 16 hexadecimal digits of the SHA-256 of the file.

    Raises:
        ModelError: the file is damaged or belongs to another network.
    """
    import torch

    file = folder.checkpoint
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
        state = torch.load(file, map_location="cpu", weights_only=True)
        for wrapper in ("state_dict", "model_state_dict", "model"):
            if isinstance(state.get(wrapper), dict):
                state = state[wrapper]
        weights = {name.removeprefix("module."): value for name, value in state.items()}
        shapes = {name: value.shape for name, value in weights.items()}
    except Exception as error:  # torch raises a dozen kinds for a file that is not a checkpoint
        raise ModelError(
            "the checkpoint cannot be read: it is damaged, or holds something else than weights",
            path=file,
            remedy="fetch the model again",
        ) from error
    wanted = network.state_dict()
    wrong = [name for name, value in wanted.items() if shapes.get(name) != value.shape]
    if wrong:
        raise ModelError(
            f"the checkpoint is not of the network in config.yaml: {len(wrong)} of {len(wanted)} "
            f"weights are missing or of another shape, {wrong[0]} for one",
            path=file,
            remedy="take config.yaml and the checkpoint from the same model",
        )
    spoilt = [name for name in wanted if not torch.isfinite(weights[name]).all()]
    if spoilt:
        raise ModelError(
            f"the checkpoint holds NaN or infinite weights, in {spoilt[0]} for one",
            path=file,
            remedy="fetch the model again; where it was fine-tuned, take an earlier checkpoint",
        )
    network.load_state_dict({name: weights[name] for name in wanted})
    return digest


def _bundled() -> tuple[str, Path]:
    return "bundled", Path(str(resources.files("vidtag") / POCKET))


def _examined(name: str, folder: Path, origin: str, revision: str | None) -> ModelFolder:
    """Check that a folder has what FunASR needs to build the network, before it tries."""
    config, index = folder / "config.yaml", folder / "configuration.json"
    for file in (config, index):
        if not file.is_file():
            raise _lacks(file)
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["file_path_metas"]
        checkpoint = folder / named["init_param"]
        tokenizer = folder / named["tokenizer_conf"]["bpemodel"]
        normalisation = folder / named["frontend_conf"]["cmvn_file"]
    except (ValueError, KeyError, TypeError) as error:
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
    if architecture != "SenseVoiceSmall":
        raise ModelError(
            f"this is a model of the kind {architecture}, not SenseVoiceSmall",
            path=config,
            remedy=f"use {SENSEVOICE} or a model fine-tuned from it",
        )
    return ModelFolder(name, folder, origin, revision, checkpoint)


def _folder(name: str) -> Path | None:
    """The folder of that name; None if there is none, or it can be the name of none."""
    place = os.path.expanduser(name)
    return Path(place) if os.path.isdir(place) else None


CALIBRATION = "calibration.json"
Label = TypeVar("Label", Language, EventKind)
Value = TypeVar("Value")


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
        checked = EventKindConfig.model_validate({"on": 1.0, "off": 0.0, **row})
        return {name: getattr(checked, name) for name in row}

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
        table = json.loads(file.read_text(encoding="utf-8")).get(key, {})
        return {label(name): value(row) for name, row in table.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
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
    from ruamel.yaml import YAML

    try:
        settings = YAML(typ="safe").load(config.read_text(encoding="utf-8"))
        return str(settings["model"])
    except Exception as error:  # YAMLError, and whatever the makers of numbers and dates raise
        raise ModelError("this is not the configuration of a FunASR model", path=config) from error


def _looks_like_hub_id(name: str) -> bool:
    owner, _, model = name.partition("/")
    return bool(owner and model) and "/" not in model and owner[0] not in ".~" and "\\" not in name


def _hub_id(name: str, hub: Hub) -> str:
    if hub == "hf":
        return _ON_HUGGING_FACE.get(name, name)
    return {other: own for own, other in _ON_HUGGING_FACE.items()}.get(name, name)


def _snapshot(hub: Hub) -> Callable[..., str]:
    if hub == "ms":
        from modelscope.hub.snapshot_download import snapshot_download as from_modelscope

        return cast("Callable[..., str]", from_modelscope)
    from huggingface_hub import snapshot_download as from_hugging_face

    return cast("Callable[..., str]", from_hugging_face)


def _cached(model: str, hub: Hub, revision: str | None) -> Path | None:
    """Folder of a model in the hub's cache; None if it is not there, or only in part."""
    try:
        with silenced():
            folder = Path(_snapshot(hub)(model, revision=revision, local_files_only=True))
    except Exception:  # both libraries raise their own kinds, and ValueError, for "not there"
        return None
    complete = (folder / "model.pt").is_file() and (folder / "config.yaml").is_file()
    return folder if complete else None


def _unreachable(address: str) -> str | None:
    """Why a site cannot be reached; None if it answers at all, be it with an error.

    In a thread, because looking up a name has no timeout of its own.
    """
    trouble: list[str | None] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")
            # An opener of its own: urlopen keeps for good what proxies it finds at its first call.
            with urllib.request.build_opener().open(request, timeout=_REACH_SECONDS):
                trouble.append(None)
        except urllib.error.HTTPError:
            trouble.append(None)
        except OSError as error:
            trouble.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS)
    return trouble[0] if trouble else "no answer"


def _ways_on(name: str, hub: Hub) -> str:
    if name == FSMN_VAD:
        return "fetch it on a connected machine and copy the cache, or use the VAD silero"
    option = "" if hub == "ms" else f" --hub {hub}"
    which = "" if name == SENSEVOICE else f" {name}"
    return (
        f"run `vidtag models fetch{which}{option}` on a connected machine and copy the folder that "
        "it names, then use --model FOLDER; or try vidtag out with --model pocket"
    )
