"""SubRip (SRT): text and times, without styles."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

from vidtag.core.records import Cue
from vidtag.core.timestamps import timestamp
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an SRT file, with the line ends that the settings ask for."""
    end = "\r\n" if options.config.crlf else "\n"
    blocks = (
        f"{number}\n{timestamp(cue.start)} --> {timestamp(cue.end)}\n"
        + "\n".join(escape.srt(line) for line in cue.lines)
        for number, cue in enumerate(cues, 1)
    )
    return "".join(f"{block}\n\n" for block in blocks).replace("\n", end)


def encode(text: str, options: RenderOptions) -> bytes:
    """An SRT file in the encoding that the settings ask for; what that lacks becomes ``?``."""
    # Letters in parts are whole ones in old encodings.
    text = text if options.config.encoding.startswith("utf") else normalize("NFC", text)
    mark = "\ufeff" if options.config.bom and options.config.encoding == "utf-8" else ""
    return (mark + text).encode(options.config.encoding, errors="replace")


def lacking(text: str, options: RenderOptions) -> str:
    """The characters of a text that the encoding of the settings lacks."""
    code = options.config.encoding
    return "".join(one for one in text if one.encode(code, "replace") == b"?")


FORMAT = CueFormat("srt", ".srt", render, encode, lacking)
