"""What can befall the bytes of a file; pure functions of the bytes and a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]
HEADER = 512
HUGE = (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFFFFFFFFFF, 0x0100000000000000)
COUNTED_BOXES = (b"stsz", b"stts", b"ctts", b"stsc", b"stco", b"co64", b"elst", b"stss", b"trun")
LENGTH_BOXES = (b"mvhd", b"mdhd", b"tkhd", b"mehd")


def truncated(data: bytes, rng: random.Random) -> bytes:
    """Cut off anywhere."""
    return data[: rng.randrange(1, max(2, len(data)))]


def beheaded(data: bytes, rng: random.Random) -> bytes:
    """The beginning is missing."""
    return data[rng.randrange(1, max(2, min(len(data), 4096))) :]


def flipped_header(data: bytes, rng: random.Random) -> bytes:
    """A few bytes near the beginning are others."""
    return _flipped(data, rng, 0, min(len(data), HEADER), rng.choice((1, 3, 12)))


def flipped_index(data: bytes, rng: random.Random) -> bytes:
    """A few bytes of the index are others: MP4's ``moov``, or the end where others keep theirs."""
    first = data.find(b"moov")
    if first < 0:
        first = max(0, len(data) - 2048)
    last = data.find(b"mdat", first)
    return _flipped(data, rng, first, len(data) if last < 0 else last, rng.choice((1, 4, 16)))


def flipped_payload(data: bytes, rng: random.Random) -> bytes:
    """Bytes anywhere are others."""
    return _flipped(data, rng, 0, len(data), rng.choice((5, 50, 500)))


def zeroed(data: bytes, rng: random.Random) -> bytes:
    """A stretch reads as zeros, as after a bad sector."""
    first = rng.randrange(len(data))
    length = rng.choice((16, 512, 4096))
    hole = b"\0" * len(data[first : first + length])
    return data[:first] + hole + data[first + length :]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """A stretch comes twice, so that timestamps run backward."""
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    return data[:b] + data[a:b] + data[b:]


def reordered(data: bytes, rng: random.Random) -> bytes:
    """Two halves change places."""
    middle = rng.randrange(1, max(2, len(data)))
    return data[middle:] + data[:middle]


def oversized(data: bytes, rng: random.Random) -> bytes:
    """A size near the beginning claims to be gigantic."""
    width = rng.choice((4, 8))
    place = rng.randrange(max(1, min(len(data), HEADER) - width))
    value = rng.choice(HUGE) & (256**width - 1)
    return (
        data[:place] + value.to_bytes(width, rng.choice(("big", "little"))) + data[place + width :]
    )


def miscounted(data: bytes, rng: random.Random) -> bytes:
    """An MP4 table claims to have billions of entries, or a track to last for centuries."""
    places = [p for name in (*COUNTED_BOXES, *LENGTH_BOXES) for p in _all(data, name)]
    if not places:
        return oversized(data, rng)
    place = rng.choice(places) + rng.choice((8, 12, 16, 20))
    value = rng.choice(HUGE) & 0xFFFFFFFF
    return data[:place] + value.to_bytes(4, "big") + data[place + 4 :]


def noise(data: bytes, rng: random.Random) -> bytes:
    """The head of a file, and then anything."""
    keep = rng.randrange(4, 64)
    return data[:keep] + rng.randbytes(rng.choice((100, 5000, 100_000)))


ALL: tuple[Mutation, ...] = (
    truncated, truncated, beheaded, flipped_header, flipped_index, flipped_payload, zeroed,
    repeated, reordered, oversized, miscounted, noise,
)  # fmt: skip


def _flipped(data: bytes, rng: random.Random, first: int, last: int, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count):
        changed[rng.randrange(first, max(first + 1, last))] = rng.randrange(256)
    return bytes(changed)


def _all(data: bytes, name: bytes) -> list[int]:
    places, at = [], data.find(name)
    while at >= 0:
        places.append(at)
        at = data.find(name, at + 1)
    return places
