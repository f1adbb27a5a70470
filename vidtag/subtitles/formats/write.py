"""Cues to files, in every format vidtag knows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vidtag import files
from vidtag.core.records import Cue, CueKind, Emotion, Language, VideoStream
from vidtag.core.settings import SubtitleFormat, SubtitlesConfig
from vidtag.subtitles.characters import script_language, spaced
from vidtag.subtitles.formats import escape, styles
from vidtag.subtitles.layout import markers
from vidtag.subtitles.layout.cues import LaidOutCue
from vidtag.subtitles.layout.rebase import rebase
from vidtag.subtitles.layout.rules import FrameGrid, profile_for

SUFFIXES = MappingProxyType(
    {
        "srt": ".srt",
        "ass": ".ass",
        "vtt": ".vtt",
        "ttml": ".ttml",
        "json": ".cues.json",
        "txt": ".txt",
        "rich": ".rich.txt",
        "karaoke": ".karaoke.ass",
    }
)
"""What is put after the video's name, by format."""

LANGUAGE_CODES = MappingProxyType(
    {
        Language.EN: "en",
        Language.ZH: "zh",
        Language.YUE: "yue",
        Language.JA: "ja",
        Language.KO: "ko",
    }
)
"""IETF language tags (RFC 5646)."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a format needs to know besides the cues."""

    video: VideoStream | None
    config: SubtitlesConfig


def render(
    laid_out: Sequence[LaidOutCue],
    format_: SubtitleFormat,
    *,
    video: VideoStream | None,
    config: SubtitlesConfig,
) -> str:
    """Text of a subtitle file with the cues of ``lay_out``."""
    if format_ == "karaoke":
        return karaoke(laid_out, Rendering(video, config))
    return render_cues([cue.cue() for cue in laid_out], format_, video=video, config=config)


def render_cues(
    cues: Sequence[Cue],
    format_: SubtitleFormat,
    *,
    video: VideoStream | None,
    config: SubtitlesConfig,
) -> str:
    """Text of a subtitle file in any format but karaoke, which needs the words' times, and rich
    text (``transcript``), which is no view of cues.
    """
    return _WRITERS[format_](cues, Rendering(video, config))


def write_subtitles(
    cues: Sequence[Cue],
    path: str | Path,
    format_: SubtitleFormat,
    *,
    video: VideoStream | None,
    config: SubtitlesConfig,
) -> None:
    """Write a subtitle file, whole or not at all.

    Raises:
        OutputError: it cannot be written there.
    """
    files.write_text(path, render_cues(cues, format_, video=video, config=config))


def _srt(cues: Sequence[Cue], rendering: Rendering) -> str:
    import pysubs2

    file = pysubs2.SSAFile()
    for cue in cues:
        start, end = _milliseconds(cue.start), _milliseconds(cue.end)
        text = r"\N".join(escape.srt(line) for line in cue.lines)
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text))
    text = str(file.to_string("srt"))
    return text.replace("\n", "\r\n") if rendering.config.crlf else text


def _vtt(cues: Sequence[Cue], rendering: Rendering) -> str:
    parts = ["WEBVTT\n"]
    for number, cue in enumerate(cues, 1):
        body = "\n".join(
            _vtt_line(line, index in cue.markers, cue) for index, line in enumerate(cue.lines)
        )
        # Lines of video are counted from below, so that every player keeps them off its edge.
        place = "line:-2" if len(cue.lines) > 1 else "line:-1"
        times = f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')} {place} align:center"
        parts.append(f"{number}\n{times}\n{body}\n")
    return "\n".join(parts)


def _vtt_line(line: str, marker: bool, cue: Cue) -> str:
    text = escape.vtt(line)
    if marker:
        return f"<c.event>{text}</c>"
    code = LANGUAGE_CODES.get(cue.language) if cue.language else None
    text = f"<lang {code}>{text}</lang>" if code else text
    return f"<c.{cue.emotion.value.lower()}>{text}</c>" if cue.emotion else text


def _ass(cues: Sequence[Cue], rendering: Rendering) -> str:
    return _ass_file(((cue, _ass_text(cue)) for cue in cues), rendering)


def _ass_text(cue: Cue) -> str:
    if cue.kind is CueKind.EVENT:
        return r"\N".join(escape.ass(line) for line in cue.lines)
    parts = []
    for index, line in enumerate(cue.lines):
        text = escape.ass(line)
        if index in cue.markers:
            text = f"{{\\r{styles.event_style_name(cue.language)}}}{text}{{\\r}}"
        parts.append(text)
    return r"\N".join(parts)


