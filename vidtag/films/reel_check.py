"""Checks that a written reel lasts as long as planned, shows what it should in every frame, and is
not silent where its clips are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vidtag.core.errors import VerificationError
from vidtag.films.composition import Composition
from vidtag.films.reel_frames import FramesCheck
from vidtag.films.reel_sound_check import check_sound
from vidtag.media.container import open_media
from vidtag.media.rational import base_of

_LEAST_SLACK = 0.03
"""Seconds by which a duration may be off, if two frames are no longer than that."""


def verify_reel(composition: Composition, written: Path, name: Path) -> None:
    """Compare a written reel with what it should be.

    Args:
        written: the reel, under its temporary name.
        name: the name it is to have, for errors.

    Raises:
        MediaError: the file has no end.
        VerificationError: a duration is wrong, or a frame is not what it should be.
    """
    with open_media(written) as reel:
        if composition.has_sound:
            _check_duration(composition, reel.streams.audio, "sound", name)
        if composition.size is not None:
            _check_duration(composition, reel.streams.video, "picture", name)
    if composition.has_sound:
        check_sound(composition, written, name)
    if composition.size is not None:
        FramesCheck(composition, written, name).run()


def _check_duration(composition: Composition, streams: Any, kind: str, name: Path) -> None:
    slack = max(float(2 / composition.rate), _LEAST_SLACK)
    durations = [float(s.duration * base_of(s)) for s in streams if s.duration and s.time_base]
    duration = durations[0] if durations else 0.0
    if abs(duration - composition.duration) > slack:
        raise VerificationError(
            f"the reel's {kind} lasts {duration:.3f} s instead of {composition.duration:.3f} s",
            path=name,
        )
