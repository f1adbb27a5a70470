"""TTML for delivery: the text profile of IMSC 1.0.1, which is TTML 1; of IMSC 1.1 for Japanese.

That is what Netflix takes. Japanese rows begin below one another in the middle of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vidtag.core.records import Cue, Language
from vidtag.core.timestamps import timestamp
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.ass_styles import EVENT_COLOUR
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions
from vidtag.subtitles.formats.languages import LANGUAGE_TAGS, line_tag, main_language_code
from vidtag.subtitles.formats.tints import TINTS, Tints, tints_in, tints_of
from vidtag.subtitles.layout.frame_grid import FrameGrid

_NAMESPACE = "http://www.w3.org/ns/ttml"
_IMSC_1 = f"{_NAMESPACE}/profile/imsc1/text"
_IMSC_1_1 = f"{_NAMESPACE}/profile/imsc1.1/text"


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of a TTML file."""
    language = main_language_code(cues)
    agents = {name: f"speaker{number}" for number, name in enumerate(_speakers(cues), 1)}
    tints = tints_of(cues, options.config.colours, options.speakers)
    paragraphs = "".join(
        _paragraph(cue, own, language, agents) for cue, own in zip(cues, tints, strict=True)
    )
    used = tints_in(tints)
    return f"{_head(language, options, agents, used)}{paragraphs}</div>\n</body>\n</tt>\n"


def _speakers(cues: Sequence[Cue]) -> list[str]:
    named = (cue.speaker_of(line) for cue in cues for line in range(len(cue.lines)))
    return list(dict.fromkeys(name for name in named if name))


def _head(
    language: str, options: RenderOptions, agents: Mapping[str, str], tints: Sequence[str]
) -> str:
    """Everything before the first cue: frame rate, speakers, styles and region."""
    people = "".join(
        f'<ttm:agent type="person" xml:id="{agent}">'
        f'<ttm:name type="full">{escape.xml(name)}</ttm:name></ttm:agent>\n'
        for name, agent in agents.items()
    )
    rate = FrameGrid.of(options.video).rate
    whole = max(1, round(rate))  # slides may come slower than one a second
    multiplier = rate / whole
    colours = "".join(
        f'<style xml:id="{tint}" tts:color="#{TINTS[tint]:06X}"/>\n' for tint in tints
    )
    japanese = language == LANGUAGE_TAGS[Language.JA]
    rows = ' ebutts:multiRowAlign="start" tts:writingMode="lrtb"' if japanese else ""
    profile = (
        f'xmlns:ebutts="urn:ebu:tt:style" ttp:contentProfiles="{_IMSC_1_1}"'
        if japanese
        else f'ttp:profile="{_IMSC_1}"'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<tt xmlns="{_NAMESPACE}" xmlns:ttp="{_NAMESPACE}#parameter" '
        f'xmlns:tts="{_NAMESPACE}#styling" xmlns:ttm="{_NAMESPACE}#metadata" '
        f'xml:lang="{language}" ttp:timeBase="media" ttp:cellResolution="32 15" '
        f'ttp:frameRate="{whole}" '
        f'ttp:frameRateMultiplier="{multiplier.numerator} {multiplier.denominator}" '
        f"{profile}>\n"
        f"<head>\n{people}<styling>\n"
        '<style xml:id="speech" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" '
        'tts:lineHeight="125%" tts:color="#FFFFFF" tts:textOutline="#101010 5%" '
        f'tts:textAlign="center"{rows}/>\n'
        f'<style xml:id="event" tts:color="#{EVENT_COLOUR:06X}"/>\n'
        f"{colours}"
        '</styling>\n<layout>\n<region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" '
        'tts:displayAlign="after" tts:showBackground="whenActive"/>\n</layout>\n</head>\n'
        '<body style="speech" region="bottom">\n'
        "<div>\n"
    )


def _paragraph(cue: Cue, tints: Tints, language: str, agents: Mapping[str, str]) -> str:
    """A cue; its language is named where it is not the file's, its speaker where that is known."""
    lines = [
        f'<span style="event">{escape.xml(line)}</span>'
        if index in cue.markers
        else _speech(line, tints[index], agents.get(cue.speaker_of(index) or ""), cue)
        for index, line in enumerate(cue.lines)
    ]
    code = LANGUAGE_TAGS.get(cue.language) if cue.language else None
    attribute = f' xml:lang="{code}"' if code and code != language else ""
    if cue.speaker:
        attribute += f' ttm:agent="{agents[cue.speaker]}"'
    times = f'begin="{timestamp(cue.start, ".")}" end="{timestamp(cue.end, ".")}"'
    return f"<p {times}{attribute}>{'<br/>'.join(lines)}</p>\n"


def _speech(line: str, tint: str | None, agent: str | None, cue: Cue) -> str:
    """A line of speech: who says it, where two speak, and its language, if it is not the cue's."""
    attributes = f' ttm:agent="{agent}"' if agent and cue.speakers else ""
    attributes += f' style="{tint}"' if tint else ""
    code = line_tag(line, cue.language)
    if code and cue.language and code != LANGUAGE_TAGS[cue.language]:
        attributes += f' xml:lang="{code}"'
    text = escape.xml(line)
    return f"<span{attributes}>{text}</span>" if attributes else text


FORMAT = CueFormat("ttml", ".ttml", render)
