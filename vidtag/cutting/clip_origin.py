"""What a clip says of where it comes from, so that editing programs link it to its source again.

The timecode of the source goes on in the clip, in a timecode track of its own that counts at the
source's rate; ffmpeg can write only one at the picture's. Beside it: when the source was recorded,
and, unless it is not wanted, with which camera and where.
"""

from __future__ import annotations

import math
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from vidtag.core.errors import UserError
from vidtag.core.timecode import from_timecode, nominal
from vidtag.cutting.cut_plan import CutPlan
from vidtag.media.mp4_boxes import box, child, children, timescale, top_level, track_number
from vidtag.media.timecode_track import DROP_FRAME

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
"""From which MP4 counts (ISO/IEC 14496-12, 8.2.2)."""

_CREATION = ("com.apple.quicktime.creationdate", "creation_time")
_TEXTS = {
    b"\xa9mak": ("com.apple.quicktime.make", "make"),
    b"\xa9mod": ("com.apple.quicktime.model", "model"),
    b"\xa9xyz": ("com.apple.quicktime.location.iso6709", "location", "location-eng"),
}
"""User data of QuickTime, and the names that FFmpeg gives what it reads there or elsewhere."""

_UNDETERMINED = 0x55C4
"""``und``, packed as QuickTime packs languages."""

_LARGEST = 2**32 - 2**24
"""Bytes of a clip beyond which tables of 32-bit places might not hold where samples move to."""

_CHUNKS = {b"stco": "I", b"co64": "Q"}
"""Tables of where samples lie, and how their numbers are written."""


@dataclass(frozen=True, slots=True)
class ClipOrigin:
    """Where a clip comes from.

    Attributes:
        number: of its first frame, by the source's timecode; None where that has none.
        rate: numbers per second.
        drop: whether they are written in drop-frame.
        created: seconds since 1904 at which the source was recorded; None where it does not say.
        texts: camera and place, by the boxes that hold them.
    """

    number: int | None
    rate: Fraction
    drop: bool
    created: int | None
    texts: Mapping[bytes, str]

    @classmethod
    def of(cls, plan: CutPlan, metadata: Mapping[str, str], *, strip: bool) -> ClipOrigin:
        """Origin of what is cut.

        Args:
            metadata: tags of the source, as FFmpeg reads them.
            strip: whether camera and place are left off.
        """
        tags = {key.lower(): value.strip() for key, value in metadata.items()}
        texts = {kind: _first(tags, names) for kind, names in _TEXTS.items()}
        video = plan.media.video
        number, rate, drop = None, Fraction(25), False
        if plan.picture is not None and video is not None and video.timecode:
            rate = video.timecode_rate or video.frame_rate
            since = plan.picture.start_time - plan.zero - Fraction(video.start)
            frames = round(since * video.frame_rate)
            try:
                number, drop = from_timecode(video.timecode, rate)
            except UserError:
                number = None
            else:
                passed = Fraction(nominal(rate), nominal(video.frame_rate))
                number += math.floor(frames * passed)
        return cls(
            number=number,
            rate=rate,
            drop=drop,
            created=_seconds_since_1904(_first(tags, _CREATION)),
            texts={} if strip else {kind: text for kind, text in texts.items() if text},
        )

    @property
    def is_known(self) -> bool:
        """Whether there is anything to say."""
        return self.number is not None or self.created is not None or bool(self.texts)


