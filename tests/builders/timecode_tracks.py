"""QuickTime files whose timecode track says what a test wants, by surgery on what ffmpeg wrote."""

from __future__ import annotations

import struct
from pathlib import Path


def set_timecode_track(
    file: Path, *, number: int, ticks: int, length: int, base: int, drop: bool = False
) -> None:
    """Write a timecode into the track that a file already has.

    Args:
        number: of the first frame.
        ticks, length: of the track's clock, per second and per number.
        base: numbers that are counted per second.
    """
    data = bytearray(file.read_bytes())
    entry = _entry(data)
    # 4 bytes type, 6 reserved, 2 data reference, 4 reserved; then what is told of the timecode.
    struct.pack_into(">IIIB", data, entry + 16, int(drop), ticks, length, base)
    offsets = data.index(b"stco", entry)
    (place,) = struct.unpack_from(">I", data, offsets + 12)
    struct.pack_into(">i", data, place, number)
    file.write_bytes(data)


def break_timecode_track(file: Path, how: str) -> None:
    """Damage the timecode track: ``rate`` (no numbers per second), ``sample`` (it lies outside the
    file) or ``description`` (it is of another kind).
    """
    data = bytearray(file.read_bytes())
    entry = _entry(data)
    if how == "rate":
        struct.pack_into(">II", data, entry + 20, 0, 0)
    elif how == "sample":
        struct.pack_into(">I", data, data.index(b"stco", entry) + 12, len(data) - 2)
    else:
        data[entry : entry + 4] = b"what"
    file.write_bytes(data)


def _entry(data: bytearray) -> int:
    """Where the description of the timecode stands: the last ``tmcd``, in the ``stsd`` box."""
    return data.index(b"tmcd", data.rindex(b"stsd"))
