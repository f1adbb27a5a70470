"""Videos that carry the number of every frame in the picture, and audible clicks to match.

The top of the picture is a row of sixteen black or white blocks, the frame's number in binary, and
below it the same number inverted, so that a reader knows when it has misread. A short tone burst
starts exactly when every tenth frame is shown.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.builders.present import present, time_of

WIDTH, HEIGHT = 320, 180
BITS, BLOCK, ROW = 16, 20, 40
CLICK_EVERY = 10
CLICK_LENGTH = 0.008
AUDIO_RATE = 48_000
TONES = (1000.0, 3000.0)


@dataclass(frozen=True)
class Seen:
    """A frame of a written file: its number as drawn, its time in seconds, its picture."""

    number: int
    time: float
    gray: np.ndarray


def draw(number: int, width: int, height: int) -> np.ndarray:
    """RGB picture of a frame: its number in blocks, and below it something that moves."""
    picture = np.empty((height, width, 3), np.uint8)
    across = np.arange(width)
    picture[...] = ((across * 2 + number * 7) % 160 + 40)[None, :, None]
    picture[..., 2] = 90
    bits = np.array([(number >> bit) & 1 for bit in reversed(range(BITS))], np.uint8)
    line = np.repeat(bits * 215 + 20, BLOCK)[None, :, None]
    picture[:ROW, : BITS * BLOCK] = line
    picture[ROW : 2 * ROW, : BITS * BLOCK] = 255 - line
    square = (number * 5) % (width - 30)
    picture[height - 50 : height - 20, square : square + 30] = (230, 60, 40)
    return picture


def read_number(gray: np.ndarray) -> int:
    """Number drawn in a picture; fails where the picture is too damaged to tell."""
    centres = np.arange(BITS) * BLOCK + BLOCK // 2
    value = [gray[8 : ROW - 8, c - 4 : c + 4].mean() for c in centres]
    inverse = [gray[ROW + 8 : 2 * ROW - 8, c - 4 : c + 4].mean() for c in centres]
    clear = [abs(a - b) > 100 for a, b in zip(value, inverse, strict=True)]
    assert all(clear), f"the counter is unreadable: {value} / {inverse}"
    return int("".join("1" if a > b else "0" for a, b in zip(value, inverse, strict=True)), 2)


def frame_times(count: int, rate: Fraction, uneven: bool) -> list[Fraction]:
    """Seconds at which frames are shown; uneven frames last 1, 3 or 2 ticks of the rate."""
    if not uneven:
        return [Fraction(number) / rate for number in range(count)]
    gaps = itertools.islice(itertools.cycle((1, 3, 2)), count)
    return [Fraction(t) / rate for t in itertools.accumulate(gaps, initial=0)][:count]


def click_track(times: Sequence[Fraction], start: float, end: float, tone: float) -> np.ndarray:
    """Samples of the audio between two moments of the clock, a click at every tenth frame."""
    t = np.arange(round(start * AUDIO_RATE), round(end * AUDIO_RATE)) / AUDIO_RATE
    sound = np.zeros(t.size, np.float32)
    for time in times[::CLICK_EVERY]:
        inside = (t >= float(time) - 1e-9) & (t < float(time) + CLICK_LENGTH)
        sound[inside] = 0.7 * np.cos(2 * np.pi * tone * (t[inside] - float(time)))
    return sound


class Lab:
    """Makes such videos and reads them back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: dict[tuple[str, str], Path] = {}

    def video(self, name: str = "plain.mp4", **options: Any) -> Path:
        """A video with the options of ``_write``, written once per name and options."""
        key = name, repr(sorted(options.items()))
        if key not in self._written:
            folder = self.folder / str(len(self._written))
            folder.mkdir()
            self._write(folder / name, **options)
            self._written[key] = folder / name
        return self._written[key]

    @staticmethod
    def _write(
        path: Path,
        *,
        count: int = 150,
        rate: Fraction | int = 25,
        uneven: bool = False,
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        size: tuple[int, int] = (WIDTH, HEIGHT),
        options: dict[str, str] | None = None,
        rotation: int = 0,
        audio_starts: Sequence[float] = (0.0,),
        audio_codec: str = "aac",
        audio_end: float | None = None,
        picture_start: float = 0.0,
        color: bool = False,
        picture: bool = True,
        time_base: Fraction | None = None,
    ) -> None:
        """Write a video. ``audio_starts`` has one entry per audio track."""
        rate = Fraction(rate)
        shift = Fraction(picture_start).limit_denominator(90_000)
        times = [t + shift for t in frame_times(count, rate, uneven)]
        end = float(times[-1] + 1 / rate) if audio_end is None else audio_end
        settings = {"g": "25", "bf": "2", "preset": "ultrafast", "crf": "20"}
        if codec != "libx264":
            settings = {"g": "25"}
        with av.open(str(path), "w") as out:
            video: av.VideoStream | None = None
            if picture:
                added = out.add_stream(codec, rate=rate, options=settings | (options or {}))
                assert isinstance(added, av.VideoStream)
                video = added
                video.width, video.height = size
                video.pix_fmt = pixel_format
                video.codec_context.time_base = time_base or 1 / rate
                if color:
                    context = video.codec_context
                    context.color_range, context.colorspace = 1, 1
                    context.color_primaries, context.color_trc = 1, 1
                if rotation:
                    video.set_display_rotation(rotation)
            sounds = []
            for start, tone in zip(audio_starts, TONES, strict=False):
                stream = out.add_stream(audio_codec, rate=AUDIO_RATE, layout="mono")
                assert isinstance(stream, av.AudioStream)
                sounds.append((stream, start, click_track(times, start, end, tone)))
            if video:
                for number, time in enumerate(times):
                    frame = av.VideoFrame.from_ndarray(draw(number, *size), format="rgb24")
                    frame = frame.reformat(format=pixel_format)
                    frame.time_base = present(video.codec_context.time_base)
                    frame.pts = round(time / frame.time_base)
                    out.mux(video.encode(frame))
                out.mux(video.encode())
            for stream, start, sound in sounds:
                size_ = stream.codec_context.frame_size or 960
                first = round(start * AUDIO_RATE)
                for offset in range(0, sound.size, size_):
                    block = sound[None, offset : offset + size_]
                    stored = stream.codec_context.format.name
                    if not stored.startswith("flt"):
                        block = (block * 32767).astype(np.int16)
                        stored = "s16"
                    piece = av.AudioFrame.from_ndarray(block, format=stored, layout="mono")
                    piece.sample_rate, piece.time_base = AUDIO_RATE, Fraction(1, AUDIO_RATE)
                    piece.pts = first + offset
                    out.mux(stream.encode(piece))
                out.mux(stream.encode())
        if codec == "libsvtav1" and sys.platform == "linux":
            # It gives the thread that calls it real-time priority, if root does.
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    @staticmethod
    def frames(path: Path, turn: int = 0) -> list[Seen]:
        """All frames of a file; ``turn`` is how often to rotate by 90 degrees before reading."""
        with av.open(str(path)) as source:
            return [
                Seen(read_number(gray), float(time_of(frame)), gray)
                for frame in source.decode(video=0)
                for gray in [np.rot90(frame.to_ndarray(format="gray"), turn)]
            ]

    @staticmethod
    def numbers(path: Path) -> list[int | None]:
        """Numbers drawn in all frames of a file; None where one cannot be read (a cross-fade)."""

        def read(gray: np.ndarray) -> int | None:
            try:
                return read_number(gray)
            except AssertionError:
                return None

        with av.open(str(path)) as source:
            return [read(frame.to_ndarray(format="gray")) for frame in source.decode(video=0)]

    @staticmethod
    def sound(path: Path, track: int = 0) -> tuple[np.ndarray, float]:
        """Mono samples at 48 kHz on the file's own clock, and the second they start at."""
        with av.open(str(path)) as source:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=AUDIO_RATE)
            blocks, start = [], None
            for frame in source.decode(source.streams.audio[track]):
                if start is None:
                    start = float(time_of(frame))
                blocks += [f.to_ndarray()[0] for f in resampler.resample(frame)]
            blocks += [f.to_ndarray()[0] for f in resampler.resample(None)]
        return np.concatenate(blocks), start or 0.0

    @classmethod
    def clicks(cls, path: Path, tone: float = TONES[0], track: int = 0) -> list[float]:
        """Seconds at which clicks of a tone start."""
        sound, start = cls.sound(path, track)
        t = np.arange(sound.size) / AUDIO_RATE
        beat = sound * np.exp(-2j * np.pi * tone * t)
        width = round(CLICK_LENGTH * AUDIO_RATE)
        level = np.abs(np.convolve(beat, np.ones(width) / width))[: sound.size + width - 1]
        found: list[float] = []
        # The level of a click rises in a line to its end: half of it is reached half way through.
        half = max(level.max() / 2, 0.05)
        above = np.flatnonzero((level[1:] >= half) & (level[:-1] < half))
        for index in above:
            onset = index - width / 2
            if not found or onset / AUDIO_RATE + start - found[-1] > 0.03:
                found.append(float(onset / AUDIO_RATE + start))
        return found
