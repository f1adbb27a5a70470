"""Which frames of a reel are copied from its clips, and which are encoded; pure.

Of each clip, whole groups of pictures (GOPs) are copied. What lies between them is composed and
encoded: fades, title cards, and frames at the edges of a clip that cannot do without others.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from vidtag.cutting.frame_partition import partition_frames
from vidtag.films.reel_layout import FrameRange, Part, frame_ranges
from vidtag.films.stored_clip import STEPS, StoredClip

_LEAST_COPIED = 0.25
"""Share of a clip's frames that has to be copied for the joints to be worth it."""

_SHORTEST = STEPS // 4
"""Ticks for which a composed frame is shown at least, where copied ones come unevenly."""


@dataclass(frozen=True, slots=True)
class CopiedPiece:
    """Frames of one clip that are copied.

    Attributes:
        clip: the clip.
        offset: tick of the reel that is the clip's zero.
        wanted: ticks of the clip at which frames are shown, in the order they are stored.
        begin, end: ticks of the reel from and until which the piece is shown.
    """

    clip: StoredClip
    offset: int
    wanted: tuple[int, ...]
    begin: int
    end: int

    @property
    def shown(self) -> list[int]:
        """Ticks of the reel at which frames are shown, in the order they are stored."""
        return [self.offset + tick for tick in self.wanted]


@dataclass(frozen=True, slots=True)
class EncodedPiece:
    """Frames of the reel that are encoded: of one clip or, if the range has no part, composed."""

    frames: FrameRange

    @property
    def begin(self) -> int:
        """Tick of the reel from which it is shown."""
        return self.frames.first * STEPS

    @property
    def end(self) -> int:
        """Tick of the reel until which it is shown."""
        return self.frames.end * STEPS


Piece: TypeAlias = CopiedPiece | EncodedPiece


def plan_pieces(
    parts: Sequence[Part], rate: Fraction, stored: Mapping[Path, StoredClip]
) -> list[Piece]:
    """Divide a reel into pieces, in the order they are shown.

    Args:
        rate: frames per second of the reel.
        stored: the clips that may be copied, by their files.
    """
    pieces: list[Piece] = []
    done = 0
    for frames in frame_ranges(parts, rate):
        if frames.part is None or frames.part.clip is None:
            continue
        clip = stored.get(frames.part.clip.path)
        copied = None if clip is None else _copied(frames, frames.part, rate, clip)
        piece = EncodedPiece(frames) if copied is None else copied
        pieces += [*_composed(done, piece.begin), piece]
        done = piece.end
    return [*pieces, *_composed(done, round(parts[-1].end * rate) * STEPS)]


def _copied(frames: FrameRange, part: Part, rate: Fraction, clip: StoredClip) -> CopiedPiece | None:
    """What can be copied of the only clip in a range; None where that is not worth it."""
    offset = round(part.start * rate) * STEPS
    low, high = frames.first * STEPS - offset, frames.end * STEPS - offset
    every = clip.times
    times = every[bisect.bisect_left(every, low) : bisect.bisect_left(every, high)]
    partition = partition_frames(times, clip.frames) if times else None
    if partition is None or partition.copied_share < _LEAST_COPIED:
        return None
    following = every[bisect.bisect_right(every, max(partition.copied)) :]
    end = min([high, *following[:1]])
    begin = offset + min(partition.copied)
    return CopiedPiece(clip, offset, partition.copied, begin, offset + end)


def _composed(begin: int, end: int) -> Iterator[EncodedPiece]:
    """What is composed between two ticks, if there is room for a frame."""
    first, last = math.ceil(begin / STEPS), math.ceil((end - _SHORTEST) / STEPS)
    if begin == 0 < end:
        last = max(last, 1)  # something is shown from the reel's beginning on
    if first < last:
        yield EncodedPiece(FrameRange(first, last, None))
