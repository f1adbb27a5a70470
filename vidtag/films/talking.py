"""Who is shown when: the face that talks, or two where they talk by turns.

A face talks while its mouth moves and speech is heard, the more so where the movement follows the
loudness. One path through the shot is sought that shows as much of the talking as it can with few
changes: each costs as much as a second of talking that is not shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidtag.films.face_tracks import RATE, Track
from vidtag.media.flag_runs import equal_runs

Floats = NDArray[np.float64]

_TALKS = 0.05
"""Movement of a mouth that talks, as tracks have it."""

_WINDOW = 0.75
"""Seconds before and after a moment by which it is told who talks then."""

_STILL = 0.15
"""Share that nobody's mouth has, so that where none moves none counts."""

_CHANGE = 1.2
"""Seconds of talking that are missed rather than to show somebody else."""

_BOTH = 0.55
"""What two that are shown beside each other count, each being smaller."""

_LOUD = 0.5
"""Share of its loudest from which on sound counts as speech, where speech was not listened for."""

_MISSED = 0.5
"""What it takes off that somebody talks who is not shown."""

_ABSENT = -0.5
"""What showing somebody counts who is not there."""

_SIZE = 0.02
"""What the largest face counts while nobody talks."""

_BY_VOICE = 0.6
"""How much it counts who talks else while the same voice is heard, against the mouth now."""

_LEAST_SEEN = 0.3
"""Share of a shot in which some face must be seen for the shot to be one of people."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speech in a clip, in its seconds; ``speaker`` where speakers were told apart."""

    start: float
    end: float
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Who is shown from one picture up to another; nobody where there are no faces."""

    first: int
    end: int
    tracks: tuple[Track, ...] = ()


def who_is_shown(
    tracks: Sequence[Track],
    shots: Sequence[tuple[int, int]],
    level: Floats,
    spoken: Sequence[Spoken],
    fit: Callable[[Track, Track], bool],
) -> list[Shown]:
    """Whom to show in each shot of a clip.

    Args:
        tracks: the faces.
        shots: first picture of each shot, and the one after its last.
        level: loudness of each picture's sound, 0 to 1.
        spoken: speech that was heard; if none, all that is loud counts as speech.
        fit: whether two faces can be shown in one crop.
    """
    shown = []
    for first, end in shots:
        inside = [track for track in tracks if track.first < end and track.end > first]
        seen = np.zeros(end - first, bool)
        for track in inside:
            seen[max(track.first - first, 0) : track.end - first] = True
        if not inside or seen.mean() < _LEAST_SEEN:
            shown.append(Shown(first, end))
            continue
        movement, there = _movement(inside, first, end)
        voices = _voices(spoken, first, end)
        loud = level[first:end]
        speech = np.asarray(
            voices.any(axis=0) if spoken else loud > _LOUD * np.quantile(level, 0.95), bool
        )
        shares = _shares(movement, loud, speech)
        shares = _with_voices(shares, voices)
        sizes = np.array([max(face.height for face in track.faces) for track in inside])
        counts = shares + _SIZE * (sizes / sizes.max())[:, None]
        total = shares.sum(axis=0)
        choices: list[tuple[int, ...]] = [(number,) for number in range(len(inside))]
        values = list(np.where(there, counts - _MISSED * (total - shares), _ABSENT))
        for one, other in itertools.combinations(range(len(inside)), 2):
            smaller = 1.0 if fit(inside[one], inside[other]) else _BOTH
            missed = _MISSED * (total - shares[one] - shares[other])
            both = there[one] & there[other]
            choices.append((one, other))
            values.append(np.where(both, smaller * (counts[one] + counts[other]) - missed, _ABSENT))
        path = best_path(np.array(values), _CHANGE * RATE)
        for start, stop in equal_runs(path):
            chosen = tuple(inside[number] for number in choices[path[start]])
            shown.append(Shown(first + start, first + stop, chosen))
    return shown


def _movement(tracks: Sequence[Track], first: int, end: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Movement of each mouth in each picture, 1 where it talks, and whether it is there at all."""
    movement = np.zeros((len(tracks), end - first))
    there = np.zeros((len(tracks), end - first), bool)
    for row, track in enumerate(tracks):
        start, stop = max(track.first, first), min(track.end, end)
        inside = slice(start - first, stop - first)
        movement[row, inside] = track.mouth[start - track.first : stop - track.first]
        there[row, inside] = True
    return np.minimum(movement / _TALKS, 2.0), there


