"""QuickTime's timecode track (``tmcd``): what number the first frame has, and what counts there.

A track of its own holds one number: how many frames lie between 00:00:00:00 and its first frame.
Its description says how many are counted per second, which need not be the picture's rate, and
whether they are written in drop-frame (QuickTime File Format, "Timecode media").
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidtag.core.timecode import nominal, to_timecode
from vidtag.media.mp4_boxes import child, children, edits, read_index, timescale, track_number

DROP_FRAME = 1
"""Flag of a description: drop-frame."""

_DESCRIPTION = struct.Struct(">4xIII")
"""What a description has beyond every other: flags, ticks per second, ticks per frame."""

_LONGEST = 24 * 3600


class _UnreadableError(Exception):
    """Why a timecode track cannot be read."""


@dataclass(frozen=True, slots=True)
class Timecode:
    """Timecode of the first frame of a picture.

    Attributes:
        text: such as ``01:00:00;00``; None where it could not be read.
        rate: numbers per second.
        note: why it could not be read; empty if it could.
    """

    text: str | None
    rate: Fraction | None = None
    note: str = ""


def read_timecode_track(path: Path, picture: int, start: Fraction) -> Timecode | None:
    """Timecode of a picture by the timecode track that belongs to it, else by the first there is.

    Args:
        picture: identifier of the picture's track.
        start: when the first frame is shown, in seconds on the file's own clock.

    Returns:
        The timecode; None where there is no timecode track.
    """
    index = read_index(path)
    tracks = [body for kind, body in children(index or b"") if kind == b"trak"]
    codes = {track_number(track): track for track in tracks if _is_timecode(track)}
    if index is None or not codes:
        return None
    owner = next((track for track in tracks if track_number(track) == picture), b"")
    references = child(owner, b"tref", b"tmcd") or b""
    named = (int.from_bytes(references[at : at + 4], "big") for at in range(0, len(references), 4))
    track = next((codes[number] for number in named if number in codes), next(iter(codes.values())))
    try:
        return _read(path, index, track, start)
    except _UnreadableError as error:
        return Timecode(None, None, f"its timecode track cannot be read ({error})")


def _is_timecode(track: bytes) -> bool:
    handler = child(track, b"mdia", b"hdlr") or b""
    return handler[8:12] == b"tmcd"


def _read(path: Path, index: bytes, track: bytes, start: Fraction) -> Timecode:
    table = child(track, b"mdia", b"minf", b"stbl") or b""
    entry = child(table, b"stsd") or b""
    kind, description = entry[12:16], entry[24:]
    if kind not in (b"tmcd", b"tc64") or len(description) < _DESCRIPTION.size:
        raise _UnreadableError("it has no description")
    flags, ticks, length = _DESCRIPTION.unpack_from(description)
    if not ticks or not length:
        raise _UnreadableError("it does not say how many frames it counts per second")
    rate = Fraction(ticks, length)
    number = _first_number(path, table, 8 if kind == b"tc64" else 4)
    number += _frames_before_picture(index, track, start, rate)
    # Drop-frame exists where thirty or a multiple of it are counted; at 24 the flag means nothing.
    drop = bool(flags & DROP_FRAME) and nominal(rate) % 30 == 0
    # It begins anew after a day; what lies before midnight is negative.
    day = nominal(rate) * _LONGEST
    if drop:
        day -= nominal(rate) // 15 * 9 * 6 * 24
    return Timecode(to_timecode(number % day, rate, drop=drop), rate)


def _first_number(path: Path, table: bytes, size: int) -> int:
    """The number that the track's first sample holds."""
    offsets, width = child(table, b"stco"), 4
    if offsets is None:
        offsets, width = child(table, b"co64"), 8
    if offsets is None or len(offsets) < 8 + width:
        raise _UnreadableError("it has no samples")
    with path.open("rb") as file:
        file.seek(int.from_bytes(offsets[8 : 8 + width], "big"))
        sample = file.read(size)
    if len(sample) < size:
        raise _UnreadableError("its sample lies beyond the end of the file")
    return int.from_bytes(sample, "big", signed=True)


def _frames_before_picture(index: bytes, track: bytes, start: Fraction, rate: Fraction) -> int:
    """Numbers between the track's first sample and the picture's first frame.

    None unless the track has been edited: what a muxer without edit lists writes first is the
    number of the first frame, whenever that is shown.
    """
    ticks = timescale(child(index, b"mvhd") or b"")
    own = timescale(child(track, b"mdia", b"mdhd") or b"")
    delay = Fraction(0)
    for length, begin in edits(track):
        if not ticks or not own:
            break
        if begin >= 0:
            if not begin and not delay:
                return 0
            return round((start - delay + Fraction(begin, own)) * rate)
        delay += Fraction(length, ticks)
    return 0
