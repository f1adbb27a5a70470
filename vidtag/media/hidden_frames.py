"""Packets of VP8 and VP9 that are decoded and not shown.

Encoders store pictures that only others are predicted from (alternate references). VP9 mostly packs
such a one into one packet with a picture that is shown (a superframe), VP8 never does.

Sources: RFC 6386, 9.1 (VP8); "VP9 Bitstream & Decoding Process Specification", 6.2 and annex B.
"""

from __future__ import annotations

from typing import Any

_HEADERS = frozenset({"vp8", "vp9"})


def is_hidden(codec: str, packet: Any) -> bool:
    """Whether a packet gives no frame that is shown, as its first bits say.

    Args:
        codec: name as FFmpeg gives it.
        packet: a packet of that codec; anything that ``bytes`` takes.
    """
    if codec not in _HEADERS:
        return False
    data = bytes(packet)
    if not data:
        return False
    first = data[0]
    if codec == "vp8":
        return not first >> 4 & 1
    if first >> 6 != 0b10 or _is_superframe(data):
        return False
    # Marker (2 bits), profile (2, and one reserved in profile 3), show_existing_frame, frame_type,
    # show_frame.
    place = 2 if first >> 4 & 3 == 3 else 3
    shows_existing = first >> place & 1
    return not shows_existing and not first >> place - 2 & 1


def _is_superframe(data: bytes) -> bool:
    """Whether a packet ends with an index of several frames."""
    marker = data[-1]
    if marker & 0xE0 != 0xC0:
        return False
    size = 2 + ((marker >> 3 & 3) + 1) * ((marker & 7) + 1)
    return len(data) >= size and data[-size] == marker
