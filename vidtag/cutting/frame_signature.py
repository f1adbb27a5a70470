"""Signatures of frames: small grey pictures, enough to tell one frame from another."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

Signature: TypeAlias = NDArray[np.uint8]

_LONG_SIDE, _SHORT_SIDE = 96, 54
"""Pixels to which pictures are reduced: coding noise averages out there, a wrong frame does not."""


def frame_signature(frame: VideoFrame, shape: tuple[int, int] | None = None) -> Signature:
    """Grey picture of a frame as it is displayed.

    Args:
        shape: its height and width; by default 54 x 96, or 96 x 54 if it is taller than wide.
    """
    wide = frame.width >= frame.height
    width, height = (_LONG_SIDE, _SHORT_SIDE) if wide else (_SHORT_SIDE, _LONG_SIDE)
    if shape is not None:
        turned = frame.rotation % 180 != 0
        width, height = shape if turned else shape[::-1]
    # FFmpeg would start threads for every picture, which takes eight times as long as the work.
    gray = frame.reformat(
        width=width, height=height, format="gray", interpolation="AREA", threads=1
    )
    return upright(np.asarray(gray.to_ndarray(), np.uint8), frame)


def upright(picture: NDArray[np.uint8], frame: VideoFrame) -> NDArray[np.uint8]:
    """A picture, grey or in colours, turned and mirrored as the display matrix of its frame says.

    The matrix takes a place ``(x, y)`` in the frame to ``(a x + c y, b x + d y)`` on the display
    (ISO/IEC 14496-12, 6.2.2); here by quarters of a turn.
    """
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return picture
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5]
    if abs(a) >= abs(b):
        return picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
    return picture.swapaxes(0, 1)[:: -1 if b < 0 else 1, :: -1 if c < 0 else 1]


def signature_difference(one: Signature, other: Signature) -> float:
    """Mean absolute difference in grey levels (0 to 255); infinite where the shapes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(abs(one.astype("int16") - other).mean())
