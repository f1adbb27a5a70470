"""Shows mixed of recorded clips: longer tracks with truth than there are recordings of.

Clips are those of a ``manifest.json`` (``recordings``), divided in halves by their names, so that
what is learnt on one half is judged on sounds that it never had. Speech goes on all the while, with
pauses, said by the same few voices, as in one show; events and sounds that are none lie over it or
in its pauses.

What a show is like is one of ``SHOWS``: how loud the audience is beside the speech, and how much of
the rest are sounds that are no event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.evaluate_events.recordings import Recording
from tools.evaluate_events.tracks import Truth
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

Audio = npt.NDArray[np.float32]

SPEECH_DB = -24.0
_FRAME = SAMPLE_RATE // 50
_BELOW_DB, _GAP = 22.0, 1.0
"""How far below its loud parts a sound is heard, and seconds of rest that do not divide it."""
_SHORT_BELOW_DB, _SHORT_GAP = 15.0, 0.3
"""The same of coughs and sneezes, where breath lies between two."""
_SHORT = ("cough", "sneeze")
_OFTEN = {"laughter": 0.5, "applause": 0.3, "cough": 0.12}
"""How much of a show's events are which; the others share the rest."""
_LONGEST = 7.0
_ROOM_DB = -62.0


@dataclass(frozen=True)
class Show:
    """What a show sounds like.

    Attributes:
        level: decibels of events above the speech, from and to.
        others: share of what is put into it that is no event.
        every: seconds from one sound to the next, about.
    """

    level: tuple[float, float] = (-3.0, 6.0)
    others: float = 0.25
    every: float = 8.0


SHOWS: Mapping[str, Show] = {
    "near": Show(),
    "far": Show(level=(-14.0, -5.0)),
    "noisy": Show(level=(-6.0, 3.0), others=0.7, every=5.0),
}


def halves(clips: Sequence[Recording]) -> tuple[list[Recording], list[Recording]]:
    """Clips to learn with, and others of the same labels to judge by; speech is in both."""
    parts: tuple[list[Recording], list[Recording]] = ([], [])
    for label in sorted({clip.label or "" for clip in clips}):
        own = sorted((c for c in clips if c.label == label), key=_scrambled)
        for number, clip in enumerate(own):
            for part in parts if label == "speech" else (parts[number % 2],):
                part.append(clip)
    return parts


def _scrambled(clip: Recording) -> str:
    """An order that says nothing about a clip."""
    return hashlib.sha256(clip.path.name.encode()).hexdigest()