def _first(tags: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((tags[name] for name in names if tags.get(name)), "")


def _seconds_since_1904(text: str) -> int | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    known = when if when.tzinfo else when.replace(tzinfo=UTC)
    seconds = int((known - _EPOCH).total_seconds())
    return seconds if 0 < seconds < 2**32 else None


def write_origin(clip: Path, origin: ClipOrigin) -> None:
    """Write into an MP4 where it comes from. Its frames and samples stay as they are.

    The index grows, so that everything behind it moves; a file of nearly 4 GiB, whose tables may
    not hold the new places, is left as it is.
    """
    with clip.open("rb") as file:
        places = list(top_level(file))
        index = next((place for place in places if place.kind == b"moov"), None)
        if index is None or not origin.is_known or places[-1].end > _LARGEST:
            return
        size = places[-1].end
        file.seek(index.begin)
        old = file.read(index.end - index.begin)
        grown = len(_index(old, origin, 0, 0)) + 8 - (index.end - index.header)
        is_before = any(place.begin > index.end for place in places if place.kind == b"mdat")
        moves = grown if is_before else 0
        new = _index(old, origin, moves, size + grown + 8)
        partial = clip.with_name(clip.name + ".origin")
        try:
            with partial.open("wb") as target:
                file.seek(0)
                target.write(file.read(index.header))
                target.write(box(b"moov", new))
                file.seek(index.end)
                shutil.copyfileobj(file, target)
                if origin.number is not None:
                    target.write(box(b"mdat", struct.pack(">i", origin.number)))
            partial.replace(clip)
        finally:
            partial.unlink(missing_ok=True)


def _index(old: bytes, origin: ClipOrigin, moved: int, sample: int) -> bytes:
    """Contents of the index: chunks ``moved`` bytes further on, and what is told beside them.

    Args:
        sample: where in the file the number of the timecode lies.
    """
    header = child(old, b"mvhd") or b""
    tracks = [body for kind, body in children(old) if kind == b"trak"]
    number = max(map(track_number, tracks), default=0) + 1
    picture = next((track for track in tracks if _handler(track) == b"vide"), None)
    has_timecode = origin.number is not None and picture is not None
    parts = []
    for kind, body in children(old):
        if kind == b"mvhd":
            body = _dated(body, origin.created)
            body = body[:-4] + struct.pack(">I", number + has_timecode)
        elif kind == b"trak":
            named = has_timecode and body is picture
            body = _moved(body, moved)
            if named:
                body += box(b"tref", box(b"tmcd", struct.pack(">I", number)))
        elif kind == b"udta":
            body += _user_data(origin)
        parts.append(box(kind, body))
    if has_timecode and picture is not None:
        parts.append(_timecode_track(origin, number, picture, timescale(header), sample))
    if origin.texts and child(old, b"udta") is None:
        parts.append(box(b"udta", _user_data(origin)))
    return b"".join(parts)


def _handler(track: bytes) -> bytes:
    return (child(track, b"mdia", b"hdlr") or b"")[8:12]


def _dated(header: bytes, created: int | None) -> bytes:
    """A header with the time of creation."""
    if created is None:
        return header
    form = ">Q" if header[0] else ">I"
    return header[:4] + struct.pack(form, created) + header[4 + struct.calcsize(form) :]


def _moved(data: bytes, by: int) -> bytes:
    """Boxes of a track whose chunks lie ``by`` bytes further on."""
    parts = []
    for kind, body in children(data):
        if kind in (b"mdia", b"minf", b"stbl"):
            body = _moved(body, by)
        elif kind in _CHUNKS:
            count = int.from_bytes(body[4:8], "big")
            form = ">" + _CHUNKS[kind] * count
            places = (place + by for place in struct.unpack_from(form, body, 8))
            body = body[:8] + struct.pack(form, *places)
        parts.append(box(kind, body))
    return b"".join(parts)


def _user_data(origin: ClipOrigin) -> bytes:
    parts = []
    for kind, text in origin.texts.items():
        data = text.encode()
        parts.append(box(kind, struct.pack(">HH", len(data), _UNDETERMINED), data))
    return b"".join(parts)


def _timecode_track(
    origin: ClipOrigin, number: int, picture: bytes, ticks: int, sample: int
) -> bytes:
    """A ``trak`` box with one number, as long as the picture (QuickTime File Format)."""
    assert origin.number is not None
    shown = child(picture, b"tkhd") or b""
    length = int.from_bytes(shown[28:36] if shown[0] else shown[20:24], "big")
    rate = origin.rate
    own_ticks, own_length = rate.numerator, max(1, round(Fraction(length, ticks) * rate.numerator))
    unity = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    header = struct.pack(">IIIIII", 0, 0, 0, number, 0, length) + bytes(16) + unity + bytes(8)
    flags = DROP_FRAME if origin.drop else 0
    description = bytes(6) + struct.pack(
        ">HIIIIBB", 1, 0, flags, own_ticks, rate.denominator, min(nominal(rate), 255), 0
    )
    look = bytes(4) + struct.pack(">HHHHHHHHHH", 0, 0, 12, 0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF)
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), box(b"tmcd", description)),
        box(b"stts", struct.pack(">IIII", 0, 1, 1, own_length)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">III", 0, 4, 1)),
        box(b"stco", struct.pack(">III", 0, 1, sample)),
    )
    media_header = box(
        b"gmhd",
        box(b"gmin", bytes(4) + struct.pack(">HHHHHH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)),
        box(b"tmcd", box(b"tcmi", look + bytes(1))),
    )
    data_reference = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"url ", b"\0\0\0\1")))
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, own_ticks, own_length, _UNDETERMINED, 0)),
        box(b"hdlr", bytes(8) + b"tmcd" + bytes(12) + b"TimeCodeHandler\0"),
        box(b"minf", media_header, data_reference, table),
    )
    return box(b"trak", box(b"tkhd", header), media)
