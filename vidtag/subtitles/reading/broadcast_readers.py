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

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable, open_end

_GSI_BYTES, _TTI_BYTES = 1024, 128
_MOST_BLOCKS = 99_999
"""Text blocks that the first block can count."""
_EXTENSION_PLACE, _LAST, _USER_DATA = 3, 0xFF, 0xF0
"""Where a block says which of a subtitle's it is, and what the last one and others say there."""
_MOST_EXTENSIONS = 16
"""Blocks of one subtitle before its last: a page of teletext fills nine. ttconv's time grows with
their square."""
_CUMULATIVE_PLACE, _ALONE, _FIRST_OF_ROW = 4, 0, 1
"""Where a block says whether it adds to the ones before, and what single and first ones say."""
_IN_TIME, _OUT_TIME = slice(5, 9), slice(9, 13)
_COMMENT_PLACE, _COMMENT = 15, 1
"""Where a block says that it is a note among its makers, and what it says then."""
_MOST_FRAMES = 30
_CONTROLS = 0xA0
"""The highest code that is no letter."""
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
    extensions, in_row = 0, False
    rate = _STL_RATES.get(header[3:11])
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
        if block[_COMMENT_PLACE] == _COMMENT:
            continue
        if place == _LAST:
            if cause := _never_shown(block, rate):
                said = reader.tti_tf if reader.is_in_extension else b""
                if any(" " < chr(code) < "\x7f" or code > _CONTROLS for code in said + block[16:]):
                    unreadable.append(Unreadable(number, cause))
                reader.is_in_extension = False
                continue
            in_row = block[_CUMULATIVE_PLACE] == _FIRST_OF_ROW or (
                in_row and block[_CUMULATIVE_PLACE] != _ALONE
            )
            if not in_row:
                block = _with_byte(block, _CUMULATIVE_PLACE, _ALONE)
        # Or ttconv joins subtitles of one number, and shortens those that overlap.
        reader.last_sn = reader.last_end_time = None
        try:
            reader.process_tti_block(block)
        except Exception as error:  # as above
            unreadable.append(Unreadable(number, f"this block cannot be read ({error})"))
    if reader.is_in_extension:
        unreadable.append(Unreadable(len(blocks) + 1, "the last block of a subtitle is missing"))
    cues = _from_programme_start(_cues(reader.get_document()), header)
    if blocks and not cues and not unreadable:
        unreadable.append(Unreadable(1, "no subtitle in it"))
    return Found(tuple(cues), tuple(unreadable), frame_rate=rate, ordered=False)


def _never_shown(block: bytes, rate: Fraction | None) -> str | None:
    """Why the times of a block show nothing; None if they do."""
    times = block[_IN_TIME], block[_OUT_TIME]
    begin, end = (":".join(f"{part:02}" for part in time) for time in times)
    for said, (hours, minutes, seconds, frames) in zip((begin, end), times, strict=True):
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= (rate or _MOST_FRAMES):
            return f"no time: {said}"
    return f"it ends at {end}, and begins at {begin}" if times[1] <= times[0] else None


def _with_byte(block: bytes, place: int, value: int) -> bytes:
    return block[:place] + bytes([value]) + block[place + 1 :]


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
        begin, end = _times(element)
        region = element.get_region()
        if text.strip() and begin is not None:
            place = region.get_id() if region is not None else ""
            start = float(begin)
            # What nothing clears from the screen is the last of its file.
            until = open_end(start, text) if end is None else float(end)
            found.append(FoundCue(start, until, text, place))
    return sorted(found, key=lambda cue: cue.start)


def _times(element: timed_text.P) -> tuple[Fraction | None, Fraction | None]:
    """Begin and end of a paragraph: its own, or those of the parts that came one after another."""
    begin, end = element.get_begin(), element.get_end()
    if begin is not None or end is not None:
        return begin, end
    begins = [time for part in element if (time := part.get_begin()) is not None]
    ends = [time for part in element if (time := part.get_end()) is not None]
    return min(begins, default=None), max(ends, default=None)


def _text(element: timed_text.ContentElement) -> str:
    if isinstance(element, timed_text.Text):
        return str(element.get_text())
    if isinstance(element, timed_text.Br):
        return "\n"
    return "".join(_text(child) for child in element)
