"""Surgery on H.264 and HEVC streams: parameter sets of two encoders side by side in one track.

A part that was encoded anew has parameter sets of its own. They get identifiers that the source
does not use, so that both stay valid throughout the clip and the sample entry (``avc1``, ``hvc1``)
holds them all, as players want it. Nothing of the source's own pictures is changed.

Sources: ITU-T H.264 (7.3 syntax, Annex B), ITU-T H.265 (7.3, Annex B), ISO/IEC 14496-15 (the
configuration records ``avcC`` and ``hvcC``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Codec = Literal["h264", "hevc"]

NAL_CODECS = frozenset({"h264", "hevc"})
"""Codecs, by FFmpeg's names, whose samples are made of NAL units."""

_H264_SPS, _H264_PPS = 7, 8
_VPS, _SPS, _PPS = 32, 33, 34
_BLA_N_LP, _CRA = 18, 21
_DOLBY_VISION = {62, 63}
_START_CODE = re.compile(rb"\x00\x00\x01")
_TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


class Entry(Enum):
    """Whether decoding can start at a picture."""

    NONE = "no"
    OPEN = "yes, but pictures shown before it need what came before"
    CLOSED = "yes"


class SpliceError(Exception):
    """Why parts of a stream cannot be joined with others; the message is for the user."""


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """Parameter sets of a stream as NAL units, by kind (NAL unit type) and identifier."""

    codec: Codec
    units: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def with_units(self, units: Iterable[bytes]) -> ParameterSets:
        """These and others.

        Raises:
            SpliceError: one of them says something else under the same identifier.
        """
        known = dict(self.units)
        for unit in units:
            key = unit_type(self.codec, unit), _own_id(self.codec, unit)
            if known.setdefault(key, unit) != unit:
                raise SpliceError("the video changes its coding parameters within the clip")
        return ParameterSets(self.codec, known)

    def of(self, kind: int) -> list[bytes]:
        """NAL units of one type, by identifier."""
        return [self.units[key] for key in sorted(self.units) if key[0] == kind]

    def free_id(self, kind: int, among: Sequence[int]) -> int:
        """An identifier that is not taken."""
        free = [number for number in among if (kind, number) not in self.units]
        if not free:
            raise SpliceError("the video uses all identifiers of parameter sets")
        return free[0]


def is_nal_codec(codec: str) -> bool:
    """Whether samples of a codec are made of NAL units."""
    return codec in NAL_CODECS


def unit_type(codec: Codec, unit: bytes) -> int:
    """NAL unit type."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def is_parameter_set(codec: Codec, unit: bytes) -> bool:
    """Whether a NAL unit is a parameter set."""
    kinds = {_H264_SPS, _H264_PPS} if codec == "h264" else {_VPS, _SPS, _PPS}
    return unit_type(codec, unit) in kinds


def split_units(data: bytes, length_size: int) -> list[bytes]:
    """NAL units of a sample: each behind its length, or behind start codes if ``length_size`` is 0.

    Raises:
        SpliceError: the sample is damaged.
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
            raise SpliceError("part of the video is damaged")
        if place > start:
            units.append(data[start:place])
    return units


def join_units(units: Iterable[bytes]) -> bytes:
    """A sample of NAL units, each behind its length in four bytes."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def read_configuration(codec: Codec, data: bytes | None) -> tuple[ParameterSets, int]:
    """Parameter sets of a decoder configuration, and the size of the lengths in samples.

    Args:
        data: an ``avcC`` or ``hvcC`` record, or parameter sets behind start codes; then, and where
            there is nothing, samples hold start codes too, and the size is 0.
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
        spss, ppss = sets.of(_H264_SPS), sets.of(_H264_PPS)
        _, profile, compatible, level = spss[0][:4]
        level = max(unit[3] for unit in spss)
        record = bytes([1, profile, compatible, level, 0xFF, 0xE0 | len(spss)])
        record += _with_lengths(spss) + bytes([len(ppss)]) + _with_lengths(ppss)
        if profile not in (66, 77, 88):
            record += bytes([0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8, 0])
        return record
    sps = unescape(sets.of(_SPS)[0])
    # Behind two bytes of header and one of layers: profile, tier, compatibility, level.
    layers, nested = (sps[2] >> 1 & 7) + 1, sps[2] & 1
    record = b"\1" + sps[3:15] + b"\xf0\0\xfc"
    record += bytes([0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8, 0, 0])
    record += bytes([layers << 3 | nested << 2 | 3, 3])
    for kind in (_VPS, _SPS, _PPS):
        units = sets.of(kind)
        record += bytes([0x80 | kind]) + len(units).to_bytes(2, "big") + _with_lengths(units)
    return record


