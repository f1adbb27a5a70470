"""Where the markers of events go among the units of speech."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vidtag.core.records import EventKind, EventSpan, Language, Word
from vidtag.subtitles.characters import clean, script_language
from vidtag.subtitles.layout import markers
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.unit import Role, Unit

_LATE = 1.0
"""Seconds after its onset that a marker may wait for the speaker to stop, or for a better place."""
_EARLY = 0.4
"""Seconds before its onset that a marker amid speech may come, at a better place."""
_NEAR_UNITS = 12
"""Units before and after an onset among which a better place is looked for."""
_ALONE = 1.0
"""Seconds without speech that make room for a marker of its own."""
_AGAIN = 1.0
"""Seconds of quiet within which a sound that comes again is still the same event."""
_TOGETHER = 1.0
"""Markers that begin within so many seconds share a line."""

_WIDE_END = "）】』」"
"""Full-width brackets bring their own space."""


def with_markers(
    speech: Sequence[Unit],
    events: Sequence[EventSpan],
    wording: Mapping[EventKind, str],
    ruler: Ruler,
) -> Iterator[Unit]:
    """Speech with every event as a marker at its place in the row.

    Args:
        wording: the user's own markers, by kind; an empty one hides the kind.
    """
    placed = _placed(speech, events, wording)
    done = 0
    for index, (place, unit) in enumerate(placed):
        following = placed[index + 1] if index + 1 < len(placed) else None
        if following and following[0] == place:
            both = _side_by_side(unit, following[1], ruler)
            if both is not None:
                placed[index + 1] = place, both
                continue
        yield from speech[done:place]
        done = place
        yield unit
    yield from speech[done:]


def _placed(
    speech: Sequence[Unit], events: Sequence[EventSpan], wording: Mapping[EventKind, str]
) -> list[tuple[int, Unit]]:
    """Markers in order, each with the number of the unit of speech that it comes before."""
    starts = [unit.start for unit in speech]
    placed: list[tuple[int, Unit]] = []
    onset = -math.inf
    place, start = 0, 0.0
    for event in _joined(events):
        if event.start - onset >= _TOGETHER:
            onset = event.start
            start = _marker_start(speech, starts, event)
            place = bisect_left(starts, start)
        language = _language_near(speech, place, start)
        text = clean(markers.event_label(event.kind, language, wording))
        if text:
            word = Word(text, start, max(start, event.end), event.mean)
            unit = Unit((word,), text, script_language(text, language), language, Role.MARKER)
            placed.append((place, unit))
    return sorted(placed, key=lambda item: (item[0], item[1].start))


def _joined(events: Sequence[EventSpan]) -> list[EventSpan]:
    """Events in order; one that comes again at once has not ended for the viewer."""
    kept: list[EventSpan] = []
    latest: dict[EventKind, int] = {}
    for event in sorted(events, key=lambda e: (e.start, e.kind)):
        number = latest.get(event.kind)
        if number is not None and event.start - kept[number].end < _AGAIN:
            before = kept[number]
            kept[number] = replace(before, end=max(before.end, event.end))
            continue
        latest[event.kind] = len(kept)
        kept.append(event)
    return kept


def _side_by_side(first: Unit, second: Unit, ruler: Ruler) -> Unit | None:
    """Two markers on one line, if they begin together and fit."""
    one, other = first.words[0], second.words[0]
    same = first.language is second.language and other.start == one.start
    joined = one.text + ("" if one.text[-1] in _WIDE_END else " ") + other.text
    if not same or ruler.width(joined, first.language) > ruler.full_line:
        return None
    word = replace(one, text=joined, end=max(one.end, other.end))
    return first._replace(words=(word,), text=joined)


def _marker_start(speech: Sequence[Unit], starts: Sequence[float], event: EventSpan) -> float:
    """When the marker of an event appears: at its onset; when the speaker stops, if that is soon
    and the event goes on alone; at a good break nearby, if the speaker goes on.
    """
    index = bisect_right(starts, event.start) - 1
    for place in range(index, len(speech)):
        finished = speech[place].end if place >= 0 else event.start
        if finished > event.start + _LATE:
            break
        following = starts[place + 1] if place + 1 < len(speech) else math.inf
        stop = max(event.start, finished)
        alone = following if finished <= event.start else min(event.end, following)
        if alone - stop >= _ALONE:
            return stop
    return _between_sentences(speech, index, event.start)


def _between_sentences(speech: Sequence[Unit], index: int, onset: float) -> float:
    """The moment near an onset during speech at which a new line disturbs least."""
    best = max(0.0, onset)
    least = math.inf
    for place in range(max(0, index - _NEAR_UNITS), min(len(speech), index + _NEAR_UNITS)):
        start = speech[place].start
        if not -_EARLY <= start - onset <= _LATE:
            continue
        before = speech[place - 1].after if place else Break.SENTENCE
        if (cost := before + abs(start - onset)) < least:
            best, least = start, cost
    return best


def _language_near(speech: Sequence[Unit], place: int, time: float) -> Language:
    """Language spoken nearest to a moment; English where nobody speaks."""
    near = speech[max(0, place - 1) : place + 1]
    if not near:
        return Language.EN
    return min(near, key=lambda unit: max(unit.start - time, time - unit.end)).label
