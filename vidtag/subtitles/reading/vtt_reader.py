"""WebVTT by its standard (https://www.w3.org/TR/webvtt1/#parsing); YouTube's rolling captions."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable

_TIME = r"(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"^[ \t\f]*{_TIME}[ \t\f]*-->[ \t\f]*{_TIME}(?!\d)(?P<settings>.*)$")
_DEFINITION = re.compile(r"^(?:NOTE|STYLE|REGION)(?:[ \t].*)?$")
_TAG = re.compile(r"<(/?)([a-z]*)(?=[.\s>]|$)[^<>]*(?:>|$)|<[^<>]*(?:>|$)")
_SPANS = frozenset({"c", "i", "b", "u", "v", "lang", "ruby", "rt"})
_IN_CUE_TIME = re.compile(r"<(?:\d+:)?\d\d:\d\d\.\d{3}>")
_LANGUAGE = re.compile(r"^Language:\s*([A-Za-z-]{2,35})\s*$", re.I)
_LINE = re.compile(r"(?:^|\s)line:(-?[\d.]+)(%?)")
_REGION = re.compile(r"(?:^|\s)region:(\S+)")
_VERTICAL = re.compile(r"(?:^|\s)vertical:(?:rl|lr)\b")

_MOST_BLINK = 0.05
"""Seconds that the cue between two of YouTube's rolling ones is shown at most."""


def read_vtt(lines: Sequence[str]) -> Found:
    """Cues of a WebVTT file: what a browser shows, and a word on what it passes over."""
    cues: list[FoundCue] = []
    unreadable: list[Unreadable] = []
    header_end = next(
        (n for n, line in enumerate(lines) if n and (not line or "-->" in line)), len(lines)
    )
    languages = [found[1] for line in lines[:header_end] if (found := _LANGUAGE.match(line))]
    timed = 0
    number = header_end
    while number < len(lines):
        if not lines[number].strip():
            number += 1
            continue
        first = number
        timing = next((n for n in (first, first + 1) if n < len(lines) and "-->" in lines[n]), None)
        number = (first if timing is None else timing) + 1
        while number < len(lines) and lines[number] and "-->" not in lines[number]:
            number += 1
        if timing is None:
            if not _DEFINITION.match(lines[first]):
                unreadable.append(
                    Unreadable(first + 1, f"text of no cue: {lines[first].strip()[:60]}")
                )
            continue
        raw = "\n".join(lines[timing + 1 : number])
        cue = _cue(lines[timing], raw)
        if cue is None:
            unreadable.append(
                Unreadable(timing + 1, f"these times cannot be read: {lines[timing].strip()[:60]}")
            )
            continue
        timed += bool(_IN_CUE_TIME.search(raw))
        cues.append(cue)
    if timed and _is_rolling(cues):
        cues = _unrolled(cues)
    return Found(tuple(cues), tuple(unreadable), language=languages[0] if languages else None)


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    whole = int((hours or "0")[:9]) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(thousandths) / 1000


def _cue(timing: str, raw: str) -> FoundCue | None:
    found = _TIMING.match(timing)
    if found is None:
        return None
    parts = found.groups()
    settings = found["settings"]
    place = ""
    if region := _REGION.search(settings):
        place = f"region {region[1]}"
    elif line := _LINE.search(settings):
        # A share of the picture's height, or lines from its top (negative: from its bottom).
        high = (
            line[2] == "%" and not line[1].startswith("-") and float(line[1].strip(".") or 0) < 50
        )
        if high or (not line[2] and not line[1].startswith("-")):
            place = "top" if high else f"line {line[1]}"
    return FoundCue(
        _seconds(*parts[0:4]),
        _seconds(*parts[4:8]),
        html.unescape(_base_text(raw)),
        place,
        bool(_VERTICAL.search(settings)),
    )


def _base_text(raw: str) -> str:
    """Text of a cue without tags and ruby: an ``rt`` is one inside a ``ruby`` alone, until that or
    itself ends.
    """
    kept: list[str] = []
    open_: list[str] = []
    hidden = at = 0
    for tag in _TAG.finditer(raw):
        if not hidden:
            kept.append(raw[at : tag.start()])
        at = tag.end()
        closes, name = tag[1], tag[2]
        inner = open_[-1] if open_ else None
        if closes and name == inner:
            hidden -= open_.pop() == "rt"
        elif closes and name == "ruby" and inner == "rt":
            del open_[-2:]
            hidden -= 1
        elif not closes and name in _SPANS and (name != "rt" or inner == "ruby"):
            open_.append(name)
            hidden += name == "rt"
    if not hidden:
        kept.append(raw[at:])
    return "".join(kept)


def _shown(cue: FoundCue) -> list[str]:
    return [line.strip() for line in cue.text.split("\n") if line.strip()]


def _is_rolling(cues: Sequence[FoundCue]) -> bool:
    """Whether most cues repeat the last line of the one before as their first."""
    repeats = sum(
        1 for a, b in pairwise(cues) if (x := _shown(a)) and (y := _shown(b)) and x[-1] == y[0]
    )
    return len(cues) > 2 and repeats * 2 > len(cues) - 1


def _unrolled(cues: Sequence[FoundCue]) -> list[FoundCue]:
    """Each line once, from when it appears until the next one does."""
    kept: list[FoundCue] = []
    above: list[str] = []
    for cue in cues:
        lines = _shown(cue)
        fresh = lines[1:] if above and lines[:1] == above[-1:] else lines
        if fresh:
            kept.append(replace(cue, text="\n".join(fresh)))
        elif kept and cue.end - cue.start <= _MOST_BLINK:
            kept[-1] = replace(kept[-1], end=max(kept[-1].end, cue.end))
        above = lines
    return kept
