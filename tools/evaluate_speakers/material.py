"""Recordings with known turns, and conversations joined of recordings of single people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.evaluate_speakers.der import Turn
from vidtag.core.names import MEDIA_SUFFIXES
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE, Samples

_FRAME = SAMPLE_RATE // 50
_LEVEL = 0.05
"""Root mean square of a turn, before some are made louder and some fainter."""


@dataclass(frozen=True, eq=False)
class Case:
    """A recording and its turns."""

    name: str
    sound: Samples
    truth: tuple[Turn, ...]


def read_sound(path: Path) -> Samples:
    """All of a file, 16 kHz mono."""
    return np.concatenate(list(stream_audio(probe(path))))


def with_rttm(folder: Path) -> Iterator[Case]:
    """Recordings of a folder whose turns stand in RTTM files there."""
    turns: dict[str, list[Turn]] = {}
    for file in sorted(folder.glob("*.rttm")):
        for line in file.read_text(encoding="utf-8").splitlines():
            _, name, _, start, length, _, _, speaker, *_ = line.split()
            turns.setdefault(name, []).append(
                Turn(speaker, float(start), float(start) + float(length))
            )
    for path in sorted(folder.iterdir()):
        if path.suffix in MEDIA_SUFFIXES and path.stem in turns:
            yield Case(path.stem, read_sound(path), tuple(turns[path.stem]))


def read_people(folder: Path) -> dict[str, list[Samples]]:
    """Recordings of single people: a folder for each, as LibriSpeech has them; or a file for each,
    which is then cut.
    """
    people = {
        person.name: [
            read_sound(path) for path in sorted(person.iterdir()) if path.suffix in MEDIA_SUFFIXES
        ]
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    for path in sorted(folder.iterdir()):
        if path.suffix in MEDIA_SUFFIXES:
            people[path.stem] = _cut(read_sound(path), random.Random(path.stem))
    return people


def _cut(sound: Samples, dice: random.Random) -> list[Samples]:
    parts, at = [], 0
    while at < len(sound) - SAMPLE_RATE:
        length = round(dice.uniform(1.2, 5) * SAMPLE_RATE)
        parts.append(sound[at : at + length])
        at += length
    return parts


def conversation(people: dict[str, list[Samples]], count: int, seed: int) -> Case:
    """A conversation of some of the people."""
    dice = random.Random(seed)
    chosen = dice.sample(sorted(people), count)
    said = {person: dice.sample(people[person], len(people[person])) for person in chosen}
    return joined(f"{count} people, seed {seed}", said, chosen, dice)


def joined(
    name: str, said: dict[str, list[Samples]], chosen: list[str], dice: random.Random
) -> Case:
    """Turns of 1.2 to 10 seconds, one in ten over the end of the one before, levels apart by up to
    a factor of 2.5, and a little noise.

    Args:
        said: what each can say, the last first.
        chosen: who speaks, in the order of their first turns.
    """
    placed: list[tuple[int, Samples]] = []
    truth: list[Turn] = []
    at, last = 0.5, ""
    for number in range(24):
        others = [person for person in chosen if person != last and said[person]]
        if not others:
            break
        person = chosen[number] if number < len(chosen) else dice.choice(others)
        sound = said[person].pop()[: round(dice.uniform(1.2, 10) * SAMPLE_RATE)]
        loudness = float(np.sqrt(np.mean(sound**2)))
        sound = sound * np.float32(_LEVEL * dice.uniform(0.6, 1.5) / max(loudness, 1e-6))
        over = number and dice.random() < 0.1
        at = max(at + (-dice.uniform(0.2, 0.8) if over else dice.uniform(0.05, 0.8)), 0.0)
        placed.append((round(at * SAMPLE_RATE), sound))
        truth += [Turn(person, at + start, at + end) for start, end in _spoken(sound)]
        at, last = at + len(sound) / SAMPLE_RATE, person
    rng = np.random.default_rng(dice.getrandbits(32))
    mixed = rng.normal(0, 3e-4, round((at + 1) * SAMPLE_RATE)).astype(np.float32)
    for start, sound in placed:
        mixed[start : start + len(sound)] += sound
    return Case(name, mixed, tuple(truth))


def _spoken(sound: Samples) -> list[tuple[float, float]]:
    """Where somebody speaks in a clean recording, by its level; pauses below 0.3 s belong to it."""
    frames = len(sound) // _FRAME
    level = np.sqrt(np.mean(sound[: frames * _FRAME].reshape(frames, _FRAME) ** 2, axis=1))
    level = np.convolve(level, np.ones(3) / 3, "same")
    loud = np.flatnonzero(level > 0.08 * np.percentile(level, 90))
    spans: list[list[int]] = []
    for frame in loud.tolist():
        if spans and frame - spans[-1][1] < 15:
            spans[-1][1] = frame + 1
        else:
            spans.append([frame, frame + 1])
    seconds = _FRAME / SAMPLE_RATE
    return [(start * seconds, end * seconds) for start, end in spans if end - start > 3]
