"""Timelines as text, held to bounds before a library makes objects of them."""

from __future__ import annotations

import re
from itertools import accumulate
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from vidtag.core.errors import UserError

DEEPEST = 200
"""Levels within each other; editing programs nest some twenty."""

MOST_ELEMENTS = 3_000_000
"""Elements, or lists and mappings, of a timeline: some 20,000 clips have as many."""

_DECLARES = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST)", re.I)
_STEPS = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())


class _BoundedBuilder(TreeBuilder):
    """Refuses what is nested too deep, or has too many elements."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        _check(self._depth, self._count)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parsed_xml(text: str) -> Element:
    """The root element.

    Raises:
        UserError: it declares entities, or is beyond the bounds.
        ParseError: it is not XML.
    """
    if _DECLARES.search(text):
        raise UserError("declares entities, which no editing program writes")
    parser = XMLParser(target=_BoundedBuilder())
    parser.feed(text)
    root = parser.close()
    if not isinstance(root, Element):
        raise ParseError("no element")
    return root


def check_json(text: str) -> None:
    """Refuse JSON beyond the bounds, whether or not it is right otherwise: the library that reads
    OpenTimelineIO ends the process where it is nested too deep.

    Raises:
        UserError: it is.
    """
    data = text.encode("utf-8", "replace").replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(data.split(b'"')[::2]).translate(None, _NO_BRACKETS)
    _check(0, len(brackets) // 2)
    _check(max(accumulate(map(_STEPS.__getitem__, brackets)), default=0), 0)


def _check(depth: int, count: int) -> None:
    if depth > DEEPEST:
        raise UserError(f"is nested deeper than {DEEPEST} levels")
    if count > MOST_ELEMENTS:
        raise UserError(f"has more than {MOST_ELEMENTS:,} elements")
