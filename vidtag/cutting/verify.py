"""Checks that a written clip holds what was planned, by opening it again and comparing it.

Only the clip, and the source around the frames compared, are read; a clip that differs is refused.
"""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer

from vidtag.core.errors import VerificationError
from vidtag.cutting.copy_recipe import CopiedFrames
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.verify_picture import PictureCheck
from vidtag.cutting.verify_sound import check_sound
from vidtag.media.container import open_media
from vidtag.media.frame_plan import HELD

_AAC_FRAME = 1024 / 44_100
"""Seconds of an AAC frame: containers may round the duration of sound to it."""


def verify_clip(
    written: Path,
    source: InputContainer,
    plan: CutPlan,
    *,
    copied: CopiedFrames | None = None,
    name: Path,
) -> None:
    """Open a clip again and compare it with the plan and the source.

    Args:
        written: the clip, under its temporary name.
        source: the file it was cut from, open; its reading position is moved.
        plan: what it should hold.
        copied: what was copied. Copied samples have to be the source's own, and the frames around
            joints are decoded in one go and compared one by one.
        name: the name the clip is to have, for errors.

    Raises:
        VerificationError: a frame is missing, doubled, late or another one than planned, or sound
            and picture are more than a frame apart.
    """
    slack = _AAC_FRAME
    with open_media(written) as clip:
        if plan.picture is not None:
            slack = max(slack, min(float(plan.picture.longest_gap), HELD))
            video = plan.media.video
            assert video is not None
            copied = copied or CopiedFrames((), {}, {})
            PictureCheck(clip, source, video.index, plan.picture, copied, name).run()
        elif clip.streams.video:
            raise VerificationError("the clip has a picture that was not planned", path=name)
        if plan.sound is not None:
            check_sound(clip, source, plan, slack, name)
        elif clip.streams.audio:
            raise VerificationError("the clip has sound that was not planned", path=name)
