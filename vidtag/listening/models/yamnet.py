"""YAMNet: the sound tagger that listens beside SenseVoice, where it comes from and where it lies.

3.7 million parameters, trained by Google on AudioSet, Apache-2.0. The file is the one that
MediaPipe pins in its own build (third_party/external_files.bzl), 4,126,810 bytes; its labels are
those of the TensorFlow models repository. What comes with another digest is thrown away.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from vidtag import files
from vidtag.core.cache_folder import cache_folder
from vidtag.core.errors import ModelError, ModelUnavailableError
from vidtag.core.whole_file import read_whole

LICENCE = "Apache-2.0, Google"
FETCH = "vidtag models fetch yamnet"


@dataclass(frozen=True, slots=True)
class Published:
    """A file that anybody can fetch, and what tells it from any other."""

    name: str
    address: str
    sha256: str
    most_bytes: int = 8 << 20


MODEL = Published(
    "yamnet.tflite",
    "https://storage.googleapis.com/mediapipe-assets/tasks/testdata/audio/"
    "yamnet_audio_classifier_with_metadata.tflite?generation=1782183748090824",
    "10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de",
)
LABELS = Published(
    "yamnet_class_map.csv",
    "https://raw.githubusercontent.com/tensorflow/models/"
    "5c597f85268743140854f0e670f2175e8668553a/research/audioset/yamnet/yamnet_class_map.csv",
    "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
)

_PATIENCE = 8.0
"""Seconds that a site may take to answer, and then between two pieces of what it sends."""


def yamnet_folder() -> Path | None:
    """Where it is kept; None for a user without a folder that can be written."""
    folder = cache_folder()
    return None if folder is None else folder / "yamnet"


def local_yamnet() -> Path | None:
    """The model's file, if it and its labels are on this machine."""
    folder = yamnet_folder()
    if folder is None or not all((folder / one.name).is_file() for one in (MODEL, LABELS)):
        return None
    return folder / MODEL.name


def found_yamnet() -> tuple[Path, bool] | None:
    """Where the model's file belongs, if anything of it is on this machine, and whether all of it
    is there as it was published."""
    folder = yamnet_folder()
    parts = (MODEL, LABELS)
    if folder is None or not any((folder / one.name).exists() for one in parts):
        return None
    return folder / MODEL.name, all(_is_whole(folder / one.name, one) for one in parts)


def fetch_yamnet(wanted: tuple[Published, ...] = (MODEL, LABELS)) -> Path:
    """Its folder, fetched into vidtag's cache unless it is there already, undamaged.

    Raises:
        ModelUnavailableError: it cannot be fetched, or there is nowhere to keep it.
        ModelError: something else came.
        OutputError: it cannot be written.
    """
    folder = yamnet_folder()
    if folder is None:
        raise ModelUnavailableError(
            "there is no folder to keep the sound tagger YAMNet in: vidtag's cache cannot be "
            "written",
            remedy="set XDG_CACHE_HOME to a folder that can, or events.tagger.model to a file",
        )
    files.ensure_folder(folder)
    for one in wanted:
        if not _is_whole(folder / one.name, one):
            files.write_bytes(folder / one.name, _fetched(one, folder))
    return folder


def _is_whole(file: Path, one: Published) -> bool:
    try:
        return hashlib.sha256(read_whole(file, one.most_bytes)).hexdigest() == one.sha256
    except OSError:
        return False


def _fetched(one: Published, folder: Path) -> bytes:
    try:
        # An opener of its own: urlopen keeps for good what proxies it finds at its first call.
        with urllib.request.build_opener().open(one.address, timeout=_PATIENCE) as answer:
            data: bytes = answer.read(one.most_bytes)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        other = (
            f": its {one.name} is not as it was published" if (folder / one.name).exists() else ""
        )
        raise ModelUnavailableError(
            f"the sound tagger YAMNet is not on this machine{other}, and cannot be fetched "
            f"({reason})",
            remedy=f"run `{FETCH}` on a connected machine and copy the folder that it names to "
            f"{folder}, or set events.tagger.model to null to do without",
        ) from error
    if hashlib.sha256(data).hexdigest() != one.sha256:
        raise ModelError(
            f"what came from {one.address.split('?')[0]} is not {one.name} as it was published",
            remedy="fetch it from another network, or set events.tagger.model to a file that you "
            "trust",
        )
    return data
