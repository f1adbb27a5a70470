"""The file of an edit, of whichever program, as what it keeps."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import ParseError

from vidtag.core.document import LARGEST
from vidtag.core.errors import InputError, UserError
from vidtag.core.whole_file import read_whole
from vidtag.retiming.edit_model import Edit
from vidtag.retiming.edl_cuts import read_edl
from vidtag.retiming.fcpxml_cuts import read_fcpxml
from vidtag.retiming.otio_cuts import read_otio
from vidtag.retiming.timeline_text import check_json, parsed_xml
from vidtag.retiming.xmeml_cuts import read_xmeml

_LARGEST = 64 << 20
"""Bytes beyond which a file is no timeline: one of 20,000 clips has fewer."""
_READABLE = "give an OTIO, FCPXML, Final Cut Pro 7 XML or EDL file"
_FASTEST = 100_000
"""Frames a second, and times the speed of its source, that no clip has."""


def read_cut(
    path: Path, *, rate: Fraction | None = None, source_start: Fraction = Fraction(0)
) -> Edit:
    """What an edit keeps.

    Args:
        rate: frames a second, where the file does not say it.
        source_start: timecode of the source's first frame in seconds, for lists, whose sources
            have nothing but timecode.

    Raises:
        InputError: it cannot be read, or is no edit.
    """
    try:
        data = read_whole(path, _LARGEST)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", path=path, remedy=_READABLE
        ) from error
    text = data.decode("utf-8-sig", "replace")
    try:
        edit = _read(text, path, rate, source_start)
    except UserError as error:
        raise InputError(error.cause, path=path, remedy=error.remedy or _READABLE) from error
    except (ValueError, KeyError, TypeError, ArithmeticError, ParseError) as error:
        raise InputError(f"is damaged ({error})", path=path, remedy=_READABLE) from error
    if not edit.kept:
        raise InputError("has no clips in it", path=path, remedy=_READABLE)
    if not _is_possible(edit):
        raise InputError(
            "is damaged (it has times or speeds that no edit has)", path=path, remedy=_READABLE
        )
    return edit


def _is_possible(edit: Edit) -> bool:
    speeds = (edit.rate, *(one.speed for one in edit.kept))
    times = (time for one in edit.kept for time in (one.first, one.at, one.length))
    return all(0 < speed < _FASTEST for speed in speeds) and all(
        abs(time) <= LARGEST for time in times
    )


def _read(text: str, path: Path, rate: Fraction | None, source_start: Fraction) -> Edit:
    start = text.lstrip()[:400]
    if start.startswith("{"):
        check_json(text)
        return read_otio(text)
    if start.startswith("<"):
        root = parsed_xml(text)
        if root.tag == "fcpxml":
            return read_fcpxml(root)
        if root.tag == "xmeml":
            return read_xmeml(root)
        raise UserError(f"is XML of another kind (<{root.tag[:40]}>)")
    if rate is None:
        if re.search(r"^FCM:\s*DROP", text, re.M | re.I):
            rate = Fraction(30000, 1001)
        else:
            raise UserError(
                "does not say its frame rate", remedy="give it with --frame-rate, or --from VIDEO"
            )
    return read_edl(text, rate, source_start)
