"""Windows over all audio, to a probability curve per kind of event.

A window of fixed length slides over the recording, and the model says what each window's main
sound is. Asking is dear, so it is a cascade. What nobody could hear is not asked about. Steps are
coarse, and are halved, again and again, where one of two neighbouring answers gives an event
away, in the end only where its edge lies. So an hour of plain talk costs the coarse rate only, and
the edges are still measured finely. Memory is bounded: what stays of a chunk is its curves (a few
bytes per step) and its loudness (100 values per second).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind
from vidtag.core.settings import EventsConfig
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import WindowBatch, WindowModel, WindowResult
from vidtag.media import level
from vidtag.media.level import LevelMeter
from vidtag.media.samples import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

_BATCH = 64
_TRACE = 0.3
"""Between two windows apart something may hide if one of them hears so much of it."""
_LIKELY = 0.5
"""Windows that overlap share most of their sound; one of them should hear it by itself."""
_SURE = 0.9
"""Where two windows that meet or overlap are so sure, nothing else lies between their middles."""
_RISE_DB = 10.0
"""How far a sound that begins rises above the loudest frame of the quiet before it."""
_EDGE = 0.4
"""An edge lies where a curve passes this; about ``off``, where spans begin and end."""


@dataclass(frozen=True, slots=True)
class Curves:
    """How probable each kind of event is, over time.

    Attributes:
        kinds: what the columns of ``posteriors`` are.
        posteriors: ``[n, kinds]``; row ``i`` is about the time ``i * hop``, the middle of its
            window. Values between measured windows are interpolated.
        hop: seconds between two rows.
        windows: length of the window each kind was measured with, in seconds.
        loudness: ``[m]`` level of each frame of 10 ms, in dBFS.
        duration: length of the recording in seconds.
        measured: number of windows the model was asked about.
    """

    kinds: tuple[EventKind, ...]
    posteriors: Floats
    hop: float
    windows: tuple[float, ...]
    loudness: Floats
    duration: float
    measured: int

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """``[n]`` seconds of the rows."""
        return np.arange(len(self.posteriors), dtype=np.float64) * self.hop

    def curve(self, kind: EventKind) -> Floats:
        """``[n]`` probabilities of one kind; zero where it was not looked for."""
        if kind not in self.kinds:
            return np.zeros(len(self.posteriors), np.float32)
        column: Floats = self.posteriors[:, self.kinds.index(kind)]
        return column


class EventScanner:
    """Scans a recording chunk by chunk; see the module's text for how.

    Args:
        model: gives the probabilities.
        config: lengths of windows and steps, and which kinds are looked for.
        stop: asked before every batch of windows.
    """

    def __init__(
        self, model: WindowModel, config: EventsConfig, *, stop: Stop = never_stop
    ) -> None:
        self._kinds = tuple(config.wanted)
        halvings = max(0, round(np.log2(config.hop / config.fine_hop)))
        self._finest = max(1, round(config.hop * SAMPLE_RATE / 2**halvings))
        self._windows = tuple(row.window for row in config.wanted.values())
        self._sweeps: dict[float, _Sweep] = {}
        for length in sorted(set(self._windows)):
            kinds = [k for k, w in zip(self._kinds, self._windows, strict=True) if w == length]
            stride = self._finest * max(1, round(length / config.window))
            quick = [config.wanted[kind].smooth <= length for kind in kinds]
            self._sweeps[length] = _Sweep(
                model, kinds, quick, round(length * SAMPLE_RATE), stride, halvings, stop
            )
        self._loudness = LevelMeter()
        self._samples = 0

    def feed(self, chunk: Floats) -> WindowBatch:
        """Take the next samples, ``[n]`` float32 mono at 16 kHz, of any number.

        Returns:
            The windows that were answered meanwhile. Where no kind is looked for there are none,
            and none to come.
        """
        self._samples += len(chunk)
        self._loudness.feed(chunk)
        sweeps = self._sweeps.values()
        results = tuple(result for sweep in sweeps for result in sweep.feed(chunk))
        settled = min((sweep.settled for sweep in sweeps), default=self._samples)
        return WindowBatch(results, settled)

    def finish(self) -> Curves:
        """The curves of all that was fed. Call once, at the end."""
        loudness, samples = self._loudness.finish()
        times = np.arange(0, samples, self._finest)
        posteriors = np.zeros((len(times), len(self._kinds)), np.float32)
        for length, sweep in self._sweeps.items():
            at, values = sweep.finish()
            columns = [i for i, window in enumerate(self._windows) if window == length]
            for column, curve in zip(columns, values.T, strict=True):
                if len(at):
                    posteriors[:, column] = np.interp(times, at, curve)
        return Curves(
            kinds=self._kinds,
            posteriors=posteriors,
            hop=self._finest / SAMPLE_RATE,
            windows=self._windows,
            loudness=loudness,
            duration=samples / SAMPLE_RATE,
            measured=sum(sweep.measured for sweep in self._sweeps.values()),
        )


class _Sweep:
    """Windows of one length over the stream: even steps, halved where the answers change.

    The ends of the recording are mirrored, so that a window around its first and last sample
    hears the room go on instead of a silence that is not there.

    Args:
        quick: which of the kinds are worth finer steps.
        window: samples in a window.
        finest: samples between two windows after all halvings.
        halvings: how often a step may be halved; the coarse step is ``finest * 2**halvings``.
    """

    def __init__(
        self,
        model: WindowModel,
        kinds: Sequence[EventKind],
        quick: Sequence[bool],
        window: int,
        finest: int,
        halvings: int,
        stop: Stop,
    ) -> None:
        self._model = model
        self._stop = stop
        self._columns = [tuple(EventKind).index(kind) for kind in kinds]
        self._quick = np.array(quick, bool)
        self._window = window
        self._half = window // 2
        self._finest = finest
        self._halvings = halvings
        self._coarse = finest << halvings
        self._waiting: list[Floats] = []
        self._buffer: Floats | None = None
        self._origin = -self._half
        self._samples = 0
        self._next = 0
        # Packed: as objects, a day's answers would take some hundred megabytes.
        self._times = array("q")
        self._values = array("f")
        self._results: list[WindowResult] = []
        self.measured = 0

    @property
    def settled(self) -> int:
        """No window to come has its middle before this sample."""
        return self._times[-1] if self._times else 0

    def feed(self, chunk: Floats) -> list[WindowResult]:
        self._samples += len(chunk)
        self._waiting.append(np.asarray(chunk, np.float32))
        if self._buffer is None and self._samples < self._half:
            return []
        self._take()
        self._advance(self._samples - (self._window - self._half))
        results, self._results = self._results, []
        return results

    def finish(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Middles of all windows, in samples, ascending, and ``[n, kinds]`` probabilities."""
        if self._samples:
            self._take()
            assert self._buffer is not None
            own = self._buffer[max(0, -self._origin) :]
            end = np.pad(own, (0, self._window), "symmetric")[len(own) :]
            self._buffer = np.concatenate([self._buffer, end])
            self._advance(self._samples)
            if self._times[-1] != self._samples:
                self._include([self._samples])
        values = np.array(self._values, np.float32).reshape(-1, len(self._columns))
        return np.array(self._times, np.int64), values

    def _take(self) -> None:
        """Move what waits into the buffer, before the first samples their mirror image."""
        fresh = np.concatenate([np.zeros(0, np.float32), *self._waiting])
        self._waiting.clear()
        if self._buffer is None:
            self._buffer = np.pad(fresh, (self._half, 0), "symmetric")
        else:
            self._buffer = np.concatenate([self._buffer, fresh])

    def _advance(self, last: int) -> None:
        """Measure all coarse steps up to ``last``, and what their changes ask for."""
        middles = list(range(self._next, last + 1, self._coarse))
        if middles:
            self._next = middles[-1] + self._coarse
            self._include(middles)
            self._forget(middles[-1] - self._half)

    def _include(self, middles: list[int]) -> None:
        points = dict(zip(middles, self._hear(middles), strict=True))
        if self._times:  # the last one before: there may be an edge between it and the first new
            points[self._times.pop()] = np.array(self._values[-len(self._columns) :], np.float32)
            del self._values[-len(self._columns) :]
        for _ in range(self._halvings):
            ordered = sorted(points)
            wanted = [
                (a + b) // 2
                for a, b in pairwise(ordered)
                if b - a > self._finest
                and (self._worth_halving(points[a], points[b], b - a) or self._starts(a, b))
            ]
            points.update(zip(wanted, self._hear(wanted), strict=True))
        for time in sorted(points):
            self._times.append(time)
            self._values.extend(points[time])

    def _worth_halving(self, a: Floats, b: Floats, step: int) -> bool:
        """Whether an event may begin, end or hide between two windows, ``step`` samples apart.

        Kinds that are slow, because their curve is averaged over more than a window, have no
        edges that would be worth it.
        """
        low, high = np.minimum(a, b)[self._quick], np.maximum(a, b)[self._quick]
        if step > self._window:
            return bool((high >= _TRACE).any())
        least = _EDGE if 2 * step <= self._window else _SURE
        return bool(((high >= _LIKELY) & (low < least)).any())

    def _starts(self, a: int, b: int) -> bool:
        """Whether a sound begins, out of quiet, in what two windows leave unheard between them.

        The last quarter of the first window counts as unheard: too little to know a sound by.
        """
        assert self._buffer is not None
        if b - a <= self._window:
            return False
        first = a + self._half // 2 - self._origin
        last = b - self._half - self._origin
        quiet = level.QUIET_BEFORE_ONSET * level.FRAME
        return _rises(self._buffer[max(0, first - quiet) : last], min(first, quiet) // level.FRAME)

    def _hear(self, middles: Sequence[int]) -> list[Floats]:
        """Probabilities ``[kinds]`` of the windows around these samples."""
        assert self._buffer is not None
        answers: list[Floats] = [np.zeros(len(self._columns), np.float32) for _ in middles]
        asked: list[int] = []
        windows: list[Floats] = []
        for place, middle in enumerate(middles):
            start = middle - self._half - self._origin
            window = self._buffer[start : start + self._window]
            if level.is_audible(window):
                asked.append(place)
                windows.append(window)
        for first in range(0, len(asked), _BATCH):
            self._stop()
            batch = self._model.classify_windows(np.stack(windows[first : first + _BATCH]))
            for row, place in enumerate(asked[first : first + _BATCH]):
                answers[place] = batch.events[row, self._columns]
                start = middles[place] - self._half
                emotions = None if batch.emotions is None else batch.emotions[row]
                self._results.append(
                    WindowResult(start, start + self._window, batch.events[row], emotions)
                )
        self.measured += len(asked)
        return answers

    def _forget(self, before: int) -> None:
        """Drop audio that no later window reaches."""
        assert self._buffer is not None
        if before > self._origin:
            self._buffer = self._buffer[before - self._origin :].copy()
            self._origin = before


def _rises(audio: Floats, before: int) -> bool:
    """Whether an audible sound begins out of quiet after the first ``before`` frames."""
    power = level.frame_power(audio)
    quiet = level.QUIET_BEFORE_ONSET
    if len(power) <= max(before, quiet):
        return False
    least = level.loudest_before(power) * level.mean_square(_RISE_DB)
    least = np.maximum(least, level.mean_square(level.AUDIBLE_DB))
    return bool((power[quiet:] >= least)[max(0, before - quiet) :].any())
