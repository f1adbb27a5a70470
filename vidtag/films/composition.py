"""What is seen and heard at each moment of a reel: clips and cards that fade into each other.

MoviePy reads the clips; at most two are open at a time, so that a reel of a hundred clips takes no
more memory than one of three.
"""

from __future__ import annotations

import functools
import math
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.media.ffmpeg import input_file, run
from vidtag.media.ffmpeg_program import find_ffmpeg

Picture = NDArray[np.uint8]
Sound = NDArray[np.float64]


SOUND_RATE = 48_000
"""Samples of sound per second."""

_CEILING = 0.8
"""Amplitude above which louder sound is rounded off instead of clipped."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a clip to join is like; a clip of sound alone has no size and no rate."""

    path: Path
    duration: Fraction
    size: tuple[int, int] | None
    rate: Fraction | None
    sounds: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the reel: a clip or, if ``card`` is set, that picture. Times are in seconds."""

    source: Source
    card: Picture | None
    start: Fraction
    duration: Fraction
    fade_in: Fraction
    fade_out: Fraction
    gain: float

    @property
    def end(self) -> Fraction:
        """Second of the reel at which it ends."""
        return self.start + self.duration

    def weight(self, time: float) -> float:
        """How much of the part is seen at a moment of the reel: 0 to 1."""
        within = time - float(self.start)
        left = float(self.duration) - within
        rising = within / float(self.fade_in) if self.fade_in else 1.0
        falling = left / float(self.fade_out) if self.fade_out else 1.0
        return min(max(min(rising, falling), 0.0), 1.0)


class Film:
    """What is seen and heard at each moment of the reel; opens clips when their time comes."""

    def __init__(self, parts: tuple[Part, ...], size: tuple[int, int] | None) -> None:
        self.parts = parts
        self.size = size
        self.duration = float(parts[-1].end)
        self._open: dict[int, Any] = {}
        self._sounds: dict[int, Sound] = {}

    def picture(self, time: float) -> Picture:
        """RGB picture at a second of the reel."""
        now = [n for n, part in enumerate(self.parts) if part.start <= time < part.end]
        now = now or [len(self.parts) - 1]
        for number in [n for n in self._open if n not in now]:
            _close_clip(self._open.pop(number))
        pictures = [self._part_picture(number, time) for number in now]
        if len(pictures) == 1:
            return pictures[0]
        share = round(256 * self.parts[now[-1]].weight(time))
        one, other = (picture.astype(np.uint16) for picture in (pictures[0], pictures[-1]))
        return ((one * (256 - share) + other * share) >> 8).astype(np.uint8)

    def sound(self, times: Any) -> Sound:
        """Stereo samples at seconds of the reel, within -1 and 1: times x 2; for one time, 2."""
        ticks = np.round(np.atleast_1d(times) * SOUND_RATE).astype(np.int64)
        mixed = np.zeros((ticks.size, 2))
        for number, part in enumerate(self.parts):
            first, last = round(part.start * SOUND_RATE), round(part.end * SOUND_RATE)
            inside = (ticks >= first) & (ticks < last)
            if part.card is not None or not part.source.sounds:
                continue
            if not inside.any():
                self._sounds.pop(number, None)
                continue
            if number not in self._sounds:
                self._sounds[number] = _read_sound(part)
            sound = self._sounds[number]
            at = ticks[inside] - first
            heard = at < len(sound)
            mixed[np.flatnonzero(inside)[heard]] += sound[at[heard]]
        mixed = _round_off(mixed)
        return mixed if np.ndim(times) else mixed[0]

    def close(self) -> None:
        """Close every clip that is open."""
        for clip in self._open.values():
            _close_clip(clip)
        self._open.clear()

    def _part_picture(self, number: int, time: float) -> Picture:
        part = self.parts[number]
        if part.card is not None:
            return part.card
        assert self.size is not None
        assert part.source.rate is not None
        if number not in self._open:
            self._open[number] = _open_clip(part.source, self.size)
        # Never past the last frame: MoviePy warns about what is not there.
        last = float(part.source.duration - 1 / part.source.rate / 2)
        within = min(max(time - float(part.start), 0.0), max(last, 0.0))
        return fit(self._open[number].get_frame(within), self.size)


def _open_clip(source: Source, size: tuple[int, int]) -> Any:
    moviepy = load_moviepy()
    # The rate FFmpeg itself evens frames out to when it hands them over.
    return moviepy.VideoFileClip(
        str(source.path.absolute()),
        audio=False,
        target_resolution=fitted(source, size),
        fps_source="tbr",
    )


def _close_clip(clip: Any) -> None:
    """Close a clip and its pipes, which MoviePy leaves open once ffmpeg has ended by itself."""
    process = clip.reader.proc
    clip.close()
    for pipe in (process.stdout, process.stderr):
        pipe.close()


def fitted(source: Source, size: tuple[int, int]) -> tuple[int, int]:
    """Largest even size of the source's shape within the reel's."""
    assert source.size is not None
    scale = min(size[0] / source.size[0], size[1] / source.size[1])
    width, height = (max(2, round(side * scale / 2) * 2) for side in source.size)
    return min(width, size[0]), min(height, size[1])


def fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in the middle of a black one of the reel's size."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    framed = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    framed[top : top + height, left : left + width] = picture
    return framed


def _read_sound(part: Part) -> Sound:
    """Sound of a clip, made as loud as the others and faded where it overlaps them."""
    heard = input_file(part.source.path).audio.filter("aresample", **{"async": 1, "first_pts": 0})
    data = run(
        ffmpeg.output(heard, "pipe:1", format="f32le", ac=2, ar=SOUND_RATE), path=part.source.path
    )
    sound = np.frombuffer(data, "<f4").reshape(-1, 2).astype(np.float64) * part.gain
    sound = sound[: round(part.duration * SOUND_RATE)]
    # Sounds of two clips have nothing in common: their power adds up, so sines make even fades.
    for fade, where in ((part.fade_in, slice(None)), (part.fade_out, slice(None, None, -1))):
        length = round(fade * SOUND_RATE)
        ramp = np.sin(np.arange(min(length, len(sound))) / max(length, 1) * math.pi / 2)
        view = sound[where]
        view[: ramp.size] *= ramp[:, None]
    return sound


def _round_off(sound: Sound) -> Sound:
    """Bend what is louder than ``_CEILING`` so that it stays below 1, and leave the rest."""
    room = 0.99 - _CEILING
    over = np.maximum(np.abs(sound) - _CEILING, 0.0)
    bent = _CEILING + room * np.tanh(over / room)
    return np.where(over > 0, np.sign(sound) * bent, sound)


@functools.cache
def load_moviepy() -> Any:
    """MoviePy, made to use the ffmpeg that vidtag uses: it chooses one when it is imported."""
    before = os.environ.get("FFMPEG_BINARY")
    os.environ["FFMPEG_BINARY"] = find_ffmpeg().path
    try:
        import moviepy
    finally:
        if before is None:
            del os.environ["FFMPEG_BINARY"]
        else:
            os.environ["FFMPEG_BINARY"] = before
    return moviepy
