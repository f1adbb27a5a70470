"""TTML of every edition: IMSC, EBU-TT, SMPTE-TT, DFXP of the drafts of 2006.

ttconv reads IMSC alone and refuses old namespaces; tests compare what both read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable
from vidtag.subtitles.reading.ttml_times import TtmlClock
from vidtag.subtitles.reading.xml_tree import Element, parse

_UNSEEN_RUBY = {"text", "textContainer", "delimiter"}
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
_TIMES = {"begin", "end", "dur"}


@dataclass(frozen=True, slots=True)
class _Span:
    """When an element is active; ``end`` is None while nothing ends it."""

    begin: Fraction
    end: Fraction | None


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element has from those around it."""

    active: _Span
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
        self.styles: dict[str, Element] = {}
        self.vertical: set[str] = set()
        self._known: dict[tuple[str, str], str | None] = {}
        for element in _descendants(root):
            if element.name == "style" and "id" in element.attributes:
                self.styles[element.attributes["id"]] = element
        for element in _descendants(root):
            if element.name == "region" and self._style(element, "writingMode")[:2] == "tb":
                self.vertical.add(element.attributes.get("id", ""))

    def cues(self) -> Iterator[FoundCue]:
        outer = _Context(_Span(Fraction(0), None), "", self.root.attributes.get("space", ""), False)
        for body in self.root.children:
            if body.name == "body":
                yield from self._inside(body, outer, Fraction(0))

    def _inside(self, element: Element, outer: _Context, reference: Fraction) -> Iterator[FoundCue]:
        context = self._context(element, outer, reference)
        if context is None or self._undisplayed(element):
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
        before = context.active.begin
        for child in element.children:
            if child.name not in ("div", "p"):
                continue
            yield from self._inside(child, context, before)
            if element.attributes.get("timeContainer") == "seq":
                inner = self._context(child, context, before, quiet=True)
                before = (inner.active.end if inner else None) or before

    def _context(
        self, element: Element, outer: _Context, reference: Fraction, quiet: bool = False
    ) -> _Context | None:
        """What holds in an element; None if its times cannot be read."""
        times: dict[str, Fraction] = {}
        for name in _TIMES & element.attributes.keys():
            value = self.clock.seconds(element.attributes[name])
            if value is None:
                if not quiet:
                    self._lost(element, f'no time: {name}="{element.attributes[name][:40]}"')
                return None
            times[name] = value
        begin = reference + times.get("begin", 0)
        ends = [outer.active.end]
        if "end" in times:
            ends.append(reference + times["end"])
        if "dur" in times:
            ends.append(begin + times["dur"])
        end = min((each for each in ends if each is not None), default=None)
        return _Context(
            _Span(begin, end),
            element.attributes.get("region", outer.region),
            element.attributes.get("space", outer.space),
            outer.timed or bool(times),
        )

    def _paragraph(self, element: Element, context: _Context) -> Iterator[FoundCue]:
        spans = [each for each in element.children if _TIMES & each.attributes.keys()]
        inner = [self._context(span, context, context.active.begin) for span in spans]
        readable = [each.active for each in inner if each is not None]
        turns = all(a.end is not None and a.end <= b.begin for a, b in pairwise(readable))
        if len(spans) > 1 and turns and len(readable) == len(spans) and self._only(element, spans):
            for span, times in zip(spans, readable, strict=True):
                yield from self._cue(span, times, context)
            return
        active = context.active
        if readable and not _TIMES & element.attributes.keys() and not context.timed:
            known = [each.end for each in readable if each.end is not None]
            active = _Span(min(each.begin for each in readable), max(known, default=None))
        elif not context.timed:
            if self._text(element, context.space).strip():
                self._lost(element, "a paragraph without times")
            return
        yield from self._cue(element, active, context)

    def _only(self, element: Element, spans: list[Element]) -> bool:
        """Whether a paragraph has no text beside its timed spans."""
        known = {id(each) for each in spans}
        rest = [x for x in element.content if not (isinstance(x, Element) and id(x) in known)]
        return not self._text(Element("p", {}, element.line, rest), "").strip()

    def _cue(self, element: Element, active: _Span, context: _Context) -> Iterator[FoundCue]:
        text = self._text(element, context.space)
        if active.end is None:
            if text.strip():
                self._lost(element, f"no end: {text.strip()[:60]}")
            return
        if not text.strip():
            return  # keeps a place, as several programs write it between two subtitles
        mode = self._style(element, "writingMode")
        vertical = context.region in self.vertical or mode[:2] == "tb"
        yield FoundCue(float(active.begin), float(active.end), text, context.region, vertical)

    def _text(self, element: Element, space: str) -> str:
        parts: list[str] = []
        self._gather(element, space, parts)
        joined = "".join(parts)
        return "\n".join(" ".join(line.split(" ")).strip() for line in joined.split("\n"))

    def _gather(self, element: Element, space: str, parts: list[str]) -> None:
        space = element.attributes.get("space", space)
        if self._style(element, "ruby") in _UNSEEN_RUBY or self._undisplayed(element):
            return
        for each in element.content:
            if isinstance(each, str):
                parts.append(each if space == "preserve" else re.sub(r"[ \t\r\n]+", " ", each))
            elif each.name == "br":
                parts.append("\n")
            elif each.name not in _NO_TEXT:
                self._gather(each, space, parts)

    def _undisplayed(self, element: Element) -> bool:
        """Whether nothing in an element is ever shown: no animation changes that."""
        return self._style(element, "display") == "none" and not any(
            child.name == "set" and "display" in child.attributes for child in element.children
        )

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


def _descendants(root: Element) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        yield element
        waiting.extend(element.children)
