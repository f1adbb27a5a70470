"""SubRip as it is found: any line ends, slips in times, no numbers, blank lines inside text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable
from vidtag.subtitles.reading.times import lenient_seconds

_BAD_ARROW = re.compile(r"^\s*-?\d{1,6}\s*[:：]\s*\d\d?\s*[:：]\s*\d.{0,20}?(?:-\s?>|[–—→]>)")
_TIMING = re.compile(
    r"^\s*(?P<start>-?[\d:：.,，．；;\s]{3,40}?)\s*-->"
    r"\s*(?P<end>-?[\d:：.,，．；;]{3,40}(?:\s?[,.]\s?\d{1,9})?)(?:\s|$)"
)
_LOOKS_TIMED = re.compile(r"^\s*-?\d{1,6}\s*[:：]\s*\d")
_TAG = re.compile(
    r"</?\s*(?:i|b|u|s|em|strong|br|c|v|ruby|rt|font)\s*/?>|<font\s[^<>]{0,300}>", re.I
)
_OVERRIDE = re.compile(r"\{(\\[^{}]{0,300})\}")
_STYLE_PREFIX = re.compile(r"^\{[yYcC]:[^{}]{1,40}\}")
_ALIGNMENT = re.compile(r"\\an?(\d{1,2})")


def is_timing(line: str) -> bool:
    """Whether a line says when a cue is shown, well or badly written."""
    return bool(("-->" in line and _LOOKS_TIMED.match(line)) or _BAD_ARROW.match(line))


def read_srt(lines: Sequence[str]) -> Found:
    """Cues of a SubRip file.

    A player ends a cue at a blank line; many files have blank lines inside their text. All text up
    to the next timing line, without the number before that, belongs to a cue.
    """
    timings = [number for number, line in enumerate(lines) if is_timing(line)]
    cues: list[FoundCue] = []
    unreadable = []
    first = timings[0] if timings else len(lines)
    for number, line in enumerate(lines[:first]):
        if line.strip() and not (line.strip().isdecimal() and number >= first - 2):
            unreadable.append(
                Unreadable(number + 1, f"text before the first cue: {line.strip()[:60]}")
            )
    count = _number_before(lines, first, None)
    for here, following in zip(timings, [*timings[1:], len(lines)], strict=True):
        stop = following
        if following < len(lines):
            later = _number_before(lines, following, count)
            if later is not None:
                stop = following - 1
                count = later
        text = [line.strip() for line in lines[here + 1 : stop]]
        cue = _cue(lines[here], "\n".join(line for line in text if line))
        if isinstance(cue, str):
            unreadable.append(Unreadable(here + 1, cue))
        else:
            cues.append(cue)
    return Found(tuple(cues), tuple(unreadable))


def _number_before(lines: Sequence[str], timing: int, last: int | None) -> int | None:
    """The number of a cue on the line before its timing line, told from a text of digits by a blank
    line before it or by its counting on.
    """
    if timing == 0 or not lines[timing - 1].strip().isdecimal():
        return None
    text = lines[timing - 1].strip()
    number = int(text) if len(text) <= 9 else 0
    alone = timing == 1 or not lines[timing - 2].strip()
    return number if alone or (last is not None and number == last + 1) else None


def _cue(timing: str, text: str) -> FoundCue | str:
    """A cue, or why its timing line cannot be read."""
    found = _TIMING.match(timing)
    start = lenient_seconds(found["start"]) if found else None
    end = lenient_seconds(found["end"]) if found else None
    if start is None or end is None:
        return f"these times cannot be read: {timing.strip()[:60]}"
    place = ""
    for override in _OVERRIDE.findall(text):
        if alignment := _ALIGNMENT.search(override):
            place = alignment[1]
    return FoundCue(start, end, without_markup(text), "" if place == "2" else place)


def without_markup(text: str) -> str:
    """Text of SubRip without the tags that players obey; other brackets and braces are text."""
    lines = _TAG.sub("", _OVERRIDE.sub("", text)).split("\n")
    return "\n".join(_STYLE_PREFIX.sub("", line) for line in lines)
