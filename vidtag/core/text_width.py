"""Width of text in the columns of a terminal or of a line of subtitles."""

from __future__ import annotations

import unicodedata


def is_wide(char: str) -> bool:
    """Whether a character takes two columns, as Chinese, Japanese and Korean ones do."""
    return unicodedata.east_asian_width(char) in "WF"


def columns(text: str) -> int:
    """Columns that a text takes: one a character, two for a wide one."""
    return len(text) if text.isascii() else len(text) + sum(map(is_wide, text))
