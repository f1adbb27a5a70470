"""Subtitles in two languages at once: those of one file above those of another; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from vidtag.core.records import Cue

_NEAR = 0.5
"""Seconds by which an edge of the lower subtitles moves to one of the upper."""
_LEAST = 0.5
"""Seconds for which nothing is shown alone that goes on beside the other language."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown from one time to another: a cue of each, or of one."""

    start: float
    end: float
    upper: Cue | None
    lower: Cue | None

    def within(self, other: _Shown) -> bool:
        """Whether another shows all of this as well."""
        return self.upper in (None, other.upper) and self.lower in (None, other.lower)


def above(upper: Sequence[Cue], lower: Sequence[Cue]) -> tuple[Cue, ...]:
    """Cues with the lines of both, where both are shown; a cue that lasts as long as several of the
    other language is shown with each of them.
    """
    first = _one_at_a_time(upper)
    second = _one_at_a_time(_moved(lower, first))
    edges = sorted({time for cue in (*first, *second) for time in (cue.start, cue.end)})
    pieces = []
    one = two = 0
    for start, end in pairwise(edges):
        one, two = _reached(first, one, start), _reached(second, two, start)
        here = _Shown(start, end, _at(first, one, start), _at(second, two, start))
        if here.upper or here.lower:
            pieces.append(here)
    return tuple(_cue(piece) for piece in _without_moments(pieces))


def _one_at_a_time(cues: Iterable[Cue]) -> list[Cue]:
    """Cues in order, each until the next begins; those that begin together become one."""
    ordered: list[Cue] = []
    for cue in sorted((cue for cue in cues if cue.end > cue.start), key=lambda cue: cue.start):
        if ordered and ordered[-1].start == cue.start:
            before = ordered[-1]
            lines, end = (*before.lines, *cue.lines), max(before.end, cue.end)
            markers = (*before.markers, *(len(before.lines) + each for each in cue.markers))
            ordered[-1] = replace(before, lines=lines, end=end, markers=markers)
        else:
            ordered.append(cue)
    ends = [*(following.start for following in ordered[1:]), float("inf")]
    cut = (replace(cue, end=min(cue.end, e)) for cue, e in zip(ordered, ends, strict=False))
    return [cue for cue in cut if cue.end > cue.start]


def _moved(cues: Iterable[Cue], to: Sequence[Cue]) -> Iterator[Cue]:
    """Cues whose edges lie on those of others, where these are near."""
    edges = sorted({time for cue in to for time in (cue.start, cue.end)})

    def near(time: float) -> float:
        place = bisect_left(edges, time)
        best = min(edges[max(0, place - 1) : place + 1], key=lambda e: abs(e - time), default=time)
        return best if abs(best - time) <= _NEAR else time

    for cue in cues:
        start, end = near(cue.start), near(cue.end)
        yield replace(cue, start=start, end=end) if end > start else cue


def _reached(cues: Sequence[Cue], number: int, time: float) -> int:
    while number < len(cues) and cues[number].end <= time:
        number += 1
    return number


def _at(cues: Sequence[Cue], number: int, time: float) -> Cue | None:
    return cues[number] if number < len(cues) and cues[number].start <= time else None


def _without_moments(pieces: Iterable[_Shown]) -> list[_Shown]:
    """What is shown, moments of which joined with what they are part of."""
    kept: list[_Shown] = []
    for piece in pieces:
        before = kept[-1] if kept and kept[-1].end == piece.start else None
        if before and before.end - before.start < _LEAST and before.within(piece):
            kept[-1] = replace(piece, start=before.start)
        elif before and piece.end - piece.start < _LEAST and piece.within(before):
            kept[-1] = replace(before, end=piece.end)
        else:
            kept.append(piece)
    return kept


def _cue(piece: _Shown) -> Cue:
    shown = piece.upper or piece.lower
    assert shown is not None
    if piece.upper is None or piece.lower is None:
        return replace(shown, start=piece.start, end=piece.end)
    lines = (*piece.upper.lines, *piece.lower.lines)
    return replace(shown, start=piece.start, end=piece.end, lines=lines)
