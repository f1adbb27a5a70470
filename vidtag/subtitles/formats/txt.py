"""Plain text (TXT): a line per cue, without times."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.records import Cue
from vidtag.subtitles.characters import script_language, spaced
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of the cues, each with its lines joined into one."""
    return "".join(f"{_joined(cue)}\n" for cue in cues)


def _joined(cue: Cue) -> str:
    """Lines joined with or without a space, as their script has it."""
    text = cue.lines[0] if cue.lines else ""
    for index, line in enumerate(cue.lines[1:], 1):
        language = script_language(text + line, cue.language)
        marker = index in cue.markers or index - 1 in cue.markers
        text += (" " if marker or spaced(text, line, language, True) else "") + line
    return text


FORMAT = CueFormat("txt", ".txt", render)
