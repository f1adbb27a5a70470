"""Which rules of the house style each cue breaks, checked again only around what changed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from vidtag.core.records import Document
from vidtag.show.revision import Revision
from vidtag.subtitles.check.judge import check_cues

_NEIGHBOURS = 4
"""Cues before and after one that changed whose faults may change with it."""
_MOST = 300
"""Cues that are checked around changes; beyond, all are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a cue breaks; ``forced`` says why no layout of the words avoids it, if so."""

    rule: str
    detail: str
    forced: str | None


Faults = dict[str, tuple[Fault, ...]]
"""By id of the cue; a cue that breaks no rule is not in it."""


def faults_of(revision: Revision) -> Faults:
    """The faults of all cues."""
    return _checked(revision, 0, len(revision.cues), revision.document)


def faults_with(
    known: Mapping[str, tuple[Fault, ...]],
    revision: Revision,
    changed: Collection[str],
    before: Revision,
) -> Faults:
    """The faults of all cues, if those of ``before`` are known.

    Args:
        known: by id, before.
        changed: ids of cues that are new or not as they were.
    """
    starts = [kept.cue.start for kept in revision.cues]
    here = {kept.id for kept in revision.cues}
    places = {number for number, kept in enumerate(revision.cues) if kept.id in changed}
    places |= {
        min(len(starts) - 1, bisect_left(starts, kept.cue.start))
        for kept in before.cues
        if starts and (kept.id not in here or kept.id in changed)
    }
    if len(places) > _MOST:
        return faults_of(revision)
    faults = {id_: found for id_, found in known.items() if id_ in here}
    for first, last in _runs(sorted(places)):
        low, high = max(0, first - _NEIGHBOURS), min(len(starts), last + _NEIGHBOURS + 1)
        checked = _checked(revision, max(0, low - 1), min(len(starts), high + 1), None)
        for kept in revision.cues[low:high]:
            faults.pop(kept.id, None)
            if kept.id in checked:
                faults[kept.id] = checked[kept.id]
    return faults


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """First and last of places that lie near to each other."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place - runs[-1][1] <= 2 * _NEIGHBOURS:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _checked(revision: Revision, low: int, high: int, document: Document | None) -> Faults:
    cues = revision.cues[low:high]
    if not cues:
        return {}
    found = check_cues(
        [kept.cue for kept in cues],
        revision.config.subtitles.profile,
        video=revision.document.media.video,
        document=document or _around(revision.document, cues[0].cue.start, cues[-1].cue.end),
        shots=revision.document.shots,
    )
    faults: dict[str, list[Fault]] = {}
    for one in found.violations:
        fault = Fault(one.rule.value, one.detail, one.forced)
        faults.setdefault(cues[one.number - 1].id, []).append(fault)
    return {id_: tuple(list_) for id_, list_ in faults.items()}


def _around(document: Document, start: float, end: float) -> Document:
    """The document with only the segments near a time: reasons are looked for in these words."""
    starts = [segment.start for segment in document.segments]
    low = max(0, bisect_right(starts, start) - 2)
    high = bisect_left(starts, end) + 2
    return replace(document, segments=document.segments[low:high])
