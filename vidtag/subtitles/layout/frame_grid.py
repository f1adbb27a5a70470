"""The frames of a video, on which the times of all cues lie."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from vidtag.core.media_streams import VideoStream

AUDIO_ONLY_FRAME_RATE = Fraction(25)
"""Frames a second for a file without a picture; any rate would do there."""

_ROUNDING = 1e-6
"""Share of a frame by which a time may be off, so that the start of a frame counts to it."""


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """Frames of a video: frame ``n`` is shown from ``start + n / rate`` on."""

    rate: Fraction
    start: float = 0.0

    @classmethod
    def of(cls, video: VideoStream | None) -> FrameGrid:
        """The frames of a picture, or a stand-in for a file without one."""
        if video is None or video.frame_rate <= 0:
            return cls(AUDIO_ONLY_FRAME_RATE)
        return cls(video.frame_rate, video.start)

    def seconds(self, frame: int) -> float:
        """When a frame begins; never before zero."""
        return max(0.0, self.start + frame * self.rate.denominator / self.rate.numerator)

    def frames(self, seconds: Fraction) -> int:
        """Whole frames that cover a duration."""
        return ceil(seconds * self.rate)

    def showing(self, seconds: float) -> int:
        """The frame on the screen at a time."""
        return floor((seconds - self.start) * float(self.rate) + _ROUNDING)

    def showing_all(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """``showing`` for an array of times."""
        return np.floor((seconds - self.start) * float(self.rate) + _ROUNDING).astype(np.int64)

    def nearest(self, seconds: float) -> int:
        """The frame whose beginning is nearest to a time."""
        return round((seconds - self.start) * float(self.rate))
