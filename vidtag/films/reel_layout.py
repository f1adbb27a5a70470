"""When each clip and title card of a reel is shown, in whole frames; pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vidtag.films.clip_info import ClipInfo

Picture: TypeAlias = NDArray[np.uint8]
"""RGB, height x width x 3."""

TITLE_SECONDS = 1.8
"""Seconds a title card is shown, fades included."""

_HIGHEST_RATE = Fraction(60)
_SOUND_GRID = Fraction(1000)
_LARGEST_DENOMINATOR = 30_000
"""Steps per second in which a reel of sound alone is laid out."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the reel: a clip, or a title card.

    Attributes:
        content: the clip, or the picture of the card.
        start: second of the reel at which it begins.
        duration: in seconds.
        fade_in, fade_out: seconds in which it overlaps the parts before and after.
    """

    content: ClipInfo | Picture
    start: Fraction
    duration: Fraction
    fade_in: Fraction
    fade_out: Fraction

    @property
    def end(self) -> Fraction:
        """Second of the reel at which it ends."""
        return self.start + self.duration

    @property
    def clip(self) -> ClipInfo | None:
        """The clip, or None for a title card."""
        return self.content if isinstance(self.content, ClipInfo) else None

    @property
    def has_sound(self) -> bool:
        """Whether it is a clip with sound."""
        return self.clip is not None and self.clip.has_sound

    def opacity(self, time: float) -> float:
        """How much of the part is seen at a second of the reel: 0 to 1."""
        elapsed = time - float(self.start)
        left = float(self.duration) - elapsed
        rising = elapsed / float(self.fade_in) if self.fade_in else 1.0
        falling = left / float(self.fade_out) if self.fade_out else 1.0
        return min(max(min(rising, falling), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames ``first`` up to ``end`` of the reel: of one part alone or, if it is None, mixed."""

    first: int
    end: int
    part: Part | None


def common_rate(clips: Sequence[ClipInfo]) -> Fraction:
    """Frames per second of the reel; for sound alone a grid of milliseconds.

    The mean of frames that come unevenly may be any fraction, and is rounded: the ticks per second
    of an MP4 are a number of 31 bits.
    """
    rates = [clip.frame_rate for clip in clips if clip.frame_rate is not None]
    rate = min(max(rates), _HIGHEST_RATE) if rates else _SOUND_GRID
    return rate.limit_denominator(_LARGEST_DENOMINATOR)


def arrange(
    clips: Sequence[ClipInfo],
    title_cards: Sequence[Picture] | None,
    cross_fade: Fraction,
) -> tuple[Part, ...]:
    """Lay clips and title cards out in time, each overlapping the next.

    Args:
        title_cards: one for each clip, shown before it; None shows none.
        cross_fade: seconds of the overlaps; less where a part is shorter than twice that.
    """
    rate = common_rate(clips)
    card_duration = _whole_frames(Fraction(TITLE_SECONDS).limit_denominator(100), rate)
    contents: list[tuple[ClipInfo | Picture, Fraction]] = []
    for number, clip in enumerate(clips):
        if title_cards is not None:
            contents.append((title_cards[number], card_duration))
        contents.append((clip, max(_whole_frames(clip.duration, rate), 1 / rate)))
    durations = [duration for _, duration in contents]
    fades = [
        _whole_frames(min(cross_fade, one / 2, other / 2), rate)
        for one, other in itertools.pairwise(durations)
    ]
    parts: list[Part] = []
    start = Fraction(0)
    for (content, duration), fade_in, fade_out in zip(
        contents, [Fraction(0), *fades], [*fades, Fraction(0)], strict=True
    ):
        start -= fade_in
        parts.append(Part(content, start, duration, fade_in, fade_out))
        start += duration
    return tuple(parts)


def frame_ranges(parts: Sequence[Part], rate: Fraction) -> list[FrameRange]:
    """The frames of the reel, divided where a fade or a title card begins or ends."""
    found: list[FrameRange] = []
    done = 0
    for part in parts:
        first = round((part.start + part.fade_in) * rate)
        end = round((part.end - part.fade_out) * rate)
        if part.clip is not None and first < end:
            if done < first:
                found.append(FrameRange(done, first, None))
            found.append(FrameRange(first, end, part))
            done = end
    last = round(parts[-1].end * rate)
    if done < last:
        found.append(FrameRange(done, last, None))
    return found


def _whole_frames(time: Fraction, rate: Fraction) -> Fraction:
    """Time shortened to whole frames."""
    return math.floor(time * rate) / rate
