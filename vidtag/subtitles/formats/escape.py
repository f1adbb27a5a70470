"""What was recognised is shown, never obeyed: text made safe for each format.

SRT and ASS have no escapes that all programs know, so characters that could be read as commands
are replaced by their full-width twins, which look alike. VTT and TTML have real escapes; there the
twins only stand for what programs that convert everything to ASS would obey.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape as _xml_escape

_BRACES = {"{": "｛", "}": "｝", "\\": "＼"}
_ASS = str.maketrans(_BRACES)
_SRT = str.maketrans({**_BRACES, "<": "＜"})
_VTT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CONVERTED = re.compile(r"\\(?=[Nnh])|\{(?=\\)")
_TIME = re.compile(r"\d:\d+[.,]\d")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def ass(line: str) -> str:
    """A line for ASS: no override block, no ``\\N``, ``\\n`` or ``\\h``."""
    return line.translate(_ASS)


def srt(line: str) -> str:
    """A line for SRT: no tag, no override block, no entity, no arrow of a timing line."""
    return _untimed(_ENTITY.sub("＆", line.translate(_SRT).replace("-->", "--＞")))


def vtt(line: str) -> str:
    """A line for WebVTT, by its own escapes."""
    return _untimed(_uncommanded(line).translate(_VTT))


def xml(line: str) -> str:
    """A line for TTML."""
    return _xml_escape(_uncommanded(line))


def _untimed(line: str) -> str:
    """A line that no lenient reader takes for a timing line: with two times, arrow or not."""
    return line.replace(":", "：") if len(_TIME.findall(line)) > 1 else line


def _uncommanded(line: str) -> str:
    return _CONVERTED.sub(lambda found: _BRACES[found[0]], line)
