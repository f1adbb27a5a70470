"""NAL units of H.264 and HEVC: parameter sets of two encoders side by side in one track.

Frames that were encoded for a clip have parameter sets of their own. They get identifiers that the
source does not use, so that both stay valid throughout the clip and the sample entry (``avc1``,
``hvc1``) holds them all, as players need it. The source's own pictures are not changed.

Sources: ITU-T H.264 (7.3 syntax, Annex B), ITU-T H.265 (7.3, Annex B), ISO/IEC 14496-15 (the
configuration records ``avcC`` and ``hvcC``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeGuard

from vidtag.cutting.bitstream import BitReader, exp_golomb, replace_exp_golomb

Codec = Literal["h264", "hevc"]

NAL_CODECS = frozenset({"h264", "hevc"})
"""Codecs, by FFmpeg's names, whose samples are made of NAL units."""

H264_SPS, H264_PPS = 7, 8
_H264_IDR = 5
_VPS, _SPS, _PPS = 32, 33, 34
_BLA_N_LP, _CRA = 18, 21
_BLA_OR_IDR = {16, 17, 18, 19, 20}
_SECOND_LAYER = 63
_HIGH_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
"""H.264 profiles (``profile_idc``) whose sequence parameter sets tell the chroma format."""

_START_CODE = re.compile(rb"\x00\x00\x01")
_TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


class RandomAccess(Enum):
    """Whether decoding can start at a picture.

    It can at the start of a group of pictures (GOP). Of an open one, pictures that are shown before
    the first need the GOP before.
    """

    NONE = "none"
    OPEN_GOP = "open GOP"
    CLOSED_GOP = "closed GOP"


class CopyError(Exception):
    """Why frames of a video cannot be copied into a clip; the message is for the user."""


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """Parameter sets of a stream as NAL units, by kind (NAL unit type) and identifier."""

    codec: Codec
    units: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def with_units(self, units: Iterable[bytes]) -> ParameterSets:
        """These parameter sets and others.

        Raises:
            CopyError: one of them has the identifier of another one that differs.
        """
        known = dict(self.units)
        for unit in units:
            key = unit_type(self.codec, unit), _identifier(self.codec, unit)
            if known.setdefault(key, unit) != unit:
                raise CopyError("the video changes its coding parameters within the clip")
        return ParameterSets(self.codec, known)

    def of(self, kind: int) -> list[bytes]:
        """NAL units of one type, by identifier."""
        return [self.units[key] for key in sorted(self.units) if key[0] == kind]

    def free_id(self, kind: int, among: Sequence[int]) -> int:
        """The first identifier that no parameter set of a kind has.

        Raises:
            CopyError: all are in use.
        """
        free = [number for number in among if (kind, number) not in self.units]
        if not free:
            raise CopyError("the video uses all identifiers of parameter sets")
        return free[0]


def is_nal_codec(codec: str) -> TypeGuard[Codec]:
    """Whether samples of a codec are made of NAL units."""
    return codec in NAL_CODECS


