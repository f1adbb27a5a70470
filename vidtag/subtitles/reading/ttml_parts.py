"""Pieces of the text of a paragraph of TTML, which come and go at times of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from vidtag.subtitles.reading.ttml_spans import ALWAYS, Spans, Time

_MOST_REPEATED = 64
"""Times that the parts of one paragraph may be shown again with others, on average."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text of a paragraph, and when it is shown; what is blank has no time."""

    text: str
    shown: Spans
    blank: bool


def within_the_timed(parts: list[Part]) -> list[Part]:
    """Parts of a paragraph without times, where those that have none take the others'."""
    spans = [span for part in parts for span in part.shown if not part.blank]
    known = [span for span in spans if span[1] < inf]
    if not known:
        return parts
    whole = ((min(begin for begin, _ in known), max(end for _, end in known)),)
    return [Part(x.text, whole if x.shown == ALWAYS else x.shown, x.blank) for x in parts]


def joined(parts: list[Part], whole: bool = True) -> str:
    """Text of parts; of a ``whole`` paragraph, blank lines and several spaces are its own."""
    lines = [line.strip() for line in "".join(part.text for part in parts).split("\n")]
    if not whole:
        lines = [re.sub(" {2,}", " ", line) for line in lines if line]
    return "\n".join(lines).strip()


def states(
    parts: list[Part], lost: Callable[[str], None]
) -> Iterator[tuple[tuple[Time, Time], str]]:
    """What is shown from when to when. Text that comes bit by bit and goes at once is shown
    from the first on; else each change begins another subtitle.
    """
    edges: dict[Time, set[int]] = {}
    for place, part in enumerate(parts):
        for edge in (edge for span in part.shown for edge in span):
            if not part.blank:
                edges.setdefault(edge, set()).add(place)
    left = _MOST_REPEATED * (1 + len(parts) + sum(map(len, edges.values())))
    here: set[int] = set()
    came: list[tuple[Time, set[int]]] = []  # when what came since something went last
    for time in sorted(edges):
        going = edges[time] & here
        steps = [] if not going else came if going != here else [(came[0][0], here)]
        ends = [since for since, _ in steps[1:]] + [time]
        there: set[int] = set()
        for (since, more), until in zip(steps, ends, strict=False):
            there |= more
            first, last = min(there), max(there)
            left -= last - first + 1
            if left < 0:
                lost("its parts come and go too often to be read")
                return
            some = parts[first : last + 1]
            kept = [x for place, x in enumerate(some, first) if x.blank or place in there]
            yield (since, until), joined(kept, whole=len(kept) == len(some))
        if going or not here:
            came.clear()
        here ^= edges[time]
        came.append((time, here.copy() if going else edges[time]))
