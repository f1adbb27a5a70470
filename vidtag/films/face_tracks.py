"""Faces of a clip through time, and how much the mouth of each moves.

Faces are looked for twice a second; between two looks they are taken to move evenly. The mouth is
watched more often: what changes there from one picture to the next counts, after the head's own
movement is taken out, by which the upper half of the face is told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.films.face_finder import Face, FaceFinder
from vidtag.media.ffmpeg import input_file, stream

RATE = 12
"""Pictures per second in which mouths are watched."""

_LOOK = 6
"""Pictures from one look for faces to the next."""

_LONG_SIDE = 960
"""Pixels of the longer side of a picture; faces are looked for in half of that."""

_PATCH = 48
"""Pixels of both sides of a face, however large it is in the picture."""

_UPPER = slice(6, 28)
"""Rows of the face by which the head's movement is told: eyes and nose."""

_MOUTH = (11, 15)
"""Rows and columns to each side of the middle of the mouth."""

_SHIFT = 3
"""Pixels of the face that a head moves at most from one picture to the next."""

_LEAST_CONTRAST = 6.0
"""Standard deviation of grey levels of a face that is as good as evenly lit."""

_FURTHEST = 0.7
"""Widths that a face moves at most from one look to the next."""

_LONGEST_GAP = 2 * RATE
"""Pictures in which a face may not be seen and still be the same."""

_SIZES = 1.6
"""How many times as large a face may be at the next look."""

Patch = NDArray[np.float32]


@dataclass(slots=True)
class Track:
    """One face for as long as it is seen without a break.

    Attributes:
        first: number of the first picture it is in.
        faces: where it is in each picture from there on.
        mouth: how much its mouth moved since the picture before, in standard deviations of the
            face's grey levels; 0 for the first.
    """

    first: int
    faces: list[Face] = field(default_factory=list)
    mouth: list[float] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Number of the picture after the last one."""
        return self.first + len(self.faces)


def find_tracks(
    clip: Path, size: tuple[int, int], finder: FaceFinder, cuts: Sequence[float] = ()
) -> list[Track]:
    """All faces of a clip.

    Args:
        clip: a video file with square pixels.
        size: its width and height, as displayed.
        cuts: seconds at which a new shot begins; no face is followed over one.

    Raises:
        ToolError: the clip cannot be read.
    """
    scale = min(1.0, _LONG_SIDE / max(size))
    width, height = (max(4, round(side * scale / 4) * 4) for side in size)

    def shot_of(number: int) -> int:
        return bisect_right(cuts, (number + 0.5) / RATE)

    done: list[Track] = []
    open_tracks: list[Track] = []
    waiting: list[Patch] = []
    for number, picture in enumerate(_pictures(clip, width, height)):
        waiting.append(picture[..., 1].astype(np.float32))
        if number % _LOOK:
            continue
        half = picture.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
        seen = finder.find(half.astype(np.uint8))
        same_shot = number == 0 or shot_of(number) == shot_of(number - len(waiting) + 1)
        followed = []
        for track in open_tracks:
            face = _next(track.faces[-1], seen) if same_shot else None
            if face is None:
                done.append(track)
                continue
            seen.remove(face)
            _follow(track, face, waiting)
            followed.append(track)
        open_tracks = followed + [Track(number, [face], [0.0]) for face in seen]
        waiting = waiting[-1:]
    return _joined(sorted(done + open_tracks, key=lambda track: track.first), shot_of)


def _joined(tracks: Sequence[Track], shot_of: Callable[[int], int]) -> list[Track]:
    """Tracks with the gaps closed in which a face was not seen: a hand before it, a turned head."""
    joined: list[Track] = []
    for track in tracks:
        before = [
            other
            for other in joined
            if 0 <= track.first - other.end <= _LONGEST_GAP
            and shot_of(track.first) == shot_of(other.end - 1)
        ]
        last = _next(track.faces[0], [other.faces[-1] for other in before])
        found = next((other for other in before if other.faces[-1] is last), None)
        if found is None:
            joined.append(track)
            continue
        steps = track.first - found.end + 1
        for step in range(1, steps):
            found.faces.append(_between(found.faces[-1], track.faces[0], 1 / (steps - step + 1)))
        found.faces += track.faces
        found.mouth += [0.0] * (steps - 1) + track.mouth
    return joined


def _pictures(clip: Path, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures of a clip, ``RATE`` per second: rows x columns x red, green, blue."""
    small = input_file(clip).video.filter("fps", RATE).filter("scale", width, height, flags="area")
    output = ffmpeg.output(small, "pipe:1", format="rawvideo", pix_fmt="rgb24")
    length = width * height * 3
    with stream(output, path=clip) as data:
        while len(block := data.read(length)) == length:
            yield np.frombuffer(block, np.uint8).reshape(height, width, 3)


