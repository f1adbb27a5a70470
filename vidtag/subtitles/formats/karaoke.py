r"""ASS whose words light up as they are spoken (``\kf``)."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.records import Cue
from vidtag.core.timestamps import centiseconds
from vidtag.subtitles.formats import ass, escape
from vidtag.subtitles.formats.format_types import RenderOptions, WordFormat
from vidtag.subtitles.formats.tints import Tints, tints_of
from vidtag.subtitles.layout.cues import LaidOutCue, cues_of


def render(laid_out: Sequence[LaidOutCue], options: RenderOptions) -> str:
    """Text of an ASS file with a time for every word."""
    cues = cues_of(laid_out)
    tints = tints_of(cues, options.config.colours, options.speakers)
    texts = [_text(*one) for one in zip(laid_out, cues, tints, strict=True)]
    return ass.file_text(cues, texts, tints, options)


def _text(laid_out: LaidOutCue, cue: Cue, tints: Tints) -> str:
    r"""Lines in which each word is filled for as long as it is spoken, after a wait (``\k``) from
    the end of the word before.
    """
    origin = centiseconds(cue.start)
    done = 0
    lines = []
    for index, line in enumerate(laid_out.lines):
        if ass.is_marker_in_speech(cue, index):
            lines.append(ass.marker_line(cue, index))
            continue
        parts = [ass.line_style(cue, index, tints)]
        parts += [escape.ass(laid_out.dashes[index])] if laid_out.dashes else []
        for place, unit in enumerate(line):
            for number, word in enumerate(unit.words):
                spaced = word.space_before if number else unit.space and place > 0
                begin = max(done, centiseconds(word.start) - origin)
                end = max(begin, centiseconds(word.end) - origin)
                wait = f"{{\\k{begin - done}}}" if begin > done else ""
                space = " " if spaced else ""
                parts.append(f"{wait}{space}{{\\kf{end - begin}}}{escape.ass(word.text)}")
                done = end
        lines.append("".join(parts))
    return r"\N".join(lines)


FORMAT = WordFormat("karaoke", ".karaoke.ass", render)
