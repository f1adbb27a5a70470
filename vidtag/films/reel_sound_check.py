"""Finds stretches of a written reel that are silent where its clip is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vidtag.core.errors import VerificationError
from vidtag.films.composition import Composition
from vidtag.films.film_sound import read_sound
from vidtag.media.level import Floats, dbfs, frame_power, highest_near

_RATE = 4_000
"""Samples per second that are compared: what is loud is loud below 2 kHz."""

_FRAME = _RATE // 4
"""Samples in a stretch that is compared, a quarter of a second."""

_LOUD = -45.0
"""Level in dBFS from which a stretch of a clip has to be heard."""

_SILENT = -75.0
"""Level below which it is not, which is further from ``_LOUD`` than any gain of a clip."""


def check_sound(composition: Composition, written: Path, name: Path) -> None:
    """Compare the sound of a written reel with that of each clip, between its fades.

    Args:
        written: the reel, under its temporary name.
        name: the name it is to have, for errors.

    Raises:
        ToolError: ffmpeg failed.
        VerificationError: a second or more of a clip is not heard, and it is loud there.
    """
    heard = _mono(written, (0,))
    for part in composition.parts:
        clip = part.clip
        if clip is None or not clip.has_sound:
            continue
        begin, end = part.start + part.fade_in, part.end - part.fade_out
        meant = _levels(_mono(clip.path, clip.tracks)[round(part.fade_in * _RATE) :])
        found = _levels(heard[round(begin * _RATE) : round(end * _RATE)])
        count = min(len(meant), len(found))
        if not count:
            continue
        # Encoders move sound by a few milliseconds, which may be into the stretch beside.
        silent = highest_near(found[:count], 1) < _SILENT
        for place in np.flatnonzero(silent & (meant[:count] > _LOUD))[:1]:
            raise VerificationError(
                f"the reel is silent at {float(begin) + place * _FRAME / _RATE:.1f} s, "
                f"where {clip.path.name} is not",
                path=name,
            )


def _mono(path: Path, tracks: tuple[int, ...]) -> Floats:
    return read_sound(path, tracks, channels=1, rate=_RATE)[:, 0]


def _levels(sound: Floats) -> Floats:
    return dbfs(frame_power(sound.astype(np.float32), _FRAME))
