"""A made-up film whose cuts are known to the frame, and full of what is not a cut.

Its shots pan, shake, hold moving people and grain; many look alike, as two cameras on one stage do;
some are dark. Between cuts there are flashes, fades, dissolves and people who rush past the lens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidtag.media import ffmpeg

SIZE = (192, 108)
RATE = Fraction(25)


@dataclass
class Film:
    """A film on disk and its truth.

    Attributes:
        path: where it lies.
        rate: frames per second.
        cuts: number of the first frame of every new shot but the first.
        frames: how many there are.
        lures: what is not a cut: name, first frame, frame after the last.
    """

    path: Path
    rate: Fraction
    cuts: list[int] = field(default_factory=list)
    frames: int = 0
    lures: list[tuple[str, int, int]] = field(default_factory=list)


class _Camera:
    """One point of view: a place with things in it, and somebody who moves."""

    def __init__(self, chance: np.random.Generator, place: np.ndarray, light: float) -> None:
        width = SIZE[0]
        self.chance = chance
        self.light = light
        at = chance.integers(0, place.shape[1] - 2 * width)
        self.view = place[:, at : at + 2 * width]
        self.pan = chance.choice([0.0, 0.0, 0.3, -0.6, 1.8])
        self.shake = chance.choice([0.0, 0.0, 0.4, 1.0])
        self.person = chance.uniform(0.15, 0.85), chance.uniform(12, 26)
        self.colour = chance.uniform(20, 235, 3)
        self.grain = chance.uniform(1, 5)
        self.offset = width / 2
        self.age = 0

    def frame(self) -> np.ndarray:
        width, height = SIZE
        self.age += 1
        self.offset = float(np.clip(self.offset + self.pan, 0, width - 1))
        shake = self.chance.normal(0, self.shake, 2) if self.shake else (0.0, 0.0)
        x = int(np.clip(self.offset + shake[0], 0, width - 1))
        y = int(np.clip(10 + shake[1], 0, 19))
        picture = self.view[y : y + height, x : x + width].astype(np.float32)
        rows, columns = np.mgrid[0:height, 0:width]
        across, size = self.person
        middle = across * width + 6 * np.sin(self.age / 7) + self.pan * 2
        head = (columns - middle) ** 2 + (rows - height * 0.4) ** 2 < size**2
        body = (np.abs(columns - middle) < 1.5 * size) & (rows > height * 0.4 + size)
        picture[head | body] = self.colour
        mouth = np.abs(columns - middle) < 5
        mouth &= np.abs(rows - height * 0.47) < 1 + 2 * abs(np.sin(self.age / 2.3))
        picture[mouth] = 40
        picture += self.chance.normal(0, self.grain, picture.shape)
        return picture * self.light


def _place(chance: np.random.Generator) -> np.ndarray:
    """A wide picture of a place: broad patches of colour with things in front."""
    width, height = SIZE
    rough = chance.uniform(30, 220, (3, 12, 3)).astype(np.float32)
    tall, broad = height + 20, 4 * width
    rows = np.linspace(0, rough.shape[0] - 1.001, tall)
    columns = np.linspace(0, rough.shape[1] - 1.001, broad)
    top, left = rows.astype(int), columns.astype(int)
    down, right = (rows - top)[:, None, None], (columns - left)[None, :, None]
    upper = rough[top][:, left] * (1 - right) + rough[top][:, left + 1] * right
    lower = rough[top + 1][:, left] * (1 - right) + rough[top + 1][:, left + 1] * right
    place = upper * (1 - down) + lower * down
    for _ in range(60):
        x, y = chance.integers(0, broad - 60), chance.integers(0, tall - 40)
        place[y : y + chance.integers(6, 30), x : x + chance.integers(5, 40)] = chance.uniform(
            10, 245, 3
        )
    return place


def _story(film: Film, chance: np.random.Generator, shots: int) -> Iterator[np.ndarray]:
    """Frames of a film; notes the truth on the way."""
    places = [_place(chance) for _ in range(4)]
    camera = _Camera(chance, places[0], 1.0)
    for number in range(shots):
        length = round(float(chance.choice([0.5, 1.2, 1.8, 2.8, 4.0])) * film.rate)
        lure = chance.choice(["", "", "flash", "flashes", "rush", "light"])
        at = int(chance.integers(5, max(6, length - 8)))
        duration = {"flash": int(chance.integers(1, 4)), "flashes": 6, "rush": 9, "light": 5}
        long = length > film.rate
        if lure and long:
            first = film.frames + at
            film.lures.append((str(lure), first, first + duration[str(lure)]))
        for index in range(length):
            picture = camera.frame()
            since = index - at
            if long and lure and 0 <= since < duration[str(lure)]:
                picture = _lured(str(lure), picture, since)
            yield picture
            film.frames += 1
        if number == shots - 1:
            return
        following = _Camera(
            chance, places[int(chance.integers(4))], float(chance.choice([1.0, 1.0, 0.7, 0.2]))
        )
        change = chance.choice(["cut"] * 8 + ["dissolve", "fade"])
        if change == "cut":
            film.cuts.append(film.frames)
        else:
            span = round(float(chance.uniform(0.5, 1.2)) * film.rate)
            film.lures.append((str(change), film.frames, film.frames + span))
            for index in range(span):
                share = (index + 1) / (span + 1)
                old, new = camera.frame(), following.frame()
                if change == "fade":
                    yield old * (1 - 2 * share) if share < 0.5 else new * (2 * share - 1)
                else:
                    yield old * (1 - share) + new * share
                film.frames += 1
        camera = following


def _lured(lure: str, picture: np.ndarray, since: int) -> np.ndarray:
    if lure == "flash" or (lure == "flashes" and since % 3 == 0):
        return picture * 0.25 + 190
    if lure == "light":
        return picture * (1 + 0.12 * (since + 1))
    if lure == "rush":
        x = since * 40 - 120
        picture = picture.copy()
        picture[:, max(0, x) : max(0, x + 96)] = (70, 50, 40)
    return picture


def make_film(
    path: Path,
    shots: int = 24,
    seed: int = 1,
    *,
    rate: Fraction = RATE,
    options: tuple[str, ...] = (),
) -> Film:
    """Write a film as H.264 in whatever container the suffix names."""
    film = Film(path, rate)
    width, height = SIZE
    chance = np.random.default_rng(seed)
    frames = (
        np.clip(picture, 0, 255).astype(np.uint8).tobytes()
        for picture in _story(film, chance, shots)
    )
    ffmpeg.run(
        [
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
            *("-r", str(rate), "-i", "pipe:0", *options),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-pix_fmt", "yuv420p"),
            ffmpeg.file_url(path),
        ],
        stdin=frames,
    )
    return film
