"""Tracks to measure events on: synthesised, with the truth known, and never trained on.

Speech is said by voices that training never used, with sentences it never used; sounds come from
seeds that it never used. They are mixed into one-minute tracks as a recording would have them: in
the pauses, over speech, over each other, over music, in rooms, at many levels. In ``unfamiliar``
tracks laughter and applause are, besides, made by whole methods of synthesis that training never
used. Some tracks hold only speech (with noises that are no events in its pauses) or only music;
every laugh or applause found there is a false alarm.

A truth is where a sound itself is audible (within 25 dB of its loudest 10 ms), not where its
samples were laid down, and truths of one kind that overlap or are closer than half a second are
one, as for a listener. Needs espeak-ng and the other synthesisers that ``tools/pocket`` names.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

from tools.pocket import grammar, sounds, voices
from vidtag.core.records import EventKind
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.level import FRAME_SECONDS, frame_power, mean_square
from vidtag.media.samples import SAMPLE_RATE

Audio = npt.NDArray[np.float32]
SECONDS = 60
REACTIONS = (EventKind.LAUGHTER, EventKind.APPLAUSE)
SHORT = (EventKind.COUGH, EventKind.SNEEZE, EventKind.CRY, EventKind.BREATH)
AUDIBLE_DB = 25.0
"""Decibels below its loudest frame down to which a sound by itself is audible."""
SAME = 0.5


@dataclass(frozen=True)
class Truth:
    kind: EventKind
    start: float
    end: float


@dataclass(frozen=True)
class Track:
    """One minute. ``scene`` is ``mixed``, ``unfamiliar``, ``speech`` or ``music``."""

    scene: str
    audio: npt.NDArray[np.int16]
    truths: tuple[Truth, ...]


class Mixer:
    """Makes tracks; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)

    def track(self, scene: str) -> Track:
        self.split: sounds.Split = "heldout" if scene == "unfamiliar" else "test"
        audio = np.zeros(SECONDS * SAMPLE_RATE, np.float32)
        truths: list[Truth] = []
        if scene == "music":
            self._music(audio, truths, 0.0, SECONDS, self.rng.uniform(0.05, 0.12))
        else:
            if self.rng.random() < 0.25:
                start = self.rng.uniform(0, 30)
                length = self.rng.uniform(12, 30)
                self._music(audio, truths, start, length, self.rng.uniform(0.006, 0.03))
            self._talk(audio, truths, events=scene != "speech")
        audio = self._record(audio)
        return Track(scene, np.round(audio * 32767).astype(np.int16), _joined(truths))

    def _talk(self, audio: Audio, truths: list[Truth], events: bool) -> None:
        """Speech, pauses and what the audience and the speaker make besides."""
        rng = self.rng
        language = rng.choice(grammar.LANGUAGES)
        voice = _voice(rng, language)
        at = rng.uniform(0, 1)
        while at < SECONDS - 3:
            if rng.random() < 0.2:
                language = rng.choice(grammar.LANGUAGES)
                voice = _voice(rng, language)
            said = self._say(language, voice)
            begin, at = at, at + _lay(audio, said, at)
            if not events or rng.random() < 0.45:
                at += rng.uniform(0.1, 1.2)
                if not events and rng.random() < 0.15:
                    noise = self._hard_negative()
                    _lay(audio, noise, at - rng.uniform(0, 1.5))
                    at += rng.uniform(0.0, 1.0)
                continue
            if rng.random() < 0.6:
                kind = rng.choice(REACTIONS)
                if rng.random() < 0.25:  # under the speech itself, quieter than it or louder
                    onset = rng.uniform(begin, max(begin, at - 1.0))
                    self._event(audio, truths, kind, onset, rng.uniform(0.04, 0.12))
                    at += rng.uniform(0.1, 1.0)
                    continue
                onset = at + rng.uniform(-0.2, 0.5)
                length = self._event(audio, truths, kind, onset, rng.uniform(0.04, 0.15))
                if rng.random() < 0.15:  # the other half of the audience
                    other = REACTIONS[1 - REACTIONS.index(kind)]
                    later = onset + rng.uniform(0.3, 0.7) * length
                    length = max(
                        length,
                        later - onset + self._event(audio, truths, other, later, 0.08),
                    )
                at = onset + length + rng.uniform(-0.2, 0.6)
            else:
                onset = at + rng.uniform(0.05, 0.4)
                length = self._event(
                    audio, truths, rng.choice(SHORT), onset, rng.uniform(0.03, 0.1)
                )
                at = onset + length + rng.uniform(0.1, 0.8)

    def _say(self, language: str, voice: voices.Voice) -> Audio:
        rng = self.rng
        delivery = voices.prosody(rng, rng.choice(voices.EMOTIONS))
        for _ in range(5):
            try:
                sentence = grammar.sample(rng, language, "heldout")
                return voices.speak(sentence, voice, delivery, accent=rng.randrange(4)).audio
            except RuntimeError:
                continue
        raise RuntimeError(f"{voice} says nothing")

    def _event(
        self, audio: Audio, truths: list[Truth], kind: EventKind, at: float, level: float
    ) -> float:
        """Lay an event down; gives its length in seconds."""
        sound = sounds.make(kind.value, self.noise, None, self.split)
        at = max(0.0, at)
        sound = _at_level(sound, level)
        room = len(audio) - round(at * SAMPLE_RATE)
        if room < SAMPLE_RATE // 2:
            return 0.0
        sound = sound[:room]
        _lay(audio, sound, at)
        first, last = _audible(sound)
        truths.append(Truth(kind, at + first, at + last))
        return len(sound) / SAMPLE_RATE

    def _music(
        self, audio: Audio, truths: list[Truth], at: float, length: float, level: float
    ) -> None:
        begin = at
        while at < min(begin + length, SECONDS) - 0.01:  # else the last piece may be no sample long
            sound = sounds.make("BGM", self.noise, self.rng.uniform(4, 15), "test")
            sound = sound[: round((SECONDS - at) * SAMPLE_RATE)]
            _lay(audio, _at_level(sound, level), at)
            at += len(sound) / SAMPLE_RATE
        truths.append(Truth(EventKind.BGM, begin, min(at, SECONDS)))

    def _hard_negative(self) -> Audio:
        sound = sounds.negative(self.noise, self.rng.uniform(0.5, 3.0))
        return _at_level(sound, self.rng.uniform(0.02, 0.08))

    def _record(self, audio: Audio) -> Audio:
        """A room, a band, background noise and a level."""
        rng = self.rng
        if rng.random() < 0.4:
            seconds = rng.uniform(0.15, 0.6)
            n = round(seconds * SAMPLE_RATE)
            tail = self.noise.normal(size=n) * np.exp(-6.9 * np.arange(n) / n)
            tail *= rng.uniform(0.02, 0.08)
            tail[0] = 1.0
            audio = fftconvolve(audio, tail)[: len(audio)].astype(np.float32)
        if rng.random() < 0.15:
            band = [rng.uniform(80, 300), rng.uniform(3500, 7000)]
            audio = sosfilt(butter(2, band, "band", fs=SAMPLE_RATE, output="sos"), audio)
        audio = audio / (np.abs(audio).max() + 1e-9) * 10 ** (rng.uniform(-15, -1) / 20)
        hiss = self.noise.normal(size=len(audio))
        if rng.random() < 0.5:
            hiss = sosfilt(butter(1, rng.uniform(200, 2000), fs=SAMPLE_RATE, output="sos"), hiss)
        rms = float(np.sqrt(np.mean(np.square(audio))))
        hiss *= rms / np.sqrt(np.mean(np.square(hiss))) * 10 ** (-rng.uniform(18, 45) / 20)
        return np.clip(audio + hiss, -1, 1).astype(np.float32)


