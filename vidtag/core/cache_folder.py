"""The folder for what can be made again: vidtag writes nowhere else that nobody named."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path | None:
    """The folder, made if it is not there; None where this user has none that can be written.

    That is so in containers: their user may have no home, or one that can only be read.
    """
    folder = platformdirs.user_cache_path("vidtag")
    if not folder.is_absolute():  # "~" stays as it is for a user whom the system does not know
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None