def unit_type(codec: Codec, unit: bytes) -> int:
    """NAL unit type."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def is_parameter_set(codec: Codec, unit: bytes) -> bool:
    """Whether a NAL unit is a parameter set."""
    kinds = {H264_SPS, H264_PPS} if codec == "h264" else {_VPS, _SPS, _PPS}
    return unit_type(codec, unit) in kinds


def split_units(data: bytes, length_size: int) -> list[bytes]:
    """NAL units of a sample.

    Args:
        length_size: bytes of the length before each unit; 0 where start codes separate them.

    Raises:
        CopyError: the sample is damaged.
    """
    if length_size == 0:
        marks = [match.span() for match in _START_CODE.finditer(data)]
        ends = [start for start, _ in [*marks[1:], (len(data), 0)]]
        units = [data[s:e].rstrip(b"\0") for (_, s), e in zip(marks, ends, strict=False)]
        return [unit for unit in units if unit]
    units, place = [], 0
    while place + length_size <= len(data):
        start = place + length_size
        place = start + int.from_bytes(data[place:start], "big")
        if place > len(data):
            raise CopyError("part of the video is damaged")
        if place > start:
            units.append(data[start:place])
    return units


def join_units(units: Iterable[bytes]) -> bytes:
    """A sample of NAL units, each after its length in four bytes."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def read_configuration(codec: Codec, data: bytes | None) -> tuple[ParameterSets, int]:
    """Parameter sets of a decoder configuration, and the size of the lengths in samples.

    Args:
        data: an ``avcC`` or ``hvcC`` record, or parameter sets after start codes. With these, and
            with no data, samples have start codes too, and the size is 0.
    """
    sets = ParameterSets(codec)
    if not data or data[0] != 1:
        units = split_units(data or b"", 0)
        return sets.with_units(u for u in units if is_parameter_set(codec, u)), 0
    units, place = [], 22 if codec == "hevc" else 5
    size = (data[21] if codec == "hevc" else data[4]) % 4 + 1
    # HEVC counts arrays, each with a type; H.264 has two: SPS, then PPS.
    arrays = data[22] if codec == "hevc" else 2
    place = 23 if codec == "hevc" else 5
    for number in range(arrays):
        if codec == "hevc":
            count, place = int.from_bytes(data[place + 1 : place + 3], "big"), place + 3
        else:
            count, place = data[place] & (31 if number == 0 else 255), place + 1
        for _ in range(count):
            length = int.from_bytes(data[place : place + 2], "big")
            units.append(data[place + 2 : place + 2 + length])
            place += 2 + length
    return sets.with_units(u for u in units if u and is_parameter_set(codec, u)), size


def write_configuration(sets: ParameterSets, chroma: int, depth: int) -> bytes:
    """The ``avcC`` or ``hvcC`` record that holds all parameter sets.

    Args:
        chroma: ``chroma_format_idc``: 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
        depth: bits per sample.
    """
    if sets.codec == "h264":
        spss, ppss = sets.of(H264_SPS), sets.of(H264_PPS)
        _, profile, compatible, level = spss[0][:4]
        level = max(unit[3] for unit in spss)
        record = bytes([1, profile, compatible, level, 0xFF, 0xE0 | len(spss)])
        record += _with_lengths(spss) + bytes([len(ppss)]) + _with_lengths(ppss)
        if profile not in (66, 77, 88):
            record += bytes([0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8, 0])
        return record
    sps = unescape(sets.of(_SPS)[0])
    # After two bytes of header and one of layers: profile, tier, compatibility, level.
    layers, nested = (sps[2] >> 1 & 7) + 1, sps[2] & 1
    record = b"\1" + sps[3:15] + b"\xf0\0\xfc"
    record += bytes([0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8, 0, 0])
    record += bytes([layers << 3 | nested << 2 | 3, 3])
    for kind in (_VPS, _SPS, _PPS):
        units = sets.of(kind)
        record += bytes([0x80 | kind]) + len(units).to_bytes(2, "big") + _with_lengths(units)
    return record


def random_access(codec: Codec, units: Iterable[bytes]) -> RandomAccess:
    """Whether decoding can start at the picture that NAL units make up.

    Raises:
        CopyError: the picture has a second layer, as Dolby Vision's profile 7 does.
    """
    kinds = {unit_type(codec, unit) for unit in units}
    if codec == "h264":
        return RandomAccess.CLOSED_GOP if _H264_IDR in kinds else RandomAccess.NONE
    if _SECOND_LAYER in kinds:
        raise CopyError("the video carries Dolby Vision in two layers")
    if kinds & _BLA_OR_IDR:
        return RandomAccess.CLOSED_GOP
    return RandomAccess.OPEN_GOP if _CRA in kinds else RandomAccess.NONE


def break_link(unit: bytes) -> bytes:
    """A slice of an HEVC picture with its unit type changed from clean random access (CRA) to
    broken link access (BLA), because the pictures before it are not in the clip.
    """
    if unit_type("hevc", unit) != _CRA:
        return unit
    return bytes([unit[0] & 0x81 | _BLA_N_LP << 1]) + unit[1:]


