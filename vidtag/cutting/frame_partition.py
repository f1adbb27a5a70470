"""Which frames of a clip are copied from the source, and which are encoded; pure.

A clip begins in the middle of a group of pictures (GOP): its first frames are encoded, up to the
next random access point, where decoding can start. From there frames are copied, in the order they
are stored, as long as what was copied leaves no gap in time. At most the last few frames, which are
predicted from frames after the clip's end, are encoded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidtag.cutting.nal import RandomAccess


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame in the file: when it is shown, and whether decoding can start there.

    ``hidden`` frames are left out by an edit list: they are decoded and not shown. ``metadata``
    are the NAL units beside its picture that go with the frame, however it is coded.
    """

    pts: int
    access: RandomAccess
    hidden: bool = False
    metadata: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FramePartition:
    """The frames of a clip in three parts, of which only ``copied`` is never empty.

    Attributes:
        head, tail: pts of frames to encode, ascending.
        copied: pts of frames to copy, in the order they are stored.
        access: how decoding starts at the first of the copied.
    """

    head: tuple[int, ...]
    copied: tuple[int, ...]
    tail: tuple[int, ...]
    access: RandomAccess

    @property
    def stored(self) -> tuple[int, ...]:
        """pts of all frames in the order in which the clip stores them."""
        return (*self.head, *self.copied, *self.tail)

    @property
    def joints(self) -> tuple[int, ...]:
        """pts of the first frame of every part that follows another one."""
        first = (min(self.copied),) if self.head else ()
        return (*first, *self.tail[:1])

    @property
    def copied_share(self) -> float:
        """Share of the frames that is copied: 0 to 1."""
        return len(self.copied) / len(self.stored)


def partition_frames(times: Sequence[int], stored: Sequence[StoredFrame]) -> FramePartition | None:
    """Copy as many frames as possible; None where none can be copied.

    Args:
        times: pts of the clip's frames, ascending.
        stored: frames from the keyframe before the clip on, in the order they are stored.
    """
    for number, frame in enumerate(stored):
        if frame.access is not RandomAccess.NONE and times[0] <= frame.pts <= times[-1]:
            found = _copy_from(times, stored[number:])
            if found is not None:
                return found
    return None


def frames_to_copy(end: int, stored: Sequence[StoredFrame]) -> tuple[int, ...]:
    """What has to be copied, from the first stored frame on, to have all frames before ``end``.

    Returns:
        pts in the order they are stored; frames after ``end`` too where others need them.
    """
    first = stored[0].pts
    every = [frame.pts for frame in stored if frame.pts >= first]
    wanted = {pts for pts in every if pts < end}
    copied: list[int] = []
    for pts in every:
        if wanted <= set(copied) and _is_gapless(copied, every):
            break
        copied.append(pts)
    return tuple(copied)


def _copy_from(times: Sequence[int], stored: Sequence[StoredFrame]) -> FramePartition | None:
    """Copy from the first stored frame on, until a frame comes that the clip does not show."""
    access = stored[0].access
    copied: list[int] = []
    for frame in stored:
        if access is RandomAccess.OPEN_GOP and frame.pts < stored[0].pts:
            continue  # it cannot be decoded without the GOP before: it is encoded with the head
        if frame.pts > times[-1]:
            break
        if frame.pts < times[0]:
            return None  # shown before the clip, but needed for it: a later access point may do
        copied.append(frame.pts)
    while copied and not _is_gapless(copied, times):
        copied.pop()
    if not copied:
        return None
    low, high = min(copied), max(copied)
    head = tuple(pts for pts in times if pts < low)
    tail = tuple(pts for pts in times if pts > high)
    return FramePartition(head, tuple(copied), tail, access)


def _is_gapless(copied: Sequence[int], times: Sequence[int]) -> bool:
    """Whether some of the frames are all frames of a stretch of time."""
    if not copied:
        return False
    low, high = min(copied), max(copied)
    return len(copied) == sum(low <= pts <= high for pts in times)
