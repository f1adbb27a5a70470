"""EBU-STL and SCC (CEA-608), by ttconv."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import ttconv.model as timed_text
from ttconv.scc.reader import to_model as scc_model
from ttconv.stl.datafile import DataFile

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable

_GSI_BYTES, _TTI_BYTES = 1024, 128
_MOST_BLOCKS = 99_999
"""Text blocks that the first block can count."""
_EXTENSION_PLACE, _LAST, _USER_DATA = 3, 0xFF, 0xF0
"""Where a block says which of a subtitle's it is, and what the last one and others say there."""
_MOST_EXTENSIONS = 16
"""Blocks of one subtitle before its last: a page of teletext fills nine. ttconv's time grows with
their square."""
_STL_RATES = {b"STL25.01": Fraction(25), b"STL30.01": Fraction(30)}
_SCC_TIME = re.compile(r"^\d\d:\d\d:\d\d[:;]\d\d(?:\s+[0-9A-Fa-f]{4})*\s*$")
_SCC_RATE = Fraction(30000, 1001)


def is_stl(data: bytes) -> bool:
    """Whether a file is EBU-STL by the name of its format in its first block."""
    return data[3:6] == b"STL" and data[8:11] == b".01"


def read_stl(data: bytes) -> Found:
    """Cues of an EBU-STL file; a block that cannot be read is named and left out."""
    with _quiet():
        return _read_stl(data)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without ttconv's own messages about what it passes over."""
    log = logging.getLogger("ttconv")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _read_stl(data: bytes) -> Found:
    unreadable: list[Unreadable] = []
    header = data[:_GSI_BYTES]
    try:
        reader = DataFile(header)
    except Exception as error:  # ttconv raises whatever its parsers do
        return Found((), (Unreadable(1, f"the first block cannot be read ({error})"),))
    blocks = range(_GSI_BYTES, len(data), _TTI_BYTES)[:_MOST_BLOCKS]
    if len(data) > _GSI_BYTES + _MOST_BLOCKS * _TTI_BYTES:
        unreadable.append(Unreadable(_MOST_BLOCKS + 2, "more blocks than a file can have"))
    extensions = 0
    for number, offset in enumerate(blocks, 2):
        block = data[offset : offset + _TTI_BYTES]
        if len(block) < _TTI_BYTES:
            if block.strip(b"\x00\x1a\r\n \x8f"):
                unreadable.append(Unreadable(number, "the last block is cut off"))
            break
        place = block[_EXTENSION_PLACE]
        extensions = 0 if place == _LAST else extensions + (place < _USER_DATA)
        if extensions > _MOST_EXTENSIONS:
            if extensions == _MOST_EXTENSIONS + 1 and place < _USER_DATA:
                unreadable.append(Unreadable(number, "a subtitle of too many blocks"))
            continue
        try:
            reader.process_tti_block(block)
        except Exception as error:  # as above
            unreadable.append(Unreadable(number, f"this block cannot be read ({error})"))
    cues = _from_programme_start(_cues(reader.get_document()), header)
    return Found(
        tuple(cues), tuple(unreadable), frame_rate=_STL_RATES.get(header[3:11]), ordered=False
    )


def _from_programme_start(cues: Sequence[FoundCue], header: bytes) -> list[FoundCue]:
    """Cues by the clock of the video, which begins at the timecode in the first block.

    Where a subtitle comes before that, what the block says is no start.
    """
    try:
        began = float(DataFile(header, start_tc="TCP").start_offset)
    except Exception:  # no timecode there, which ttconv trips over
        return list(cues)
    if any(cue.start < began for cue in cues):
        return list(cues)
    return [replace(cue, start=cue.start - began, end=cue.end - began) for cue in cues]


def read_scc(text: str) -> Found:
    """Cues of an SCC file; lines that are no captions are named and left out."""
    kept, unreadable = ["Scenarist_SCC V1.0"], []
    for number, line in enumerate(text.split("\n")[1:], 2):
        if not line.strip() or _SCC_TIME.match(line.strip()):
            kept.append(line.strip())
        else:
            unreadable.append(Unreadable(number, f"no caption: {line.strip()[:60]}"))
            kept.append("")
    try:
        with _quiet():
            cues = tuple(_cues(scc_model("\n".join(kept) + "\n")))
    except Exception as error:  # ttconv raises whatever its parsers do
        return Found((), (*unreadable, Unreadable(1, f"its captions cannot be read ({error})")))
    return Found(cues, tuple(unreadable), frame_rate=_SCC_RATE, ordered=False)


def _cues(document: timed_text.ContentDocument) -> list[FoundCue]:
    body = document.get_body()
    found = []
    for element in body.dfs_iterator() if body is not None else ():
        if not isinstance(element, timed_text.P):
            continue
        text = _text(element)
        begin, end = element.get_begin(), element.get_end()
        region = element.get_region()
        if text.strip() and begin is not None and end is not None:
            place = region.get_id() if region is not None else ""
            found.append(FoundCue(float(begin), float(end), text, place))
    return sorted(found, key=lambda cue: cue.start)


def _text(element: timed_text.ContentElement) -> str:
    if isinstance(element, timed_text.Text):
        return str(element.get_text())
    if isinstance(element, timed_text.Br):
        return "\n"
    return "".join(_text(child) for child in element)