def karaoke(laid_out: Sequence[LaidOutCue], rendering: Rendering) -> str:
    """ASS whose words light up as they are spoken (``\\kf``)."""
    return _ass_file(((cue.cue(), _karaoke_text(cue)) for cue in laid_out), rendering)


def _karaoke_text(laid: LaidOutCue) -> str:
    cue = laid.cue()
    origin = _centiseconds(cue.start)
    done = 0
    lines = []
    for index, line in enumerate(laid.lines):
        if index in cue.markers and cue.kind is CueKind.SPEECH:
            text = escape.ass(cue.lines[index])
            lines.append(f"{{\\r{styles.event_style_name(cue.language)}}}{text}{{\\r}}")
            continue
        parts = []
        for place, unit in enumerate(line):
            for number, word in enumerate(unit.words):
                space = " " if (unit.space and place and not number) else ""
                space = " " if number and word.space_before else space
                begin = max(done, _centiseconds(word.start) - origin)
                end = max(begin, _centiseconds(word.end) - origin)
                wait = f"{{\\k{begin - done}}}" if begin > done else ""
                parts.append(f"{wait}{space}{{\\kf{end - begin}}}{escape.ass(word.text)}")
                done = end
        lines.append("".join(parts))
    return r"\N".join(lines)


def _ass_file(events: Iterable[tuple[Cue, str]], rendering: Rendering) -> str:
    import pysubs2

    file = pysubs2.SSAFile()
    profile = profile_for(rendering.config.profile, rendering.video)
    layout = styles.AssLayout.of(rendering.video, profile)
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
    for cue, text in events:
        speech = cue.kind is CueKind.SPEECH
        style = (
            styles.style_name(cue.language, cue.emotion)
            if speech
            else styles.event_style_name(cue.language)
        )
        used.add(style)
        if speech and cue.markers:
            used.add(styles.event_style_name(cue.language))
        start, end = _centiseconds(cue.start) * 10, _centiseconds(cue.end) * 10
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text, style=style))
    file.styles = {
        name: style for name, style in _all_styles(layout).items() if name in used or not used
    }
    return _ass_string(file)


