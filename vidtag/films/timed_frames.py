"""Frames of a clip by the times at which they are shown, also where these come unevenly.

MoviePy counts a clip's frames at one rate, and so is seconds off in a film whose frames come as the
camera had time for them. It composes those films as well, with pictures from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidtag.cutting.frame_signature import upright
from vidtag.media.container import open_media
from vidtag.media.frames import ticks
from vidtag.media.rational import base_of


class TimedFrames:
    """The pictures of a clip; to be asked for in the order of time, or it begins anew."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Open the clip.

        Args:
            size: width and height of the pictures, upright.

        Raises:
            MediaError: it cannot be opened.
        """
        self._path, self._size = path, size
        self._frame: Any = None
        self._following: Any = None
        self._start()

    def at(self, time: float) -> NDArray[np.uint8]:
        """The RGB picture that is shown at a second: the last that began, else the first."""
        low = ticks(time, self._base)
        if self._frame.pts > low:
            self.close()
            self._start()
        while self._following is not None and self._following.pts <= low:
            self._frame, self._following = self._following, next(self._frames, None)
        width, height = self._size[:: -1 if self._frame.rotation % 180 else 1]
        picture = self._frame.reformat(
            width=width, height=height, format="rgb24", interpolation="BICUBIC"
        )
        return upright(np.asarray(picture.to_ndarray(), np.uint8), self._frame)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _start(self) -> None:
        self._container = open_media(self._path)
        stream = self._container.streams.video[0]
        self._base = base_of(stream)
        self._frames: Iterator[Any] = self._container.decode(stream)
        self._frame, self._following = next(self._frames), next(self._frames, None)
