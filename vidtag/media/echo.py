"""What one microphone has of another's voice, silenced: recordings with a channel or a track for
each speaker. Pure.

Two things tell that a channel holds but another's voice: it is much fainter than the other; or it
is fainter, and the same sound a little later (an echo on the line, a loudspeaker, a room).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from vidtag.media.level import highest_near
from vidtag.media.samples import SAMPLE_RATE, Samples

FRAME = SAMPLE_RATE // 50
"""Samples over which a level is measured."""

SILENCE = -50.0
"""Decibels of full scale below which nobody speaks."""

_QUIETER = 15.0
"""Decibels below another channel from which a channel holds but the other's voice."""

_FAINTER = 2.0
"""The same, where its sound is that of the other."""

_HELD = 5
"""Frames before and after a loud one that count as loud: an echo is late, and words have gaps."""

_LATE = 8
"""Frames by which the middle of those is earlier where echoes come late."""

_COARSE = 4
"""Sound is compared at a quarter of its rate: voices have most of their power below 2 kHz."""

_RATE = SAMPLE_RATE // _COARSE

_PER_FRAME = FRAME // _COARSE

_EARLIEST = _RATE // 20
"""Coarse samples by which an echo may be early: clocks of recorders differ."""

_PATHS = (4096, 1024)
"""Coarse samples, a second and a quarter of one, in which the way is learnt that an echo takes: on
a line it is late, and between microphones in one room it is learnt from two seconds of sound."""

_KEPT = 0.5
"""Share of what was learnt before that still counts with the next chunk: ways change."""

_LEARNT = 8.0
"""Stretches, half over each other, from which a way is known."""

_WINDOW = _RATE // 2
"""Coarse samples that are compared with the echo there would be."""

_SAME = 0.6
"""Correlation from which they are that echo."""

_EXPLAINED = 4.0
"""Decibels by which a frame may be louder than the echo there would be."""

_BETWEEN = 20
"""Frames between two of echo that are echo too, if they are the fainter ones."""

Levels = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Coarse = npt.NDArray[np.float32]


def levels(sound: Samples, frame: int = FRAME) -> Levels:
    """Level of each frame, in decibels of full scale; the last frame may be shorter."""
    starts = np.arange(0, len(sound), frame)
    power = np.add.reduceat(np.square(sound, dtype=np.float64), starts)
    lengths = np.diff(np.append(starts, len(sound)))
    found: Levels = 10 * np.log10(power / lengths + 1e-12)
    return found


class EchoGate:
    """Takes the sound of all channels, chunk by chunk, and gives what is each one's own."""

    def __init__(self, channels: int) -> None:
        pairs = [(own, other) for own in range(channels) for other in range(channels)]
        self._ways = {pair: tuple(map(_Way, _PATHS)) for pair in pairs if pair[0] != pair[1]}

    def __call__(self, sounds: Sequence[Samples], loud: Sequence[Levels]) -> list[Samples]:
        """The channels' own sound.

        Args:
            sounds: of one length, shape (samples,) each, 16 kHz.
            loud: their levels.
        """
        held = [highest_near(one, _HELD) for one in loud]
        recent = [highest_near(np.pad(one, (_LATE, 0)), _LATE)[: len(one)] for one in held]
        coarse = [_coarse(sound) for sound in sounds]
        echoes = [np.zeros(len(one), bool) for one in held]
        for (own, other), ways in self._ways.items():
            quieter = (held[other] > SILENCE) & (held[other] - held[own] > _QUIETER)
            fainter = (recent[other] > SILENCE) & (recent[other] - held[own] > _FAINTER)
            found = (way.same(coarse[own], coarse[other], fainter) for way in ways)
            echo = next((frames for frames in found if frames is not None), False)
            echoes[own] |= quieter | echo
        return [_without(sound, echo) for sound, echo in zip(sounds, echoes, strict=True)]


