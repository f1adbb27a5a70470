"""What comes of a document, settings and edits: cues with names, clips, settings. Pure.

A cue that nobody touched is as the layout made it. Another house style lays those anew that nobody
touched, from the words that the edited ones do not stand for; the edited ones stay.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from vidtag.core.edits import (
    Change,
    ClipsChange,
    CuesChange,
    KeptClip,
    KeptCue,
    ResetChange,
    SettingsChange,
)
from vidtag.core.intervals import Interval
from vidtag.core.records import Cue, Document
from vidtag.core.settings import Config
from vidtag.show.masking import rewritten, without
from vidtag.show.reassigned import reassigned
from vidtag.subtitles.layout.cues import LaidOutCue, lay_out

_SHARED = 0.5
"""Share of its words by which a cue of another layout is the one that was edited."""


@dataclass(frozen=True, eq=False)
class Revision:
    """The results as they are now.

    Attributes:
        document: as it was heard.
        config: settings, with those that were chosen.
        base: cues as they were laid out.
        cues: all cues, by start.
        covered: words that an earlier layout had in cues that were edited.
        clips: clips that were made, changed or dropped.
        order: ids of clips in the order they were put into, if they were.
    """

    document: Document
    config: Config
    base: Mapping[str, KeptCue]
    cues: tuple[KeptCue, ...]
    covered: tuple[Interval, ...] = ()
    clips: Mapping[str, KeptClip] = field(default_factory=dict)
    order: tuple[str, ...] | None = None

    @property
    def edited(self) -> tuple[KeptCue, ...]:
        """Cues that are not as they were laid out."""
        return tuple(kept for kept in self.cues if self.base.get(kept.id) != kept)

    @property
    def replaced(self) -> tuple[Interval, ...]:
        """The words that cues do not stand for any more as they were laid out."""
        here = {kept.id: kept for kept in self.cues}
        own = (k.source for k in self.base.values() if here.get(k.id) != k and k.source)
        return (*self.covered, *own)

    @property
    def has_edited_cues(self) -> bool:
        """Whether any cue was changed, added or removed."""
        return bool(self.covered) or self.cues != tuple(self.base.values())

    def as_cues(self) -> tuple[Cue, ...] | None:
        """The cues; None where they are those that the layout makes."""
        return tuple(kept.cue for kept in self.cues) if self.has_edited_cues else None

    @functools.cached_property
    def rewritten(self) -> Document:
        """The document with the words as they were edited, and with who says them."""
        if not self.has_edited_cues:
            return self.document
        edited = self.edited
        return reassigned(rewritten(self.document, self.replaced, edited), edited)


def first_revision(document: Document, config: Config) -> Revision:
    """The results before anything was changed."""
    base = _laid_out(document, config)
    return Revision(document, config, {kept.id: kept for kept in base}, base)


def revise(document: Document, config: Config, changes: Iterable[Change]) -> Revision:
    """The results after some changes.

    Raises:
        ConfigError: a setting that was chosen is none of this vidtag's.
    """
    revision = first_revision(document, config)
    for change in changes:
        revision = step(revision, change)
    return revision


def step(revision: Revision, change: Change) -> Revision:
    """The results after one more change.

    Raises:
        ConfigError: a setting is wrong.
    """
    match change:
        case CuesChange():
            return _with_cues(revision, change)
        case ClipsChange():
            return _with_clips(revision, change)
        case SettingsChange():
            config = revision.config.with_values({change.section: dict(change.values)})
            anew = config.subtitles != revision.config.subtitles
            changed = replace(revision, config=config)
            return _laid_out_anew(changed) if anew else changed
        case ResetChange():
            base = first_revision(revision.document, revision.config)
            return replace(base, clips=revision.clips, order=revision.order)


def _with_cues(revision: Revision, change: CuesChange) -> Revision:
    here = {kept.id: kept for kept in revision.cues}
    gone = set()
    for removed in change.removed:
        gone |= {removed.id} if removed.id in here else _same_words(removed, revision.cues)
    kept = [cue for cue in revision.cues if cue.id not in gone]
    config = revision.config
    if change.names is not None:
        config = config.with_values({"cast": {"names": change.names}})
    return replace(revision, config=config, cues=_in_order((*kept, *change.added)))


def _same_words(removed: KeptCue, cues: Iterable[KeptCue]) -> set[str]:
    """Cues of another layout that have the words of one that was edited."""
    if removed.source is None:
        return set()
    start, end = removed.source
    found = set()
    for kept in cues:
        if kept.source is None:
            continue
        shared = min(end, kept.source[1]) - max(start, kept.source[0])
        length = min(end - start, kept.source[1] - kept.source[0])
        if shared > _SHARED * length:
            found.add(kept.id)
    return found


def _with_clips(revision: Revision, change: ClipsChange) -> Revision:
    clips = {id_: clip for id_, clip in revision.clips.items() if id_ not in change.removed}
    clips |= {clip.id: clip for clip in change.put}
    order = revision.order if change.order is None else (change.order or None)
    return replace(revision, clips=clips, order=order)


def _laid_out_anew(revision: Revision) -> Revision:
    """Cues that nobody touched are laid out by the settings; those that were edited stay."""
    edited, covered = revision.edited, revision.replaced
    base = _laid_out(without(revision.document, covered), revision.config)
    taken = {kept.id for kept in edited}
    base = tuple(k if k.id not in taken else replace(k, id=f"{k.id}'") for k in base)
    cues = _in_order((*base, *edited))
    fitted = []
    names = {kept.id for kept in base}
    for number, kept in enumerate(cues):
        after = cues[number + 1].cue.start if number + 1 < len(cues) else kept.cue.end
        runs_over = kept.id in names and kept.cue.start < after < kept.cue.end
        fitted.append(replace(kept, cue=replace(kept.cue, end=after)) if runs_over else kept)
    shown = {kept.id: kept for kept in fitted if kept.id in names}
    return replace(revision, base=shown, cues=tuple(fitted), covered=covered)


def _in_order(cues: Iterable[KeptCue]) -> tuple[KeptCue, ...]:
    return tuple(sorted(cues, key=lambda kept: (kept.cue.start, kept.cue.end)))


def _laid_out(document: Document, config: Config) -> tuple[KeptCue, ...]:
    """Cues of the layout, each named by when its first word is said."""
    names: set[str] = set()
    made = []
    for laid in lay_out(document, config.subtitles):
        source = _source(laid)
        name = f"c{round(source[0] * 1000)}"
        while name in names:
            name += "+"
        names.add(name)
        made.append(KeptCue(name, laid.as_cue(), source))
    return tuple(made)


def _source(laid: LaidOutCue) -> Interval:
    units = [unit for line in laid.lines for unit in line]
    return min(unit.start for unit in units), max(unit.end for unit in units)
