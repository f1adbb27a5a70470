"""What people changed of the results of a video: the file ``NAME.vidtag-edits.json``.

It lies beside ``NAME.vidtag.json``, which stays as it was heard. It is a history: changes in the
order in which they were made, of which the first ``done`` count; the others were undone and can be
redone. ``vidtag.show.revision`` has what comes of them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from vidtag.core.bounded_values import check_depth
from vidtag.core.document import parse_json
from vidtag.core.errors import DocumentError
from vidtag.core.intervals import Interval
from vidtag.core.names import DOCUMENT_SUFFIX, EDITS_SUFFIX
from vidtag.core.records import Cue
from vidtag.core.whole_file import read_whole

LARGEST_FILE = 1 << 26
"""Bytes of a file of edits that is read, and written: some 100,000 changes."""

EDITS_VERSION = 1
"""Version of the file this vidtag writes, and the newest it reads."""


@dataclass(frozen=True, slots=True)
class KeptCue:
    """A cue that can be named.

    Attributes:
        id: its name, which it keeps when it is edited.
        source: the words that it stands for, by when they are said; None for what was added.
    """

    id: str
    cue: Cue
    source: Interval | None = None


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A clip that somebody made or changed.

    Attributes:
        id: its name; that of a highlight (``h`` and its times) where it was one.
        dropped: whether it is left out.
        reel, social: whether it goes into the reel, and becomes a social clip where these are made.
        crop: where the crop of the social clip stays, 0 at the left or top and 1 at the right or
            bottom; None leaves it to the settings.
    """

    id: str
    start: float
    end: float
    title: str
    dropped: bool = False
    reel: bool = True
    social: bool = True
    crop: float | None = None


@dataclass(frozen=True, slots=True)
class CuesChange:
    """Cues that others took the place of.

    Attributes:
        names: what all speakers are called from now on, if one was added who says some of them.
    """

    removed: tuple[KeptCue, ...] = ()
    added: tuple[KeptCue, ...] = ()
    names: tuple[str, ...] | None = None
    kind: Literal["cues"] = "cues"


@dataclass(frozen=True, slots=True)
class ClipsChange:
    """Clips that were made, changed or dropped, and the order of all, if it is not that of time."""

    put: tuple[KeptClip, ...] = ()
    removed: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    kind: Literal["clips"] = "clips"


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """Settings of one section that were chosen: a house style, a threshold, names of speakers."""

    section: Literal["subtitles", "highlights", "cast"]
    values: Mapping[str, object]
    kind: Literal["settings"] = "settings"


@dataclass(frozen=True, slots=True)
class ResetChange:
    """All cues as they were laid out."""

    kind: Literal["reset"] = "reset"


Change = CuesChange | ClipsChange | SettingsChange | ResetChange


@dataclass(frozen=True, slots=True)
class Edits:
    """All changes of the results of one video.

    Attributes:
        fingerprint: of the video.
        changes: all of them, those that were undone last.
        done: how many count.
        revision: how often anything was changed, undone or redone.
    """

    fingerprint: str
    changes: tuple[Annotated[Change, Field(discriminator="kind")], ...] = ()
    done: int = 0
    revision: int = 0
    version: int = field(default=EDITS_VERSION)

    @property
    def current(self) -> tuple[Change, ...]:
        """The changes that count."""
        return self.changes[: self.done]

    def changed(self, change: Change) -> Edits:
        """The same with one more change; what was undone before cannot be redone any more."""
        return replace(
            self,
            changes=(*self.current, change),
            done=self.done + 1,
            revision=self.revision + 1,
        )

    def moved(self, steps: int) -> Edits:
        """Undo (-1) or redo (1); at the end of the history nothing happens."""
        done = min(len(self.changes), max(0, self.done + steps))
        if done == self.done:
            return self
        return replace(self, done=done, revision=self.revision + 1)


def edits_path(document: Path) -> Path:
    """Where the edits of the document at a path are."""
    return document.with_name(document.name.removesuffix(DOCUMENT_SUFFIX) + EDITS_SUFFIX)


def to_json(edits: Edits) -> str:
    """JSON text, a line for each change."""
    head = {
        "version": edits.version,
        "fingerprint": edits.fingerprint,
        "done": edits.done,
        "revision": edits.revision,
    }
    lines = ",\n".join(_line(change) for change in edits.changes)
    return f'{json.dumps(head)[:-1]}, "changes": [\n{lines}\n]}}\n'


@functools.lru_cache(maxsize=65_536)
def _cached_line(change: CuesChange | ClipsChange | ResetChange) -> str:
    return _plain(change)


def _line(change: Change) -> str:
    # A mapping has no hash; all others are made into text once, however often they are saved.
    return _plain(change) if isinstance(change, SettingsChange) else _cached_line(change)


def _plain(change: Change) -> str:
    data = _change_adapter().dump_python(change, mode="json")
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def read_edits(document: Path, fingerprint: str) -> Edits:
    """The edits beside a document; none where there is no such file.

    Args:
        document: path of the document.
        fingerprint: of the document's video.

    Raises:
        DocumentError: the file cannot be read, is damaged, or belongs to another video.
    """
    path = edits_path(document)
    try:
        data = read_whole(path, LARGEST_FILE)
    except FileNotFoundError:
        return Edits(fingerprint)
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror})", path=path) from error
    remedy = "move it away to go on without these edits"
    try:
        plain = parse_json(data)
        version = plain.get("version") if isinstance(plain, dict) else None
        if isinstance(version, int) and version > EDITS_VERSION:
            raise DocumentError(
                f"version {version} is newer than this vidtag knows ({EDITS_VERSION})",
                path=path,
                remedy="upgrade vidtag",
            )
        edits = _adapter().validate_python(plain)
        check_depth([one.values for one in edits.changes if isinstance(one, SettingsChange)])
    except (ValueError, ValidationError, RecursionError) as error:
        raise DocumentError("not a file of edits, or damaged", path=path, remedy=remedy) from error
    if edits.fingerprint != fingerprint:
        raise DocumentError("these are edits of another video", path=path, remedy=remedy)
    return replace(edits, done=min(max(edits.done, 0), len(edits.changes)))


@functools.cache
def _adapter() -> TypeAdapter[Edits]:
    return TypeAdapter(Edits)


@functools.cache
def _change_adapter() -> TypeAdapter[Change]:
    return TypeAdapter(Change)
