"""A stream of sound to local voices: who is heard when within ten seconds, and how each sounds.

Windows of ten seconds are laid over speech alone. A window answers for the stretch it owns, which
ends in the middle of what it shares with the next one; so each moment of speech is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.listening.speakers.segmentation import (
    VOICES,
    WINDOW,
    Segmentation,
    frame_of,
    sample_of,
)
from vidtag.listening.speakers.voiceprints import Embedder
from vidtag.listening.speech.audio_buffer import AudioBuffer
from vidtag.listening.stop import Stop, never_stop
from vidtag.media.samples import SAMPLE_RATE, Samples

_BATCH = 8
"""Windows that go through the network at once."""

_SHARED = 2 * SAMPLE_RATE
"""What a window shares with the next one, where speech goes on."""

_LEAD = SAMPLE_RATE // 2
"""A window begins so long before speech does: the detector of speech may be late."""

_HEARD = 0.5
"""Probability from which a voice counts as heard."""

_ALONE = 0.25
"""Probability up to which no other voice counts as heard."""

_SHORTEST = SAMPLE_RATE // 4
"""Of a voice alone, for a voiceprint."""

Bools = npt.NDArray[np.bool_]
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch in which a voice is heard, in samples of the stream, and how surely (0 to 1)."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, eq=False)
class LocalVoice:
    """One voice within one window.

    Attributes:
        window: number of the window; two voices of one window are two speakers.
        stretches: where it is heard, in order, within what the window owns.
        voiceprint: shape (dimensions,); None if it is nowhere heard alone for long enough.
        seconds: how long the sound lasts that the voiceprint was made of.
    """

    window: int
    stretches: tuple[Stretch, ...]
    voiceprint: npt.NDArray[np.float32] | None
    seconds: float


@dataclass(frozen=True)
class _Window:
    """Where a window begins, and the span it owns."""

    number: int
    start: int
    owned: Span


class VoiceStream:
    """Finds local voices while sound is fed to it; sample 0 is time 0.

    What is kept of the sound is what no window has heard yet, about ``_BATCH`` windows of speech.
    """

    def __init__(
        self, segmentation: Segmentation, embedder: Embedder, *, stop: Stop = never_stop
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

    def feed(self, chunk: Samples, speech: Sequence[Span], settled: int) -> list[LocalVoice]:
        """Take the next samples; give the voices that are now known.

        Args:
            speech: spans of speech that are now certain, in order.
            settled: no span to come begins before this sample.
        """
        self._audio.append(chunk)
        self._speech += speech
        self._lay_windows(final=False)
        voices: list[LocalVoice] = []
        while len(self._windows) >= _BATCH:
            voices += self._hear(self._windows[:_BATCH])
        waiting = [w.start for w in self._windows] + [s for s, _ in self._speech] + [settled]
        self._audio.forget(min(waiting) - _LEAD - _SHARED)
        return voices

    def finish(self, speech: Sequence[Span]) -> list[LocalVoice]:
        """The stream is over: give what is left."""
        self._speech += speech
        self._lay_windows(final=True)
        voices: list[LocalVoice] = []
        while self._windows:
            voices += self._hear(self._windows[:_BATCH])
        return voices

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

    def _hear(self, windows: Sequence[_Window]) -> list[LocalVoice]:
        self._stop()
        sounds = [_padded(self._audio.cut(w.start, w.start + WINDOW)) for w in windows]
        activity = self._segmentation(sounds)
        found = [
            (window, sound, heard, alone)
            for window, sound, row in zip(windows, sounds, activity, strict=True)
            for heard, alone in _heard(row, window, self._audio.end)
        ]
        pieces = [
            _longest_alone(sound, alone, self._embedder.length) for _, sound, _, alone in found
        ]
        usable = [number for number, piece in enumerate(pieces) if len(piece) >= _SHORTEST]
        prints = dict(
            zip(usable, self._embedder([pieces[number] for number in usable]), strict=True)
        )
        del self._windows[: len(windows)]
        return [
            LocalVoice(
                window.number,
                tuple(heard),
                prints.get(number),
                len(pieces[number]) / SAMPLE_RATE if number in prints else 0.0,
            )
            for number, (window, _, heard, _) in enumerate(found)
        ]


def _padded(sound: Samples) -> Samples:
    return np.pad(sound, (0, WINDOW - len(sound))).astype(np.float32)


def _heard(
    row: npt.NDArray[np.float32], window: _Window, end: int
) -> list[tuple[list[Stretch], Bools]]:
    """The voices of a window: where each is heard in what the window owns, and alone in all of it.

    Args:
        row: shape (frames, VOICES).
        end: samples of the stream so far; what is behind them is no sound.
    """
    owned = window.owned[0], min(window.owned[1], end)
    first, last = (frame_of(sample - window.start) for sample in owned)
    found = []
    for voice in range(VOICES):
        mine = row[:, voice]
        others = np.delete(row, voice, axis=1).max(axis=1)
        stretches = [
            Stretch(
                window.start + sample_of(start + first),
                min(window.start + sample_of(stop + first), end),
                float(mine[first + start : first + stop].mean()),
            )
            for start, stop in runs(mine[first:last] > _HEARD)
        ]
        if stretches:
            found.append((stretches, (mine > _HEARD) & (others < _ALONE)))
    return found


def runs(flags: Bools) -> list[Span]:
    """Runs of true flags, half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _longest_alone(sound: Samples, alone: Bools, most: int) -> Samples:
    """The longest stretches in which a voice is heard alone, joined, up to ``most`` samples."""
    spans = sorted(runs(alone), key=lambda run: run[0] - run[1])
    pieces: list[Samples] = []
    length = 0
    for start, stop in spans:
        piece = sound[sample_of(start) : min(sample_of(stop), sample_of(start) + most - length)]
        pieces.append(piece)
        length += len(piece)
        if length >= most:
            break
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
