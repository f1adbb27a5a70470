"""Names that a file can have: Windows keeps some for devices, and refuses characters.

No video there has such a name, but one on S3 may, and results are called after it.
"""

from __future__ import annotations

import re
import sys

_REFUSED = re.compile(r'[\x00-\x1f<>:"|?*\\]|[ .]$')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.I)
"""Devices, whatever follows the first dot: https://learn.microsoft.com/windows/win32/fileio/naming-a-file"""


def usable_name(name: str, *, on_windows: bool = sys.platform == "win32") -> str:
    """A name like the given one that a file or a folder of this system can have.

    Windows refuses some characters, and a dot or a space at the end: each becomes ``_``. Before a
    device's name, such as ``aux`` in ``aux.mp4``, ``_`` is put.

    Args:
        name: one part of a path.
        on_windows: whether the system is Windows; others allow every name.
    """
    if not on_windows:
        return name
    plain = _REFUSED.sub("_", name)
    return f"_{plain}" if _DEVICE.match(plain) else plain
