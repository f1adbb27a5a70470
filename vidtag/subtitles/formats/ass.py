"""Advanced SubStation Alpha (ASS): styled by language and speaker, sized for the picture."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pysubs2
from pysubs2.formats.substation import SubstationFormat

from vidtag.core.records import Cue, CueKind
from vidtag.core.timestamps import centiseconds
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.ass_styles import AssLayout, all_styles, cue_style, event_style
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.tints import Tints, tints_of
from vidtag.subtitles.layout.style_profiles import profile_for

_STYLE = re.compile(r"\{\\r[^}]*\}")


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an ASS file."""
    tints = tints_of(cues, options.config.colours, options.speakers)
    texts = [_text(cue, own) for cue, own in zip(cues, tints, strict=True)]
    return file_text(cues, texts, tints, options)


def _text(cue: Cue, tints: Tints) -> str:
    return r"\N".join(
        marker_line(cue, index)
        if is_marker_in_speech(cue, index)
        else line_style(cue, index, tints) + escape.ass(line)
        for index, line in enumerate(cue.lines)
    )


def line_style(cue: Cue, index: int, tints: Tints) -> str:
    """What gives a line its colour, where that is not its cue's."""
    return "" if tints[index] == tints[0] else f"{{\\r{cue_style(cue, tints[index])}}}"


def is_marker_in_speech(cue: Cue, index: int) -> bool:
    """Whether a line is a marker in a cue of speech, and so needs another style than its cue."""
    return cue.kind is CueKind.SPEECH and index in cue.markers


def marker_line(cue: Cue, index: int) -> str:
    """A line in the style for markers; what follows has the cue's own again."""
    return f"{{\\r{event_style(cue.language)}}}{escape.ass(cue.lines[index])}{{\\r}}"


def file_text(
    cues: Sequence[Cue], texts: Sequence[str], tints: Sequence[Tints], options: RenderOptions
) -> str:
    """Text of an ASS file with the styles that are used.

    Args:
        texts: text of each cue in ASS's markup.
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
    for cue, text, own in zip(cues, texts, tints, strict=True):
        styles = [cue_style(cue, tint) for tint in own or (None,)]
        used.update(styles)
        if cue.markers:
            used.add(event_style(cue.language))
        if size := layout.fitting_size(cue.lines):
            # A change of style sets the size of the style again.
            text = f"{{\\fs{size}}}" + _STYLE.sub(rf"\g<0>{{\\fs{size}}}", text)
        start, end = centiseconds(cue.start) * 10, centiseconds(cue.end) * 10
        actor = _actor(cue)
        file.append(pysubs2.SSAEvent(start, end, text, style=styles[0], name=actor))
    known = all_styles(layout, traditional=options.config.chinese == "traditional")
    file.styles = {name: style for name, style in known.items() if name in used or not used}
    out = io.StringIO()
    _LongTimes.to_file(file, out, "ass", header_notice="Subtitles by vidtag")
    return out.getvalue()


def _actor(cue: Cue) -> str:
    """Who speaks, in the field that Aegisub calls actor; it ends at a comma."""
    names = dict.fromkeys(cue.speakers or ([cue.speaker] if cue.speaker else []))
    return " ".join(" / ".join(names).replace(",", " ").split())


class _LongTimes(SubstationFormat):  # type: ignore[misc,unused-ignore]
    """ASS with times past ten hours, where pysubs2 stops and players do not."""

    @staticmethod
    def ms_to_timestamp(requested_ms: int) -> str:
        """``H:MM:SS.cc``."""
        hours, rest = divmod(max(0, requested_ms) // 10, 360_000)
        return f"{hours}:{rest // 6000:02d}:{rest // 100 % 60:02d}.{rest % 100:02d}"


FORMAT = CueFormat("ass", ".ass", render)
