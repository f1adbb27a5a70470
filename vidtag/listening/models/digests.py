"""Digests of the files that decide what is heard: of the model, of the voice activity
detector, of the tagger, and of what tells speakers apart. They need neither torch nor a network:
what is not on this machine has none.

A digest is the first 16 hexadecimal digits of the file's SHA-256. Its name is the part it belongs
to and the file's role there: ``model.weights``, ``vad.model``, ``tagger.labels``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from vidtag.core.errors import ModelError
from vidtag.core.given_transcript import Transcript
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.models.hubs import FSMN_VAD, cached, hub_id
from vidtag.listening.models.known_voices import voices_file
from vidtag.listening.models.locate import local_model
from vidtag.listening.models.model_folder import CALIBRATION, ModelFolder
from vidtag.listening.models.tagger_files import default_tagger, tagger_files
from vidtag.listening.models.voice_networks import local_networks

_known: dict[tuple[str, int, int, int], str] = {}
"""By path, size, time of change in nanoseconds, and inode."""


def digest(file: Path) -> str:
    """Digest of a file. A file that did not change since is not read twice by one process.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        status = os.stat(file)
        key = (str(file.absolute()), status.st_size, status.st_mtime_ns, status.st_ino)
        if key not in _known:
            with file.open("rb") as stream:
                _known[key] = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror or error})", path=file) from error
    return _known[key]


def model_digests(folder: ModelFolder) -> dict[str, str]:
    """Digests of all files that loading a model reads.

    Raises:
        ModelError: one of them cannot be read.
    """
    files = {
        "weights": folder.checkpoint,
        "config": folder.path / "config.yaml",
        "index": folder.path / "configuration.json",
        "tokenizer": folder.tokenizer,
        "normalisation": folder.normalisation,
    }
    calibration = folder.path / CALIBRATION
    if calibration.is_file():
        files["calibration"] = calibration
    return {f"model.{role}": digest(file) for role, file in files.items()}


def witness_digests(config: Config) -> dict[str, str]:
    """Digests of what listens besides the model: the voice activity detector, the tagger, and the
    networks and known voices that speakers are told apart by.

    What is not on this machine is left out.
    """
    files = dict(_witness_files(config))
    return {name: digest(file) for name, file in files.items() if file.is_file()}


def transcript_digest(transcript: Transcript | None) -> dict[str, str]:
    """Digest of the transcript that words are from; none where they are recognised."""
    return {} if transcript is None else {"transcript.file": transcript.source.digest}


def local_digests(config: Config) -> dict[str, str]:
    """Digests of everything that would listen, as far as it is on this machine."""
    model = local_model(config.model)
    return {**(model_digests(model) if model else {}), **witness_digests(config)}


def absent_parts(config: Config, found: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of which a file has no digest, because it is not on this machine."""
    wanted = ["model.weights", *dict(_witness_files(config))]
    return tuple(dict.fromkeys(name.split(".")[0] for name in wanted if name not in found))


def silero_file() -> Path:
    """The network of the installed Silero VAD."""
    # Found, not imported: importing it sets PyTorch to one thread.
    package = importlib.util.find_spec("silero_vad")
    home = Path(package.origin).parent if package and package.origin else Path("silero_vad")
    return home / "data" / "silero_vad_16k_sequence.onnx"


def _witness_files(config: Config) -> Iterator[tuple[str, Path]]:
    yield from _vad_files(config.vad.name, config.model)
    found = tagger_files(config.events.tagger.chosen(default_tagger(config)))
    if found is not None:
        yield "tagger.model", found.model
        yield "tagger.labels", found.labels
    if config.speakers.by == "voices":
        networks = local_networks(config.speakers.model, config.model.hub)
        yield "speakers.segmentation", networks.segmentation
        yield "speakers.voiceprint", networks.voiceprint
        voices = voices_file(config.speakers.voices)
        if voices is not None:
            yield "speakers.voices", voices


def _vad_files(name: str, model: ModelConfig) -> Iterator[tuple[str, Path]]:
    if name == "silero":
        yield "vad.model", silero_file()
        return
    folder = cached(hub_id(FSMN_VAD, model.hub), model.hub, None) or Path(FSMN_VAD)
    yield "vad.model", folder / "model.pt"
    yield "vad.config", folder / "config.yaml"
    yield "vad.normalisation", folder / "am.mvn"
