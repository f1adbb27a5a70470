"""Numbers and nested data from files that anybody may have written, within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

DEEPEST = 50
"""Levels of lists and mappings within each other beyond which data is refused."""

_NUMBER = re.compile(
    r"([-+]?\d{1,18}(?:\.\d{0,40})?(?:[eE][-+]?\d{1,2})?)(?:/(\d{1,18}))?", re.ASCII
)


def exact_number(text: str) -> Fraction:
    """A number as programs and people write it: ``25``, ``23.976``, ``24000/1001``.

    ``Fraction`` itself would work out a thousand million digits of ``1e999999999``.

    Raises:
        ValueError: it is none, is divided by nothing, or has more than 18 digits before the point.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"no number: {text.strip()[:40]!r}")
    divisor = int(found[2] or 1)
    if not divisor:
        raise ValueError(f"divided by nothing: {text.strip()[:40]!r}")
    return Fraction(found[1]) / divisor


def check_depth(data: object) -> None:
    """Refuse plain data that is nested deeper than anything that is written here.

    Raises:
        ValueError: it is.
    """
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _within(each)]
        if not level:
            return
    raise ValueError(f"nested deeper than {DEEPEST} levels")


def _within(data: object) -> list[object]:
    """The lists and mappings right inside a list or a mapping."""
    inside = data.values() if isinstance(data, Mapping) else data
    if not isinstance(data, (Mapping, list, tuple)):
        return []
    return [each for each in inside if isinstance(each, (Mapping, list, tuple))]  # type: ignore[attr-defined]
