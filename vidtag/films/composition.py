"""What is seen and heard at each moment of a reel: clips and cards that fade into each other.

At most two clips are open at a time, so that a reel of a hundred clips takes no more memory than
one of three.
"""

from __future__ import annotations

import functools
import math
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vidtag.cutting.frame_signature import Signature
from vidtag.films.clip_info import ClipInfo
from vidtag.films.film_sound import SOUND_RATE, read_stereo
from vidtag.films.gains import Gains
from vidtag.films.reel_layout import Part, Picture
from vidtag.films.reel_track import Track, read_track
from vidtag.films.timed_frames import TimedFrames
from vidtag.media.ffmpeg_program import find_ffmpeg

StereoSound: TypeAlias = NDArray[np.float64]
"""Samples at ``SOUND_RATE``, samples x 2."""


class Composition:
    """A reel as pictures and sound at any moment; opens clips when they are needed.

    Attributes:
        parts: what it is made of.
        size: width and height; None for sound alone.
        rate: frames per second.

    Args:
        gains: of the clips' sound.
    """

    def __init__(
        self,
        parts: tuple[Part, ...],
        size: tuple[int, int] | None,
        rate: Fraction,
        gains: Gains,
    ) -> None:
        self.parts = parts
        self.size = size
        self.rate = rate
        self._gains = gains
        self._tracks: dict[Path, Track] = {}
        self._signatures: dict[Path, dict[int, Signature]] = defaultdict(dict)
        self._frames: dict[int, TimedFrames] = {}
        self._moviepy_clips: dict[int, Any] = {}
        self._sounds: dict[int, StereoSound] = {}

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.parts[-1].end)

    @property
    def has_sound(self) -> bool:
        """Whether any part has sound."""
        return any(part.has_sound for part in self.parts)

    def picture(self, time: float) -> Picture:
        """RGB picture at a second of the reel, composed by MoviePy."""
        return self._mixed(time, lambda part, within: self._moviepy_clip(part).get_frame(within))

    def planes(self, time: float) -> NDArray[np.uint8]:
        """Picture at a second of the reel as the clips store it, in 8-bit 4:2:0: lines of luma,
        then both kinds of chroma; only where all clips that are shown then are stored so, in the
        reel's size and colours.
        """
        return self._mixed(time, lambda part, within: self._frames_of(part).planes(within))

    def shown(self, begin: float, end: float) -> list[Part]:
        """Parts that are shown between two seconds of the reel."""
        return [part for part in self.parts if part.start < end and begin < part.end]

    def sound(self, begin: int, stop: int) -> StereoSound:
        """Stereo samples of the reel from number ``begin`` to ``stop``; some may be beyond 1.

        Numbers have to rise from call to call, but for an overlap with the call before.
        """
        mixed = np.zeros((stop - begin, 2))
        for number, part in enumerate(self.parts):
            clip = part.clip
            if clip is None or not clip.has_sound:
                continue
            first, end = round(part.start * SOUND_RATE), round(part.end * SOUND_RATE)
            if end <= begin or first >= stop:
                self._sounds.pop(number, None)
                continue
            if number not in self._sounds:
                self._sounds[number] = _read_sound(part, clip, self._gains.of(clip.path))
            sound = self._sounds[number]
            low, high = max(begin, first), min(stop, first + len(sound))
            if low < high:
                mixed[low - begin : high - begin] += sound[low - first : high - first]
        return mixed

    def track(self, clip: Path) -> Track:
        """What a clip stores of its picture.

        Raises:
            MediaError: it cannot be opened.
        """
        if clip not in self._tracks:
            self._tracks[clip] = read_track(clip)
        return self._tracks[clip]

    def signatures(self, clip: Path) -> Mapping[int, Signature]:
        """Signatures of those of a clip's frames that were decoded so far, by their pts: the check
        need not decode them again.
        """
        return self._signatures[clip]

    def close(self) -> None:
        """Close every clip that is open."""
        for frames in self._frames.values():
            frames.close()
        self._frames.clear()
        self._moviepy_clips.clear()

    def _mixed(
        self, time: float, seen: Callable[[int, float], NDArray[np.uint8]]
    ) -> NDArray[np.uint8]:
        """What is seen at a second of the reel: one part, or one fading into the next.

        Args:
            seen: a part's picture, by its number and the seconds since it began.
        """
        shown = [n for n, part in enumerate(self.parts) if part.start <= time < part.end]
        shown = shown or [len(self.parts) - 1]
        for number in [n for n in self._frames if n not in shown]:
            self._frames.pop(number).close()
            self._moviepy_clips.pop(number, None)
        pictures = [seen(n, max(time - float(self.parts[n].start), 0.0)) for n in shown]
        if len(pictures) == 1:
            return pictures[0]
        opacity = round(256 * self.parts[shown[-1]].opacity(time))
        mixed = np.multiply(pictures[0], np.uint16(256 - opacity), dtype=np.uint16)
        mixed += np.multiply(pictures[-1], np.uint16(opacity), dtype=np.uint16)
        mixed += 128
        mixed >>= 8
        return mixed.astype(np.uint8)

    def _frames_of(self, number: int) -> TimedFrames:
        """Frames of a part that is a clip, opened if need be."""
        clip = self.parts[number].clip
        assert clip is not None
        assert self.size is not None
        if number not in self._frames:
            size = fitted_size(clip, self.size)
            seen = self._signatures[clip.path]
            self._frames[number] = TimedFrames(clip.path, self.track(clip.path), size, seen)
        return self._frames[number]

    def _moviepy_clip(self, number: int) -> Any:
        """A part as a clip of MoviePy's, which takes its pictures from us."""
        part, size = self.parts[number], self.size
        assert size is not None
        if number not in self._moviepy_clips:
            moviepy = load_moviepy()
            if isinstance(part.content, ClipInfo):
                frames = self._frames_of(number)
                made = moviepy.VideoClip(
                    lambda time: letterbox(frames.at(time), size), duration=float(part.duration)
                )
            else:
                made = moviepy.ImageClip(part.content, duration=float(part.duration))
            self._moviepy_clips[number] = made
        return self._moviepy_clips[number]


