"""Advanced SubStation Alpha (ASS): styled by language and speaker, sized for the picture."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pysubs2
from pysubs2.formats.substation import SubstationFormat

from vidtag.core.records import Cue, CueKind
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.ass_styles import AssLayout, all_styles, cue_style, event_style
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.timestamps import centiseconds
from vidtag.subtitles.formats.tints import tints_of
from vidtag.subtitles.layout.style_profiles import profile_for


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an ASS file."""
    return file_text(((cue, _text(cue)) for cue in cues), options)


def _text(cue: Cue) -> str:
    return r"\N".join(
        marker_line(cue, index) if is_marker_in_speech(cue, index) else escape.ass(line)
        for index, line in enumerate(cue.lines)
    )


def is_marker_in_speech(cue: Cue, index: int) -> bool:
    """Whether a line is a marker in a cue of speech, and so needs another style than its cue."""
    return cue.kind is CueKind.SPEECH and index in cue.markers


def marker_line(cue: Cue, index: int) -> str:
    """A line in the style for markers; what follows has the cue's own again."""
    return f"{{\\r{event_style(cue.language)}}}{escape.ass(cue.lines[index])}{{\\r}}"


def file_text(cues: Iterable[tuple[Cue, str]], options: RenderOptions) -> str:
    """Text of an ASS file with the styles that are used.

    Args:
        cues: each with its text in ASS's markup.
    """
    layout = AssLayout.of(options.video, profile_for(options.config.profile, options.video))
    file = pysubs2.SSAFile()
    file.info.update(
        {
            "PlayResX": str(layout.width),
            "PlayResY": str(layout.height),
            "WrapStyle": "0",
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    used: set[str] = set()
    texts = list(cues)
    tints = tints_of([cue for cue, _ in texts], options.config.colours)
    for (cue, text), tint in zip(texts, tints, strict=True):
        style = cue_style(cue, tint)
        used.add(style)
        if cue.markers:
            used.add(event_style(cue.language))
        start, end = centiseconds(cue.start) * 10, centiseconds(cue.end) * 10
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text, style=style))
    file.styles = {
        name: style for name, style in all_styles(layout).items() if name in used or not used
    }
    out = io.StringIO()
    _LongTimes.to_file(file, out, "ass", header_notice="Subtitles by vidtag")
    return out.getvalue()


class _LongTimes(SubstationFormat):  # type: ignore[misc,unused-ignore]
    """ASS with times past ten hours, where pysubs2 stops and players do not."""

    @staticmethod
    def ms_to_timestamp(requested_ms: int) -> str:
        """``H:MM:SS.cc``."""
        hours, rest = divmod(max(0, requested_ms) // 10, 360_000)
        return f"{hours}:{rest // 6000:02d}:{rest // 100 % 60:02d}.{rest % 100:02d}"


FORMAT = CueFormat("ass", ".ass", render)
