"""What HEVC pictures of high dynamic range carry beside themselves, and keep when encoded anew.

Sources: SMPTE ST 2094-40 (HDR10+) in a message of ITU-T T.35; Dolby Vision's streams within the
HEVC stream (unit type 62) as its profiles 5 and 8 have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vidtag.cutting.nal import Codec, unit_type

_PREFIX_SEI, _DOLBY_VISION = 39, 62
_HDR10_PLUS = bytes.fromhex("B5003C0001")
"""How the SEI message of HDR10+ begins, behind its type and size."""


def dynamic_metadata(codec: Codec, units: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those NAL units of a picture that tell displays how to map its high dynamic range.

    They are HDR10+'s messages, and those of Dolby Vision (as its profiles 5 and 8 have them).
    """
    if codec != "hevc":
        return ()
    return tuple(
        unit
        for unit in units
        if unit_type(codec, unit) == _DOLBY_VISION
        or (unit_type(codec, unit) == _PREFIX_SEI and _HDR10_PLUS in unit[:12])
    )


def with_metadata(units: Sequence[bytes], metadata: Sequence[bytes]) -> list[bytes]:
    """NAL units of an HEVC picture that was encoded anew, with the metadata of the source's."""
    behind = [unit for unit in metadata if unit_type("hevc", unit) == _DOLBY_VISION]
    before = [unit for unit in metadata if unit not in behind]
    return [*before, *units, *behind]
