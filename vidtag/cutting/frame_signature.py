"""What a frame looks like: a small grey picture, enough to tell it from another frame."""

from __future__ import annotations

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

Look = NDArray[np.uint8]


_LONG_SIDE, _SHORT_SIDE = 96, 54
"""Pixels to which pictures are reduced: coding noise averages out there, a wrong frame does not."""


AFTER_JOINT = 12
"""Frames compared behind a joint: a decoder that starts wrong there shows it in the frames that are
predicted from the first."""


def look_of(frame: VideoFrame) -> Look:
    """Grey picture of a frame, upright: 54 x 96, or 96 x 54 where it is taller than wide."""
    wide = frame.width >= frame.height
    width, height = (_LONG_SIDE, _SHORT_SIDE) if wide else (_SHORT_SIDE, _LONG_SIDE)
    # FFmpeg would start threads for every picture, which takes eight times as long as the work.
    gray = frame.reformat(
        width=width, height=height, format="gray", interpolation="AREA", threads=1
    )
    # FFmpeg's angle is counter-clockwise, as rot90's.
    return np.rot90(gray.to_ndarray(), round(frame.rotation / 90))


def difference(one: Look, other: Look) -> float:
    """Mean absolute difference in grey levels (0 to 255); infinite where the shapes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(abs(one.astype("int16") - other).mean())
