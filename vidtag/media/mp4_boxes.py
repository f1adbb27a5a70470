"""Boxes of MP4 and QuickTime files (ISO/IEC 14496-12, 4.2; QuickTime File Format, atoms).

A box is 4 bytes size, 4 bytes type and its contents. Size 1: 8 more bytes of size follow the type;
size 0: the box reaches to the end of what it lies in.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER = 8
_LONG_HEADER = 16


@dataclass(frozen=True, slots=True)
class BoxPlace:
    """Where a box of a file lies, in bytes: its header, its contents and its end."""

    kind: bytes
    header: int
    begin: int
    end: int


def top_level(file: BinaryIO) -> Iterator[BoxPlace]:
    """The outermost boxes of a file, up to the first that is not whole."""
    end = file.seek(0, os.SEEK_END)
    place = 0
    while place + _HEADER <= end:
        file.seek(place)
        head = file.read(_LONG_HEADER)
        size, begin = _size(head), _LONG_HEADER if head[:4] == b"\0\0\0\1" else _HEADER
        if size == 0:
            size = end - place
        if size < begin or place + size > end:
            return
        yield BoxPlace(head[4:8], place, place + begin, place + size)
        place += size


def _size(head: bytes) -> int:
    size = int.from_bytes(head[:4], "big")
    return int.from_bytes(head[8:16], "big") if size == 1 else size


def read_index(path: Path) -> bytes | None:
    """Contents of the ``moov`` box, which describes all tracks; None where there is none."""
    with path.open("rb") as file:
        found = next((box for box in top_level(file) if box.kind == b"moov"), None)
        if found is None:
            return None
        file.seek(found.begin)
        return file.read(found.end - found.begin)


def children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and contents of the boxes one after another in ``data``."""
    place = 0
    while place + _HEADER <= len(data):
        size = _size(data[place : place + _LONG_HEADER])
        begin = _LONG_HEADER if data[place : place + 4] == b"\0\0\0\1" else _HEADER
        if size == 0:
            size = len(data) - place
        if size < begin or place + size > len(data):
            return
        yield data[place + 4 : place + 8], data[place + begin : place + size]
        place += size


def child(data: bytes, *kinds: bytes) -> bytes | None:
    """Contents of the first box of a type in ``data``, of the first of the next type in that, and
    so on; None where one is missing.
    """
    for kind in kinds:
        found = next((contents for name, contents in children(data) if name == kind), None)
        if found is None:
            return None
        data = found
    return data


def track_number(track: bytes) -> int:
    """Identifier of a track (contents of a ``trak`` box); 0 where it has none."""
    header = child(track, b"tkhd")
    if header is None or len(header) < 24:
        return 0
    return int.from_bytes(header[20:24] if header[0] else header[12:16], "big")


def timescale(media: bytes) -> int:
    """Ticks per second of a track or a file (contents of ``mdhd`` or ``mvhd``)."""
    place = 20 if media[:1] == b"\1" else 12
    return int.from_bytes(media[place : place + 4], "big")


def edits(track: bytes) -> list[tuple[int, int]]:
    """The edit list of a track: length in ticks of the file, and where in the track each edit
    begins, in ticks of the track; -1 where nothing is shown.
    """
    data = child(track, b"edts", b"elst")
    if data is None or len(data) < 8:
        return []
    entry = struct.Struct(">QqI" if data[0] else ">IiI")
    count = int.from_bytes(data[4:8], "big")
    whole = min(count, (len(data) - 8) // entry.size)
    return [entry.unpack_from(data, 8 + n * entry.size)[:2] for n in range(whole)]


def box(kind: bytes, *contents: bytes) -> bytes:
    """A box of up to 4 GiB."""
    data = b"".join(contents)
    return struct.pack(">I", _HEADER + len(data)) + kind + data
