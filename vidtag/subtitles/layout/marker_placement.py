"""Where events are told among the units of speech.

Where nobody speaks, a marker stands alone. Under speech it is a label in front of the words that
are said then, at the place nearby that disturbs least: it takes no line, and shows no word early.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from vidtag.core.joined_events import joined
from vidtag.core.records import EventKind, EventSpan, Language, Word
from vidtag.subtitles.characters import clean, script_language
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.markers import Labels, joined_labels
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.unit import Role, Unit

_LATE = 1.0
"""Seconds after its onset that a marker may wait for the speaker to stop, or for a better place."""
_EARLY = 0.4
"""Seconds before its onset that a label may come, at a better place."""
_LATER = 3.0
"""Seconds it may wait for a sentence that leaves time to read it, while its sound goes on."""
_HURRY = 4.0
"""How much better a place is that leaves time to read, in kinds of break."""
_NEAR_UNITS = 24
"""Units before and after an onset among which a better place is looked for."""
_ALONE = 1.0
"""Seconds without speech that make room for a marker of its own."""
_SHOWN = 3.0
"""Seconds after which everybody has read a marker, however long its sound goes on."""
_TOGETHER = 1.0
"""Markers that begin within so many seconds stand together."""

_AGAIN_SPOKEN, _AGAIN_SILENT = 2.0, 3.5
"""Seconds of quiet within which a sound that comes again is still the same event: with speech in
them, and without."""
_AGAIN_MUSIC = 15.0
"""The same for music, which is told once."""

_LASTING = frozenset({EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.CRY})
"""Kinds that are told again where they go on for long."""
_LONG = 5.0
"""Seconds from which on they do."""
_GOES_ON = 2.0
"""Seconds that one must still go on after the speech over it, to be told again."""
_REMIND = 10.0
"""Seconds of speech over an event after which it is told again."""


class Mark(NamedTuple):
    """A marker at its place.

    Attributes:
        place: number of the unit of speech that it comes before.
        start, end: when it is shown, if it stands alone.
        alone: whether it has a cue of its own, or is a label before the unit.
    """

    place: int
    start: float
    end: float
    alone: bool
    event: EventSpan
    again: bool = False


def place_markers(
    speech: Sequence[Unit], events: Sequence[EventSpan], labels: Labels, ruler: Ruler
) -> list[Mark]:
    """All markers, in order."""

    def fits(place: int, event: EventSpan) -> bool:
        text = labels.event(event, speech[place].label, alone=False)
        return _has_time(speech, place, text, ruler)

    starts = [unit.start for unit in speech]
    marks: list[Mark] = []
    before: Mark | None = None
    for event in _joined(events, starts):
        if before is not None and event.start - before.event.start < _TOGETHER:
            mark = before._replace(event=event, end=max(before.end, event.end))
        else:
            mark = before = _place(speech, starts, event, fits)
        marks.append(mark)
        if event.kind in _LASTING and event.end - event.start >= _LONG:
            marks += _reminders(speech, starts, mark)
    return sorted(marks, key=lambda mark: (mark.place, not mark.alone, mark.start))


def markers_alone(
    marks: Sequence[Mark], speech: Sequence[Unit], labels: Labels, ruler: Ruler
) -> Iterator[tuple[int, Unit]]:
    """Markers with cues of their own, each with the number of the unit that it comes before; those
    that begin together share a line if they fit.
    """
    held: tuple[int, Unit] | None = None
    for mark in marks:
        if not mark.alone:
            continue
        language = _language_near(speech, mark.place, mark.start)
        text = clean(labels.event(mark.event, language, again=mark.again))
        if not text:
            continue
        end = min(max(mark.start, mark.end), mark.start + _SHOWN)
        words = tuple(
            Word(part, mark.start, end, mark.event.mean, number > 0)
            for number, part in enumerate(text.split())
        )
        script = script_language(text, language)
        unit = Unit(words, text, script, language, Role.MARKER)
        if held is not None and held[0] == mark.place:
            both = _side_by_side(held[1], unit, ruler)
            if both is not None:
                held = mark.place, both
                continue
        if held is not None:
            yield held
        held = mark.place, unit
    if held is not None:
        yield held


def labels_before(
    marks: Sequence[Mark], speech: Sequence[Unit], labels: Labels, ruler: Ruler
) -> Mapping[int, list[str]]:
    """Texts of the markers that stand before speech, by the number of the unit. The user's own
    wording is for lines of its own where it is wider than a line.
    """
    own = replace(labels, wording={})
    found: dict[int, list[str]] = {}
    for mark in marks:
        if mark.alone:
            continue
        passage = speech[mark.place].label
        text = clean(labels.event(mark.event, passage, alone=False, again=mark.again))
        if ruler.width(text, passage) > ruler.full_line:
            text = own.event(mark.event, passage, alone=False, again=mark.again)
        if text and text not in found.setdefault(mark.place, []):
            found[mark.place].append(text)
    return found


def _joined(events: Sequence[EventSpan], starts: Sequence[float]) -> list[EventSpan]:
    """Events in order; one that comes again soon has not ended for the viewer.

    Args:
        starts: of the units of speech.
    """
    kept: list[EventSpan] = []
    latest: dict[EventKind, int] = {}
    for event in sorted(events, key=lambda e: (e.start, e.kind)):
        number = latest.get(event.kind)
        if number is not None and _goes_on(kept[number], event, starts):
            kept[number] = joined(kept[number], event)
            continue
        latest[event.kind] = len(kept)
        kept.append(event)
    return kept


def _goes_on(before: EventSpan, after: EventSpan, starts: Sequence[float]) -> bool:
    quiet = after.start - before.end
    if after.kind is EventKind.BGM:
        return quiet < _AGAIN_MUSIC
    spoken = bisect_left(starts, before.end) < bisect_left(starts, after.start)
    return quiet < (_AGAIN_SPOKEN if spoken else _AGAIN_SILENT)


def _side_by_side(first: Unit, second: Unit, ruler: Ruler) -> Unit | None:
    """Two markers on one line, if they begin together and fit."""
    together = first.language is second.language and second.start - first.start < _TOGETHER
    joined = joined_labels([first.text, second.text])
    if not together or ruler.width(joined, first.language) > ruler.full_line:
        return None
    word = replace(first.words[0], text=joined, end=max(first.end, second.end))
    return first._replace(words=(word,), text=joined)


def _place(
    speech: Sequence[Unit],
    starts: Sequence[float],
    event: EventSpan,
    fits: Callable[[int, EventSpan], bool],
) -> Mark:
    """The marker of an event: alone at its onset, or when the speaker stops, if that is soon and
    the event goes on alone; else before the words that are said then.
    """
    index = bisect_right(starts, event.start) - 1
    for place in range(index, len(speech)):
        finished = speech[place].end if place >= 0 else event.start
        if finished > event.start + _LATE:
            break
        following = starts[place + 1] if place + 1 < len(speech) else math.inf
        stop = max(0.0, event.start, finished)
        free = following if finished <= event.start else min(event.end, following)
        if free - stop >= _ALONE:
            return Mark(place + 1, stop, event.end, True, event)
    place = _before_words(speech, index, event, fits)
    return Mark(place, event.start, event.end, False, event)


def _before_words(
    speech: Sequence[Unit], index: int, event: EventSpan, fits: Callable[[int, EventSpan], bool]
) -> int:
    """The unit near an onset before which a label disturbs least: where there is time to read it
    too, even if that is later, while the sound goes on.
    """
    onset = event.start
    latest = max(onset + _LATE, min(event.end - _ALONE, onset + _LATER))
    near = range(max(0, index - _NEAR_UNITS), min(len(speech), index + _NEAR_UNITS))
    soon = [place for place in near if onset - _EARLY <= speech[place].start <= latest]

    def disturbs(place: int) -> float:
        before = speech[place - 1].after if place else Break.SENTENCE
        hurry = 0 if fits(place, event) else _HURRY
        return before + hurry + abs(speech[place].start - onset)

    if soon:
        return min(soon, key=disturbs)
    return min(near, key=lambda place: abs(speech[place].start - onset))


def _has_time(speech: Sequence[Unit], place: int, text: str, ruler: Ruler) -> bool:
    """Whether a sentence leaves time to read a label before it, or before the rest of it."""
    width, needed = ruler.measure(text, speech[place].language)
    end = place
    while end < len(speech) and end < place + _NEAR_UNITS:
        more, seconds = ruler.measure(speech[end].text, speech[end].language)
        if width + more > 2 * ruler.full_line:
            break
        space = ruler.measure(" ", speech[end].language) if speech[end].space else (0, 0.0)
        width, needed = width + more + space[0], needed + seconds + space[1]
        end += 1
        if speech[end - 1].after == Break.SENTENCE:
            break
    heard = speech[max(place, end - 1)].end
    following = speech[end].start if end < len(speech) else math.inf
    return needed <= min(following, heard + float(ruler.profile.linger)) - speech[place].start


def _reminders(speech: Sequence[Unit], starts: Sequence[float], first: Mark) -> Iterator[Mark]:
    """Markers that tell a long event again: when the speech over it ends and it goes on, and after
    much speech over it.
    """
    event, told = first.event, first.start
    place, least = first.place, _SHOWN
    while place < len(speech) and starts[place] < event.end:
        finished = speech[place].end
        following = starts[place + 1] if place + 1 < len(speech) else math.inf
        free = min(event.end, following) - finished
        if free >= _GOES_ON and finished > told + least:
            told, least = finished, _REMIND
            yield Mark(place + 1, finished, event.end, True, event, again=True)
        elif starts[place] - told >= _REMIND and event.end - starts[place] >= _GOES_ON:
            before = speech[place - 1].after if place else Break.SENTENCE
            if before <= Break.CLAUSE or starts[place] - told >= _REMIND + _LONG:
                told, least = starts[place], _REMIND
                yield Mark(place, told, event.end, False, event, again=True)
        place += 1


def _language_near(speech: Sequence[Unit], place: int, time: float) -> Language:
    """Language spoken nearest to a moment; English where nobody speaks."""
    near = speech[max(0, place - 1) : place + 1]
    if not near:
        return Language.EN
    return min(near, key=lambda unit: max(unit.start - time, time - unit.end)).label
