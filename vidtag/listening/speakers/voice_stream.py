"""A stream of sound to pieces of voices: who is heard for a second or two, and how that sounds.

Windows of ten seconds are laid over speech alone. A window answers for the stretch it owns, which
ends in the middle of what it shares with the next one; so each moment of speech is told once.
Within a window the network may take two people who talk by turns for one voice. So a voice is cut
into pieces, each with a voiceprint of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vidtag.listening.speakers.segmentation import (
    FRAME,
    VOICES,
    WINDOW,
    Segmenter,
    frame_of,
    sample_of,
)
from vidtag.listening.speakers.voiceprints import Embedder
from vidtag.listening.speech.audio_buffer import AudioBuffer
from vidtag.listening.stop import Stop, never_stop
from vidtag.media.flag_runs import runs
from vidtag.media.samples import SAMPLE_RATE, Samples

_BATCH = 32
"""Windows that go through the network at once: its recurrent layers take half as long per window
with 16 on a core as with 4."""

_SHARED = 2 * SAMPLE_RATE
"""What a window shares with the next one, where speech goes on."""

_LEAD = SAMPLE_RATE // 2
"""A window begins so long before speech does: the detector of speech may be late."""

_HEARD = 0.5
"""Probability from which a voice counts as heard."""

_ALONE = 0.25
"""Probability up to which no other voice counts as heard."""

_PIECE = 1.5 * SAMPLE_RATE
"""About how long a piece is: shorter ones sound less like their speakers, longer ones are more
often of two people."""

_ENOUGH = SAMPLE_RATE // 2
"""Of a voice alone, for a voiceprint; where a piece has less, what is beside it counts too."""

_LONGEST = SAMPLE_RATE
"""Of a voice alone, from the middle, for a voiceprint: all of it costs half as much again, and
tells speakers apart no better."""

_SHORTEST = SAMPLE_RATE // 4
"""Of a voice alone, without which there is no voiceprint."""

Bools = npt.NDArray[np.bool_]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch in which one voice is heard.

    Attributes:
        window: number of the window.
        voice: which of the window's voices; mostly one speaker's, but not always.
        start, end: in samples of the stream.
        probability: that the voice is heard, 0 to 1.
        voiceprint: shape (dimensions,); None if it is nowhere near heard alone.
        seconds: how long the sound lasts that the voiceprint was made of.
    """

    window: int
    voice: int
    start: int
    end: int
    probability: float
    voiceprint: npt.NDArray[np.float32] | None
    seconds: float


@dataclass(frozen=True)
class _Window:
    """Where a window begins, and the span it owns."""

    number: int
    start: int
    owned: Span