class ShowMixer:
    """Mixes tracks of one show out of some clips."""

    def __init__(self, show: Show, clips: Sequence[Recording], seed: int) -> None:
        self._show = show
        self._random = np.random.default_rng(seed)
        self._clips = [(clip, load(clip.path)) for clip in clips]

    def track(self, seconds: float) -> tuple[Audio, tuple[Truth, ...]]:
        """Sound, and what is in it."""
        sound = np.zeros(round((seconds + 2 * _LONGEST) * SAMPLE_RATE), np.float32)
        self._speak(sound, seconds)
        truths: list[Truth] = []
        at = 2.0
        while at < seconds - _LONGEST:
            clip, samples, spans = self._sound()
            level = SPEECH_DB + self._random.uniform(*self._show.level)
            first = round(at * SAMPLE_RATE)
            sound[first : first + len(samples)] += _at_level(samples, level)
            if clip.kind is not None:
                truths += [Truth(clip.kind, at + a, at + b) for a, b in spans]
            rest = self._random.uniform(0.5, 1.5) * self._show.every
            at += max(len(samples) / SAMPLE_RATE + 1.0, rest)
        sound = sound[: round(seconds * SAMPLE_RATE)]
        sound += self._random.normal(0, 10 ** (_ROOM_DB / 20), len(sound)).astype(np.float32)
        loudest = float(np.abs(sound).max())
        return sound / max(1.0, loudest / 0.98), tuple(truths)

    def _speak(self, sound: Audio, seconds: float) -> None:
        voices = [samples for clip, samples in self._clips if clip.label == "speech"]
        at = 0.5
        while voices and at < seconds - 1:
            voice = voices[self._random.integers(len(voices))]
            length = round(self._random.uniform(3, 8) * SAMPLE_RATE)
            first = int(self._random.integers(max(1, len(voice) - length)))
            piece = _faded(voice[first : first + length], 0.02)
            place = round(at * SAMPLE_RATE)
            piece = piece[: len(sound) - place]
            sound[place : place + len(piece)] += _at_level(piece, SPEECH_DB)
            at += len(piece) / SAMPLE_RATE + self._random.uniform(0.3, 2.0)

    def _sound(self) -> tuple[Recording, Audio, list[tuple[float, float]]]:
        """An event or something else, cut to what is heard of it."""
        other = self._random.random() < self._show.others
        pool = [
            (clip, samples)
            for clip, samples in self._clips
            if clip.label != "speech" and (clip.kind is None) is other
        ]
        labels = sorted({clip.label or "" for clip, _ in pool})
        rest = (1 - sum(_OFTEN.values())) / max(1, len(set(labels) - set(_OFTEN)))
        weights = np.array([1.0 if other else _OFTEN.get(name, rest) for name in labels])
        label = str(self._random.choice(labels, p=weights / weights.sum()))
        own = [row for row in pool if row[0].label == label]
        clip, samples = own[self._random.integers(len(own))]
        short = label in _SHORT
        found = heard(samples, short=short)
        first = int(self._random.integers(len(found))) if short else 0
        start = max(0.0, found[first][0] - 0.05)
        end = (found[first] if short else found[-1])[1] + 0.15
        end = min(end, start + _LONGEST)
        piece = _faded(samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)], 0.05)
        return clip, piece, heard(piece, short=short)


def load(path: Path) -> Audio:
    """All of a sound file."""
    return np.concatenate(list(stream_audio(probe(path))))


def heard(samples: Audio, *, short: bool, least: float = 0.12) -> list[tuple[float, float]]:
    """Where a clip sounds, in seconds; all of it if nowhere for long."""
    below, gap = (_SHORT_BELOW_DB, _SHORT_GAP) if short else (_BELOW_DB, _GAP)
    levels = _levels(samples)
    loud = np.percentile(levels[levels > levels.max() - 40], 95)
    spans: list[list[float]] = []
    for frame in np.flatnonzero(levels > loud - below):
        start, end = frame * _FRAME / SAMPLE_RATE, (frame + 1) * _FRAME / SAMPLE_RATE
        if spans and start - spans[-1][1] <= gap:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    long_enough = [(a, b) for a, b in spans if b - a >= least]
    return long_enough or [(0.0, len(samples) / SAMPLE_RATE)]


def _levels(samples: Audio) -> npt.NDArray[np.float64]:
    count = max(1, len(samples) // _FRAME)
    frames = np.resize(samples, count * _FRAME).reshape(count, _FRAME).astype(np.float64)
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum((frames**2).mean(axis=1), 1e-12))
    return levels


def _at_level(samples: Audio, decibels: float) -> Audio:
    """The same with its loud parts at a level."""
    levels = _levels(samples)
    loud = levels[levels > levels.max() - 30]
    own = 10 * np.log10((10 ** (loud / 10)).mean())
    return (samples * 10 ** ((decibels - own) / 20)).astype(np.float32)


def _faded(samples: Audio, seconds: float) -> Audio:
    faded = samples.astype(np.float32).copy()
    n = min(len(faded) // 4, round(seconds * SAMPLE_RATE))
    if n:
        ramp = np.linspace(0, 1, n, dtype=np.float32)
        faded[:n] *= ramp
        faded[-n:] *= ramp[::-1]
    return faded
