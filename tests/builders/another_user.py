"""What another user may do: a folder that is not ours, for users of any rank."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NOBODY = 65534


@contextlib.contextmanager
def folder_for_others() -> Iterator[Path]:
    """A folder that everybody may look into, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


@contextlib.contextmanager
def without_rights(folder: Path, mode: int) -> Iterator[None]:
    """The folder has this mode meanwhile, and we are not the user who may do everything."""
    was_root = os.geteuid() == 0
    before = folder.stat().st_mode
    folder.chmod(mode)
    if was_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(before)
