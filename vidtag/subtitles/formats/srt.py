"""SubRip (SRT): text and times, without styles."""

from __future__ import annotations

from collections.abc import Sequence

import pysubs2

from vidtag.core.records import Cue
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.timestamps import milliseconds


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an SRT file, with the line ends that the settings ask for."""
    file = pysubs2.SSAFile()
    for cue in cues:
        start, end = milliseconds(cue.start), milliseconds(cue.end)
        text = r"\N".join(escape.srt(line) for line in cue.lines)
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text))
    text = str(file.to_string("srt"))
    return text.replace("\n", "\r\n") if options.config.crlf else text


def encode(text: str, options: RenderOptions) -> bytes:
    """An SRT file in the encoding that the settings ask for; what that lacks becomes ``?``."""
    mark = "\ufeff" if options.config.bom and options.config.encoding == "utf-8" else ""
    return (mark + text).encode(options.config.encoding, errors="replace")


FORMAT = CueFormat("srt", ".srt", render, encode)
