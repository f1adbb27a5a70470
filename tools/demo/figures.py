"""The people of the stage, drawn once and kept: a face for every opening of the mouth.

Everything is drawn at four times its size and scaled down, which smooths all edges.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Layer = Image.Image

_OVER = 4
WIDTH, HEIGHT = 260, 330
"""Size of a figure in pixels; its lower edge is the edge of its desk."""
MOUTHS = 6
"""Openings of a mouth, 0 closed."""


@dataclass(frozen=True)
class Looks:
    """Colours and features of one person; ``hair`` is bob, short, bun or curls."""

    skin: Colour
    hair_colour: Colour
    hair: str
    coat: Colour
    shirt: Colour
    glasses: bool = False
    beard: bool = False


def mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


class _Pen:
    """Draws in the figure's own pixels, centre line at x = 0, on the enlarged canvas."""

    def __init__(self, width: int, height: int) -> None:
        self.layer = Image.new("RGBA", (width * _OVER, height * _OVER), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.layer)
        self._middle = width / 2

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x + self._middle) * _OVER, y * _OVER

    def _box(self, x: float, y: float, half: float, tall: float) -> list[tuple[float, float]]:
        return [self._at(x - half, y - tall), self._at(x + half, y + tall)]

    def oval(self, x: float, y: float, half: float, tall: float, colour: Colour) -> None:
        self._draw.ellipse(self._box(x, y, half, tall), fill=colour)

    def ring(
        self, x: float, y: float, half: float, tall: float, colour: Colour, wide: float
    ) -> None:
        self._draw.ellipse(self._box(x, y, half, tall), outline=colour, width=round(wide * _OVER))

    def block(
        self, x: float, y: float, half: float, tall: float, colour: Colour, radius: float
    ) -> None:
        self._draw.rounded_rectangle(self._box(x, y, half, tall), radius * _OVER, fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([self._at(*p) for p in points], fill=colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, wide: float) -> None:
        self._draw.line(
            [self._at(*p) for p in points], fill=colour, width=round(wide * _OVER), joint="curve"
        )
        for x, y in (points[0], points[-1]):
            self.oval(x, y, wide / 2, wide / 2, colour)

    def half_oval(
        self, x: float, y: float, half: float, tall: float, colour: Colour, turn: float = 0
    ) -> None:
        """The lower half of an oval (the upper one with ``turn`` 180)."""
        self._draw.pieslice(self._box(x, y, half, tall), turn, turn + 180, fill=colour)

    def arc(
        self, x: float, y: float, half: float, tall: float, span: tuple[float, float],
        colour: Colour, wide: float,
    ) -> None:  # fmt: skip
        self._draw.arc(self._box(x, y, half, tall), *span, fill=colour, width=round(wide * _OVER))

    def done(self) -> Layer:
        size = self.layer.width // _OVER, self.layer.height // _OVER
        return self.layer.resize(size, Image.Resampling.LANCZOS)


@functools.cache
def person(looks: Looks, mouth: int, mood: str, blink: bool) -> Layer:
    """A figure from the waist up; ``mood`` is an emotion's name, ``mouth`` from 0 to MOUTHS - 1."""
    pen = _Pen(WIDTH, HEIGHT)
    shade = mix(looks.coat, (0, 0, 0), 0.22)
    dark = mix(looks.hair_colour, (0, 0, 0), 0.15)
    # Hair that hangs behind the shoulders.
    if looks.hair == "bob":
        pen.block(0, 128, 76, 84, looks.hair_colour, 60)
    if looks.hair == "bun":
        pen.oval(0, 30, 30, 26, dark)
    if looks.hair == "curls":
        for x, y in ((-62, 92), (62, 92), (-66, 122), (66, 122), (-48, 64), (48, 64), (0, 50)):
            pen.oval(x, y, 30, 30, looks.hair_colour)
    # Coat, shirt, lapels.
    pen.block(0, 330, 112, 120, looks.coat, 66)
    pen.shape([(-34, 206), (34, 206), (0, 300)], looks.shirt)
    pen.shape([(-42, 205), (-22, 205), (0, 300), (-34, 252)], shade)
    pen.shape([(42, 205), (22, 205), (0, 300), (34, 252)], shade)
    # Neck and head.
    pen.block(0, 192, 24, 34, mix(looks.skin, (90, 30, 20), 0.18), 16)
    pen.oval(-65, 128, 12, 17, mix(looks.skin, (90, 30, 20), 0.1))
    pen.oval(65, 128, 12, 17, mix(looks.skin, (90, 30, 20), 0.1))
    pen.oval(0, 126, 64, 74, looks.skin)
    if looks.beard:
        pen.half_oval(0, 142, 63, 60, looks.hair_colour)
        pen.oval(0, 142, 62, 26, looks.skin)
    _face(pen, looks, mouth, mood, blink)
    _fringe(pen, looks)
    if looks.glasses:
        for x in (-26, 26):
            pen.ring(x, 124, 21, 19, (36, 40, 60), 4)
        pen.line([(-6, 122), (6, 122)], (36, 40, 60), 4)
    return pen.done()


def _fringe(pen: _Pen, looks: Looks) -> None:
    hair = looks.hair_colour
    if looks.hair == "bob":
        pen.half_oval(0, 96, 72, 58, hair, 180)
        pen.shape([(-72, 94), (-72, 156), (-58, 142), (-48, 95)], hair)
        pen.shape([(72, 94), (72, 156), (58, 142), (38, 95)], hair)
        pen.oval(30, 80, 40, 20, hair)
    elif looks.hair == "short":
        pen.half_oval(0, 90, 68, 54, hair, 180)
        pen.shape([(-68, 88), (-66, 122), (-54, 90)], hair)
        pen.shape([(68, 88), (66, 122), (54, 90)], hair)
        pen.shape([(-58, 89), (-30, 80), (6, 97), (40, 80), (60, 89)], hair)
    elif looks.hair == "bun":
        pen.half_oval(0, 90, 67, 52, hair, 180)
        pen.oval(-30, 80, 36, 19, hair)
        pen.oval(30, 80, 36, 19, hair)
    else:
        for x, y in ((-44, 70), (-16, 58), (16, 58), (44, 70)):
            pen.oval(x, y, 26, 22, hair)


def _face(pen: _Pen, looks: Looks, mouth: int, mood: str, blink: bool) -> None:
    ink = (40, 34, 52)
    happy, angry = mood == "HAPPY", mood == "ANGRY"
    for side in (-1, 1):
        x = 26 * side
        if blink or (happy and mouth == 0):
            pen.arc(x, 128, 11, 9, (200, 340), ink, 4)
        else:
            pen.oval(x, 125, 9, 10.5, ink)
            pen.oval(x + 3, 121, 3, 3, (255, 255, 255))
        inner, outer = 102.0, 104.0
        if angry:
            inner, outer = 114.0, 99.0
        if happy:
            inner, outer = 100.0, 101.0
        pen.line([(12 * side, inner), (40 * side, outer)], mix(looks.hair_colour, ink, 0.5), 6)
        if happy or angry:
            blush = (235, 110, 120) if happy else (210, 60, 50)
            pen.oval(44 * side, 150, 12, 8, mix(looks.skin, blush, 0.45))
    pen.line([(0, 132), (5, 147), (-3, 149)], mix(looks.skin, (120, 50, 30), 0.4), 3.5)
    lip, inside, tongue = (150, 52, 62), (86, 22, 38), (226, 104, 110)
    opening = mouth / (MOUTHS - 1)
    if mouth == 0:
        if angry:
            pen.arc(0, 182, 17, 13, (200, 340), lip, 5)
        else:
            pen.arc(0, 162, 22 if happy else 16, 12 if happy else 7, (20, 160), lip, 5)
        return
    half, tall = 15 + 8 * opening * (1.2 if happy else 1), 3 + 15 * opening
    if happy:
        pen.half_oval(0, 162, half + 4, 2 * tall, inside)
        pen.half_oval(0, 162, half, 6, (255, 255, 255))
    else:
        pen.oval(0, 170, half, tall, inside)
        if opening > 0.5:
            pen.oval(0, 170 + tall * 0.5, half * 0.6, tall * 0.36, tongue)
        if angry:
            pen.block(0, 170 - tall * 0.62, half * 0.7, 3, (255, 255, 255), 2)


@functools.cache
def spectator(size: int, tint: int, arms: int) -> Layer:
    """A dark head and shoulders from behind; ``arms`` is 0 down, 1 hands apart, 2 together."""
    colour: Colour = (20 + tint, 16 + tint, 42 + tint)
    rim = mix(colour, (214, 150, 232), 0.34)
    pen = _Pen(150, 170)
    if arms:
        reach = 42 if arms == 1 else 22
        for side in (-1, 1):
            pen.line([(56 * side, 140), (58 * side, 80), (reach * side, 34)], colour, 15)
            pen.oval((reach - 3) * side, 26, 11, 15, colour)
    pen.block(0, 158, 63, 40, rim, 36)
    pen.oval(0, 82, 32, 37, rim)
    pen.block(0, 162, 62, 40, colour, 34)
    pen.oval(0, 86, 31, 36, colour)
    layer = pen.done()
    scale = size / 100
    return layer.resize((round(150 * scale), round(170 * scale)), Image.Resampling.LANCZOS)
