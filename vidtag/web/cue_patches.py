"""What a client sends of cues, as a change: which cues go, which come, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vidtag.core.cast import in_order
from vidtag.core.edits import KeptCue
from vidtag.core.errors import UserError
from vidtag.core.intervals import Interval
from vidtag.core.records import Cue, CueKind
from vidtag.show.masking import without_dash
from vidtag.web.desk import Desk
from vidtag.web.edit_models import CuePatch, PutCue


def apply_patch(desk: Desk, patch: CuePatch) -> None:
    """Make the change that a client asks for.

    Raises:
        ConflictError: one of its cues was changed since ``patch.revision``.
    """
    with desk.lock:
        here = {kept.id: kept for kept in desk.now.cues}
        put = _kept(desk, here, patch.put)
        desk.change_cues(patch.revision, {*patch.remove} - {k.id for k in put}, put)


def replace_all(desk: Desk, cues: Sequence[Cue]) -> None:
    """Show these cues from now on; those that are there already keep their names."""
    with desk.lock:
        there: dict[Cue, list[KeptCue]] = {}
        for kept in desk.now.cues:
            there.setdefault(kept.cue, []).append(kept)
        added: list[KeptCue] = []
        for cue in cues:
            if same := there.get(cue):
                same.pop(0)
            else:
                added.append(KeptCue(desk.new_id(len(added)), cue))
        left = [kept for same in there.values() for kept in same]
        # What takes the place of another, at much the same time, stands for its words.
        for number, kept in enumerate(added):
            was = next((old for old in left if _overlap(old.cue, kept.cue) > 0.5), None)
            if was is not None:
                left.remove(was)
                added[number] = replace(kept, id=was.id, source=was.source)
        desk.change_cues(desk.revision, {kept.id for kept in left}, added)


def _overlap(one: Cue, other: Cue) -> float:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared / max(one.end - one.start, other.end - other.start, 1e-3)


def _kept(desk: Desk, here: Mapping[str, KeptCue], put: Sequence[PutCue]) -> list[KeptCue]:
    """The cues of a patch: each with its name, and the words that it stands for."""
    ordered = sorted(put, key=lambda one: one.start)
    heirs: dict[str, list[PutCue]] = {}
    for one in ordered:
        for origin in _origins(one, here):
            heirs.setdefault(origin.id, []).append(one)
    made: list[KeptCue] = []
    for one in ordered:
        origins = _origins(one, here)
        parts = [_share(origin, one, heirs[origin.id]) for origin in origins]
        sources = [part for part in parts if part is not None]
        source = (min(s for s, _ in sources), max(e for _, e in sources)) if sources else None
        name = one.id if one.id in here else desk.new_id(len(made))
        made.append(KeptCue(name or "", _cue(one, origins, desk), source))
    return [kept for kept in made if kept.cue.lines]


def _origins(one: PutCue, here: Mapping[str, KeptCue]) -> list[KeptCue]:
    names = one.of or ([one.id] if one.id else [])
    return [here[name] for name in names if name in here]


def _share(origin: KeptCue, one: PutCue, heirs: Sequence[PutCue]) -> Interval | None:
    """The words of a cue that one of those made of it stands for."""
    if origin.source is None or len(heirs) == 1:
        return origin.source
    number = heirs.index(one)
    start, end = origin.source
    first = start if number == 0 else min(end, max(start, one.start))
    last = end if number + 1 == len(heirs) else min(end, max(start, heirs[number + 1].start))
    return (first, max(first, last))


def _cue(one: PutCue, origins: Sequence[KeptCue], desk: Desk) -> Cue:
    lines = tuple(plain for line in one.lines if (plain := " ".join(line.split())))
    start, end = round(one.start, 3), round(one.end, 3)
    if not origins:
        nearest = min(desk.now.cues, key=lambda kept: abs(kept.cue.start - start), default=None)
        new = Cue(start, end, lines, language=nearest.cue.language if nearest else None)
        return new if one.speaker is None else _said_by(_speaker(one.speaker, desk), new)
    was = origins[0].cue
    marked = {kept.cue.lines[n] for kept in origins for n in kept.cue.markers}
    kind = CueKind.SPEECH
    if all(kept.cue.kind is CueKind.EVENT for kept in origins):
        kind = CueKind.EVENT
        marked = {*lines}  # a marker that was written anew is still one
    markers = tuple(number for number, line in enumerate(lines) if line in marked)
    shown = replace(was, start=start, end=end, lines=lines, kind=kind, markers=markers)
    if one.speaker is not None:
        return _said_by(_speaker(one.speaker, desk), shown)
    return _with_speakers(shown, [kept.cue for kept in origins])


def _speaker(number: int, desk: Desk) -> str:
    known = in_order(desk.now.document)
    if number >= len(known):
        raise UserError(
            f"there is no speaker {number}", remedy=f"give a number below {len(known)}, or none"
        )
    return known[number]


def _said_by(speaker: str, cue: Cue) -> Cue:
    """A cue that one speaker says; where two spoke, it loses their dashes."""
    lines = tuple(map(without_dash, cue.lines)) if cue.speakers else cue.lines
    return replace(cue, lines=lines, speaker=speaker, speakers=())


def _with_speakers(cue: Cue, origins: Sequence[Cue]) -> Cue:
    """A cue with who speaks in it, by the lines of those that it was made of."""
    lines = [(line, was.speaker_of(n)) for was in origins for n, line in enumerate(was.lines)]
    if len({speaker for _, speaker in lines}) == 1:
        return cue
    said = dict(lines)
    by_place = [speaker for _, speaker in lines] if len(lines) == len(cue.lines) else []
    speakers = [
        said.get(line) or (by_place[number] if by_place else None)
        for number, line in enumerate(cue.lines)
    ]
    known = tuple(speaker for speaker in speakers if speaker)
    if len(known) < len(speakers):
        return replace(cue, speaker=None, speakers=())
    one = len(set(known)) == 1
    return replace(cue, speaker=known[0] if one else None, speakers=() if one else known)