def _ass_string(file: Any) -> str:
    from pysubs2.formats.substation import SubstationFormat

    class Unclamped(SubstationFormat):  # type: ignore[misc,unused-ignore]
        """Times past ten hours: pysubs2 stops there, players do not."""

        @staticmethod
        def ms_to_timestamp(requested_ms: int) -> str:
            hours, rest = divmod(max(0, requested_ms) // 10, 360_000)
            return f"{hours}:{rest // 6000:02d}:{rest // 100 % 60:02d}.{rest % 100:02d}"

    text = io.StringIO()
    Unclamped.to_file(file, text, "ass", header_notice="Subtitles by vidtag")
    return text.getvalue()


def _all_styles(layout: styles.AssLayout) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for language, font in styles.FONTS.items():
        found[styles.style_name(language)] = _style(layout, font, styles.SPEECH_COLOUR)
        for emotion, colour in styles.EMOTION_COLOURS.items():
            found[styles.style_name(language, emotion)] = _style(layout, font, colour)
        found[styles.event_style_name(language)] = _style(
            layout, font, styles.EVENT_COLOUR, scale=0.86
        )
    return found


def _style(layout: styles.AssLayout, font: str, colour: int, scale: float = 1.0) -> Any:
    import pysubs2

    def rgb(value: int, transparency: int = 0) -> Any:
        return pysubs2.Color(value >> 16, value >> 8 & 255, value & 255, transparency)

    return pysubs2.SSAStyle(
        fontname=font,
        fontsize=round(layout.font_size * scale),
        primarycolor=rgb(colour),
        secondarycolor=rgb(0x9A9A9A),
        outlinecolor=rgb(0x101010),
        backcolor=rgb(0x000000, 110),
        bold=True,
        outline=layout.outline,
        shadow=layout.shadow,
        alignment=pysubs2.Alignment.BOTTOM_CENTER,
        marginl=layout.margin_side,
        marginr=layout.margin_side,
        marginv=layout.margin_bottom,
        encoding=1,
    )


def _json(cues: Sequence[Cue], rendering: Rendering) -> str:
    data = [
        {
            "start": round(cue.start, 3),
            "end": round(cue.end, 3),
            "kind": cue.kind.value,
            "language": cue.language and cue.language.value,
            "emotion": cue.emotion and cue.emotion.value,
            "lines": list(cue.lines),
            "markers": list(cue.markers),
        }
        for cue in cues
    ]
    return json.dumps({"cues": data}, ensure_ascii=False, indent=1) + "\n"


def _txt(cues: Sequence[Cue], rendering: Rendering) -> str:
    """A line per cue; where its lines join follows the habit of their script."""
    return "".join(f"{_joined(cue)}\n" for cue in cues)


def _joined(cue: Cue) -> str:
    text = cue.lines[0] if cue.lines else ""
    for index, line in enumerate(cue.lines[1:], 1):
        language = script_language(text + line, cue.language)
        apart = index in cue.markers or index - 1 in cue.markers
        text += (" " if apart or spaced(text, line, language, True) else "") + line
    return text


def _ttml(cues: Sequence[Cue], rendering: Rendering) -> str:
    """IMSC 1.1 text profile."""
    language = _main_language(cues)
    rate = FrameGrid.of(rendering.video).rate
    whole = max(1, round(rate))  # slides may come slower than one a second
    multiplier = rate / whole
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<tt xmlns="{_TT}" xmlns:ttp="{_TT}#parameter" xmlns:tts="{_TT}#styling" ',
        f'xmlns:ttm="{_TT}#metadata" xml:lang="{language}" ttp:timeBase="media" ',
        'ttp:cellResolution="32 15" ',
        f'ttp:frameRate="{whole}" ',
        f'ttp:frameRateMultiplier="{multiplier.numerator} {multiplier.denominator}" ',
        'ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text">\n',
        "<head>\n<styling>\n",
        '<style xml:id="speech" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" ',
        'tts:lineHeight="125%" tts:color="#FFFFFF" tts:textOutline="#101010 5%" ',
        'tts:textAlign="center"/>\n',
        f'<style xml:id="event" tts:color="#{styles.EVENT_COLOUR:06X}"/>\n',
    ]
    for emotion, colour in styles.EMOTION_COLOURS.items():
        out.append(f'<style xml:id="{emotion.value.lower()}" tts:color="#{colour:06X}"/>\n')
    out.append(
        '</styling>\n<layout>\n<region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" '
        'tts:displayAlign="after" tts:showBackground="whenActive"/>\n</layout>\n</head>\n'
        '<body style="speech" region="bottom">\n'
        "<div>\n"
    )
    for cue in cues:
        lines = [
            f'<span style="event">{escape.xml(line)}</span>'
            if index in cue.markers
            else _ttml_speech(escape.xml(line), cue.emotion)
            for index, line in enumerate(cue.lines)
        ]
        code = LANGUAGE_CODES.get(cue.language) if cue.language else None
        tongue = f' xml:lang="{code}"' if code and code != language else ""
        out.append(
            f'<p begin="{_clock(cue.start, ".")}" end="{_clock(cue.end, ".")}"{tongue}>'
            f"{'<br/>'.join(lines)}</p>\n"
        )
    out.append("</div>\n</body>\n</tt>\n")
    return "".join(out)


_TT = "http://www.w3.org/ns/ttml"


def _ttml_speech(line: str, emotion: Emotion | None) -> str:
    return line if emotion is None else f'<span style="{emotion.value.lower()}">{line}</span>'


def spoken_languages(cues: Sequence[Cue]) -> dict[Language, float]:
    """Seconds that each language is shown for."""
    shown: dict[Language, float] = {}
    for cue in cues:
        if cue.language and cue.language in markers.LANGUAGE_NAMES:
            shown[cue.language] = shown.get(cue.language, 0.0) + cue.end - cue.start
    return shown


def _main_language(cues: Sequence[Cue]) -> str:
    shown = spoken_languages(cues)
    return LANGUAGE_CODES[max(shown, key=shown.__getitem__)] if shown else "und"


def _milliseconds(seconds: float) -> int:
    """Whole milliseconds, rounded down, so that a cue that begins on a frame is on that frame."""
    return int(max(0.0, seconds) * 1000 + 1e-6)


def _centiseconds(seconds: float) -> int:
    return _milliseconds(seconds) // 10


def _clock(seconds: float, point: str) -> str:
    """``HH:MM:SS`` and milliseconds; more digits of hours where they are needed."""
    total = _milliseconds(seconds)
    hours, rest = divmod(total, 3_600_000)
    return f"{hours:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}{point}{rest % 1000:03d}"


_WRITERS: dict[str, Callable[[Sequence[Cue], Rendering], str]] = {
    "srt": _srt,
    "ass": _ass,
    "vtt": _vtt,
    "ttml": _ttml,
    "json": _json,
    "txt": _txt,
}


__all__ = [
    "SUFFIXES",
    "karaoke",
    "rebase",
    "render",
    "render_cues",
    "spoken_languages",
    "write_subtitles",
]
