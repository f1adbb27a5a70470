"""Checks that a written clip holds what was planned, by opening it again and comparing it.

Only the clip, and the source around the frames compared, are read; a clip that differs is refused.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from av.container import InputContainer

from vidtag.core.errors import VerificationError
from vidtag.cutting.copy_recipe import CopiedFrames
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.verify_picture import PictureCheck
from vidtag.cutting.verify_sound import SoundCheck
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
    copied_sounds: Container[int] = (),
    name: Path,
) -> None:
    """Open a clip again and compare it with the plan and the source.

    Args:
        written: the clip, under its temporary name.
        source: the file it was cut from, open; its reading position is moved.
        plan: what it should hold.
        copied: what was copied. Copied samples have to be the source's own, and the frames around
            joints are decoded in one go and compared one by one.
        copied_sounds: indexes of the audio streams that were copied: they are the source's to the
            sample.
        name: the name the clip is to have, for errors.

    Raises:
        CopiedSoundError: sound that was copied is not the source's.
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
        if len(clip.streams.audio) != len(plan.sounds):
            count = len(clip.streams.audio)
            raise VerificationError(
                f"the clip has {count} audio tracks instead of {len(plan.sounds)}", path=name
            )
        for number, sound in enumerate(plan.sounds):
            check = SoundCheck(clip, number, source, sound, plan, name)
            check.run(slack, copied=sound.index in copied_sounds)
