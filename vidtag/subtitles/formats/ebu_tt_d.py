"""EBU-TT-D (EBU Tech 3380): what European broadcasters stream."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.records import Cue
from vidtag.core.timestamps import timestamp
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.ass_styles import EVENT_COLOUR
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.languages import main_language_code
from vidtag.subtitles.formats.tints import TINTS, Tints, tints_in, tints_of

_NAMESPACE = "http://www.w3.org/ns/ttml"


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an EBU-TT-D file."""
    tints = tints_of(cues, options.config.colours, options.speakers)
    paragraphs = "".join(
        _paragraph(number, cue, own)
        for number, (cue, own) in enumerate(zip(cues, tints, strict=True), 1)
    )
    colours = "".join(
        f'<tt:style xml:id="{tint}" tts:color="#{TINTS[tint]:06x}" '
        'tts:backgroundColor="#000000ff"/>\n'
        for tint in tints_in(tints)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<tt:tt xmlns:tt="{_NAMESPACE}" xmlns:ttp="{_NAMESPACE}#parameter" '
        f'xmlns:tts="{_NAMESPACE}#styling" xmlns:ttm="{_NAMESPACE}#metadata" '
        'xmlns:ebuttm="urn:ebu:tt:metadata" xmlns:ebutts="urn:ebu:tt:style" '
        f'xml:lang="{main_language_code(cues)}" xml:space="default" ttp:timeBase="media" '
        'ttp:cellResolution="50 30">\n<tt:head>\n<tt:metadata>\n<ebuttm:documentMetadata>\n'
        "<ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04"
        "</ebuttm:conformsToStandard>\n</ebuttm:documentMetadata>\n</tt:metadata>\n<tt:styling>\n"
        '<tt:style xml:id="base" tts:fontFamily="proportionalSansSerif" tts:fontSize="160%" '
        'tts:lineHeight="125%" tts:textAlign="center" ebutts:linePadding="0.5c"/>\n'
        '<tt:style xml:id="speech" tts:color="#ffffff" tts:backgroundColor="#000000ff"/>\n'
        f'<tt:style xml:id="event" tts:color="#{EVENT_COLOUR:06x}" '
        f'tts:backgroundColor="#000000ff"/>\n{colours}'
        '</tt:styling>\n<tt:layout>\n<tt:region xml:id="bottom" tts:origin="10% 10%" '
        'tts:extent="80% 80%" tts:displayAlign="after"/>\n</tt:layout>\n</tt:head>\n'
        f"<tt:body>\n<tt:div>\n{paragraphs}</tt:div>\n</tt:body>\n</tt:tt>\n"
    )


def _paragraph(number: int, cue: Cue, tints: Tints) -> str:
    lines = [
        f'<tt:span style="{"event" if index in cue.markers else tints[index] or "speech"}">'
        f"{escape.xml(line)}</tt:span>"
        for index, line in enumerate(cue.lines)
    ]
    return (
        f'<tt:p xml:id="sub{number}" region="bottom" style="base" '
        f'begin="{timestamp(cue.start, ".")}" end="{timestamp(cue.end, ".")}">'
        f"{'<tt:br/>'.join(lines)}</tt:p>\n"
    )


FORMAT = CueFormat("ebuttd", ".ebuttd.xml", render)
