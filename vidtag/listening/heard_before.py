"""Finds what was heard of a video under another name, by its content: renamed, copied or moved."""

from __future__ import annotations

import os
from collections.abc import Iterator
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


def find_heard_before(
    target: Path, media: Media, config: Config, transcript: Transcript | None = None
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
    places = [place for place in _near(target) if _tells(place, media.fingerprint)]
    for place in sorted(places, key=lambda one: one.stat().st_mtime_ns, reverse=True):
        try:
            earlier = find_earlier(place, media, config, transcript)
        except (DocumentError, OSError):
            continue
        if earlier.document is not None:
            was = earlier.document.media.path
            return HeardBefore(place, earlier, Path(was).name, renamed=not os.path.lexists(was))
    return None


def _near(target: Path) -> Iterator[Path]:
    """Documents near one, itself excepted."""
    folder = target.parent
    stem = target.name.removesuffix(DOCUMENT_SUFFIX)
    places = list(folder.glob(f"*{DOCUMENT_SUFFIX}"))
    if folder.name in (stem, f"{stem}.vidtag"):
        for beside in folder.parent.glob("*/"):
            name = beside.name.removesuffix(".vidtag")
            places.append(beside / f"{name}{DOCUMENT_SUFFIX}")
    yield from (place for place in places if place != target)


def _tells(place: Path, fingerprint: str) -> bool:
    """Whether a document of this user's says that it is of that content; a quick first look."""
    try:
        return is_ours(place.lstat()) and fingerprint.encode() in read_head(place, _HEAD)
    except OSError:
        return False
