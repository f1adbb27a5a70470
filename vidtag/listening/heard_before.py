"""Finds what was heard of a video under another name, by its content: renamed, copied or moved."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.errors import DocumentError
from vidtag.core.given_transcript import Transcript
from vidtag.core.media_streams import Media
from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.settings import Config
from vidtag.core.whole_file import read_head
from vidtag.listening.reuse import EarlierDocument, find_earlier
from vidtag.system.this_system import is_ours

_HEAD = 1 << 16
"""Bytes at the beginning of a document, in which it tells its video's fingerprint."""

_FINGERPRINT = re.compile(rb'"fingerprint":\s*"([0-9a-f]{32})"')


@dataclass(frozen=True, slots=True)
class HeardBefore:
    """A document of the same content, made under another name.

    Attributes:
        place: where it is.
        earlier: it, as it would be found at its own place.
        name: what the video was called.
        renamed: whether no video has that name any more.
    """

    place: Path
    earlier: EarlierDocument
    name: str
    renamed: bool


class DocumentsNear:
    """Documents that are there already, by the content they say they are of.

    Each is read once, at its beginning, however many videos are looked for: what is written later
    is told by ``add``. Others may change it meanwhile, so whatever is found is looked at again.
    """

    def __init__(self) -> None:
        self._in: dict[Path, dict[str, list[Path]]] = {}
        self._in_folders_of: dict[Path, dict[str, list[Path]]] = {}

    def find(
        self, target: Path, media: Media, config: Config, transcript: Transcript | None = None
    ) -> HeardBefore | None:
        """What listening would give now, if a document near ``target`` has it under another name.

        Near are documents in the same folder; and where the folder is one video's own, as
        ``talk.vidtag/`` or ``talk/``, those in the folders of other videos beside it. Documents of
        other users are passed over. Of several the latest is taken.

        Args:
            target: where the document is to be.
            transcript: what words would be taken from.
        """
        if config.output.relisten:
            return None
        places = [place for place in self._of(target, media.fingerprint) if place != target]
        for place in sorted(places, key=_modified, reverse=True):
            try:
                earlier = find_earlier(place, media, config, transcript)
            except (DocumentError, OSError):
                continue
            if earlier.document is not None:
                was = earlier.document.media.path
                return HeardBefore(place, earlier, Path(was).name, renamed=not os.path.lexists(was))
        return None

    def add(self, target: Path, fingerprint: str) -> None:
        """A document of that content has been written to ``target``."""
        known = [self._in.get(target.parent)]
        if _is_own_folder(target):
            known.append(self._in_folders_of.get(target.parent.parent))
        for places in known:
            if places is not None and target not in places.setdefault(fingerprint, []):
                places[fingerprint].append(target)

    def _of(self, target: Path, fingerprint: str) -> list[Path]:
        folder = target.parent
        if folder not in self._in:
            self._in[folder] = _by_content(folder.glob(f"*{DOCUMENT_SUFFIX}"))
        found = list(self._in[folder].get(fingerprint, []))
        if _is_own_folder(target):
            if folder.parent not in self._in_folders_of:
                self._in_folders_of[folder.parent] = _by_content(
                    map(_own, folder.parent.glob("*/"))
                )
            found += self._in_folders_of[folder.parent].get(fingerprint, [])
        return found


def _is_own_folder(target: Path) -> bool:
    """Whether a document's folder is called after its video."""
    return _own(target.parent) == target


def _own(folder: Path) -> Path:
    """The document of the video that a folder is called after."""
    return folder / f"{folder.name.removesuffix('.vidtag')}{DOCUMENT_SUFFIX}"


def _by_content(places: Iterable[Path]) -> dict[str, list[Path]]:
    """Documents of this user's by the fingerprints that they tell at their beginning."""
    found: dict[str, list[Path]] = {}
    for place in places:
        try:
            head = read_head(place, _HEAD) if is_ours(place.lstat()) else b""
        except OSError:
            continue
        for fingerprint in set(_FINGERPRINT.findall(head)):
            found.setdefault(fingerprint.decode(), []).append(place)
    return found


def _modified(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:  # gone since
        return 0
