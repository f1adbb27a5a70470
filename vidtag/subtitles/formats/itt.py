"""iTT, iTunes Timed Text: what Apple's stores and Final Cut Pro take.

By Apple's iTunes Package Specification: SMPTE timecode without drop-frame, one region at the bottom
and one at the top, sans serif in white.
"""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.records import Cue
from vidtag.core.timecode import to_timecode, usable_rate
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.languages import main_language_code
from vidtag.subtitles.layout.frame_grid import FrameGrid

_NAMESPACE = "http://www.w3.org/ns/ttml"


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an iTT file."""
    rate = usable_rate(FrameGrid.of(options.video).rate, variable=False)
    whole = max(1, round(rate))
    multiplier = rate / whole

    def code(seconds: float) -> str:
        return to_timecode(round(seconds * rate), rate, drop=False)

    paragraphs = "".join(
        f'<p begin="{code(cue.start)}" end="{code(cue.end)}" region="bottom">'
        f"{'<br/>'.join(escape.xml(line) for line in cue.lines)}</p>\n"
        for cue in cues
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<tt xmlns="{_NAMESPACE}" xmlns:ttp="{_NAMESPACE}#parameter" '
        f'xmlns:tts="{_NAMESPACE}#styling" xml:lang="{main_language_code(cues)}" '
        f'ttp:timeBase="smpte" ttp:frameRate="{whole}" '
        f'ttp:frameRateMultiplier="{multiplier.numerator} {multiplier.denominator}" '
        'ttp:dropMode="nonDrop">\n<head>\n<styling>\n'
        '<style xml:id="normal" tts:fontFamily="sansSerif" tts:fontWeight="normal" '
        'tts:fontStyle="normal" tts:color="white" tts:fontSize="100%"/>\n'
        "</styling>\n<layout>\n"
        '<region xml:id="bottom" tts:origin="0% 85%" tts:extent="100% 15%" '
        'tts:textAlign="center" tts:displayAlign="after"/>\n'
        '<region xml:id="top" tts:origin="0% 0%" tts:extent="100% 15%" '
        'tts:textAlign="center" tts:displayAlign="before"/>\n'
        f'</layout>\n</head>\n<body style="normal">\n<div>\n{paragraphs}</div>\n</body>\n</tt>\n'
    )


FORMAT = CueFormat("itt", ".itt", render)
