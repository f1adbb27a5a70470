"""When elements of TTML are active and seen (https://www.w3.org/TR/ttml2/#timing).

Times are seconds since the beginning, as fractions; ``inf`` is an end that nothing sets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from vidtag.subtitles.reading.ttml_times import TtmlClock
from vidtag.subtitles.reading.xml_tree import Element

TIMES = ("begin", "end", "dur")
TIMED = {"body": {"div", "p", "set"}, "div": {"div", "p", "set"}, "region": {"set"}}
"""Elements in elements, by names, that take part in the time of what holds them."""

_IN_TEXT = {"span", "br", "set"}

Time = Fraction | float
Spans = tuple[tuple[Time, Time], ...]
"""Spans of time, each from its first to its second figure, in order; none touches the next."""

ALWAYS: Spans = ((Fraction(0), inf),)


def both(first: Spans, second: Spans) -> Spans:
    """When both are; of a long row, only what lies near the spans of the short one is looked at."""
    if first is ALWAYS or second is ALWAYS:
        return second if first is ALWAYS else first
    if len(first) < len(second):
        first, second = second, first
    found = []
    for begin, end in second:
        after = bisect_right(first, begin, key=lambda span: span[1])
        for low, high in first[after : bisect_left(first, end, key=lambda span: span[0])]:
            found.append((max(low, begin), min(high, end)))
    return tuple(found)


def either(first: Spans, second: Spans) -> Spans:
    """When one of them is, or both are."""
    if not first or not second:
        return first or second
    found: list[tuple[Time, Time]] = []
    for begin, end in sorted((*first, *second)):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def without(first: Spans, second: Spans) -> Spans:
    """When the first is and the second is not."""
    if not second:
        return first
    edges = [Fraction(0), *(edge for span in second for edge in span), inf]
    rest = zip(edges[::2], edges[1::2], strict=True)
    return both(first, tuple(span for span in rest if span[0] < span[1]))


@dataclass(frozen=True, slots=True)
class Seen:
    """What an element makes of the times at which what lies around it is seen.

    Attributes:
        kept: when it is seen as what lies around it is.
        shown: when it is seen even where what lies around it is hidden.
    """

    kept: Spans = ALWAYS
    shown: Spans = ()

    def within(self, outer: Spans) -> Spans:
        """When the element is seen, if what lies around it is seen at ``outer``."""
        return either(both(outer, self.kept), self.shown)

    def after(self, base: str, changes: Iterable[tuple[Spans, bool]]) -> Seen:
        """The same for an element in it.

        Args:
            base: visibility that the element itself names; empty if it names none.
            changes: spans at which it is changed, and to what.
        """
        kept, shown = self.kept, self.shown
        if base:
            kept, shown = (), ALWAYS if base == "visible" else ()
        for spans, visible in changes:
            kept = without(kept, spans)
            shown = either(shown, spans) if visible else without(shown, spans)
        return Seen(kept, shown)


class Schedule:
    """When each element is active by its own times and those of what it follows."""

    def __init__(self, clock: TtmlClock, lost: Callable[[Element, str], None]) -> None:
        self.clock, self._lost = clock, lost
        self._spans: dict[int, tuple[Time, Time]] = {}

    def of(self, element: Element) -> tuple[Time, Time] | None:
        """Begin and end of a placed element, not cut by what lies around it; None if it has no time
        of its own. What is never shown, and has been named, begins at ``inf``.
        """
        return self._spans.get(id(element))

    def place(self, element: Element, reference: Time, in_turn: bool = False) -> Time:
        """Fills in an element and all in it; answers with its end.

        Args:
            element: a region, body or anything in it.
            reference: what its times count from.
            in_turn: whether it is one of several that follow one another.
        """
        times = self._times(element)
        if times is None:
            if element.name == "span":  # a part of its paragraph, which may have times
                times = {}
            else:
                self._spans[id(element)] = (inf, inf)
                return inf
        begin = reference + times.get("begin", 0)
        end = self._inside(element, begin, in_turn)
        if times.keys() & {"end", "dur"}:
            end = inf
        if "end" in times:
            end = min(end, reference + times["end"])
        if "dur" in times:
            end = min(end, begin + times["dur"])
        if end <= begin and element.name == "span" and has_text(element):
            self._lost(element, "text that lasts no time")
        self._spans[id(element)] = (begin, end)
        return end

    def _inside(self, element: Element, begin: Time, in_turn: bool) -> Time:
        """The end that an element has by what is in it."""
        in_text = element.name not in TIMED
        known = TIMED.get(element.name, _IN_TEXT)
        children = [each for each in element.children if each.name in known]
        if element.attributes.get("timeContainer") == "seq":
            at = begin
            for child in children:
                if at < inf:
                    at = self.place(child, at, True)
                    continue
                self._spans[id(child)] = (inf, inf)
                if has_text(child):
                    self._lost(child, "never shown, as it follows what has no end")
            return at
        ends = [self.place(child, begin) for child in children]
        if element.name in ("set", "br", "region"):
            return begin if in_turn else inf
        if in_text and any(isinstance(each, str) and each.strip() for each in element.content):
            # Text by itself goes on for ever; alone in a span in a sequence, it has no duration.
            return begin if in_turn and element.name == "span" and not children else inf
        return max(ends, default=begin)

    def _times(self, element: Element) -> dict[str, Fraction] | None:
        times: dict[str, Fraction] = {}
        for name in TIMES:
            said = element.attributes.get(name)
            if said is None:
                continue
            value = self.clock.seconds(said)
            if value is None:
                self._lost(element, f'no time: {name}="{said[:40]}"')
                return None
            times[name] = value
        return times


def has_text(element: Element) -> bool:
    """Whether text lies anywhere in an element."""
    waiting = [element]
    while waiting:
        for each in waiting.pop().content:
            if isinstance(each, Element):
                waiting.append(each)
            elif each.strip():
                return True
    return False
