"""Projects: the documents in a folder that the user names, which are there again tomorrow.

The folder looks as ``vidtag run`` leaves it: ``talk.mp4``, ``talk.vidtag/talk.vidtag.json``, and
the edits beside that. So every other command works with it as well. A hidden file remembers ids.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path, PurePath

from vidtag import files
from vidtag.core.edits import edits_path
from vidtag.core.names import DOCUMENT_SUFFIX, result_stem
from vidtag.core.whole_file import read_whole

_IDS = ".vidtag-web.json"
_REMOVED = ".vidtag-removed"
_LARGEST_IDS = 1 << 26
"""Bytes of the file of ids that is read: some 500,000 projects."""


@dataclass(frozen=True, slots=True)
class Project:
    """A document in the folder.

    Attributes:
        changed: when it or its edits last changed, seconds since 1970.
    """

    id: str
    name: str
    document: Path
    changed: float
    edited: bool


class ProjectFolder:
    """A folder of projects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._lock = threading.Lock()

    def all(self) -> list[Project]:
        """All projects, the latest first."""
        with self._lock:
            ids = self._ids()
            found = []
            known = len(ids)
            for path in self._documents():
                name = str(path.relative_to(self.folder))
                ids.setdefault(name, secrets.token_urlsafe(24))
                with contextlib.suppress(OSError):
                    found.append(_project(ids[name], path))
            if len(ids) != known:
                self._write(ids)
        return sorted(found, key=lambda project: -project.changed)

    def get(self, identity: str) -> Project | None:
        """The project of that id."""
        with self._lock:
            for name, known in self._ids().items():
                path = self.folder / name
                if name.startswith(_REMOVED):
                    continue
                if secrets.compare_digest(known, identity) and path.is_file():
                    return _project(identity, path)
        return None

    def place(self, name: str, *, with_video: bool = True) -> tuple[Path, Path]:
        """Where a video of that name and its document go; an earlier result is not touched.

        Args:
            with_video: whether the video is put there, too, and may not be there already.
        """
        stem, suffix = result_stem(name), Path(name).suffix
        number = 1
        while True:
            own = stem if number == 1 else f"{stem}-{number}"
            video, folder = self.folder / f"{own}{suffix}", self.folder / f"{own}.vidtag"
            if not folder.exists() and not (with_video and video.exists()):
                return video, folder / f"{own}{DOCUMENT_SUFFIX}"
            number += 1

    def add(self, identity: str, document: Path) -> None:
        """Remember the id of a document."""
        with self._lock:
            ids = self._ids()
            ids[str(document.relative_to(self.folder))] = identity
            self._write(ids)

    def remove(self, project: Project) -> None:
        """Move a document and its edits out of the way, from where they can be brought back."""
        place = self.folder / _REMOVED / f"{time.strftime('%Y%m%d-%H%M%S')}-{project.id[:8]}"
        files.ensure_folder(place)
        for path in (project.document, edits_path(project.document)):
            with contextlib.suppress(FileNotFoundError):
                shutil.move(path, place / path.name)
        with self._lock:
            ids = self._ids()
            ids[str((place / project.document.name).relative_to(self.folder))] = project.id
            self._write(ids)

    def restore(self, identity: str) -> Project | None:
        """Bring back what was removed."""
        with self._lock:
            ids = self._ids()
        for name, known in ids.items():
            path = self.folder / name
            if known != identity or not name.startswith(_REMOVED) or not path.is_file():
                continue
            stem = path.name.removesuffix(DOCUMENT_SUFFIX)
            target = self.folder / f"{stem}.vidtag" / path.name
            if target.exists():
                _, target = self.place(stem, with_video=False)
            files.ensure_folder(target.parent)
            shutil.move(path, target)
            with contextlib.suppress(FileNotFoundError):
                shutil.move(edits_path(path), edits_path(target))
            self.add(identity, target)
            return _project(identity, target)
        return None

    def _documents(self) -> list[Path]:
        pattern = f"*{DOCUMENT_SUFFIX}"
        found = [*self.folder.glob(pattern), *self.folder.glob(f"*/{pattern}")]
        return [
            path
            for path in found
            if path.is_file() and not path.relative_to(self.folder).parts[0].startswith(".")
        ]

    def _ids(self) -> dict[str, str]:
        try:
            read = dict(json.loads(read_whole(self.folder / _IDS, _LARGEST_IDS)))
        except (OSError, ValueError, TypeError, RecursionError):
            return {}
        return {str(name): str(id_) for name, id_ in read.items() if _is_inside(str(name))}

    def _write(self, ids: dict[str, str]) -> None:
        files.write_text(self.folder / _IDS, json.dumps(ids, indent=1, ensure_ascii=False))


def _is_inside(name: str) -> bool:
    """Whether a name leads nowhere but into the folder."""
    path = PurePath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _project(identity: str, path: Path) -> Project:
    edits = edits_path(path)
    edited = edits.is_file()
    changed = max(path.stat().st_mtime, edits.stat().st_mtime if edited else 0)
    name = path.name.removesuffix(DOCUMENT_SUFFIX)
    return Project(identity, name, path, changed, edited)
