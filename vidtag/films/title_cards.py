"""Title cards: a few words on black, drawn by libass in a font that has all their letters."""

from __future__ import annotations

import ffmpeg
import numpy as np

from vidtag.core.records import Language
from vidtag.files import scratch_folder
from vidtag.films.reel_layout import Picture
from vidtag.media.ffmpeg import run
from vidtag.subtitles import fonts
from vidtag.subtitles.characters import script_language
from vidtag.subtitles.formats import escape
from vidtag.subtitles.formats.ass_styles import FONTS

_LETTER_HEIGHT = 0.085
"""Size of the letters as a share of the picture's shorter side."""

_SIDE = 0.08
"""Share of the picture's width that is kept free on either side."""


def title_card(text: str, language: Language, size: tuple[int, int]) -> Picture:
    """Picture of a title, white on black.

    Args:
        text: the title; long ones are broken into lines.
        language: which font is taken first.
        size: width and height in pixels.

    Raises:
        ToolError: no font here has the letters of the language.
    """
    language = script_language(text, language)
    fonts.require({language})
    width, height = size
    side = round(width * _SIDE)
    font = f"{FONTS.get(language, FONTS[Language.EN])},{round(min(size) * _LETTER_HEIGHT)}"
    script = (
        f"[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 0\n"
        "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginL, "
        f"MarginR, MarginV\nStyle: Title,{font},&H00FFFFFF,5,{side},{side},0\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, "
        "Text\n"
        f"Dialogue: 0,0:00:00.00,0:00:09.00,Title,,0,0,0,,{escape.ass(text)}\n"
    )
    with scratch_folder() as folder:
        file = folder / "card.ass"
        file.write_text(script, encoding="utf-8")
        black = ffmpeg.input(f"color=black:size={width}x{height}:rate=1:duration=1", f="lavfi")
        shown = fonts.subtitles_filter(black, file, None)
        output = shown.output("pipe:1", format="rawvideo", pix_fmt="rgb24", vframes=1)
        picture = run(output, timeout=60)
    return np.frombuffer(picture, np.uint8).reshape(height, width, 3)
