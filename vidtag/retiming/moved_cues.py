"""Cues and documents moved to a new cut; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePath
from typing import Generic, Protocol, TypeVar

from vidtag.core.errors import UserError
from vidtag.core.records import (
    Cue,
    CueKind,
    Document,
    EventSpan,
    Segment,
    SpeakerTurn,
    Word,
    join_words,
)
from vidtag.retiming.edit_model import Edit, Kept

S = TypeVar("S", EventSpan, SpeakerTurn)


class _Timed(Protocol):
    """What lasts from ``start`` to ``end``, in seconds."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


T = TypeVar("T", bound=_Timed)

_LEAST = 0.2
"""Seconds of a cue or an event below which nothing of it is left."""

_EDGE = 0.35
"""Seconds of a cue that a cut may take away without a word of it."""

_LONG = 60
"""Seconds beyond which a cue or a span is looked at for every stretch."""

_NEAR = Fraction(1, 500)
"""Seconds by which stretches that go on may be apart, as rounded times are."""


def stretches_of(edit: Edit, source: str | None, subtitles: str) -> tuple[list[Kept], list[str]]:
    """The stretches of the source that subtitles are of, in the order of the cut; and notes.

    Sound counts, as subtitles follow it; picture only where there is no sound of that source.

    Args:
        source: name of the source; found by the subtitles' name if not given.
        subtitles: name of their file.

    Raises:
        UserError: it is not clear which source.
    """
    names = list(dict.fromkeys(one.source for one in edit.kept))
    chosen = _source(names, source, subtitles)
    mine = [one for one in edit.kept if one.source == chosen]
    heard = [one for one in mine if one.heard] or mine
    ordered = sorted(dict.fromkeys(heard), key=lambda one: (one.at, one.first))
    notes = list(edit.notes)
    others = [name for name in names if name != chosen]
    if others:
        notes.append(f"no subtitles for what is of {', '.join(others[:4])}")
    paced = [one for one in ordered if one.speed != 1]
    if paced:
        notes.append(f"{len(paced)} clips run at another speed; their subtitles follow")
    return _joined(ordered), notes


def _source(names: Sequence[str], wanted: str | None, subtitles: str) -> str:
    if wanted is not None:
        found = [n for n in names if wanted in (n, PurePath(n).stem)]
    else:
        found = [n for n in names if subtitles.split(".")[0] == PurePath(n).stem.split(".")[0]]
        found = found or [n for n in names if subtitles.startswith(f"{PurePath(n).stem}.")]
        found = found or (list(names) if len(names) == 1 else [])
    if len(found) != 1:
        raise UserError(
            f"the cut is of {', '.join(names[:6])}",
            remedy="say with --source which of them the subtitles are of",
        )
    return found[0]


def _joined(ordered: Iterable[Kept]) -> list[Kept]:
    """Stretches, joined where one goes on with the next as if there were no cut.

    Two that overlap in the new cut are parted in the middle of the overlap, as a dissolve is; one
    that lies wholly in another (a sound on two tracks) does not count.
    """
    result: list[Kept] = []
    for one in ordered:
        before = result[-1] if result else None
        if before is None:
            result.append(one)
        elif one.end <= before.end + _NEAR:
            continue
        elif one.at <= before.end + _NEAR and _goes_on(before, one):
            result[-1] = replace(before, length=one.end - before.at)
        elif one.at >= before.end - _NEAR:
            result.append(one)
        else:
            middle = (one.at + before.end) / 2
            result[-1] = replace(before, length=middle - before.at)
            result.append(one.since(middle))
    return result


def _goes_on(before: Kept, after: Kept) -> bool:
    """Whether two stretches show a source at the same time of the new cut."""
    apart = before.first + (after.at - before.at) * before.speed - after.first
    return before.speed == after.speed and abs(apart) <= _NEAR


def move_cues(cues: Sequence[Cue], kept: Sequence[Kept], rate: Fraction) -> tuple[Cue, ...]:
    """Cues on the clock of the new cut, on its frames.

    A cue that a cut goes through keeps the words that are left, by their characters; event markers
    stay whole.
    """
    near = _Near(sorted(cues, key=lambda cue: cue.start))
    moved = [part for one in kept for part in _of_stretch(near.to(one), one, rate)]
    return tuple(sorted(moved, key=lambda cue: (cue.start, cue.end)))


class _Near(Generic[T]):
    """Finds what lies in a stretch without looking at all there is.

    Args:
        ordered: by start.
    """

    def __init__(self, ordered: Sequence[T]) -> None:
        self._long = [one for one in ordered if one.end - one.start > _LONG]
        self._short = [one for one in ordered if one.end - one.start <= _LONG]
        self._starts = [one.start for one in self._short]

    def to(self, one: Kept) -> Sequence[T]:
        """All that may reach into the stretch, by start."""
        first = bisect_left(self._starts, one.first - _LONG)
        found = self._short[first : bisect_left(self._starts, one.last)]
        return sorted([*self._long, *found], key=_start) if self._long else found


