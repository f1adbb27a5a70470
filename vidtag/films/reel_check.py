"""Checks that a written reel lasts as long as planned, and shows each clip where it should."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from av import VideoFrame
from av.container import InputContainer
from numpy.typing import NDArray

from vidtag.core.errors import VerificationError
from vidtag.films.clip_info import ClipInfo
from vidtag.films.composition import Composition, fitted_size, letterbox
from vidtag.films.reel_layout import Part, Picture
from vidtag.media.container import open_media
from vidtag.media.frames import decode_between

_ALIKE = 14.0
"""Mean difference in grey levels up to which a frame of the reel is the clip's."""

_COMPARED_WIDTH = 96
"""Pixels to which frames are reduced for comparison."""

_LEAST_SLACK = 0.03
"""Seconds by which a duration may be off, if two frames are no longer than that."""


def verify_reel(composition: Composition, written: Path, name: Path) -> None:
    """Compare a written reel with what it should be.

    Args:
        written: the reel, under its temporary name.
        name: the name it is to have, for errors.

    Raises:
        MediaError: the file has no end.
        VerificationError: a duration is wrong, or the middle of a clip is not where it should be.
    """
    with open_media(written) as reel:
        if composition.has_sound:
            _check_duration(composition, reel.streams.audio, "sound", name)
        if composition.size is None:
            return
        _check_duration(composition, reel.streams.video, "picture", name)
        for part in composition.parts:
            if part.clip is not None:
                _check_middle(composition, reel, part, part.clip, name)


def _check_duration(composition: Composition, streams: Any, kind: str, name: Path) -> None:
    slack = max(float(2 / composition.rate), _LEAST_SLACK)
    durations = [float(s.duration * s.time_base) for s in streams if s.duration and s.time_base]
    duration = durations[0] if durations else 0.0
    if abs(duration - composition.duration) > slack:
        raise VerificationError(
            f"the reel's {kind} lasts {duration:.3f} s instead of {composition.duration:.3f} s",
            path=name,
        )


def _check_middle(
    composition: Composition, reel: InputContainer, part: Part, clip: ClipInfo, name: Path
) -> None:
    """The frame in the middle of a part is one of the clip's frames about its own middle."""
    size, rate = composition.size, composition.rate
    assert size is not None
    assert clip.frame_rate is not None
    middle = part.duration / 2
    written = _reduced_frames(reel, part.start + middle, 1 / rate, size, size)
    around = 2 / min(rate, clip.frame_rate)
    with open_media(clip.path) as container:
        expected = _reduced_frames(container, middle, around, fitted_size(clip, size), size)
    nearest = min(
        (float(abs(one - other).mean()) for one in written for other in expected), default=math.inf
    )
    if nearest > _ALIKE:
        raise VerificationError(
            f"the reel does not show {clip.path.name} at {float(part.start + middle):.3f} s",
            path=name,
        )


def _reduced_frames(
    container: InputContainer,
    time: Fraction,
    around: Fraction,
    fitted: tuple[int, int],
    size: tuple[int, int],
) -> list[NDArray[np.int16]]:
    """Small grey pictures of the frames near a second of a file.

    Args:
        around: seconds before and after ``time``.
        fitted: width and height to which frames are scaled.
        size: width and height of the black picture that they then stand in.
    """
    stream = container.streams.video[0]
    assert stream.time_base is not None
    low, high = (round(t / stream.time_base) for t in (time - around, time + around))
    width, height = _COMPARED_WIDTH, max(2, round(_COMPARED_WIDTH * size[1] / size[0]))
    frames: Iterable[VideoFrame] = [*decode_between(container, stream, max(low, 0), high)]
    if not frames:  # a frame that was shown before is still shown
        frames = deque(decode_between(container, stream, 0, high), maxlen=1)
    found = []
    for frame in frames:
        displayed = np.rot90(_rgb(frame), round(frame.rotation / 90))
        scaled = _frame(displayed).reformat(width=fitted[0], height=fitted[1])
        framed = _frame(letterbox(_rgb(scaled), size))
        gray = framed.reformat(width=width, height=height, format="gray", interpolation="AREA")
        found.append(gray.to_ndarray().astype(np.int16))
    return found


def _rgb(frame: VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def _frame(picture: Picture) -> VideoFrame:
    return VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
