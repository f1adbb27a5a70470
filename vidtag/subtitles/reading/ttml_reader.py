"""TTML of every edition: IMSC, EBU-TT, SMPTE-TT, DFXP of the drafts of 2006.

ttconv reads IMSC alone and refuses old namespaces; tests compare what both read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import inf

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable
from vidtag.subtitles.reading.ttml_parts import Part, joined, states, within_the_timed
from vidtag.subtitles.reading.ttml_spans import (
    ALWAYS,
    TIMES,
    Schedule,
    Seen,
    Spans,
    Time,
    both,
)
from vidtag.subtitles.reading.ttml_times import TtmlClock
from vidtag.subtitles.reading.xml_tree import Element, parse

_UNSEEN_RUBY = {"text", "textContainer", "delimiter"}
_HIDING = {"visibility", "display"}
_NO_TEXT = {
    "metadata",
    "title",
    "desc",
    "copyright",
    "agent",
    "name",
    "actor",
    "set",
    "information",
}
_MOST_CHANGES = 200
"""Changes of whether one text is seen, beyond which it is named instead of read."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element has from those around it.

    Attributes:
        active: when it is there.
        displayed: when it takes a place in the picture.
        seen: what those around it make of its being hidden.
        region: the one it is shown in.
        timed: whether any of them has times.
    """

    active: Spans
    displayed: Spans
    seen: Seen
    region: str
    space: str
    timed: bool


def read_ttml(text: str) -> Found:
    """Cues of a TTML file: paragraphs, or their spans where these take turns.

    Raises:
        TooDeepError: elements lie too deep within each other.
    """
    root, damage = parse(text)
    unreadable = (
        [Unreadable(damage[0], f"damaged XML, what follows is lost: {damage[1]}")] if damage else []
    )
    if root is None or root.name != "tt":
        return Found((), tuple(unreadable))
    reader = _Reader(root)
    cues = tuple(reader.cues())
    unreadable += reader.unreadable
    clock = reader.clock
    return Found(
        cues,
        tuple(sorted(unreadable, key=lambda each: each.line)),
        frame_rate=clock.rate if clock.said else None,
        language=root.attributes.get("lang") or None,
        ordered=False,
    )


class _Reader:
    def __init__(self, root: Element) -> None:
        self.root = root
        self.clock = TtmlClock.of(root.attributes)
        self.unreadable: list[Unreadable] = []
        self.schedule = Schedule(self.clock, self._lost)
        self.styles: dict[str, Element] = {}
        self.animations: dict[str, Element] = {}
        self.vertical: set[str] = set()
        self.regions: dict[str, _Context] = {}
        self._known: dict[tuple[str, str], str | None] = {}
        regions = []
        for element in _descendants(root):
            name = element.attributes.get("id", "")
            if element.name == "style" and "id" in element.attributes:
                self.styles[name] = element
            elif element.name == "set" and name:
                self.animations[name] = element
            elif element.name == "region":
                regions.append(element)
        plain = _Context(ALWAYS, ALWAYS, Seen(), "", "", False)
        for element in regions:
            name = element.attributes.get("id", "")
            if self._style(element, "writingMode")[:2] == "tb":
                self.vertical.add(name)
            self.schedule.place(element, Fraction(0))
            self.regions[name] = self._context(element, plain)

    def cues(self) -> Iterator[FoundCue]:
        space = self.root.attributes.get("space", "")
        outer = _Context(ALWAYS, ALWAYS, Seen(), "", space, False)
        for body in self.root.children:
            if body.name == "body":
                self.schedule.place(body, Fraction(0))
                yield from self._inside(body, outer)

    def _inside(self, element: Element, outer: _Context) -> Iterator[FoundCue]:
        context = self._context(element, outer)
        if not context.displayed or self.schedule.of(element) == (inf, inf):
            return
        if element.name == "p":
            yield from self._paragraph(element, context)
            return
        if "backgroundImage" in element.attributes or any(
            x.name == "image" for x in element.children
        ):
            self._lost(element, "a picture in place of text")
        loose = " ".join(each for each in element.content if isinstance(each, str)).strip()
        if loose:
            self._lost(element, f"text of no paragraph: {loose[:60]}")
        for child in element.children:
            if child.name in ("div", "p"):
                yield from self._inside(child, context)

    def _context(self, element: Element, outer: _Context) -> _Context:
        """What holds in an element that is placed."""
        active, displayed, seen = outer.active, outer.displayed, outer.seen
        span = self.schedule.of(element)
        if span is not None and span != ALWAYS[0]:
            active = both(active, (span,)) if span[0] < span[1] else ()
        sets = self._sets(element, span[0] if span else Fraction(0))
        visibility, display = self._style(element, "visibility"), self._style(element, "display")
        if display == "none" or any("display" in each for _, each in sets):
            base = "hidden" if display == "none" else "visible"
            own = Seen().after(base, _changes(sets, "display", "none"))
            displayed = both(displayed, own.shown)
        if visibility or any("visibility" in each for _, each in sets):
            seen = seen.after(visibility, _changes(sets, "visibility", "hidden"))
        return _Context(
            active,
            displayed,
            seen,
            element.attributes.get("region", outer.region),
            element.attributes.get("space", outer.space),
            outer.timed or not element.attributes.keys().isdisjoint(TIMES),
        )

    def _sets(self, element: Element, begin: Time) -> list[tuple[Spans, dict[str, str]]]:
        """When each ``set`` of an element changes what, in order; those that change whether
        something is seen alone.
        """
        found = []
        referred = element.attributes.get("animate", "").split()
        for each in (self.animations[name] for name in referred if name in self.animations):
            self.schedule.place(each, begin)
            found.append(each)
        found += [each for each in element.children if each.name == "set"]
        found = [each for each in found if not each.attributes.keys().isdisjoint(_HIDING)]
        if len(found) > _MOST_CHANGES:
            self._lost(element, f"shown and hidden {len(found)} times, read as shown throughout")
            return []
        spans = [(self.schedule.of(each) or (inf, inf), each.attributes) for each in found]
        return [((span,), what) for span, what in spans if span[0] < span[1]]

    def _paragraph(self, element: Element, context: _Context) -> Iterator[FoundCue]:
        region = self.regions.get(context.region)
        begin, end = self.schedule.of(element) or ALWAYS[0]
        around = both(region.active, region.displayed) if region else ALWAYS
        visible = region.seen.within(ALWAYS) if region else ALWAYS
        parts = list(self._parts(element, context, around, visible))
        text = joined(parts)
        if not text:
            return  # keeps a place, as several programs write it between two subtitles
        mode = self._style(element, "writingMode")
        vertical = context.region in self.vertical or mode[:2] == "tb"
        if end <= begin:
            yield FoundCue(float(begin), float(end), text, context.region, vertical)
            return
        if not both(context.active, region.active if region else ALWAYS):
            self._lost(element, f"never shown at its times: {text[:60]}")
            return
        if not context.timed:
            parts = within_the_timed(parts)
        for (since, until), said in states(parts, partial(self._lost, element)):
            if until < inf:
                yield FoundCue(float(since), float(until), said, context.region, vertical)
            elif context.timed or since > 0:
                self._lost(element, f"no end: {said[:60]}")
            else:
                self._lost(element, "a paragraph without times")

    def _parts(
        self, element: Element, context: _Context, around: Spans, visible: Spans
    ) -> Iterator[Part]:
        """The text of a paragraph or span, in order.

        Args:
            around: when its region takes a place in the picture.
            visible: when it is seen if nothing in its region says otherwise.
        """
        if self._style(element, "ruby") in _UNSEEN_RUBY or not context.displayed:
            return
        there = both(both(around, context.displayed), context.active)
        shown = both(there, context.seen.within(visible))
        if len(shown) > _MOST_CHANGES:
            self._lost(element, f"shown and hidden {len(shown)} times, read as shown throughout")
            shown = ((shown[0][0], shown[-1][1]),)
        in_turn = element.attributes.get("timeContainer") == "seq"
        for each in element.content:
            if isinstance(each, str):
                text = each if context.space == "preserve" else re.sub(r"[ \t\r\n]+", " ", each)
                if in_turn and text.strip():
                    self._lost(element, f"text that lasts no time: {text.strip()[:60]}")
                else:
                    yield Part(text, shown, not text.strip())
            elif each.name == "br":
                yield Part("\n", (), True)
            elif each.name not in _NO_TEXT:
                yield from self._parts(each, self._context(each, context), around, visible)

    def _style(self, element: Element, name: str) -> str:
        """A style of an element: its own, or the last of those it refers to, and these to."""
        if name in element.attributes:
            return element.attributes[name]
        for child in element.children if element.name == "region" else ():
            if child.name == "style" and name in child.attributes:
                return child.attributes[name]
        said = element.attributes.get("style")
        return (self._referred(said, name) if said else None) or ""

    def _referred(self, said: str, name: str) -> str | None:
        """A style by what an attribute ``style`` refers to; each is looked for once, however many
        elements have it and however long its chain is.
        """
        if (said, name) not in self._known:
            self._known[said, name] = None  # as long as it is looked for: they may form a circle
            chain = [(said, self._references(said))]
            while chain:
                here, waiting = chain[-1]
                if self._known[here, name] is not None or not waiting:
                    chain.pop()
                    continue
                style = self.styles[waiting[-1]].attributes
                further = style.get("style", "")
                if name in style or (further, name) in self._known:
                    self._known[here, name] = style.get(name, self._known.get((further, name)))
                    waiting.pop()
                else:
                    self._known[further, name] = None
                    chain.append((further, self._references(further)))
        return self._known[said, name]

    def _references(self, said: str) -> list[str]:
        return [reference for reference in said.split() if reference in self.styles]

    def _lost(self, element: Element, detail: str) -> None:
        self.unreadable.append(Unreadable(element.line, detail))


def _changes(
    sets: list[tuple[Spans, dict[str, str]]], name: str, hidden: str
) -> list[tuple[Spans, bool]]:
    return [(spans, what[name] != hidden) for spans, what in sets if name in what]


def _descendants(root: Element) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        yield element
        waiting.extend(element.children)
