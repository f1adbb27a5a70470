"""Signatures of frames: small grey pictures, enough to tell one frame from another."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

Signature: TypeAlias = NDArray[np.uint8]

_LONG_SIDE, _SHORT_SIDE = 96, 54
"""Pixels to which pictures are reduced: coding noise averages out there, a wrong frame does not."""


def frame_signature(frame: VideoFrame) -> Signature:
    """Grey picture of a frame as it is displayed: 54 x 96, or 96 x 54 if it is taller than wide."""
    wide = frame.width >= frame.height
    width, height = (_LONG_SIDE, _SHORT_SIDE) if wide else (_SHORT_SIDE, _LONG_SIDE)
    # FFmpeg would start threads for every picture, which takes eight times as long as the work.
    gray = frame.reformat(
        width=width, height=height, format="gray", interpolation="AREA", threads=1
    )
    # FFmpeg's angle is counter-clockwise, as rot90's.
    return np.rot90(gray.to_ndarray(), round(frame.rotation / 90))


def signature_difference(one: Signature, other: Signature) -> float:
    """Mean absolute difference in grey levels (0 to 255); infinite where the shapes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(abs(one.astype("int16") - other).mean())
