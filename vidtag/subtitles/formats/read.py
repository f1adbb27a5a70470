"""Subtitle files, ours or another's, read back as cues."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from vidtag.core.document import LARGEST, parse_json
from vidtag.core.errors import InputError
from vidtag.core.records import Cue, CueKind, Emotion, Language
from vidtag.subtitles.characters import script_language

_READABLE = "SRT, ASS, SSA, WebVTT, TTML or vidtag's JSON"


def read_cues(path: str | Path) -> tuple[Cue, ...]:
    """Cues of a subtitle file in the order they stand there, their markup taken off.

    Languages are judged by the script of the text where the file does not tell.

    Raises:
        InputError: there is no such file, or it is not a subtitle file.
    """
    file = Path(path)
    text = _text(file)
    if not text.strip():
        return ()  # what an SRT file is when nothing was said
    json = file.suffix.lower() == ".json"
    cues = _from_json(text, file) if json else _from_pysubs2(text, file)
    for cue in cues:
        # A comparison with what is no number is false as well.
        if not (abs(cue.start) <= LARGEST and abs(cue.end) <= LARGEST):
            raise InputError(
                "has times beyond all measure", path=file, remedy=f"give a file in {_READABLE}"
            )
    return cues


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})",
            path=file,
            remedy="give the path of a subtitle file",
        ) from error
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            "is not UTF-8 text", path=file, remedy=f"save it as {_READABLE} in UTF-8"
        ) from error


def _from_pysubs2(text: str, file: Path) -> tuple[Cue, ...]:
    import pysubs2

    try:
        events = pysubs2.SSAFile.from_string(text)
    except Exception as error:  # pysubs2's readers raise whatever their parsers do
        raise InputError(
            "is not a subtitle file, or its beginning is damaged",
            path=file,
            remedy=f"give a file in {_READABLE}",
        ) from error
    return tuple(
        _cue(event.start / 1000, event.end / 1000, _plain(event, events.format))
        for event in events
        if not event.is_comment and not event.is_drawing
    )


_SLANTED = re.compile(r"\{\\[ibus][01]\}")
"""What pysubs2 makes of ``<i>`` and its like."""


def _plain(event: Any, format_: str | None) -> str:
    if format_ not in ("vtt", "ttml"):
        return str(event.plaintext)
    # Braces mean nothing in these formats.
    text = _SLANTED.sub("", event.text).replace(r"\N", "\n")
    return html.unescape(text) if format_ == "vtt" else text


def _cue(start: float, end: float, text: str) -> Cue:
    lines = tuple(line for raw in text.split("\n") if (line := raw.strip()))
    return Cue(start, end, lines, language=script_language("".join(lines)))


def _from_json(text: str, file: Path) -> tuple[Cue, ...]:
    try:
        return tuple(
            Cue(
                start=float(item["start"]),
                end=float(item["end"]),
                lines=tuple(map(str, item["lines"])),
                kind=CueKind(item["kind"]),
                language=None if item["language"] is None else Language(item["language"]),
                emotion=None if item["emotion"] is None else Emotion(item["emotion"]),
                markers=tuple(map(int, item["markers"])),
            )
            for item in parse_json(text)["cues"]
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(
            "is not a subtitle file of vidtag", path=file, remedy=f"give a file in {_READABLE}"
        ) from error
