"""The picture of the demo: a small stage on which the sound can be seen.

Mouths and meters follow each speaker's own level, the audience moves with the laughter and the
applause, the sign glows with the music, and a strip shows the sound around the present moment,
one bar a frame. A clock, the frame's number in figures and the number in cells
(:mod:`tools.demo.frameno`) make every cut visible.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tools.demo import figures, frameno

WIDTH, HEIGHT = 1280, 720
_CJK = "NotoSansCJK-Bold.ttc"
_MONO = "DejaVuSansMono-Bold.ttf"
_FACES = {"ja": 0, "ko": 1, "zh": 2, "en": 0}
"""Regional face of a language within the Noto CJK collection."""

KINDS = ("speech", "Laughter", "Applause", "BGM", "Cough", "")
"""What a bar of the strip may show; the last one is silence."""
COLOURS: dict[str, figures.Colour] = {
    "speech": (108, 190, 255),
    "Laughter": (255, 205, 84),
    "Applause": (255, 128, 96),
    "BGM": (180, 132, 255),
    "Cough": (120, 230, 170),
    "": (92, 92, 130),
}
_NAMES = {"speech": "speech", "Laughter": "laughter", "Applause": "applause", "BGM": "music"}

_BAR = 6
"""Pixels from one bar of the strip to the next, so that it moves by whole pixels."""
_STRIP = (40, 634, 1240, 698)
_EDGE = 180
"""From the sides of the picture to the first and the last person."""
_DESK = 492
_AUDIENCE = 622


@dataclass(frozen=True)
class Actor:
    """One person on the stage, left to right in the order given."""

    name: str
    language: str
    looks: figures.Looks


@dataclass(frozen=True)
class Chapter:
    """A caption shown from a frame on; ``language`` picks the face of its characters."""

    frame: int
    title: str
    language: str


@dataclass(frozen=True)
class Scene:
    """All that moves, one value a frame; levels run from 0 to 1.

    Attributes:
        voices: level of each actor's own voice.
        moods: emotion of each actor, by name.
        tongues: language each actor is speaking, for the name plates.
        sounds: level of each kind of event.
        bars: level of everything that is heard.
        bar_kinds: index into KINDS of what a bar shows.
    """

    rate: int
    title: str
    actors: tuple[Actor, ...]
    chapters: tuple[Chapter, ...]
    voices: tuple[NDArray[np.float32], ...]
    moods: tuple[tuple[str, ...], ...]
    tongues: tuple[tuple[str, ...], ...]
    sounds: Mapping[str, NDArray[np.float32]]
    bars: NDArray[np.float32]
    bar_kinds: NDArray[np.int8]

    @property
    def frames(self) -> int:
        """Length in frames."""
        return len(self.bars)


@functools.cache
def _font(name: str, size: int, index: int = 0) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, size, index=index)


def _smooth(x: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    kernel = np.ones(frames, np.float32) / frames
    return np.convolve(x, kernel, "same").astype(np.float32)


def _chips(language: str) -> str:
    return {"en": "EN", "zh": "中文", "ja": "日本語", "ko": "한국어", "yue": "粵語"}[language]


class Stage:
    """Draws the frames of one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        step = (WIDTH - 2 * _EDGE) / max(1, len(scene.actors) - 1)
        self._places = [round(_EDGE + step * i) for i in range(len(scene.actors))]
        # A light follows who speaks, slower than the voice itself.
        self._lights = [
            np.clip(_smooth((voice > 0.04).astype(np.float32), 15) * 1.8, 0, 1)
            for voice in scene.voices
        ]
        rng = random.Random(5)
        self._crowd = [
            (x + rng.randint(-9, 9), rng.randint(74, 92), rng.randint(0, 14), rng.random() * 6.28)
            for x in range(-10, WIDTH + 30, 74)
        ]
        self._notes = [(rng.random(), rng.random(), rng.choice("♪♫♩")) for _ in range(14)]
        # Two words between every two people, never at the same height.
        words = ("ha ha", "哈哈", "ハハ", "ㅎㅎ", "ha")
        gaps = len(scene.actors) - 1
        self._laughs = [
            (i % gaps, 0.5 * (i // gaps) + 0.17 * (i % gaps), words[i % len(words)])
            for i in range(2 * gaps)
        ]
        self._base = functools.lru_cache(maxsize=24)(self._make_base)
        self._cone = functools.cache(self._make_cone)

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """All pictures, RGB, shape (HEIGHT, WIDTH, 3)."""
        for number in range(self._scene.frames):
            yield self.frame(number)

    def frame(self, number: int) -> NDArray[np.uint8]:
        """The picture of one frame."""
        scene = self._scene
        lights = tuple(round(float(light[number]) * 5) for light in self._lights)
        glow = round(float(_at(scene.sounds.get("BGM"), number)) * 4)
        picture = self._base(lights, glow).copy()
        self._draw_notes(picture, number)
        for index, place in enumerate(self._places):
            self._draw_actor(picture, number, index, place, lights[index] / 5)
        self._draw_desk(picture, number)
        self._draw_laughs(picture, number)
        self._draw_crowd(picture, number)
        self._draw_strip(picture, number)
        self._draw_heading(picture, number)
        pixels = np.asarray(picture.convert("RGB")).copy()
        frameno.draw(pixels, number)
        return pixels

    # ---------------------------------------------------------------- what stands still
    def _make_base(self, lights: tuple[int, ...], glow: int) -> Image.Image:
        y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
        x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :, None]
        top, low = np.array([24.0, 20, 58]), np.array([64.0, 34, 92])
        wall = top + (low - top) * np.clip(y * 1.4, 0, 1)
        wall = wall * (1 - 0.35 * x**2)
        # Folds of a curtain, soft enough to stay behind the people.
        folds = 1 + 0.06 * np.sin(x * 60 + 2 * np.sin(x * 7))
        wall = wall * np.where(y < _DESK / HEIGHT, folds, 1)
        picture = Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8)).convert("RGBA")
        for light, place in zip(lights, self._places, strict=True):
            if light:
                cone = self._cone(place)
                cone = Image.merge(
                    "RGBA",
                    (*cone.split()[:3], cone.split()[3].point(lambda a, k=light: a * k // 5)),
                )
                picture.alpha_composite(cone)
        picture.alpha_composite(self._sign(glow))
        return picture

    def _make_cone(self, place: int) -> Image.Image:
        mask = Image.new("L", (WIDTH // 4, HEIGHT // 4), 0)
        draw = ImageDraw.Draw(mask)
        middle = place / 4
        draw.polygon([(middle - 8, 0), (middle + 8, 0), (middle + 44, 130), (middle - 44, 130)], 74)
        draw.ellipse([middle - 46, 118, middle + 46, 142], 74)
        mask = mask.filter(ImageFilter.GaussianBlur(7)).resize((WIDTH, HEIGHT))
        cone = Image.new("RGBA", (WIDTH, HEIGHT), (255, 226, 178, 0))
        cone.putalpha(mask)
        return cone

    def _sign(self, glow: int) -> Image.Image:
        layer = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
        font = _font(_CJK, 46)
        at = (WIDTH / 2, 122)
        ImageDraw.Draw(layer).text(at, self._scene.title, (255, 90, 160, 255), font, anchor="mm")
        halo = layer.filter(ImageFilter.GaussianBlur(10))
        alpha = halo.split()[3].point(lambda a: min(255, a * (3 + glow) // 3))
        halo.putalpha(alpha)
        ImageDraw.Draw(halo).text(at, self._scene.title, (255, 214, 232, 255), font, anchor="mm")
        return halo

    # ---------------------------------------------------------------- what moves
    def _draw_actor(
        self, picture: Image.Image, number: int, index: int, place: int, light: float
    ) -> None:
        scene = self._scene
        level = float(scene.voices[index][number])
        mouth = 0 if level < 0.05 else min(figures.MOUTHS - 1, 1 + int(level * figures.MOUTHS))
        blink = (number + 37 * index) % (95 + 11 * index) < 4
        mood = scene.moods[index][number]
        laugh = float(_at(scene.sounds.get("Laughter"), number))
        clap = float(_at(scene.sounds.get("Applause"), number))
        if max(laugh, clap) > 0.05 and not mouth and mood != "ANGRY":
            mood = "HAPPY"
        figure = _lit(scene.actors[index].looks, mouth, mood, blink, round(light * 5))
        sway = 2 * math.sin(number / scene.rate * 1.7 + 1.9 * index)
        if mouth:
            sway -= 3 * level
        if laugh > 0.05 and not mouth:
            sway += 3 * math.sin(number * 1.25 + index)
        left = place - figures.WIDTH // 2
        picture.alpha_composite(figure, (left, round(_DESK - 318 + sway)))

    def _draw_desk(self, picture: Image.Image, number: int) -> None:
        scene = self._scene
        tongues = tuple(row[number] for row in scene.tongues)
        picture.alpha_composite(
            _desk(tuple(a.name for a in scene.actors), tongues, tuple(self._places)), (0, _DESK - 8)
        )
        draw = ImageDraw.Draw(picture)
        for index, place in enumerate(self._places):
            lit = round(float(scene.voices[index][number]) * 10)
            for cell in range(10):
                x = place - 59 + cell * 12
                colour = (70, 62, 104)
                if cell < lit:
                    colour = (96, 226, 160) if cell < 7 else (255, 205, 84)
                draw.rounded_rectangle([x, _DESK + 56, x + 8, _DESK + 62], 2, fill=colour)

    def _draw_crowd(self, picture: Image.Image, number: int) -> None:
        laugh = float(_at(self._scene.sounds.get("Laughter"), number))
        clap = float(_at(self._scene.sounds.get("Applause"), number))
        cough = float(_at(self._scene.sounds.get("Cough"), number))
        for index, (x, size, tint, phase) in enumerate(self._crowd):
            lift = 1.5 * math.sin(number / 21 + phase)
            lift += 11 * laugh * abs(math.sin(number * 0.62 + phase))
            lift += 5 * clap * abs(math.sin(number * 0.4 + phase))
            if index == 4:
                lift -= 22 * cough
            arms = 0
            if clap > 0.06:
                arms = 1 + int(math.sin(number * 1.35 + 3 * phase) > 0)
            figure = figures.spectator(size, tint, arms)
            top = round(_AUDIENCE - figure.height * 0.62 - lift)
            # alpha_composite takes no negative corner.
            cut = max(0, -(x - figure.width // 2))
            if cut < figure.width:
                picture.alpha_composite(figure, (max(0, x - figure.width // 2), top), (cut, 0))

    def _draw_notes(self, picture: Image.Image, number: int) -> None:
        level = float(_at(self._scene.sounds.get("BGM"), number))
        if level < 0.02:
            return
        for index, (where, start, mark) in enumerate(self._notes):
            age = (number / 90 + start) % 1
            x = 330 + where * 620 + 14 * math.sin(age * 9 + index)
            alpha = int(200 * min(1, level * 2) * math.sin(math.pi * age))
            _stamp(picture, mark, (round(x), round(190 - 150 * age)), (204, 170, 255), alpha, 26)

    def _draw_laughs(self, picture: Image.Image, number: int) -> None:
        level = float(_at(self._scene.sounds.get("Laughter"), number))
        if level < 0.04:
            return
        for index, (gap, start, word) in enumerate(self._laughs):
            age = (number / 40 + start) % 1
            x = (self._places[gap] + self._places[gap + 1]) / 2 + (24 if index % 2 else -24)
            alpha = int(235 * min(1, level * 1.6) * math.sin(math.pi * age))
            _stamp(
                picture,
                word,
                (round(x), round(_AUDIENCE - 60 - 170 * age)),
                (255, 220, 120),
                alpha,
                26,
            )

    def _draw_strip(self, picture: Image.Image, number: int) -> None:
        scene = self._scene
        left, top, right, bottom = _STRIP
        picture.alpha_composite(_panel(), (0, 0))
        draw = ImageDraw.Draw(picture)
        middle, tall = (top + bottom) / 2, (bottom - top) / 2 - 8
        now = (left + right) // 2
        reach = (right - left - 28) // 2 // _BAR
        for offset in range(-reach, reach):
            frame = number + offset
            if not 0 <= frame < scene.frames:
                continue
            half = max(1.5, tall * float(scene.bars[frame]))
            colour = COLOURS[KINDS[scene.bar_kinds[frame]]]
            if offset > 0:
                colour = figures.mix(colour, (26, 22, 54), 0.62)
            x = now + offset * _BAR
            draw.rounded_rectangle([x, middle - half, x + 3, middle + half], 2, fill=colour)
        draw.line([(now + 1, top - 4), (now + 1, bottom + 4)], (255, 255, 255), 2)
        draw.polygon([(now - 5, top - 6), (now + 7, top - 6), (now + 1, top + 3)], (255, 255, 255))

    def _draw_heading(self, picture: Image.Image, number: int) -> None:
        scene = self._scene
        current = max(i for i, c in enumerate(scene.chapters) if c.frame <= number)
        chapter = scene.chapters[current]
        age = min(1.0, (number - chapter.frame) / 10) if current else 1.0
        heading = _heading(current + 1, chapter.title, chapter.language)
        ease = 1 - (1 - age) ** 3
        if ease < 1:
            alpha = heading.split()[3].point(lambda a: int(a * ease))
            heading = heading.copy()
            heading.putalpha(alpha)
        picture.alpha_composite(heading, (round(40 - 24 * (1 - ease)) if ease < 1 else 40, 20))
        seconds = number / scene.rate
        picture.alpha_composite(_plate(), (WIDTH - 40 - 360, 20))
        draw = ImageDraw.Draw(picture)
        clock = f"{int(seconds // 60):02d}:{seconds % 60:06.3f}"
        mono = _font(_MONO, 34)
        draw.text((WIDTH - 192, 52), clock, (255, 255, 255), mono, anchor="rm")
        small = _font(_MONO, 26)
        draw.text((WIDTH - 58, 52), f"{number:04d}", (255, 205, 84), small, anchor="rm")
        label = _font(_MONO, 12)
        draw.text((WIDTH - 172, 52), "frame", (170, 164, 210), label, anchor="lm")


def _at(levels: NDArray[np.float32] | None, number: int) -> float:
    return 0.0 if levels is None else float(levels[number])


@functools.cache
def _lit(looks: figures.Looks, mouth: int, mood: str, blink: bool, light: int) -> Image.Image:
    """A figure in its light, 0 (dim) to 5."""
    figure = figures.person(looks, mouth, mood, blink)
    share = 0.7 + 0.3 * light / 5
    red, green, blue, alpha = figure.split()
    return Image.merge(
        "RGBA",
        (
            red.point(lambda v: int(v * share)),
            green.point(lambda v: int(v * share)),
            blue.point(lambda v: int(v * share + 14 * (1 - share))),
            alpha,
        ),
    )


@functools.cache
def _panel() -> Image.Image:
    layer = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.rectangle([0, 626, WIDTH, HEIGHT], fill=(14, 11, 34, 255))
    draw.rounded_rectangle(_STRIP, 14, fill=(26, 22, 54, 255))
    x = WIDTH - 40
    font = _font(_CJK, 12)
    for kind, name in reversed(_NAMES.items()):
        x -= round(draw.textlength(name, font))
        draw.text((x, 710), name, (170, 164, 210), font, anchor="lm")
        draw.ellipse([x - 14, 706, x - 6, 714], fill=COLOURS[kind])
        x -= 30
    return layer


@functools.cache
def _plate() -> Image.Image:
    layer = Image.new("RGBA", (360, 64), (0, 0, 0, 0))
    ImageDraw.Draw(layer).rounded_rectangle([0, 0, 359, 63], 16, fill=(14, 11, 34, 215))
    return layer


@functools.cache
def _heading(number: int, title: str, language: str) -> Image.Image:
    font = _font(_CJK, 30, _FACES[language])
    width = round(font.getlength(title)) + 96
    layer = Image.new("RGBA", (width * 2, 128), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.rounded_rectangle([0, 0, width * 2 - 1, 127], 32, fill=(14, 11, 34, 215))
    draw.ellipse([24, 28, 96, 100], fill=(255, 90, 160, 255))
    layer = layer.resize((width, 64), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(layer)
    draw.text((30, 31), str(number), (255, 255, 255), _font(_CJK, 22), anchor="mm")
    draw.text((66, 31), title, (255, 255, 255), font, anchor="lm")
    return layer


@functools.cache
def _desk(names: tuple[str, ...], tongues: tuple[str, ...], places: tuple[int, ...]) -> Image.Image:
    layer = Image.new("RGBA", (WIDTH, 140), (0, 0, 0, 0))
    shades = np.linspace(1, 0.55, 140)[:, None]
    wood = np.broadcast_to(np.array([84, 52, 104]) * shades, (140, 3))
    front = Image.fromarray(np.broadcast_to(wood[:, None, :], (140, WIDTH, 3)).astype(np.uint8))
    layer.paste(front, (0, 10))
    draw = ImageDraw.Draw(layer)
    draw.rectangle([0, 8, WIDTH, 15], fill=(150, 104, 170, 255))
    for name, tongue, place in zip(names, tongues, places, strict=True):
        draw.rounded_rectangle([place - 92, 24, place + 92, 60], 10, fill=(30, 22, 58, 255))
        draw.text((place - 80, 41), name, (255, 255, 255), _font(_CJK, 20), anchor="lm")
        chip = _chips(tongue)
        font = _font(_CJK, 15, _FACES[tongue])
        half = font.getlength(chip) / 2 + 9
        draw.rounded_rectangle(
            [place + 82 - 2 * half, 30, place + 82, 54], 8, fill=(255, 90, 160, 255)
        )
        draw.text((place + 82 - half, 41), chip, (255, 255, 255), font, anchor="mm")
    return layer


@functools.lru_cache(maxsize=512)
def _word(text: str, colour: figures.Colour, alpha: int, size: int) -> Image.Image:
    symbol = text in "♪♫♩"
    font = _font("DejaVuSans.ttf", size) if symbol else _font(_CJK, size, 1 if "ㅎ" in text else 0)
    layer = Image.new("RGBA", (round(font.getlength(text)) + 8, size + 18), (0, 0, 0, 0))
    middle = layer.width / 2, layer.height / 2
    ImageDraw.Draw(layer).text(middle, text, (*colour, alpha), font, anchor="mm")
    return layer


def _stamp(
    picture: Image.Image, text: str, at: tuple[int, int], colour: figures.Colour, alpha: int,
    size: int,
) -> None:  # fmt: skip
    if alpha >= 12:
        layer = _word(text, colour, alpha // 12 * 12, size)
        picture.alpha_composite(layer, (max(0, at[0] - layer.width // 2), max(0, at[1])))
