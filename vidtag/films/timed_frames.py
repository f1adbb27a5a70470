"""Frames of a clip by the times at which they are shown, also where these come unevenly."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from vidtag.core.errors import MediaError
from vidtag.cutting.frame_signature import Signature, frame_signature, upright
from vidtag.films.reel_track import Track
from vidtag.media.container import open_media, path_of
from vidtag.media.frames import decode_between

_NEAR = 25
"""Frames up to which decoding goes on where later ones are asked for."""


class TimedFrames:
    """The pictures of a clip; quickly given where they are asked for in the order of time.

    MoviePy's own reader starts three processes for a fade, and counts frames at one rate, so that
    it is seconds off in a film whose frames come as the camera had time for them.
    """

    def __init__(
        self, path: Path, track: Track, size: tuple[int, int], signatures: dict[int, Signature]
    ) -> None:
        """Open the clip.

        Args:
            track: what it stores.
            size: width and height of the pictures, upright.
            signatures: receives those of the frames that are decoded, by their pts.

        Raises:
            MediaError: it cannot be opened.
        """
        self._track, self._size, self._signatures = track, size, signatures
        self._container = open_media(path)
        self._stream = self._container.streams.video[0]
        # Several threads decode frames that nobody asks for, and a fade is short.
        self._stream.thread_type = "NONE"
        self._frames: Iterator[VideoFrame] = iter(())
        self._number = -1 - _NEAR
        self._frame: VideoFrame | None = None

    def at(self, time: float) -> NDArray[np.uint8]:
        """The RGB picture that is shown at a second: the last that began, else the first.

        Raises:
            MediaError: it is not there.
        """
        frame = self._frame_at(time)
        width, height = self._size[:: -1 if frame.rotation % 180 else 1]
        picture = frame.reformat(
            width=width, height=height, format="rgb24", interpolation="BICUBIC"
        )
        return upright(np.asarray(picture.to_ndarray(), np.uint8), frame)

    def planes(self, time: float) -> NDArray[np.uint8]:
        """The same as it is stored: planes of 8-bit 4:2:0, one below the other.

        Raises:
            MediaError: it is not there, or is stored otherwise.
        """
        frame = self._frame_at(time)
        if frame.format.name != "yuv420p" or (frame.width, frame.height) != self._size:
            raise MediaError("its picture changes", path=path_of(self._container))
        return np.asarray(frame.to_ndarray(), np.uint8)

    def _frame_at(self, time: float) -> VideoFrame:
        wanted = max(bisect.bisect_right(self._track.times, time) - 1, 0)
        if not 0 <= wanted - self._number <= _NEAR:
            # From the one before on, which the check compares with.
            first = max(wanted - 1, 0)
            pts, last = self._track.shown[first].pts, self._track.shown[-1].pts
            self._frames = decode_between(self._container, self._stream, pts, last)
            self._number = first - 1
        while self._number < wanted:
            self._frame, self._number = next(self._frames, None), self._number + 1
            if self._frame is None or self._frame.pts is None:
                raise MediaError("a frame was not found again", path=path_of(self._container))
            self._signatures[self._frame.pts] = frame_signature(self._frame)
        assert self._frame is not None
        return self._frame

    def close(self) -> None:
        """Close the file."""
        self._container.close()
