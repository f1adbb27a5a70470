"""How ASS subtitles look: sizes from the picture, a style per language and colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pysubs2

from vidtag.core.display import ENGLISH_LANGUAGE_NAMES
from vidtag.core.media_streams import VideoStream
from vidtag.core.records import Cue, CueKind, Language
from vidtag.subtitles.formats.text_ems import ems
from vidtag.subtitles.formats.tints import TINTS
from vidtag.subtitles.layout.style_profiles import StyleProfile

DEFAULT_PICTURE = (1920, 1080)
"""Width and height where there is no picture (a player then shows subtitles on a blank one)."""

FONTS: dict[Language, str] = {
    Language.EN: "Noto Sans CJK SC",
    Language.ZH: "Noto Sans CJK SC",
    Language.YUE: "Noto Sans CJK HK",
    Language.JA: "Noto Sans CJK JP",
    Language.KO: "Noto Sans CJK KR",
}
"""First choice per language. Where it is not installed, players take the system's own."""

_TRADITIONAL_FONT = "Noto Sans CJK TC"

SPEECH_COLOUR = 0xFFFFFF
EVENT_COLOUR = 0xBFE3F2

_UNSPOKEN_COLOUR = 0x9A9A9A
"""Of words in karaoke that are still to come."""
_OUTLINE_COLOUR = 0x101010
_SHADOW_TRANSPARENCY = 110
"""Of 255."""
_EVENT_SCALE = 0.86
"""Size of markers beside that of speech."""

_LETTER_HEIGHT = 0.05
"""Height of a CJK character (an em) as share of the picture's height."""
_LATIN_EM = 0.53
"""Mean width of Latin text per character, in ems."""
_USABLE = 0.88
"""Share of the picture's width that the longest line may take."""
_EM_TO_ASS = 1.448
"""ASS sizes a font by its line height; this is Noto Sans CJK's (ascent 1.16, descent 0.288)."""


@dataclass(frozen=True, slots=True)
class AssLayout:
    """Sizes in pixels of a picture.

    Attributes:
        width, height: of the picture as shown.
        em: height of a CJK character.
        margin_side, margin_bottom: kept free.
    """

    width: int
    height: int
    em: float
    margin_side: int
    margin_bottom: int

    @classmethod
    def of(cls, video: VideoStream | None, profile: StyleProfile) -> AssLayout:
        """Sizes at which the longest line the profile allows fits the picture."""
        width, height = DEFAULT_PICTURE if video is None else video.display_size
        lines = [
            rules.line_length * (_LATIN_EM if rules.half_width == 1 else 1.0)
            for rules in profile.languages.values()
        ]
        em = min(_LETTER_HEIGHT * height, _USABLE * width / max(lines))
        tall = height > width
        return cls(
            width=width,
            height=height,
            em=em,
            margin_side=round(width * (1 - _USABLE) / 2.4),
            # Phones put their own captions and buttons over the lower part of a tall picture.
            margin_bottom=round(height * (0.16 if tall else 0.055)),
        )

    @property
    def font_size(self) -> int:
        """Font size as ASS counts it."""
        return max(1, round(self.em * _EM_TO_ASS))

    def fitting_size(self, lines: Iterable[str]) -> int | None:
        """Font size at which lines that are wider than the picture fit it, so that no player breaks
        them into more; None where they fit.
        """
        widest = max((ems(line) for line in lines), default=0.0) * self.em
        room = self.width - 2 * self.margin_side
        return None if widest <= room else max(1, int(self.font_size * room / widest))

    @property
    def outline(self) -> float:
        """Width of the dark edge around letters."""
        return round(max(1.0, self.em * 0.08), 1)

    @property
    def shadow(self) -> float:
        """Offset of the soft shadow under letters."""
        return round(max(0.5, self.em * 0.03), 1)


def speech_style(language: Language | None, tint: str | None = None) -> str:
    """Name of the style for speech in a language and a colour."""
    name = f"Speech {_style_language(language)}"
    return name if tint is None else f"{name} {tint.capitalize()}"


def event_style(language: Language | None) -> str:
    """Name of the style for markers in a language."""
    return f"Event {_style_language(language)}"


def cue_style(cue: Cue, tint: str | None) -> str:
    """Name of the style for a cue with words of a colour."""
    if cue.kind is CueKind.SPEECH:
        return speech_style(cue.language, tint)
    return event_style(cue.language)


def _style_language(language: Language | None) -> str:
    return ENGLISH_LANGUAGE_NAMES.get(language or Language.EN, ENGLISH_LANGUAGE_NAMES[Language.EN])


def all_styles(layout: AssLayout, *, traditional: bool = False) -> dict[str, Any]:
    """Every style there is, by name, as pysubs2 has them.

    Args:
        traditional: Chinese is in traditional characters.
    """
    found: dict[str, Any] = {}
    fonts = {**FONTS, Language.ZH: _TRADITIONAL_FONT} if traditional else FONTS
    for language, font in fonts.items():
        found[speech_style(language)] = _style(layout, font, SPEECH_COLOUR)
        for tint, colour in TINTS.items():
            found[speech_style(language, tint)] = _style(layout, font, colour)
        found[event_style(language)] = _style(layout, font, EVENT_COLOUR, scale=_EVENT_SCALE)
    return found


def _style(layout: AssLayout, font: str, colour: int, scale: float = 1.0) -> Any:
    return pysubs2.SSAStyle(
        fontname=font,
        fontsize=round(layout.font_size * scale),
        primarycolor=_colour(colour),
        secondarycolor=_colour(_UNSPOKEN_COLOUR),
        outlinecolor=_colour(_OUTLINE_COLOUR),
        backcolor=_colour(0x000000, transparency=_SHADOW_TRANSPARENCY),
        bold=True,
        outline=layout.outline,
        shadow=layout.shadow,
        alignment=pysubs2.Alignment.BOTTOM_CENTER,
        marginl=layout.margin_side,
        marginr=layout.margin_side,
        marginv=layout.margin_bottom,
        encoding=1,
    )


def _colour(value: int, transparency: int = 0) -> Any:
    return pysubs2.Color(value >> 16, value >> 8 & 255, value & 255, transparency)