def _of_stretch(cues: Sequence[Cue], one: Kept, rate: Fraction) -> Iterator[Cue]:
    for cue in cues:
        first = max(Fraction(cue.start), one.first)
        last = min(Fraction(cue.end), one.last)
        least = min(_LEAST, cue.end - cue.start)
        if last <= first or last - first < least:
            continue
        # An edge is shown a little before and after its words.
        earliest = float(first) if first - Fraction(cue.start) > _EDGE else cue.start
        latest = float(last) if Fraction(cue.end) - last > _EDGE else cue.end
        lines = _lines_left(cue, earliest, latest)
        start, end = _frame(one.moved(first), rate), _frame(one.moved(last), rate)
        if lines and end > start:
            yield replace(cue, start=float(start), end=float(end), lines=lines, markers=())


def _lines_left(cue: Cue, first: float, last: float) -> tuple[str, ...]:
    """The lines of a cue with the words whose middle lies between two times."""
    whole = first <= cue.start and last >= cue.end
    if (
        whole
        or cue.kind is CueKind.EVENT
        or all(line.startswith(("[", "(", "♪")) for line in cue.lines)
    ):
        return cue.lines
    total = sum(len(line) for line in cue.lines)
    each = (cue.end - cue.start) / max(total, 1)
    at = cue.start
    left = []
    for line in cue.lines:
        words = line.split(" ") if " " in line else list(line)
        wide = " " not in line
        kept = []
        for word in words:
            middle = at + len(word) * each / 2
            at += (len(word) + (not wide)) * each
            if first <= middle < last:
                kept.append(word)
        if kept:
            left.append(("" if wide else " ").join(kept))
    return tuple(left)


def _frame(seconds: Fraction, rate: Fraction) -> Fraction:
    return round(seconds * rate) / rate


def move_document(document: Document, kept: Sequence[Kept]) -> Document:
    """A document of the new cut: what is left of words, events and turns; a cut is a shot."""
    spoken, taken, heard = (
        _Near(sorted(document.segments, key=_start)),
        _Near(sorted(document.turns, key=_start)),
        _Near(sorted(document.events, key=_start)),
    )
    segments = [part for one in kept for each in spoken.to(one) for part in _segment(each, one)]
    turns = [part for one in kept for each in taken.to(one) for part in _turn(each, one)]
    events = [part for one in kept for each in heard.to(one) for part in _event(each, one)]
    changes = sorted(document.shots)
    shots = {
        float(one.moved(Fraction(s)))
        for one in kept
        for s in changes[bisect_right(changes, one.first) : bisect_left(changes, one.last)]
    }
    cuts = {float(one.at) for one in kept if one.at > 0}
    length = max((float(one.at + one.length) for one in kept), default=0.0)
    return replace(
        document,
        media=replace(document.media, duration=length),
        segments=tuple(sorted(segments, key=lambda one: one.start)),
        events=tuple(_rejoined(sorted(events, key=lambda one: one.start), lambda one: one.kind)),
        shots=tuple(sorted(shots | cuts)),
        turns=tuple(
            _rejoined(sorted(turns, key=lambda one: (one.start, one.end)), lambda one: one.speaker)
        ),
    )


def _start(one: _Timed) -> float:
    return one.start


def _segment(segment: Segment, one: Kept) -> Iterator[Segment]:
    words = tuple(
        Word(
            word.text,
            float(one.moved(max(Fraction(word.start), one.first))),
            float(one.moved(min(Fraction(word.end), one.last))),
            word.probability,
            word.space_before,
        )
        for word in segment.words
        if one.first <= Fraction(word.start + word.end) / 2 < one.last
    )
    if words:
        first = replace(words[0], space_before=False)
        words = (first, *words[1:])
        yield replace(
            segment, start=first.start, end=words[-1].end, words=words, text=join_words(words)
        )


def _event(event: EventSpan, one: Kept) -> Iterator[EventSpan]:
    first, last = max(Fraction(event.start), one.first), min(Fraction(event.end), one.last)
    if last - first >= min(_LEAST, event.end - event.start) and last > first:
        yield replace(event, start=float(one.moved(first)), end=float(one.moved(last)))


def _turn(turn: SpeakerTurn, one: Kept) -> Iterator[SpeakerTurn]:
    first, last = max(Fraction(turn.start), one.first), min(Fraction(turn.end), one.last)
    if last - first >= min(_LEAST, turn.end - turn.start) and last > first:
        yield replace(turn, start=float(one.moved(first)), end=float(one.moved(last)))


def _rejoined(spans: Iterable[S], whose: Callable[[S], Hashable]) -> list[S]:
    """Spans by start; those of one kind, or of one speaker, that a cut brought together are one."""
    result: list[S] = []
    latest: dict[Hashable, int] = {}
    for span in spans:
        number = latest.get(whose(span))
        if number is not None and span.start - result[number].end < _LEAST:
            before = result[number]
            result[number] = replace(before, end=max(before.end, span.end))
            continue
        latest[whose(span)] = len(result)
        result.append(span)
    return result
