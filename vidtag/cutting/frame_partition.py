"""Which frames of a clip are copied from the source as they are, and which are encoded anew; pure.

A clip begins in the middle of a group of pictures: its first frames are encoded anew, up to the
next frame at which decoding can start. From there frames are copied, in the order they are stored,
as long as what was copied leaves no gap in time. At most the last few frames, which hang on frames
behind the clip's end, are encoded anew again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidtag.cutting.nal import Entry


@dataclass(frozen=True, slots=True)
class Stored:
    """A frame as it lies in the file: when it is shown, and whether decoding can start there."""

    pts: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Splice:
    """A clip in three parts, each of which may be empty but the second.

    Attributes:
        head, tail: pts of frames to encode, ascending.
        copied: pts of frames to copy, in the order they are stored.
        entry: how the first of the copied can be entered.
    """

    head: tuple[int, ...]
    copied: tuple[int, ...]
    tail: tuple[int, ...]
    entry: Entry

    @property
    def joints(self) -> tuple[int, ...]:
        """pts of the first frame of every part that follows another one."""
        first = (min(self.copied),) if self.head else ()
        return (*first, *self.tail[:1])

    @property
    def share(self) -> float:
        """Part of the frames that is copied: 0 to 1."""
        return len(self.copied) / (len(self.head) + len(self.copied) + len(self.tail))


def find_splice(times: Sequence[int], stored: Sequence[Stored]) -> Splice | None:
    """Copy as much as can be copied; None where nothing can.

    Args:
        times: pts of the clip's frames, ascending.
        stored: frames from the keyframe before the clip on, in the order they are stored.
    """
    for position, frame in enumerate(stored):
        if frame.entry is not Entry.NONE and times[0] <= frame.pts <= times[-1]:
            found = _from(times, stored[position:])
            if found is not None:
                return found
    return None


def find_copy(end: int, stored: Sequence[Stored]) -> tuple[int, ...]:
    """What has to be copied, from the first stored frame on, to have all frames before ``end``.

    Returns:
        pts in the order they are stored; more than asked for where later frames are needed.
    """
    first = stored[0].pts
    wanted = {frame.pts for frame in stored if first <= frame.pts < end}
    taken: list[int] = []
    for frame in stored:
        if wanted <= set(taken) and _is_closed(taken, [f.pts for f in stored if f.pts >= first]):
            break
        if frame.pts >= first:
            taken.append(frame.pts)
    return tuple(taken)


def _from(times: Sequence[int], stored: Sequence[Stored]) -> Splice | None:
    """Copy from the first stored frame on, until a frame comes that the clip does not show."""
    entry = stored[0].entry
    candidates: list[int] = []
    for frame in stored:
        if entry is Entry.OPEN and frame.pts < stored[0].pts:
            continue  # cannot be decoded without what came before: it goes to the head
        if frame.pts > times[-1]:
            break
        if frame.pts < times[0]:
            return None  # shown before the clip, but needed for it: a later entry may do
        candidates.append(frame.pts)
    while candidates and not _is_closed(candidates, times):
        candidates.pop()
    if not candidates:
        return None
    low, high = min(candidates), max(candidates)
    head = tuple(pts for pts in times if pts < low)
    tail = tuple(pts for pts in times if pts > high)
    return Splice(head, tuple(candidates), tail, entry)


def _is_closed(copied: Sequence[int], times: Sequence[int]) -> bool:
    """Whether what was copied is a stretch of the frames without a gap."""
    if not copied:
        return False
    low, high = min(copied), max(copied)
    return len(copied) == sum(low <= pts <= high for pts in times)
