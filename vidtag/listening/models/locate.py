"""Where a model is: bundled, in a folder, or on a hub; and getting it from there.

Hub models are used from the hub's cache without a look at the network. Only a model that is not
there is fetched.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from vidtag.core.errors import ModelError, VidtagError
from vidtag.core.names import POCKET, SENSEVOICE, YAMNET
from vidtag.core.settings import ModelConfig
from vidtag.listening.models import yamnet
from vidtag.listening.models.hubs import (
    CAMPPLUS,
    FSMN_VAD,
    ORIGINS,
    cached,
    find_folder,
    hub_id,
    looks_like_hub_id,
)
from vidtag.listening.models.model_folder import ModelFolder, examine


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that can be asked for by name, and where it is here, if it is.

    Attributes:
        remedy: what to do if what is here is damaged, or not all of it.
    """

    name: str
    description: str
    origin: str
    path: Path | None
    remedy: str = ""


def list_models() -> list[KnownModel]:
    """The models vidtag knows by name, each with its place on this machine; no network."""
    known = [KnownModel(POCKET, "tiny, understands only its own synthetic world", *_bundled())]
    for name, description in (
        (SENSEVOICE, "SenseVoiceSmall: zh, yue, en, ja, ko; emotions and events"),
        (FSMN_VAD, "FunASR's voice activity detector, for --vad fsmn-vad"),
        (CAMPPLUS, "FunASR's cam++, to tell speakers apart, for speakers.model"),
    ):
        for hub in ORIGINS:
            path = cached(hub_id(name, hub), hub, None)
            known.append(KnownModel(hub_id(name, hub), description, ORIGINS[hub], path))
    tagger, whole = yamnet.found_yamnet() or (None, True)
    known.append(
        KnownModel(
            YAMNET,
            f"sound tagger that listens for events beside a real model ({yamnet.LICENCE})",
            "fetched",
            tagger,
            "" if whole else f"fetch it again: {yamnet.FETCH}",
        )
    )
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
        return examine(config.name, path, origin, None)
    if (folder := _folder(config.name)) is not None:
        return examine(config.name, folder, "folder", None)
    if not looks_like_hub_id(config.name):
        raise ModelError(
            "there is no such folder, and this is no hub id such as " + SENSEVOICE,
            path=config.name,
            remedy="name an existing folder, a hub id, or pocket",
        )
    return fetch(config)


def local_path(config: ModelConfig) -> Path | None:
    """Where the model is on this machine; None if it would have to be fetched. Needs neither the
    network nor torch.
    """
    if config.name == POCKET:
        return _bundled()[1]
    if (folder := _folder(config.name)) is not None:
        return folder
    return cached(hub_id(config.name, config.hub), config.hub, config.revision)


def local_model(config: ModelConfig) -> ModelFolder | None:
    """The model as it is on this machine; None if it is not here, or is no SenseVoice model."""
    folder = local_path(config)
    if folder is None:
        return None
    try:
        return examine(config.name, folder, "folder", config.revision)
    except ModelError:
        return None


def fetch(config: ModelConfig, *, show: bool = False) -> ModelFolder:
    """Give a hub model's folder, fetched into the hub's own cache unless it is there already.

    What is fetched brings the sound tagger along, if that can be had.

    Args:
        show: let the hub's library show its progress on the terminal.

    Raises:
        ModelUnavailableError: the hub cannot be reached, has no such model, or breaks off.
        ModelError: what came is no SenseVoice model.
    """
    if config.name == POCKET or _folder(config.name) is not None:
        return resolve(config)
    was_here = local_path(config) is not None
    folder = find_folder(config.name, config.hub, config.revision, show=show)
    if not was_here:
        with suppress(VidtagError):  # a document says so where one is lacking
            yamnet.fetch_yamnet()
    return examine(config.name, folder, ORIGINS[config.hub], config.revision)


def _bundled() -> tuple[str, Path]:
    return "bundled", Path(str(resources.files("vidtag") / POCKET))


def _folder(name: str) -> Path | None:
    """The folder of that name; None if there is none, or it can be the name of none."""
    place = os.path.expanduser(name)
    return Path(place) if os.path.isdir(place) else None
