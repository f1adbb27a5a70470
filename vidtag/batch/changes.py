"""What tells whether a stage has to be done again: its video, its settings, its results."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from vidtag.batch.contract import Stage
from vidtag.batch.storage import is_address, version
from vidtag.core.errors import VidtagError
from vidtag.core.settings import Config
from vidtag.listening.identity import LISTENING_VERSION
from vidtag.listening.models.digests import local_digests
from vidtag.transcripts.of_media import transcript_path


def file_version(source: str) -> str:
    """A text that changes when a file does. Cheap: it is made for every video of every run."""
    try:
        if is_address(source):
            return "{} {}".format(*version(source))
        status = os.stat(source)
    except (OSError, VidtagError):
        return "absent"
    return f"{status.st_size} {status.st_mtime_ns}"


def settings_digest(config: Config, stage: Stage, source: str) -> str:
    """Identifies what decides what a stage makes of a video, besides the video itself: settings,
    the models that listen, its transcript.
    """
    if stage is Stage.LISTEN:
        data: Any = [config.listen_settings(), local_digests(config), LISTENING_VERSION]
        if config.recognition.transcript is not None:
            data.append(file_version(transcript_path(config.recognition.transcript, source)))
    else:
        data = config.model_dump(
            mode="json",
            exclude={
                "inputs": True,
                "recognition": True,
                "model": {"device"},
                "output": {"folder", "relisten", "overwrite"},
            },
        )
    text = json.dumps(data, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def all_present(files_json: str, folder: str, present: Mapping[str, int] | None) -> bool:
    """Whether every file that a stage wrote is still there.

    Args:
        files_json: the files' names, relative to the folder, as the ledger has them.
        present: files that exist, by address, if the folder is an address.
    """
    try:
        files = dict(json.loads(files_json))
    except (TypeError, ValueError):  # damaged: what it names is made again
        return False
    if is_address(folder):
        return present is None or all(f"{folder}/{name}" in present for name in files)
    return all(os.path.exists(os.path.join(folder, name)) for name in files)
