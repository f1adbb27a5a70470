"""Title cards: a few words on black, in a font that has every letter of them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidtag.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTER_HEIGHT = 0.08
"""Size of the letters as a part of the picture's shorter side."""

_MOST_WIDTH = 0.85
"""Part of the picture's width that a line may fill."""

_ABSENT = "\U0010fffe"
"""Not a character: every font draws it as its sign for letters it does not have."""


def title_card(text: str, size: tuple[int, int], font: Path | None = None) -> NDArray[np.uint8]:
    """Picture of a title, white on black: RGB, height x width x 3.

    Args:
        text: the title; long ones are broken into lines.
        size: width and height in pixels.
        font: a font file; None takes Pillow's own, which has Latin letters only.

    Raises:
        UserError: the font cannot be read, or lacks a letter of the title.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    width, height = size
    letters = _font(font, max(12, round(min(size) * _LETTER_HEIGHT)))
    _check_letters(text, letters, font)
    image = Image.new("RGB", size, "black")
    draw = ImageDraw.Draw(image)
    widest = max(draw.textlength(letter, font=letters) for letter in text or " ")
    per_line = max(4, int(width * _MOST_WIDTH / max(widest, 1)))
    lines = "\n".join(_lines(text, draw, letters, width * _MOST_WIDTH, per_line))
    place = (width / 2, height / 2)
    draw.multiline_text(place, lines, font=letters, fill="white", anchor="mm", align="center")
    return np.asarray(image)


def _font(path: Path | None, height: int) -> Any:
    from PIL import ImageFont

    if path is None:
        return ImageFont.load_default(height)
    try:
        return ImageFont.truetype(str(path), height)
    except OSError as error:
        raise UserError(
            f"is not a font that can be read ({error})",
            path=path,
            remedy="name a .ttf, .otf or .ttc file",
        ) from error


def _check_letters(text: str, font: Any, path: Path | None) -> None:
    absent = bytes(font.getmask(_ABSENT))
    missing = [
        letter
        for letter in dict.fromkeys(text)
        if not letter.isspace() and bytes(font.getmask(letter)) == absent
    ]
    if missing:
        raise UserError(
            f"the font lacks {''.join(missing[:10])!r} of the title {text!r}",
            path=path,
            remedy="choose a font that has these letters, such as Noto Sans CJK, or leave titles "
            "off",
        )


def _lines(text: str, draw: Any, font: Any, room: float, shortest: int) -> list[str]:
    """Lines that fit into ``room`` pixels: as many letters each as can be."""
    for per_line in range(max(len(text), shortest), shortest - 1, -1):
        lines = textwrap.wrap(text, per_line) or [""]
        if all(draw.textlength(line, font=font) <= room for line in lines):
            return lines
    return textwrap.wrap(text, shortest) or [""]
