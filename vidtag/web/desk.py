"""The results of one job as people work on them: every change is saved before it counts.

A change has a number, the revision. Whoever knows the results up to some revision is told what
changed since: so one cue is sent and one comes back, and two windows see each other's edits. A
change of a cue that somebody else has changed in the meantime is refused.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vidtag import files
from vidtag.core import edits as edit_files
from vidtag.core.cast import called, in_order
from vidtag.core.document import rounded
from vidtag.core.edits import Change, ClipsChange, CuesChange, KeptCue, edits_path, read_edits
from vidtag.core.errors import OutputError, UserError
from vidtag.core.records import Document
from vidtag.core.settings import Config
from vidtag.show.edited_views import views_of
from vidtag.show.revision import Revision, first_revision, step
from vidtag.show.views import Views
from vidtag.web.faults import Fault, faults_of, faults_with

_REMEMBERED = 100
"""Revisions that are kept at hand for undo; those before are made again from the history."""


class ConflictError(UserError):
    """Somebody else changed the same in the meantime."""


@dataclass(frozen=True, slots=True)
class News:
    """What changed since a revision.

    Attributes:
        whole: whether all cues are told, and not only those that changed.
        cues: by start.
        removed: ids of cues that are gone.
    """

    whole: bool
    cues: tuple[KeptCue, ...]
    removed: tuple[str, ...]


class Desk:
    """The results of one document, and the history of what was changed of them.

    Args:
        document: as it is shown: without where its video lies.
        config: settings that it was made with.
        path: of the document; the edits are kept beside it.
        video: where the video can be read; None where it is gone.

    Raises:
        DocumentError: there are edits, but they cannot be used.
    """

    def __init__(self, document: Document, config: Config, path: Path, video: Path | None) -> None:
        self.path = path
        # Where it is gone, nothing of that name elsewhere on the server is taken for it.
        self.video = video or path.parent / Path(document.media.path).name
        self.lock = threading.RLock()
        self.edits = read_edits(path, document.media.fingerprint)
        self._first = first_revision(rounded(document), config)
        self._trail: deque[tuple[int, Revision]] = deque(maxlen=_REMEMBERED)
        self.now = self._made()
        self.faults: dict[str, tuple[Fault, ...]] = faults_of(self.now)
        self._floor = self.edits.revision
        self._changed = {kept.id: self._floor for kept in self.now.cues}
        self._removed: dict[str, int] = {}
        self._views: Views | None = None

    @property
    def revision(self) -> int:
        """The number of the last change."""
        return self.edits.revision

    @property
    def speakers(self) -> dict[str, str]:
        """What all speakers are called: those who were heard in that order, then those added."""
        return called(self.now.document, self.now.config.cast.names or self.now.document.names)

    @property
    def removable(self) -> int | None:
        """Number of the speaker who was added last, if no cue is said by them."""
        last = len(self.speakers) - 1
        if last < len(in_order(self.now.document)):
            return None
        name = list(self.speakers)[last]
        said = (kept.cue for kept in self.now.cues)
        return None if any(name in (cue.speaker, *cue.speakers) for cue in said) else last

    @property
    def views(self) -> Views:
        """What is shown now; made once for each revision."""
        with self.lock:
            if self._views is None:
                self._views = views_of(self.now, video=self.video)
            return self._views

    def change_cues(
        self,
        known: int,
        removed: Collection[str],
        put: Sequence[KeptCue],
        names: tuple[str, ...] | None = None,
    ) -> None:
        """Put cues in the place of others, or add some.

        Args:
            known: the revision that whoever asks has seen.
            removed: ids of cues that go away.
            put: those that come, or that have changed.
            names: what all speakers are called from now on, if one is added.

        Raises:
            ConflictError: one of them was changed or removed since.
        """
        with self.lock:
            here = {kept.id: kept for kept in self.now.cues}
            touched = {*removed, *(kept.id for kept in put if kept.id in here)}
            stale = any(self._changed.get(id_, known + 1) > known for id_ in touched)
            if stale or not set(removed) <= here.keys():
                raise ConflictError(
                    "this subtitle was changed in another window",
                    remedy="look at how it is now, and edit it again",
                )
            old = tuple(here[id_] for id_ in touched)
            if set(old) != set(put) or names is not None:
                self.change(CuesChange(old, tuple(put), names))

    def change(self, change: Change) -> None:
        """Make a change, and save it.

        Raises:
            ConfigError: a setting is wrong.
            OutputError: it could not be saved; then nothing has changed.
        """
        with self.lock:
            after = step(self.now, change)
            self._save(self.edits.changed(change), after)

    def move(self, steps: int) -> None:
        """Undo (-1) or redo (1).

        Raises:
            OutputError: it could not be saved; then nothing has changed.
        """
        with self.lock:
            edits = self.edits.moved(steps)
            if edits is self.edits:
                return
            before = self.edits
            self.edits = edits
            try:
                after = self._made()
            finally:
                self.edits = before
            self._save(edits, after)

    def news(self, since: int) -> News:
        """What changed after a revision; everything, if that is from before the server started."""
        with self.lock:
            if since < self._floor or since > self.revision:
                return News(True, self.now.cues, ())
            cues = tuple(kept for kept in self.now.cues if self._changed[kept.id] > since)
            removed = tuple(id_ for id_, when in self._removed.items() if when > since)
            return News(False, cues, removed)

    def new_id(self, number: int) -> str:
        """A name for something that is added with the next change."""
        return f"n{self.revision + 1}-{number}"

    def _made(self) -> Revision:
        """The revision of the current history, from the latest one at hand."""
        done = self.edits.done
        at, revision = 0, self._first
        for number, known in self._trail:
            if at < number <= done:
                at, revision = number, known
        for change in self.edits.current[at:]:
            revision = step(revision, change)
        return revision

    def _save(self, edits: edit_files.Edits, after: Revision) -> None:
        text = edit_files.to_json(edits)
        if len(text.encode()) > edit_files.LARGEST_FILE:
            raise OutputError(
                "the history of changes has grown too long, so this one was not saved",
                path=edits_path(self.path),
                remedy="undo some of the last changes first",
            )
        files.write_text(edits_path(self.path), text)
        before = self.now
        self.edits, self.now = edits, after
        self._views = None
        while self._trail and self._trail[-1][0] >= edits.done:
            self._trail.pop()
        self._trail.append((edits.done, after))
        if before.cues is after.cues and before.config.subtitles == after.config.subtitles:
            return
        was = {kept.id: kept for kept in before.cues}
        here = {kept.id: kept for kept in after.cues}
        changed = {id_ for id_, kept in here.items() if _differ(was.get(id_), kept)}
        gone = was.keys() - here.keys()
        whole = before.config.subtitles != after.config.subtitles
        faults = faults_of(after) if whole else faults_with(self.faults, after, changed, before)
        changed |= {id_ for id_ in here if _differ(self.faults.get(id_), faults.get(id_))}
        self.faults = faults
        for id_ in changed:
            self._changed[id_] = edits.revision
            self._removed.pop(id_, None)
        for id_ in gone:
            self._removed[id_] = edits.revision
            self._changed.pop(id_, None)


def _differ(before: object, after: object) -> bool:
    """Whether two records differ; of thousands nearly all are the same one, which is quick."""
    return before is not after and before != after


def clips_change(desk: Desk, known: int, change: ClipsChange) -> ClipsChange:
    """The change, if the clips are still those that whoever asks has seen.

    Raises:
        ConflictError: they are not.
    """
    if known != desk.revision and any(c.kind == "clips" for c in _since(desk, known)):
        raise ConflictError("the clips were changed in another window", remedy="look at them again")
    return replace(change)


def _since(desk: Desk, known: int) -> Sequence[Change]:
    behind = max(0, desk.revision - known)
    return desk.edits.current[-behind:] if behind else ()
