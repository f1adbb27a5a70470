"""What the published SenseVoiceSmall consists of, so that what a hub sends can be told from it.

The checkpoint has been the same on ModelScope and on Hugging Face since it was published there in
July 2024 (936,291,369 bytes). A hub's ``master`` may change at any time, and a checkpoint is not
a file to take from just anybody.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SHA256 = {
    "am.mvn": "29b3c740a2c0cfc6b308126d31d7f265fa2be74f3bb095cd2f143ea970896ae5",
    "chn_jpn_yue_eng_ko_spectok.bpe.model": (
        "aa87f86064c3730d799ddf7af3c04659151102cba548bce325cf06ba4da4e6a8"
    ),
    "config.yaml": "f71e239ba36705564b5bf2d2ffd07eece07b8e3f2bbf6d2c99d8df856339ac19",
    "configuration.json": "02810a7f8e9e8aee10370a265f7e799728ce25b4c00cdbf4602b303ee395a38e",
    "model.pt": "833ca2dcfdf8ec91bd4f31cfac36d6124e0c459074d5e909aec9cabe6204a3ea",
}
"""SHA-256 of the files that decide what the model does."""


def differing(folder: Path, wanted: dict[str, str] = SHA256) -> tuple[str, ...]:
    """Names of the files in a model folder that are not as published, or are not there."""
    return tuple(name for name, digest in wanted.items() if _digest(folder / name) != digest)


def _digest(file: Path) -> str | None:
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