# ---------------------------------------------------------------- helpers of the mixer


def _voice(rng: random.Random, language: str) -> voices.Voice:
    """A voice held out of training, of those that run inside this process."""
    return rng.choice([v for v in voices.voices("heldout", language) if v.family != "festival"])


def _lay(audio: Audio, sound: Audio, at: float) -> float:
    """Add a sound; gives its length in seconds."""
    first = max(0, round(at * SAMPLE_RATE))
    part = sound[: max(0, len(audio) - first)]
    audio[first : first + len(part)] += part
    return len(sound) / SAMPLE_RATE


def _at_level(sound: Audio, rms: float) -> Audio:
    own = float(np.sqrt(np.mean(np.square(sound)))) + 1e-9
    return (sound * (rms / own)).astype(np.float32)


def _audible(sound: Audio) -> tuple[float, float]:
    """Seconds at which a sound by itself becomes and ceases to be audible."""
    power = frame_power(sound)
    loud = np.flatnonzero(power >= power.max() * mean_square(-AUDIBLE_DB))
    return float(loud[0]) * FRAME_SECONDS, float(loud[-1] + 1) * FRAME_SECONDS


def _joined(truths: Iterable[Truth]) -> tuple[Truth, ...]:
    joined: list[Truth] = []
    for truth in sorted(truths, key=lambda t: (t.kind, t.start)):
        last = joined[-1] if joined else None
        if last and last.kind is truth.kind and truth.start - last.end < SAME:
            joined[-1] = Truth(last.kind, last.start, max(last.end, truth.end))
        else:
            joined.append(truth)
    return tuple(sorted(joined, key=lambda t: t.start))


# ---------------------------------------------------------------- many tracks


def make_tracks(seed: int, scenes: Sequence[str], folder: Path | None) -> list[Track]:
    """One track per scene, each kept in ``folder`` if there is one.

    They are made in a process of their own, because espeak-ng now and then falls over, and does
    not live well beside the libraries a model needs.
    """
    tracks: list[Track] = []
    failures = 0
    while len(tracks) < len(scenes):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            tasks = [(seed, i, scenes[i], folder) for i in range(len(tracks), len(scenes))]
            try:
                for track in pool.map(make_track, tasks):
                    tracks.append(track)
            except BrokenProcessPool:
                failures += 1
                if failures > 10:
                    raise
    return tracks


def make_track(task: tuple[int, int, str, Path | None]) -> Track:
    seed, number, scene, folder = task
    file = folder / f"track-{seed}-{number:03}-{scene}.pickle" if folder else None
    if file and file.exists():
        track: Track = pickle.loads(file.read_bytes())
        return track
    track = Mixer(seed * 1000 + number).track(scene)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(track))
    return track


def write_sample(track: Track, folder: Path) -> None:
    """``mixed.ogg`` (Opus) and ``mixed.json``, to listen to."""
    sound = folder / "mixed.ogg"
    sound.unlink(missing_ok=True)
    raw = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0")
    coded = ("-c:a", "libopus", "-b:a", "24k", "-fflags", "+bitexact", file_url(sound))
    run([*raw, *coded], stdin=track.audio.tobytes(), path=sound)
    truths = [
        {"kind": t.kind.value, "start": round(t.start, 3), "end": round(t.end, 3)}
        for t in track.truths
    ]
    (folder / "mixed.json").write_text(json.dumps(truths, indent=1) + "\n")
