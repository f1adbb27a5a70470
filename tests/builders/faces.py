"""Drawn people that a face detector takes for people: their mouths open, their heads nod."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 12
SOUND_RATE = 16_000
WIDTH, HEIGHT = 640, 360
_TILE = (220, 220)
_FACE = 90
"""Pixels from the hair to the chin."""
_GROUND = (120, 130, 140)
_LEVELS = 6


@dataclass(frozen=True)
class Person:
    """Somebody in the picture.

    Attributes:
        x: column of the middle of the face.
        shirt: colour by which a test tells who is seen.
        mouth: how far the mouth is open at a time, 0 to 1.
        sway: pixels that the whole person moves to each side, as a listener does.
    """

    x: int
    shirt: tuple[int, int, int]
    mouth: Callable[[float], float]
    sway: float = 0.0


def syllables(time: float) -> float:
    """A mouth that talks: about four syllables a second, not one like the other."""
    return max(0.0, float(np.sin(time * 26) * (0.6 + 0.4 * np.sin(time * 7.3))))


def write_people(
    path: Path, seconds: float, people: Callable[[float], Sequence[Person]], *, title: float = 0.0
) -> Path:
    """A video of people; the sound is as loud as the mouths are open.

    Args:
        people: who is in the picture at a time.
        title: seconds for which a burnt-in title stands at the bottom.
    """
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for number in range(round(seconds * RATE)):
            time = number / RATE
            picture = np.full((HEIGHT, WIDTH, 3), _GROUND, np.uint8)
            for person in people(time):
                _put(picture, person, time)
            if time < title:
                _put_title(picture)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        times = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
        opened = np.array(
            [
                max((one.mouth(number / RATE) for one in people(number / RATE)), default=0.0)
                for number in range(round(seconds * RATE) + 1)
            ]
        )
        loud = np.interp(times, np.arange(len(opened)) / RATE, opened)
        samples = (0.3 * loud * np.sin(2 * np.pi * 180 * times)).astype(np.float32)
        for start in range(0, len(samples), 1024):
            part = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="fltp", layout="mono"
            )
            part.sample_rate, part.pts, part.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            out.mux(sound.encode(part))
        out.mux(sound.encode())
    return path


def _put(picture: np.ndarray, person: Person, time: float) -> None:
    level = min(round(person.mouth(time) * (_LEVELS - 1)), _LEVELS - 1)
    tile, alpha = _person(person.shirt, level)
    left = person.x - _TILE[1] // 2 + round(person.sway * np.sin(time * 3))
    top = HEIGHT - _TILE[0] - 30 + round(person.sway / 2 * np.sin(time * 4.1))
    start, end = max(left, 0), min(left + _TILE[1], WIDTH)
    inside = slice(start - left, end - left)
    place = picture[top : top + _TILE[0], start:end]
    share = alpha[:, inside]
    place[:] = place * (1 - share) + tile[:, inside] * share


def _put_title(picture: np.ndarray) -> None:
    """White strokes in the lower third, as close and as tall as letters are."""
    picture[300:334, 40:600] = (20, 30, 80)
    letters = np.random.default_rng(3)
    for left in range(60, 580, 14):
        glyph = np.repeat(np.repeat(letters.random((5, 4)) > 0.45, 4, axis=0), 2, axis=1)
        picture[307:327, left : left + 8][glyph] = 255


@functools.cache
def _person(shirt: tuple[int, int, int], level: int) -> tuple[np.ndarray, np.ndarray]:
    """Colours and opacity of somebody whose mouth is open that far."""
    opened = level / (_LEVELS - 1)
    colours = np.full((*_TILE, 3), _GROUND, float)
    alpha = np.zeros((*_TILE, 1))
    scale = _FACE / 100
    row, column = np.mgrid[: _TILE[0], : _TILE[1]]

    def blob(x: float, y: float, wide: float, high: float, colour: object, soft: float) -> None:
        across = (column - _TILE[1] / 2 - x * scale) / (wide * scale)
        down = (row - 62 - y * scale) / (high * scale)
        share = np.clip((1 - np.hypot(across, down)) / soft, 0, 1)[..., None]
        colours[:] = colours * (1 - share) + np.array(colour, float) * share
        alpha[:] = np.maximum(alpha, share)

    blob(0, -12, 46, 52, (60, 40, 30), 0.1)
    blob(0, 75, 28, 60, (190, 140, 115), 0.1)
    blob(0, 110, 85, 50, shirt, 0.05)
    blob(0, 5, 38, 50, (222, 172, 145), 0.35)
    for side in (-1, 1):
        blob(side * 16, -13, 9, 2.6, (70, 45, 35), 0.4)
        blob(side * 16, -3, 7.5, 4.2, (245, 240, 235), 0.3)
        blob(side * 16, -3, 3.4, 3.6, (40, 30, 30), 0.3)
        blob(side * 17, 16, 10, 8, (226, 160, 140), 0.9)
        blob(side * 3.5, 17, 2, 1.6, (120, 70, 60), 0.6)
    blob(0, 8, 4.5, 13, (205, 150, 125), 0.9)
    blob(0, 31, 14, 4.5 + 6 * opened, (170, 70, 75), 0.3)
    blob(0, 31, 10, 0.8 + 5 * opened, (60, 15, 20), 0.4)
    if opened > 0.3:
        blob(0, 31 - 3.5 * opened, 8, 1.5, (240, 235, 230), 0.5)
    return colours.astype(np.uint8), alpha
