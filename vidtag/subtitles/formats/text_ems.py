"""How wide text is drawn: in ems of the font that subtitles are drawn in, Noto Sans CJK Bold."""

from __future__ import annotations

import unicodedata
from types import MappingProxyType

from vidtag.subtitles.characters import half_widths

_GROUPS = (
    (0.25, " "),
    (0.3, "i|"),
    (0.35, "',.:;Ijl"),
    (0.4, "!()-/[\\]f{}"),
    (0.45, "rt"),
    (0.5, "s"),
    (0.55, "*?cz"),
    (0.6, '"#$+0123456789<=>FJLY^_aegkvxy~'),
    (0.65, "AESTVXZ`bdhnopqu"),
    (0.7, "BCKPR"),
    (0.75, "&DGNU"),
    (0.8, "HOQ"),
    (0.85, "M"),
    (0.9, "w"),
    (0.95, "W"),
    (1.0, "%m"),
    (1.05, "@"),
)
"""Widths of ASCII characters, rounded up to a twentieth."""
_EMS = MappingProxyType({letter: ems for ems, letters in _GROUPS for letter in letters})
_OTHER = 0.65
"""Width of another letter that is not wide."""


def ems(line: str) -> float:
    """Width of a line."""
    return sum(map(_ems, line))


def _ems(character: str) -> float:
    if character in _EMS:
        return _EMS[character]
    cells = half_widths(character)
    if cells != 1:
        return float(cells) / 2
    return _EMS.get(unicodedata.normalize("NFD", character)[0], _OTHER)
