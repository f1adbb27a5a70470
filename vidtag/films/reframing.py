"""Plans how a wide picture is shown in a narrow one: where the crop is, and when there are two.

The crop follows who talks. Two who talk by turns and do not fit into one crop are shown beside
each other, or one above the other where the picture is tall. Shots without faces show what draws
the eye.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidtag.films.camera import Hold, holds
from vidtag.films.clip_info import ClipInfo
from vidtag.films.face_finder import FaceFinder
from vidtag.films.face_tracks import RATE, Track, find_tracks
from vidtag.films.film_sound import read_sound
from vidtag.films.focus import Focus, find_focus
from vidtag.films.talking import Floats, Shown, Spoken, who_is_shown

_LEEWAY = 0.14
"""Share of the crop that a face may be off its middle before the camera moves."""

_ROOM = 1.3
"""Widths of a face that it takes in a crop, for hair and shoulders."""

_BELOW = 0.5
"""Heights of a face that the middle of a crop is below the face's: little is left above it."""

_ABOVE = 0.85
"""Heights of a face that a crop has above the middle of the face at least: hair, and some air."""

_FACES_HIGH, _FEWEST_FACES_HIGH = 2.8, 2.2
"""Heights of a face that half a picture has, and has at least where a face is near the edge."""

_SMALLEST_HALF = 0.35
"""Share of the largest crop that half a picture has at least, so that it is not blown up."""

_LEVEL_RATE = 8000
_QUIETEST, _LOUDEST = -55.0, -15.0
"""dBFS that count 0 and 1."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two crops that are shown beside each other.

    Attributes:
        size: width and height of each crop, in pixels of the source.
        one, other: where they are; ``one`` is shown at the left or above.
        spans: seconds from and up to which they are shown.
    """

    size: tuple[int, int]
    one: tuple[Hold, ...]
    other: tuple[Hold, ...]
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Reframing:
    """How a picture is cropped.

    Attributes:
        size: width and height of the crop, in pixels of the source.
        holds: where it is.
        pair: the two crops that take its place now and then.
    """

    size: tuple[int, int]
    holds: tuple[Hold, ...]
    pair: Pair | None = None


def plan_reframing(
    clip: ClipInfo,
    size: tuple[int, int],
    finder: FaceFinder | None,
    shots: Sequence[float] = (),
    spoken: Sequence[Spoken] = (),
) -> Reframing:
    """Follow who talks.

    Args:
        clip: with a picture in square pixels.
        size: width and height of what is made.
        finder: finds faces; None where faces do not matter.
        shots: seconds of the clip at which a new shot begins, ascending.
        spoken: speech in the clip.

    Raises:
        ToolError: the clip cannot be read.
    """
    assert clip.size is not None
    crop = largest(size, clip.size)
    wide, high = crop[0] / clip.size[0], crop[1] / clip.size[1]
    cuts = [shot for shot in shots if shot > 0]
    tracks = [] if finder is None else find_tracks(clip.path, clip.size, finder, cuts)
    if not tracks:
        return Reframing(crop, tuple(_drawn(clip, cuts, wide, high)))
    end = max(round(float(clip.duration) * RATE), *(track.end for track in tracks))
    edges = [0, *(round(cut * RATE) for cut in cuts), end]
    stretches = [(first, last) for first, last in itertools.pairwise(edges) if last > first]

    def fit(one: Track, other: Track) -> bool:
        apart_x, apart_y = _apart(one, other)
        widths = _typical(one)[2] + _typical(other)[2]
        heights = _typical(one)[3] + _typical(other)[3]
        return apart_x + widths * _ROOM / 2 <= wide and apart_y + heights * _ROOM / 2 <= high

    shown = who_is_shown(tracks, stretches, _level(clip, end), spoken, fit)
    drawn = None if all(part.tracks for part in shown) else _drawn(clip, cuts, wide, high)
    starts = {round(cut * RATE): cut for cut in cuts}
    found: list[Hold] = []
    pairs: list[Shown] = []
    after_cut = True
    for part in shown:
        start = starts.get(part.first, part.first / RATE)
        eased = part.first not in starts and not after_cut
        after_cut = False
        if not part.tracks:
            assert drawn is not None
            focus = [one for one in drawn if one.start <= start + 1e-6][-1]
            found.append(Hold(start, focus.x, focus.y))
        elif len(part.tracks) == 2 and not fit(*part.tracks):
            pairs.append(part)
            after_cut = True
        else:
            found += _following(part, start, (wide, high), eased)
    return Reframing(
        crop,
        tuple(found) or (Hold(0.0, 0.5, 0.5),),
        _pair(pairs, size, clip.size, starts) if pairs else None,
    )