def _next(face: Face, seen: Sequence[Face]) -> Face | None:
    """Which of the faces of the next look is the same."""

    def distance(other: Face) -> float:
        return float(np.hypot((other.x - face.x) / face.width, (other.y - face.y) / face.height))

    near = [
        other
        for other in seen
        if distance(other) < _FURTHEST and 1 / _SIZES < other.height / face.height < _SIZES
    ]
    return min(near, key=distance, default=None)


def _follow(track: Track, face: Face, pictures: Sequence[Patch]) -> None:
    """Add the pictures up to the next look; the first of them is in the track already."""
    last = track.faces[-1]
    steps = len(pictures) - 1
    before = _patch(pictures[0], last)
    for step in range(1, steps + 1):
        share = step / steps
        now = _between(last, face, share)
        patch = _patch(pictures[step], now)
        track.faces.append(now)
        track.mouth.append(mouth_movement(before, patch, _mouth_in(now)))
        before = patch


def _between(one: Face, other: Face, share: float) -> Face:
    """A face on its way from one place to another."""
    pairs = zip(_values(one), _values(other), strict=True)
    return Face(*(here + (there - here) * share for here, there in pairs))


def _values(face: Face) -> tuple[float, ...]:
    return face.x, face.y, face.width, face.height, face.mouth_x, face.mouth_y


def _patch(picture: Patch, face: Face) -> Patch:
    """A face in a size of its own: the box and a sixth more of it below, for the chin."""
    height, width = picture.shape
    place = (np.arange(_PATCH) + 0.5) / _PATCH - 0.5
    x = (face.x + place * face.width) * width - 0.5
    y = (face.y + (place + 1 / 12) * face.height * 7 / 6) * height - 0.5
    return _sampled(picture, y, x)


def _sampled(picture: Patch, y: NDArray[np.float64], x: NDArray[np.float64]) -> Patch:
    """Grey levels at rows ``y`` and columns ``x``, between pixels in proportion."""
    y = np.clip(y, 0, picture.shape[0] - 1.001)
    x = np.clip(x, 0, picture.shape[1] - 1.001)
    top, left = y.astype(int), x.astype(int)
    low, right = (y - top)[:, None], (x - left)[None]
    rows = picture[top] * (1 - low) + picture[top + 1] * low
    return np.asarray(rows[:, left] * (1 - right) + rows[:, left + 1] * right, np.float32)


def _mouth_in(face: Face) -> tuple[int, int]:
    """Row and column of the middle of the mouth in the face's patch."""
    y = ((face.mouth_y - face.y) / face.height * 6 / 7 + 0.5 - 1 / 12) * _PATCH
    x = ((face.mouth_x - face.x) / face.width + 0.5) * _PATCH
    return round(y), round(x)


def mouth_movement(before: Patch, after: Patch, mouth: tuple[int, int]) -> float:
    """How much a mouth moved between two pictures of a face, the head's movement taken out.

    Args:
        before, after: grey levels of the face.
        mouth: row and column of its middle in ``after``.

    Returns:
        Mean change in standard deviations of the grey levels, beyond that of the upper face.
    """
    edge = _SHIFT
    inner = slice(edge, _PATCH - edge)
    upper = after[_UPPER, inner]
    best = (np.inf, 0, 0)
    for down in range(-edge, edge + 1):
        for across in range(-edge, edge + 1):
            rows = slice(_UPPER.start + down, _UPPER.stop + down)
            other = before[rows, edge + across : _PATCH - edge + across]
            best = min(best, (float(np.abs(upper - other).mean()), down, across))
    left_over, down, across = best
    row = min(max(mouth[0], _MOUTH[0] + edge), _PATCH - _MOUTH[0] - edge)
    column = min(max(mouth[1], _MOUTH[1] + edge), _PATCH - _MOUTH[1] - edge)
    rows = slice(row - _MOUTH[0], row + _MOUTH[0])
    columns = slice(column - _MOUTH[1], column + _MOUTH[1])
    now = after[rows, columns]
    then = before[
        rows.start + down : rows.stop + down, columns.start + across : columns.stop + across
    ]
    change = np.abs((now - now.mean()) - (then - then.mean())).mean()
    contrast = max(float(after.std()), _LEAST_CONTRAST)
    return max(0.0, (float(change) - left_over) / contrast)
