"""What a client sends of cues, as a change: which cues go, which come, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vidtag.core.cast import everyone
from vidtag.core.edits import KeptCue
from vidtag.core.errors import UserError
from vidtag.core.intervals import Interval
from vidtag.core.records import Cue, CueKind
from vidtag.show.masking import without_dash
from vidtag.web.desk import Desk
from vidtag.web.edit_models import MOST_SPEAKERS, CuePatch, PutCue


def apply_patch(desk: Desk, patch: CuePatch) -> None:
    """Make the change that a client asks for.

    Raises:
        ConflictError: one of its cues was changed since ``patch.revision``.
    """
    with desk.lock:
        here = {kept.id: kept for kept in desk.now.cues}
        cast = _cast(desk, patch.put)
        put = _kept(desk, here, patch.put, cast)
        added = tuple(cast.values()) if len(cast) > len(desk.speakers) else None
        desk.change_cues(patch.revision, {*patch.remove} - {k.id for k in put}, put, added)


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


def _cast(desk: Desk, put: Sequence[PutCue]) -> dict[str, str]:
    """What all speakers are called, with those whom some cues add."""
    names = list(desk.speakers.values())
    for one in put:
        name = _new_name(one)
        if name is not None and name not in names:
            names.append(name)
    if len(names) > MOST_SPEAKERS:
        raise UserError(
            f"there can be {MOST_SPEAKERS} speakers", remedy="give the cue to one of them"
        )
    return dict(zip(everyone(desk.now.document, len(names)), names, strict=True))


def _new_name(one: PutCue) -> str | None:
    return None if one.new_speaker is None else " ".join(one.new_speaker.split())


def _kept(
    desk: Desk, here: Mapping[str, KeptCue], put: Sequence[PutCue], cast: Mapping[str, str]
) -> list[KeptCue]:
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
        made.append(KeptCue(name or "", _cue(one, origins, desk, cast), source))
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


def _cue(one: PutCue, origins: Sequence[KeptCue], desk: Desk, cast: Mapping[str, str]) -> Cue:
    speaker = _speaker(one, cast)
    lines = tuple(plain for line in one.lines if (plain := " ".join(line.split())))
    start, end = round(one.start, 3), round(one.end, 3)
    if not origins:
        nearest = min(desk.now.cues, key=lambda kept: abs(kept.cue.start - start), default=None)
        new = Cue(start, end, lines, language=nearest.cue.language if nearest else None)
        return new if speaker is None else _said_by(speaker, new)
    was = origins[0].cue
    marked = {kept.cue.lines[n] for kept in origins for n in kept.cue.markers}
    kind = CueKind.SPEECH
    if all(kept.cue.kind is CueKind.EVENT for kept in origins):
        kind = CueKind.EVENT
        marked = {*lines}  # a marker that was written anew is still one
    markers = tuple(number for number, line in enumerate(lines) if line in marked)
    shown = replace(was, start=start, end=end, lines=lines, kind=kind, markers=markers)
    if speaker is not None:
        return _said_by(speaker, shown)
    return _with_speakers(shown, [kept.cue for kept in origins])


def _speaker(one: PutCue, cast: Mapping[str, str]) -> str | None:
    """Who says a cue, if that is chosen, by the name that cues know them by."""
    known = list(cast)
    if (name := _new_name(one)) is not None:
        return next(speaker for speaker, called in cast.items() if called == name)
    if one.speaker is None:
        return None
    if one.speaker >= len(known):
        raise UserError(
            f"there is no speaker {one.speaker}",
            remedy=f"give a number below {len(known)}, or the name of a new one"
            if known
            else "give the name of a new one",
        )
    return known[one.speaker]


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
