"""ASS and SSA: events in the file's order, by the columns that its ``Format:`` lines name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable
from vidtag.subtitles.reading.times import lenient_seconds

_SECTION = re.compile(r"^\s*\[([^\[\]]{1,60})\]\s*$")
_EVENTS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_OVERRIDE = re.compile(r"\{([^{}]*)\}")
_DRAWING = re.compile(r"\\p(\d+)")
_ALIGNMENT = re.compile(r"\\an([1-9])")
_OLD_ALIGNMENT = re.compile(r"\\a(\d{1,2})")
_POSITION = re.compile(r"\\(?:pos|move)\(([^()]{1,80})\)")
_OTHERS = ("comment", "picture", "sound", "movie", "command")


def read_ass(lines: Sequence[str]) -> Found:
    """Dialogue of an ASS or SSA file without overrides, comments and drawings."""
    section = ""
    columns = _columns(_EVENTS)
    style_columns: list[str] = []
    alignments: dict[str, int] = {}
    cues, unreadable = [], []
    for number, line in enumerate(lines, 1):
        if found := _SECTION.match(line):
            section = found[1].strip().lower()
            continue
        kind, colon, rest = line.strip().partition(":")
        kind = kind.lower()
        if not colon or kind.startswith(";"):
            if section == "events" and line.strip() and not line.startswith((";", "!")):
                unreadable.append(Unreadable(number, f"no event: {line.strip()[:60]}"))
        elif "styles" in section:
            if kind == "format":
                style_columns = _columns(rest)
            elif kind == "style":
                fields = dict(zip(style_columns, map(str.strip, rest.split(",")), strict=False))
                alignments[fields.get("name", "").lstrip("*")] = _alignment(fields, section)
        elif kind == "format" and section == "events":
            columns = _columns(rest)
        elif kind == "dialogue":
            cue = _cue(columns, rest, alignments)
            if isinstance(cue, FoundCue):
                cues.append(cue)
            elif cue:
                unreadable.append(Unreadable(number, cue))
        elif section == "events" and kind not in _OTHERS:
            unreadable.append(Unreadable(number, f"no event: {line.strip()[:60]}"))
    return Found(tuple(cues), tuple(unreadable), ordered=False)


def _columns(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",")]


def _alignment(fields: dict[str, str], section: str) -> int:
    value = fields.get("alignment", "2")
    number = int(value) if value.isdecimal() and len(value) < 3 else 2
    return number if "+" in section else _from_old(number)


def _from_old(number: int) -> int:
    """SSA's alignment (1 to 3 at the bottom, 5 to 7 on top, 9 to 11 between) as ASS counts it."""
    if number >= 9:
        return number - 5
    return number + 2 if number >= 5 else number


def _cue(columns: list[str], rest: str, alignments: dict[str, int]) -> FoundCue | str | None:
    """A cue; None for a drawing; why it cannot be read."""
    values = rest.split(",", len(columns) - 1)
    fields = dict(zip(columns, values, strict=False))
    start, end = (lenient_seconds(fields.get(name, "")) for name in ("start", "end"))
    if start is None or end is None or "text" not in fields:
        return f"this event cannot be read: {rest.strip()[:60]}"
    raw = fields["text"]
    text = _text(raw)
    if not text.strip() and (_DRAWING.search(raw) or not raw.strip()):
        return None  # a drawing, or a line that keeps a place for a sound or a comment
    alignment = alignments.get(fields.get("style", "").strip().lstrip("*"), 2)
    overrides = "".join(_OVERRIDE.findall(raw))
    if found := _ALIGNMENT.search(overrides):
        alignment = int(found[1])
    elif found := _OLD_ALIGNMENT.search(overrides):
        alignment = _from_old(int(found[1]))
    place = f"{fields.get('layer', '').strip()}/{alignment}"
    if found := _POSITION.search(overrides):
        place += f" at {found[1]}"
    return FoundCue(start, end, text, place)


def _text(raw: str) -> str:
    """Text without override blocks, and without what lies between ``\\p1`` and ``\\p0``."""
    kept = []
    drawing = False
    position = 0
    for block in _OVERRIDE.finditer(raw):
        if not drawing:
            kept.append(raw[position : block.start()])
        for mode in _DRAWING.findall(block[1]):
            drawing = int(mode[:9]) > 0
        position = block.end()
    if not drawing:
        kept.append(raw[position:])
    text = "".join(kept).replace("\\N", "\n")
    return text.replace("\\n", " ").replace("\\h", " ")