def is_progressive(sps: bytes) -> bool:
    """Whether an H.264 sequence has whole frames only (``frame_mbs_only_flag``)."""
    bits = BitReader(unescape(sps)[1:])
    profile = bits.take(8)
    bits.take(16)
    bits.exp_golomb()
    if profile in _HIGH_PROFILES:
        chroma = bits.exp_golomb()
        if chroma == 3:
            bits.take(1)
        bits.exp_golomb(), bits.exp_golomb(), bits.take(1)
        if bits.take(1):
            raise CopyError("the video has scaling lists of its own")
    bits.exp_golomb()
    kind = bits.exp_golomb()
    if kind == 0:
        bits.exp_golomb()
    elif kind == 1:
        raise CopyError("the video has picture order count type 1, which is rare")
    bits.exp_golomb(), bits.take(1), bits.exp_golomb(), bits.exp_golomb()
    return bits.take(1) == 1


@dataclass(frozen=True, slots=True)
class Renumbering:
    """New identifiers for the parameter sets of an HEVC encoder, which all have 0."""

    vps: int
    sps: int
    pps: int

    @classmethod
    def beside(cls, sets: ParameterSets) -> Renumbering:
        """Identifiers that a source does not use."""
        return cls(
            sets.free_id(_VPS, range(1, 16)),
            sets.free_id(_SPS, range(1, 16)),
            # These take nine bits where 0 takes one: what follows in a slice moves by a whole
            # byte and need not be shifted.
            sets.free_id(_PPS, range(15, 31)),
        )

    def apply(self, unit: bytes) -> bytes:
        """The NAL unit with the new identifiers."""
        kind = unit_type("hevc", unit)
        body = unescape(unit)[2:]
        if kind == _VPS:
            body = bytes([self.vps << 4 | body[0] & 15]) + body[1:]
        elif kind == _SPS:
            body = bytes([self.vps << 4 | body[0] & 15]) + body[1:]
            body = replace_exp_golomb(body, _sps_id_place(body), self.sps)
        elif kind == _PPS:
            body = replace_exp_golomb(body, 0, self.pps)
            body = replace_exp_golomb(body, len(exp_golomb(self.pps)), self.sps)
        elif kind < 32:
            body = self._slice(kind, body)
        else:
            return unit
        return unit[:2] + escape(body)

    def _slice(self, kind: int, body: bytes) -> bytes:
        """A slice, without its header, with the new identifier of its picture parameter set."""
        flags = 2 if 16 <= kind <= 23 else 1
        if not body[0] >> 7 - flags & 1:
            raise CopyError("the encoder numbers its parameter sets in an unknown way")
        rest = 7 - flags
        bits = (body[0] >> rest + 1) << 9 + rest | (self.pps + 1) << rest
        return (bits | body[0] & (1 << rest) - 1).to_bytes(2, "big") + body[1:]


def unescape(unit: bytes) -> bytes:
    """NAL unit without the bytes that keep it from holding a start code."""
    return unit.replace(b"\0\0\3", b"\0\0")


def escape(body: bytes) -> bytes:
    """The reverse of :func:`unescape`."""
    return _TO_ESCAPE.sub(b"\x00\x00\x03", body)


def _sps_id_place(body: bytes) -> int:
    """Bit of an HEVC sequence parameter set (without header) at which its identifier begins."""
    bits = BitReader(body)
    bits.take(4)
    further = bits.take(3)
    bits.take(1 + 96)
    present = [(bits.take(1), bits.take(1)) for _ in range(further)]
    if further:
        bits.take(2 * (8 - further))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    return bits.place


def _identifier(codec: Codec, unit: bytes) -> int:
    """The identifier of a parameter set."""
    kind, body = unit_type(codec, unit), unescape(unit[:64])
    if codec == "h264":
        return BitReader(body[4:] if kind == H264_SPS else body[1:]).exp_golomb()
    if kind == _VPS:
        return body[2] >> 4
    bits = BitReader(body[2:])
    if kind == _SPS:
        bits.take(_sps_id_place(body[2:]))
    return bits.exp_golomb()


def _with_lengths(units: Iterable[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