def largest(size: tuple[int, int], whole: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the largest crop of a picture that has the shape of ``size``."""
    scale = min(whole[0] / size[0], whole[1] / size[1])
    width, height = (int(side * scale) // 2 * 2 for side in size)
    return min(width, whole[0]), min(height, whole[1])


def _drawn(clip: ClipInfo, cuts: Sequence[float], wide: float, high: float) -> list[Hold]:
    """What draws the eye in each shot."""
    found: list[Focus] = find_focus(clip.path, cuts, wide, high)
    return [Hold(focus.start, focus.x, focus.y) for focus in found]


def _following(part: Shown, start: float, crop: tuple[float, float], eased: bool) -> list[Hold]:
    """Holds that keep one face, or two that fit, within the crop."""
    middles = np.mean([_middles(track, part, crop[1]) for track in part.tracks], axis=0)
    xs = holds(middles[:, 0].tolist(), _LEEWAY * crop[0])
    # Up and down the camera does not follow: nodding heads, people that sit down.
    y = float(np.median(middles[:, 1]))
    return [
        Hold(start if number == 0 else (part.first + at) / RATE, x, y, eased or number > 0)
        for number, (at, x) in enumerate(xs)
    ]


def _middles(track: Track, part: Shown, high: float) -> Floats:
    """Where the middle of a crop with a face would be, in each picture: pictures x (x, y)."""
    below = min(_BELOW, max(high / _typical(track)[3] / 2 - _ABOVE, 0.0))
    last = len(track.faces) - 1
    at = [min(max(number - track.first, 0), last) for number in range(part.first, part.end)]
    faces = [track.faces[number] for number in at]
    return np.array([(face.x, face.y + below * face.height) for face in faces])


def _pair(
    parts: Sequence[Shown],
    size: tuple[int, int],
    whole: tuple[int, int],
    starts: dict[int, float],
) -> Pair:
    """Two crops for the parts in which two are shown that do not fit into one."""
    half = half_size(size)
    most = largest(half, whole)
    ordered = [sorted(part.tracks, key=lambda track: _typical(track)[0]) for part in parts]
    faces = [_typical(track) for tracks in ordered for track in tracks]
    face = max(face[3] for face in faces) * whole[1] / most[1]
    # Narrower where that puts a face near the edge into the middle.
    edge = min(min(face[0], 1 - face[0]) for face in faces) * 2 * whole[0] / most[0]
    scale = max(min(face * _FACES_HIGH, edge), face * _FEWEST_FACES_HIGH)
    scale = min(max(scale, _SMALLEST_HALF), 1.0)
    crop = largest(half, (max(4, round(most[0] * scale)), max(4, round(most[1] * scale))))
    sides: tuple[list[Hold], list[Hold]] = ([], [])
    spans = []
    share = (crop[0] / whole[0], crop[1] / whole[1])
    for part, tracks in zip(parts, ordered, strict=True):
        start = starts.get(part.first, part.first / RATE)
        spans.append((start, starts.get(part.end, part.end / RATE)))
        for side, track in zip(sides, tracks, strict=True):
            side += _following(Shown(part.first, part.end, (track,)), start, share, False)
    return Pair(crop, tuple(sides[0]), tuple(sides[1]), tuple(spans))


def half_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of each of two pictures that make up one, above each other if it is tall."""
    width, height = size
    return (width, height // 4 * 2) if height > width else (width // 4 * 2, height)


def _typical(track: Track) -> tuple[float, float, float, float]:
    """Median of x, y, width and height of a face."""
    values = [(face.x, face.y, face.width, face.height) for face in track.faces]
    x, y, width, height = np.median(values, axis=0).tolist()
    return x, y, width, height


def _apart(one: Track, other: Track) -> tuple[float, float]:
    """How far two faces are apart, across and down."""
    here, there = _typical(one), _typical(other)
    return abs(here[0] - there[0]), abs(here[1] - there[1])


def _level(clip: ClipInfo, count: int) -> Floats:
    """Loudness of the sound of each picture, 0 to 1; 0 without sound."""
    level = np.zeros(count)
    if not clip.has_sound:
        return level
    samples = read_sound(clip.path, clip.tracks, channels=1, rate=_LEVEL_RATE)[:, 0]
    edges = np.arange(count + 1) * _LEVEL_RATE // RATE
    power = np.concatenate([[0.0], np.cumsum(samples**2)])
    ends = np.minimum(edges, len(samples))
    mean = np.diff(power[ends]) / np.maximum(np.diff(ends), 1)
    decibels = 10 * np.log10(np.maximum(mean, 1e-12))
    return np.asarray(np.clip((decibels - _QUIETEST) / (_LOUDEST - _QUIETEST), 0.0, 1.0))
