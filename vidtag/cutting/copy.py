"""The mode ``copy``: nothing is encoded, so a clip begins at the keyframe before its start."""

from __future__ import annotations

from dataclasses import replace

from av.container import InputContainer

from vidtag.cutting.copy_recipe import CopyRecipe, copyable_picture, scan_frames
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.frame_partition import FramePartition, frames_to_copy
from vidtag.cutting.nal import CopyError, RandomAccess


def plan_copy(source: InputContainer, plan: CutPlan) -> CopyRecipe:
    """The planned frames and those that have to be copied with them, from the keyframe before.

    Args:
        source: the media file, open; its reading position is moved.

    Raises:
        CopyError: this video cannot be cut so; the message says why.
    """
    picture, video = copyable_picture(plan)
    stored, sets = scan_frames(source, picture, video, whole_gops=True)
    if stored[0].access is RandomAccess.NONE:
        raise CopyError("its keyframes need what comes before them (open GOPs)")
    copied = frames_to_copy(picture.times[-1] + 1, stored)
    hidden = {frame.pts for frame in stored if frame.hidden}
    shown = tuple(sorted(set(copied) - hidden))
    if any(pts > shown[0] for pts in hidden.intersection(copied)):
        raise CopyError("an edit list leaves out frames that others need")
    following = [frame.pts for frame in stored if frame.pts > shown[-1] and not frame.hidden]
    end = picture.end
    if shown[-1] > picture.times[-1]:
        usual = round(1 / video.frame_rate / picture.time_base)
        end = min(following, default=shown[-1] + usual)
    begin = picture.begin if shown[0] == picture.times[0] else None
    whole = replace(picture, times=shown, end=end, keyframe=copied[0], begin=begin)
    longer = replace(plan, picture=whole, start=whole.start_time, end=whole.end_time)
    partition = FramePartition((), copied, (), stored[0].access)
    return CopyRecipe(longer, whole, video, partition, sets)