def fitted_size(clip: ClipInfo, size: tuple[int, int]) -> tuple[int, int]:
    """Largest even size with the aspect ratio of the clip that fits into a size."""
    assert clip.size is not None
    scale = min(size[0] / clip.size[0], size[1] / clip.size[1])
    width, height = (max(2, round(side * scale / 2) * 2) for side in clip.size)
    return min(width, size[0]), min(height, size[1])


def letterbox(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in the middle of a black one of a size (width and height)."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    framed = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    framed[top : top + height, left : left + width] = picture
    return framed


def _read_sound(part: Part, clip: ClipInfo, gain: float) -> StereoSound:
    """Sound of a clip, with its gain, faded where it overlaps others."""
    samples = read_stereo(clip.path, clip.tracks) * gain
    samples = samples[: round(part.duration * SOUND_RATE)]
    # Sounds of two clips are not correlated: their power adds up, so sines make even fades.
    for fade, order in ((part.fade_in, slice(None)), (part.fade_out, slice(None, None, -1))):
        length = round(fade * SOUND_RATE)
        ramp = np.sin(np.arange(min(length, len(samples))) / max(length, 1) * math.pi / 2)
        ordered = samples[order]
        ordered[: ramp.size] *= ramp[:, None]
    return samples


@functools.cache
def load_moviepy() -> Any:
    """MoviePy, made to use the ffmpeg that vidtag uses: it chooses one when it is imported."""
    before = os.environ.get("FFMPEG_BINARY")
    os.environ["FFMPEG_BINARY"] = find_ffmpeg().path
    try:
        # It takes a second to load, and only reels need it.
        import moviepy
    finally:
        if before is None:
            del os.environ["FFMPEG_BINARY"]
        else:
            os.environ["FFMPEG_BINARY"] = before
    return moviepy
