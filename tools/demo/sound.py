"""The rundown as sound, and when everything in it is heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from tools.demo import events, rundown
from tools.demo.rundown import Caption, Hear, Person, Say
from tools.pocket.sounds import RATE
from tools.pocket.voices import Spoken, speak

Audio = NDArray[np.float32]
_ROOM = 0.0006
"""RMS of the room's own noise, which fills every pause."""
_TAIL = 0.8
"""Seconds of room after the last sound."""


@dataclass(frozen=True)
class Line:
    """A sentence where it is heard; seconds from the first sample."""

    item: Say
    person: Person
    spoken: Spoken
    start: float

    @property
    def end(self) -> float:
        return self.start + self.spoken.seconds

    @property
    def words(self) -> list[tuple[float, float]] | None:
        """Start and end of each unit, where the synthesiser told."""
        if self.spoken.starts is None:
            return None
        starts = [self.start + t for t in self.spoken.starts]
        return list(zip(starts, [*starts[1:], self.end], strict=True))


@dataclass(frozen=True)
class Heard:
    """A sound where it is heard: what was mixed in, and from when to when it can be heard."""

    item: Hear
    audio: Audio
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Track:
    """The whole show."""

    lines: tuple[Line, ...]
    sounds: tuple[Heard, ...]
    captions: tuple[tuple[float, Caption], ...]
    seconds: float

    def voice(self, person: str) -> Audio:
        """What one person says, alone."""
        return self._mix([(x.start, x.spoken.audio) for x in self.lines if x.person.key == person])

    def sound(self, kind: str) -> Audio:
        """All sounds of one kind, alone."""
        return self._mix([(x.at, x.audio) for x in self.sounds if x.item.kind == kind])

    def stereo(self) -> Audio:
        """Everything, shape (2, samples) at RATE; the mean of both sides has no one panned."""
        sides = np.zeros((2, round(self.seconds * RATE)), np.float32)
        for person in rundown.PEOPLE:
            voice = self.voice(person.key)
            sides += np.stack([voice * (1 - person.pan), voice * (1 + person.pan)])
        for kind in {x.item.kind for x in self.sounds}:
            sides += self.sound(kind)
        noise = np.random.default_rng(1).standard_normal(sides.shape[1]).astype(np.float32)
        # Rooms rumble more than they hiss.
        kernel = np.exp(-np.arange(40) / 8)
        room = np.convolve(noise, kernel / np.sqrt((kernel**2).sum()), "same")
        sides += (_ROOM * room).astype(np.float32)
        peak = float(np.abs(sides).max())
        return sides * min(1.0, 0.97 / peak)

    def _mix(self, parts: list[tuple[float, Audio]]) -> Audio:
        out = np.zeros(round(self.seconds * RATE), np.float32)
        for at, audio in parts:
            first = round(at * RATE)
            piece = audio[: len(out) - first]
            out[first : first + len(piece)] += piece
        return out


def perform() -> Track:
    """Say and play the rundown."""
    people = {p.key: p for p in rundown.PEOPLE}
    lines: list[Line] = []
    sounds: list[Heard] = []
    captions: list[tuple[float, Caption]] = []
    pending: Caption | None = None
    clock = last = 0.0
    for item in rundown.SHOW:
        if isinstance(item, Caption):
            pending = item
            continue
        at = clock + item.gap
        if pending:
            captions.append((at, pending))
            pending = None
        if isinstance(item, Say):
            person = people[item.person]
            line = Line(
                item, person, speak(rundown.sentence(item), person.voice, item.delivery), at
            )
            lines.append(line)
            clock = line.end
        else:
            audio = events.make(item)
            begin, end = events.audible(audio)
            sounds.append(Heard(item, audio, at, at + begin, at + end))
            clock = at + (item.hold if item.hold is not None else end)
        last = max(last, clock, sounds[-1].end if sounds else 0.0)
    return Track(tuple(lines), tuple(sounds), tuple(captions), last + _TAIL)


def widen(sides: Audio, rate: int) -> Audio:
    """Stereo sound of RATE at another rate."""
    factor = np.gcd(rate, RATE)
    out: Audio = resample_poly(sides, rate // factor, RATE // factor, axis=1).astype(np.float32)
    return out
