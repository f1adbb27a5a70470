"""Lanes with more blocks than an eye can tell apart: a shape for each colour, and rows of text.

A link for each of thousands of blocks would be most of what a report costs to open. Of such a lane
the browser draws a picture; the script makes links of the blocks that are in view. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from vidtag.report.lanes import Lane, LaneBlock

_MANY = 300
"""Blocks of a lane above which it is drawn as shapes."""


def is_dense(lane: Lane) -> bool:
    """Whether a lane has very many blocks."""
    return len(lane.blocks) > _MANY


def shapes(lane: Lane) -> Iterator[tuple[str, str]]:
    """Each colour's name, and the path of all its blocks in a box that is 100 wide and 1 high."""
    places: dict[str, list[str]] = {}
    for block in lane.blocks:
        left, width = _number(block.left), _number(block.width)
        places.setdefault(block.colour, []).append(f"M{left} 0h{width}v1h-{width}z")
    for colour, parts in places.items():
        yield colour, "".join(parts)


def rows(lane: Lane) -> str:
    """A line for each block, its parts between tabs: place, width, seconds, target, colour, label,
    times and detail; without the detail where that is the text of the target.
    """
    return "\n".join("\t".join(map(_one_line, _parts(block, lane.quotes))) for block in lane.blocks)


def _parts(block: LaneBlock, quoted: bool) -> Iterator[str]:
    yield from (_number(block.left), _number(block.width), _number(block.start))
    yield from (block.target, block.colour, block.label, block.times)
    if not quoted:
        yield block.detail


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _one_line(text: str) -> str:
    return " ".join(text.split())
