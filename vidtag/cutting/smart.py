"""The mode ``smart``: whole groups of pictures are copied, and only the edges are encoded."""

from __future__ import annotations

from collections.abc import Sequence

from av.container import InputContainer

from vidtag.cutting.copy_recipe import CopyRecipe, copyable_picture, scan_frames
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.edge_encoding import check_encodable
from vidtag.cutting.frame_partition import StoredFrame, partition_frames
from vidtag.cutting.nal import CopyError, RandomAccess
from vidtag.media.frame_plan import FramePlan

_LEAST_COPIED = 0.25
"""Share of the frames that has to be copied for the joints to be worth it."""


def plan_smart(source: InputContainer, plan: CutPlan) -> CopyRecipe:
    """The planned frames, those at the edges to be encoded.

    Args:
        source: the media file, open; its reading position is moved.

    Raises:
        CopyError: this video cannot be cut so; the message says why.
    """
    picture, video = copyable_picture(plan)
    stored, sets = scan_frames(source, picture, video, whole_gops=False)
    partition = partition_frames(picture.times, stored)
    if partition is None:
        raise CopyError(_why_nothing_is_copied(stored, picture))
    if partition.copied_share < _LEAST_COPIED:
        raise CopyError("hardly any of it lies in whole groups of pictures")
    if partition.head or partition.tail:
        check_encodable(video)
    encoded = {*partition.head, *partition.tail}
    metadata = {frame.pts: frame.metadata for frame in stored if frame.pts in encoded}
    return CopyRecipe(plan, picture, video, partition, sets, metadata)


def _why_nothing_is_copied(stored: Sequence[StoredFrame], picture: FramePlan) -> str:
    start = picture.times[0]
    keyframes = [pts for pts in picture.keyframes if pts >= start]
    accessible = [f for f in stored if f.pts >= start and f.access is not RandomAccess.NONE]
    if keyframes and not accessible:
        return "its keyframes need what comes before them (open GOPs)"
    return "it lies within one group of pictures"
