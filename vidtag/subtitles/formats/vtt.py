"""WebVTT: markers as a class, speech with its speaker, language and colour."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.records import Cue
from vidtag.core.timestamps import timestamp
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.languages import line_tag
from vidtag.subtitles.formats.tints import tints_of


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of a WebVTT file."""
    parts = ["WEBVTT\n"]
    tints = tints_of(cues, options.config.colours, options.speakers)
    for number, (cue, own) in enumerate(zip(cues, tints, strict=True), 1):
        body = "\n".join(
            _marker(line) if index in cue.markers else _speech(line, cue, index, own[index])
            for index, line in enumerate(cue.lines)
        )
        # Lines of video are counted from below, so that every player keeps them off its edge.
        position = "line:-2" if len(cue.lines) > 1 else "line:-1"
        times = f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}"
        parts.append(f"{number}\n{times} {position} align:center\n{body}\n")
    return "\n".join(parts)


def _marker(line: str) -> str:
    return f"<c.event>{escape.vtt(line)}</c>"


def _speech(line: str, cue: Cue, index: int, tint: str | None) -> str:
    text = escape.vtt(line)
    speaker = cue.speaker_of(index)
    code = line_tag(line, cue.language)
    text = f"<lang {code}>{text}</lang>" if code else text
    text = f"<c.{tint}>{text}</c>" if tint else text
    return f"<v {_name(speaker)}>{text}</v>" if speaker else text


def _name(speaker: str) -> str:
    """A name as the annotation of a voice span: it ends at a ``>``, and ``&`` begins an escape."""
    return " ".join(escape.vtt(speaker).split())


FORMAT = CueFormat("vtt", ".vtt", render)