class _Way:
    """How one channel's voice comes into another: a filter, learnt where the other is fainter.

    Args:
        path: coarse samples of a stretch; the filter is half as long.
    """

    def __init__(self, path: int) -> None:
        self._path = path
        self._shared = np.zeros(self._path // 2 + 1, np.complex128)
        self._power = np.zeros(self._path // 2 + 1)
        self._stretches = 0.0
        self._tail = np.zeros(self._path // 2, np.float32)

    def same(self, own: Coarse, other: Coarse, fainter: Flags) -> Flags | None:
        """Frames that hold the echo there would be; None while its way is not known.

        Args:
            own: what may be an echo.
            other: of what.
            fainter: frames in which ``own`` is fainter than ``other``.
        """
        frames = np.zeros(len(fainter), bool)
        before, self._tail = self._tail, np.concatenate((self._tail, other))[-self._path // 2 :]
        if len(own) >= self._path and fainter.any():
            self._learn(own, other, fainter)
        if self._stretches < _LEARNT:
            return None
        floor = 1e-3 * self._power.mean() + 1e-12
        response = np.fft.irfft(self._shared / (self._power + floor))
        response = np.roll(response, _EARLIEST)[: self._path // 2]
        reach = np.concatenate((before, other, np.zeros(_EARLIEST, np.float32)))
        size = 1 << (len(reach) - 1).bit_length()
        spectrum = np.fft.rfft(reach, size) * np.fft.rfft(response, size)
        first = len(before) + _EARLIEST
        echo = np.fft.irfft(spectrum, size)[first : first + len(own)]
        for start in range(0, len(own), _WINDOW // 2):
            around = slice(max(start - _WINDOW // 4, 0), start + _WINDOW * 3 // 4)
            shared = float(np.dot(own[around], echo[around]))
            power = float(np.sum(echo[around] ** 2))
            middle = slice(start, start + _WINDOW // 2)
            if shared > _SAME * np.sqrt(max(power * float(np.sum(own[around] ** 2)), 1e-18)):
                frames[start // _PER_FRAME : middle.stop // _PER_FRAME] = True
            echo[middle] *= max(shared, 0.0) / max(power, 1e-9)  # as loud as it is here
        more = levels(own, _PER_FRAME) - levels(echo.astype(np.float32), _PER_FRAME)
        return _closed(frames) & fainter & (more < _EXPLAINED)

    def _learn(self, own: Coarse, other: Coarse, fainter: Flags) -> None:
        starts = np.arange(0, len(own) - self._path + 1, self._path // 2)
        starts = starts[fainter[(starts + self._path // 2) // _PER_FRAME]]
        taper = np.hanning(self._path)
        here, there = (
            np.fft.rfft(sliding_window_view(one, self._path)[starts] * taper)
            for one in (own, other)
        )
        self._shared = _KEPT * self._shared + (here * there.conj()).sum(axis=0)
        self._power = _KEPT * self._power + (np.abs(there) ** 2).sum(axis=0)
        self._stretches = _KEPT * self._stretches + len(starts)


def _coarse(sound: Samples) -> Coarse:
    """A quarter of the samples, each the mean of four; as many as fill whole frames."""
    whole = np.pad(sound, (0, -len(sound) % FRAME))
    found: Coarse = whole.reshape(-1, _COARSE).mean(axis=1)
    return found


def _closed(flags: Flags) -> Flags:
    """With what lies between flags that are near each other."""
    (there,) = np.nonzero(flags)
    closed = flags.copy()
    for first, second in pairwise(there.tolist()):
        if 1 < second - first <= _BETWEEN:
            closed[first:second] = True
    return closed


def _without(sound: Samples, echo: Flags) -> Samples:
    """Sound whose frames of echo are silent, faded over a frame."""
    if not echo.any():
        return sound
    centres = np.arange(len(echo)) * FRAME + FRAME / 2
    gain = np.interp(np.arange(len(sound)), centres, np.where(echo, 0.0, 1.0))
    return (sound * gain).astype(np.float32)