def entry(codec: Codec, units: Iterable[bytes]) -> Entry:
    """Whether decoding can start at the picture that NAL units make up.

    Raises:
        SpliceError: the picture has a second layer, such as Dolby Vision's.
    """
    kinds = {unit_type(codec, unit) for unit in units}
    if codec == "h264":
        return Entry.CLOSED if 5 in kinds else Entry.NONE
    if kinds & _DOLBY_VISION:
        raise SpliceError("the video carries Dolby Vision")
    if kinds & {16, 17, 18, 19, 20}:
        return Entry.CLOSED
    return Entry.OPEN if _CRA in kinds else Entry.NONE


def break_link(unit: bytes) -> bytes:
    """A slice of an HEVC picture that others precede no more: clean access becomes broken link."""
    if unit_type("hevc", unit) != _CRA:
        return unit
    return bytes([unit[0] & 0x81 | _BLA_N_LP << 1]) + unit[1:]


def is_progressive(sps: bytes) -> bool:
    """Whether an H.264 sequence has whole frames only (``frame_mbs_only_flag``)."""
    bits = _Bits(unescape(sps)[1:])
    profile = bits.take(8)
    bits.take(16)
    bits.number()
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135):
        chroma = bits.number()
        if chroma == 3:
            bits.take(1)
        bits.number(), bits.number(), bits.take(1)
        if bits.take(1):  # scaling lists: rare, and long to read over
            raise SpliceError("the video has scaling lists of its own")
    bits.number()
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        raise SpliceError("the video counts its pictures in a rare way")
    bits.number(), bits.take(1), bits.number(), bits.number()
    return bits.take(1) == 1


@dataclass(frozen=True, slots=True)
class Renumbering:
    """Identifiers that the parameter sets of an HEVC encoder get: all of its own are 0."""

    vps: int
    sps: int
    pps: int

    @classmethod
    def beside(cls, sets: ParameterSets) -> Renumbering:
        """Identifiers free beside those of a source."""
        return cls(
            sets.free_id(_VPS, range(1, 16)),
            sets.free_id(_SPS, range(1, 16)),
            # These are written in nine bits where 0 takes one: what follows in a slice moves by
            # a whole byte and stays as it is.
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
            body = _replace_number(body, _sps_id_place(body), self.sps)
        elif kind == _PPS:
            body = _replace_number(body, 0, self.pps)
            body = _replace_number(body, len(_code(self.pps)), self.sps)
        elif kind < 32:
            body = self._slice(kind, body)
        else:
            return unit
        return unit[:2] + escape(body)

    def _slice(self, kind: int, body: bytes) -> bytes:
        flags = 2 if 16 <= kind <= 23 else 1
        if not body[0] >> 7 - flags & 1:
            raise SpliceError("the encoder numbers its parameter sets in an unknown way")
        rest = 7 - flags
        bits = (body[0] >> rest + 1) << 9 + rest | (self.pps + 1) << rest
        return (bits | body[0] & (1 << rest) - 1).to_bytes(2, "big") + body[1:]


def unescape(unit: bytes) -> bytes:
    """NAL unit without the bytes that keep it from holding a start code."""
    return unit.replace(b"\0\0\3", b"\0\0")


def escape(body: bytes) -> bytes:
    """The reverse of :func:`unescape`."""
    return _TO_ESCAPE.sub(b"\x00\x00\x03", body)


class _Bits:
    """Reads bits, the highest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self.place = 0

    def take(self, count: int) -> int:
        self.place += count
        return self._bits >> max(self._length - self.place, 0) & (1 << count) - 1

    def number(self) -> int:
        """An Exp-Golomb number, ue(v)."""
        zeros = 0
        while self.place < self._length and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _code(number: int) -> str:
    """Exp-Golomb code of a number, as text of zeros and ones."""
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def _replace_number(body: bytes, place: int, number: int) -> bytes:
    """A parameter set with another Exp-Golomb number at a bit."""
    reader = _Bits(body)
    reader.take(place)
    reader.number()
    bits = f"{int.from_bytes(body, 'big'):0{8 * len(body)}b}"
    # The last one bit ends the data; what is behind it fills the byte.
    bits = (bits[:place] + _code(number) + bits[reader.place :]).rstrip("0")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _sps_id_place(body: bytes) -> int:
    """Bit of an HEVC sequence parameter set (without header) at which its identifier begins."""
    bits = _Bits(body)
    bits.take(4)
    further = bits.take(3)
    bits.take(1 + 96)
    present = [(bits.take(1), bits.take(1)) for _ in range(further)]
    if further:
        bits.take(2 * (8 - further))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    return bits.place


def _own_id(codec: Codec, unit: bytes) -> int:
    kind, body = unit_type(codec, unit), unescape(unit[:64])
    if codec == "h264":
        return _Bits(body[4:] if kind == _H264_SPS else body[1:]).number()
    if kind == _VPS:
        return body[2] >> 4
    bits = _Bits(body[2:])
    if kind == _SPS:
        bits.take(_sps_id_place(body[2:]))
    return bits.number()


def _with_lengths(units: Iterable[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