class VoiceStream:
    """Finds pieces of voices while sound is fed to it; sample 0 is time 0.

    What is kept of the sound is what no window has heard yet, about ``_BATCH`` windows of speech.
    """

    def __init__(
        self, segmentation: Segmenter, embedder: Embedder, *, stop: Stop = never_stop
    ) -> None:
        self._segmentation = segmentation
        self._embedder = embedder
        self._stop = stop
        self._audio = AudioBuffer()
        self._speech: list[Span] = []
        self._windows: list[_Window] = []
        self._count = 0
        self._told = 0
        """Sample up to which all speech is owned by a window."""

    @property
    def held_samples(self) -> int:
        """Samples of the stream that are in memory."""
        return len(self._audio)

    def feed(self, chunk: Samples, speech: Sequence[Span], settled: int) -> list[Piece]:
        """Take the next samples; give the pieces that are now known.

        Args:
            speech: spans of speech that are now certain, in order.
            settled: no span to come begins before this sample.
        """
        self._audio.append(chunk)
        self._speech += speech
        self._lay_windows(final=False)
        pieces: list[Piece] = []
        while len(self._windows) >= _BATCH:
            pieces += self._hear(self._windows[:_BATCH])
        waiting = [w.start for w in self._windows] + [s for s, _ in self._speech] + [settled]
        self._audio.forget(min(waiting) - _LEAD - _SHARED)
        return pieces

    def finish(self, speech: Sequence[Span]) -> list[Piece]:
        """The stream is over: give what is left."""
        self._speech += speech
        self._lay_windows(final=True)
        pieces: list[Piece] = []
        while self._windows:
            pieces += self._hear(self._windows[:_BATCH])
        return pieces

    def _lay_windows(self, *, final: bool) -> None:
        """Lay windows over speech, as far as the sound for them is there."""
        while self._speech:
            begin, end = self._speech[0]
            if end <= self._told:
                self._speech.pop(0)
                continue
            goes_on = begin <= self._told and self._told > 0
            owned_from = self._told if goes_on else max(begin - _LEAD, self._told, 0)
            start = max(owned_from - _SHARED // 2, 0) if goes_on else owned_from
            if start + WINDOW > self._audio.end and not final:
                return
            # What the window owns ends where the next one takes over, or speech does.
            owned_until = start + WINDOW - _SHARED // 2
            self._windows.append(_Window(self._count, start, (owned_from, owned_until)))
            self._count += 1
            self._told = owned_until

    def _hear(self, windows: Sequence[_Window]) -> list[Piece]:
        self._stop()
        sounds = [_padded(self._audio.cut(w.start, w.start + WINDOW)) for w in windows]
        activity = self._segmentation(sounds)
        heard = [
            one
            for window, sound, row in zip(windows, sounds, activity, strict=True)
            for one in _heard(row, window, sound, self._audio.end)
        ]
        usable = [number for number, (_, alone) in enumerate(heard) if len(alone) >= _SHORTEST]
        prints = self._embedder([heard[number][1] for number in usable])
        found = dict(zip(usable, prints, strict=True))
        del self._windows[: len(windows)]
        return [
            replace(
                piece,
                voiceprint=found.get(number),
                seconds=len(alone) / SAMPLE_RATE if number in found else 0.0,
            )
            for number, (piece, alone) in enumerate(heard)
        ]


def _padded(sound: Samples) -> Samples:
    return np.pad(sound, (0, WINDOW - len(sound))).astype(np.float32)


def _heard(
    row: npt.NDArray[np.float32], window: _Window, sound: Samples, end: int
) -> Iterator[tuple[Piece, Samples]]:
    """Pieces of what a window owns, yet without voiceprints, and the sound to make these of.

    Args:
        row: shape (frames, VOICES).
        end: samples of the stream so far; what is behind them is no sound.
    """
    owned = window.owned[0], min(window.owned[1], end)
    first, last = (frame_of(sample - window.start) for sample in owned)
    for voice in range(VOICES):
        mine = row[:, voice]
        alone = (mine > _HEARD) & (np.delete(row, voice, axis=1).max(axis=1) < _ALONE)
        for run in runs(mine > _HEARD):
            start, stop = max(run[0], first), min(run[1], last)
            for a, b in _parts(start, stop):
                piece = Piece(
                    window.number,
                    voice,
                    window.start + sample_of(a),
                    min(window.start + sample_of(b), end),
                    float(mine[a:b].mean()),
                    None,
                    0.0,
                )
                yield piece, _alone(sound, alone, (a, b), run)


def _parts(start: int, stop: int) -> list[Span]:
    """A run of frames, cut into equal parts of about ``_PIECE``; none if it is empty."""
    if stop <= start:
        return []
    count = max(1, round((stop - start) * FRAME / _PIECE))
    edges = [start + (stop - start) * n // count for n in range(count + 1)]
    return [*pairwise(edges)]


def _alone(sound: Samples, alone: Bools, part: Span, run: Span) -> Samples:
    """The sound of a part of a run in which its voice is heard alone, up to ``_LONGEST``; if that
    is too little, with half a second on either side, as far as the run goes.
    """
    found = _where(sound, alone, part)
    if len(found) < _ENOUGH:
        more = frame_of(SAMPLE_RATE // 2)
        found = _where(sound, alone, (max(part[0] - more, run[0]), min(part[1] + more, run[1])))
    spare = max(len(found) - _LONGEST, 0) // 2
    return found[spare : spare + _LONGEST]


def _where(sound: Samples, flags: Bools, span: Span) -> Samples:
    spans = [(span[0] + a, span[0] + b) for a, b in runs(flags[span[0] : span[1]])]
    cut = [sound[sample_of(a) : sample_of(b)] for a, b in spans]
    return np.concatenate(cut) if cut else np.zeros(0, np.float32)