def _voices(spoken: Sequence[Spoken], first: int, end: int) -> NDArray[np.bool_]:
    """Whether each speaker is heard, in each picture; a row each, those without a name as one."""
    names = list(dict.fromkeys(one.speaker for one in spoken))
    heard = np.zeros((len(names), end - first), bool)
    for one in spoken:
        start = max(round(one.start * RATE) - first, 0)
        heard[names.index(one.speaker), start : max(round(one.end * RATE) - first, 0)] = True
    return heard[[name is not None for name in names]] if any(names) else heard


def _shares(movement: Floats, level: Floats, speech: NDArray[np.bool_]) -> Floats:
    """Share that each face has in what is said, per picture."""
    talking = _averaged(movement * speech) * (0.6 + 0.8 * _together(movement, level))
    # Squared, so that who leads counts most: no listener keeps the mouth quite still.
    return np.asarray(talking**2 / ((talking**2).sum(axis=0) + _STILL**2))


def _together(movement: Floats, level: Floats) -> Floats:
    """How far each mouth moves more when it is louder: correlation around each picture, 0 to 1."""
    smooth = _averaged(movement, 0.12)
    loud = _averaged(level[None], 0.12)
    mean, mean_loud = _averaged(smooth, 1.5), _averaged(loud, 1.5)
    common = _averaged(smooth * loud, 1.5) - mean * mean_loud
    spread = _averaged(smooth**2, 1.5) - mean**2
    spread_loud = _averaged(loud**2, 1.5) - mean_loud**2
    return np.clip(common / np.sqrt(np.maximum(spread * spread_loud, 1e-9)), 0.0, 1.0)


def _averaged(values: Floats, seconds: float = _WINDOW) -> Floats:
    """Means over so many seconds before and after each picture; rows x pictures."""
    reach = round(seconds * RATE)
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    count = values.shape[1]
    low = np.maximum(np.arange(count) - reach, 0)
    high = np.minimum(np.arange(count) + reach + 1, count)
    return np.asarray((sums[:, high] - sums[:, low]) / (high - low))


def _with_voices(shares: Floats, voices: NDArray[np.bool_]) -> Floats:
    """Shares in which a voice counts for the face that mostly talks while it is heard."""
    if len(voices) < 2:
        return shares
    alone = voices & (voices.sum(axis=0) == 1)
    result = shares.copy()
    for heard in alone:
        if heard.any():
            of_voice = shares[:, heard].mean(axis=1, keepdims=True)
            # The face that leads gets most of it: a small lead over a whole clip is a sure one.
            of_voice = of_voice**2 / max(float((of_voice**2).sum()), 1e-9) * of_voice.sum()
            result[:, heard] = (1 - _BY_VOICE) * shares[:, heard] + _BY_VOICE * of_voice
    return result


def best_path(gains: Floats, change: float) -> NDArray[np.int_]:
    """The choice in each picture that gains most in all, where each change costs ``change``.

    Args:
        gains: choices x pictures.
    """
    count = gains.shape[1]
    came_from = np.zeros(gains.shape, int)
    total = gains[:, 0].copy()
    stay = np.arange(len(gains))
    for number in range(1, count):
        best = int(total.argmax())
        changes = total[best] - change > total
        came_from[:, number] = np.where(changes, best, stay)
        total = np.where(changes, total[best] - change, total) + gains[:, number]
    path = np.zeros(count, int)
    path[-1] = total.argmax()
    for number in range(count - 1, 0, -1):
        path[number - 1] = came_from[path[number], number]
    return path
