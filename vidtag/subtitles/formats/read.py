"""Subtitle files, ours or another's, read back as cues."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pysubs2

from vidtag.core.document import LARGEST
from vidtag.core.errors import InputError
from vidtag.core.records import Cue
from vidtag.subtitles.characters import script_language
from vidtag.subtitles.formats import json_cues

_READABLE = "SRT, ASS, SSA, WebVTT, TTML or vidtag's JSON"


def read_cues(path: str | Path) -> tuple[Cue, ...]:
    """Cues of a subtitle file, in the file's order, without markup.

    Only vidtag's JSON names languages; elsewhere they are guessed from the script of the text.

    Raises:
        InputError: there is no such file, or it is not a subtitle file.
    """
    file = Path(path)
    text = _text(file)
    if not text.strip():
        return ()  # an SRT file without cues
    cues = _parsed_json(text, file) if file.suffix.lower() == ".json" else _parsed(text, file)
    for cue in cues:
        # Written so that NaN is refused as well.
        if not (abs(cue.start) <= LARGEST and abs(cue.end) <= LARGEST):
            raise _unreadable("has times beyond 30 years", file)
    return cues


def _unreadable(problem: str, file: Path) -> InputError:
    return InputError(problem, path=file, remedy=f"give a file in {_READABLE}")


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


def _parsed_json(text: str, file: Path) -> tuple[Cue, ...]:
    try:
        return json_cues.parse(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable("is not a subtitle file of vidtag", file) from error


def _parsed(text: str, file: Path) -> tuple[Cue, ...]:
    try:
        events = pysubs2.SSAFile.from_string(text)
    except Exception as error:  # pysubs2's readers raise whatever their parsers do
        raise _unreadable("is not a subtitle file, or its beginning is damaged", file) from error
    return tuple(
        _cue(event.start / 1000, event.end / 1000, _plain(event, events.format))
        for event in events
        if not event.is_comment and not event.is_drawing
    )


_STYLE_TAG = re.compile(r"\{\\[ibus][01]\}")
"""What pysubs2 makes of ``<i>``, ``<b>``, ``<u>`` and ``<s>``."""


def _plain(event: Any, format_: str | None) -> str:
    """Text of an event without markup; what that is differs by format."""
    if format_ not in ("vtt", "ttml"):
        return str(event.plaintext)
    # Braces are plain text in these formats.
    text = _STYLE_TAG.sub("", event.text).replace(r"\N", "\n")
    return html.unescape(text) if format_ == "vtt" else text


def _cue(start: float, end: float, text: str) -> Cue:
    lines = tuple(line for raw in text.split("\n") if (line := raw.strip()))
    return Cue(start, end, lines, language=script_language("".join(lines)))
