"""Text made safe for each format, so that players show it and obey none of it.

SRT and ASS have no escapes that all programs know, so characters that could be read as commands
are replaced by their full-width forms, which look alike. VTT and TTML have real escapes; there only
what programs that convert everything to ASS would obey is replaced.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape as _xml_escape

_BRACES = {"{": "｛", "}": "｝", "\\": "＼"}
_ASS = str.maketrans(_BRACES)
_SRT = str.maketrans({**_BRACES, "<": "＜"})
_VTT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ASS_COMMAND = re.compile(r"\\(?=[Nnh])|\{(?=\\)")
_TIME = re.compile(r"\d:\d+[.,]\d")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def ass(line: str) -> str:
    """A line for ASS: no override block, no ``\\N``, ``\\n`` or ``\\h``."""
    return line.translate(_ASS)


def srt(line: str) -> str:
    """A line for SRT: no tag, no override block, no entity, no arrow of a timing line."""
    return _without_times(_ENTITY.sub("＆", line.translate(_SRT).replace("-->", "--＞")))


def vtt(line: str) -> str:
    """A line for WebVTT, by its own escapes."""
    return _without_times(_without_ass_commands(line).translate(_VTT))


def xml(line: str) -> str:
    """A line for TTML."""
    return _xml_escape(_without_ass_commands(line))


def _without_times(line: str) -> str:
    """A line that no reader takes for a timing line; lenient ones do without the arrow."""
    return line.replace(":", "：") if len(_TIME.findall(line)) > 1 else line


def _without_ass_commands(line: str) -> str:
    """A line without what becomes a command when the file is converted to ASS."""
    return _ASS_COMMAND.sub(lambda found: _BRACES[found[0]], line)
