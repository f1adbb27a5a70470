"""Windows of one length over the sound: asked in even steps, halved where the answers change.

A tagger costs a thirtieth of what the model costs. So where there is one it hears everything,
window after window, and the model is asked where its word may turn the answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind
from vidtag.core.settings import TaggerConfig
from vidtag.listening.events.pooling import pooled, traces, undecided
from vidtag.listening.stop import Stop
from vidtag.listening.windows import (
    Tagger,
    TaggerScope,
    WindowModel,
    WindowPosteriors,
    WindowResult,
)
from vidtag.media import level

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
_HINT = 0.2
"""Between two windows that a tagger heard something may hide if one of them has so much of it."""
_EDGE = 0.4
"""An edge lies where a curve passes this; about ``off``, where spans begin and end."""


class Witnesses:
    """Those that are asked about a window: the model, and perhaps a tagger."""

    def __init__(self, model: WindowModel, tagger: Tagger | None, config: TaggerConfig) -> None:
        self._model, self._tagger, self._config = model, tagger, config
        self._scope: TaggerScope | None = None if tagger is None else tagger.scope
        self.extra = 0 if self._scope is None else len(EventKind) + len(self._scope.labels)

    @property
    def has_tagger(self) -> bool:
        """Whether a second witness is there."""
        return self._tagger is not None

    def ask_model(self, windows: Floats) -> WindowPosteriors:
        """The model's answer to ``[n, samples]``."""
        return self._model.classify_windows(windows)

    def ask_tagger(self, windows: Floats) -> Floats:
        """``[n, extra]``: a tagger's kinds, then its finer labels."""
        if self._tagger is None:
            return np.zeros((len(windows), 0), np.float32)
        said = self._tagger.classify_windows(windows)
        columns = [said.events] if said.labels is None else [said.events, said.labels]
        return np.concatenate(columns, axis=1)

    def undecided(self, kinds: Sequence[EventKind], said: Floats) -> npt.NDArray[np.bool_]:
        """Which of a tagger's answers ``[n, extra]`` leave it to the model whether there is one of
        these kinds.
        """
        if self._scope is None:
            return np.ones(len(said), bool)
        return undecided(kinds, said[:, : len(EventKind)], self._scope.kinds, self._config)

    def decides(self, kind: EventKind, quick: bool) -> bool:
        """Whether a tagger tells where the model is asked about a kind: it knows the kind, and
        either it alone counts, or the kind has edges that are searched for."""
        if self._scope is None or kind not in self._scope.kinds:
            return False
        weight = self._config.settings_of(kind).weight
        return weight >= 1 or (quick and weight > 0)

    def hints(self, kinds: Sequence[EventKind], rows: Floats) -> Floats:
        """How much of each kind windows may have, ``[n, kinds]``, from their rows of all answers.

        Where the model was not asked, because the tagger had decided, the tagger's traces count.
        """
        own = rows[:, : len(kinds)]
        if self._scope is None:
            return own
        said = rows[:, len(kinds) : len(kinds) + len(EventKind)]
        unasked = np.isnan(own[:, 0])
        strength = pooled(kinds, np.nan_to_num(own), said, self._scope.kinds, self._config)
        traced = traces(kinds, said, self._scope.kinds, self._config) & unasked[:, None]
        hints: Floats = np.maximum(strength, np.where(traced, _HINT, 0.0)).astype(np.float32)
        return hints


class Sweep:
    """Windows of one length over the stream: even steps, halved where the answers change.

    The ends of the recording are mirrored, so that a window around its first and last sample
    hears the room go on instead of a silence that is not there.

    Args:
        quick: which of the kinds are worth finer steps.
        window: samples in a window.
        finest: samples between two windows after all halvings.
        halvings: how often a step may be halved; the coarse step is ``finest * 2**halvings``.
        everywhere: ask the model in coarse steps beside a tagger, too.
    """

    def __init__(
        self,
        witnesses: Witnesses,
        kinds: Sequence[EventKind],
        quick: Sequence[bool],
        window: int,
        finest: int,
        halvings: int,
        stop: Stop,
        *,
        everywhere: bool,
    ) -> None:
        self._witnesses = witnesses
        self._stop = stop
        self._kinds = tuple(kinds)
        self._width = len(self._kinds) + witnesses.extra
        self._columns = [tuple(EventKind).index(kind) for kind in kinds]
        self._quick = np.array(quick, bool)
        self._asked_for = [kind for kind, is_quick in zip(kinds, quick, strict=True) if is_quick]
        self._window = window
        self._half = window // 2
        self._finest = finest
        self._halvings = halvings
        self._coarse = finest << halvings
        # The tagger's steps: coarse ones halved until windows meet.
        self._step = self._coarse
        while witnesses.has_tagger and self._step > max(finest, window):
            self._step //= 2
        self._coarse_asks = everywhere or not all(
            witnesses.decides(kind, is_quick) for kind, is_quick in zip(kinds, quick, strict=True)
        )
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
        """Take the next samples; gives the windows that were answered meanwhile."""
        self._samples += len(chunk)
        self._waiting.append(np.asarray(chunk, np.float32))
        if self._buffer is None and self._samples < self._half:
            return []
        self._take()
        self._advance(self._samples - (self._window - self._half))
        results, self._results = self._results, []
        return results

    def finish(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Middles of all windows, in samples, ascending, and ``[n, width]`` probabilities: the
        model's of the kinds, NaN where it was not asked, then what else the witnesses say.
        """
        if self._samples:
            self._take()
            assert self._buffer is not None
            own = self._buffer[max(0, -self._origin) :]
            end = np.pad(own, (0, self._window), "symmetric")[len(own) :]
            self._buffer = np.concatenate([self._buffer, end])
            self._advance(self._samples)
            if self._times[-1] != self._samples:
                self._include([self._samples])
        values = np.array(self._values, np.float32).reshape(-1, self._width)
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
        middles = list(range(self._next, last + 1, self._step))
        if middles:
            self._next = middles[-1] + self._step
            self._include(middles)
            self._forget(middles[-1] - self._half)

    def _include(self, middles: list[int]) -> None:
        points = dict(zip(middles, self._hear(middles), strict=True))
        if self._times:  # the last one before: there may be an edge between it and the first new
            points[self._times.pop()] = np.array(self._values[-self._width :], np.float32)
            del self._values[-self._width :]
        hints = self._hints(points)
        for _ in range(self._halvings):
            ordered = sorted(points)
            wanted = [
                (a + b) // 2
                for a, b in pairwise(ordered)
                if b - a > self._finest
                and (self._worth_halving(hints[a], hints[b], b - a) or self._starts(a, b))
            ]
            new = dict(zip(wanted, self._hear(wanted), strict=True))
            points |= new
            hints |= self._hints(new)
        for time in sorted(points):
            self._times.append(time)
            self._values.extend(points[time])

    def _hints(self, points: Mapping[int, Floats]) -> dict[int, Floats]:
        """What the windows around some middles may have of each quick kind.

        Kinds that are slow, because their curve is averaged over more than a window, have no
        edges that would be worth finer steps.
        """
        if not points:
            return {}
        rows = self._witnesses.hints(self._kinds, np.stack(list(points.values())))
        return dict(zip(points, rows[:, self._quick], strict=True))

    def _worth_halving(self, a: Floats, b: Floats, step: int) -> bool:
        """Whether an event may begin, end or hide between two windows, ``step`` samples apart.

        Args:
            a, b: the hints of the two.
        """
        low, high = np.minimum(a, b), np.maximum(a, b)
        if step > self._window:
            return bool((high >= _TRACE).any())
        if self._witnesses.has_tagger:
            return bool(((high >= _HINT) & (low < _SURE)).any())
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
        """Answers ``[width]`` about the windows around these samples; NaN stands where the model
        was not asked.
        """
        assert self._buffer is not None
        answers: list[Floats] = [np.zeros(self._width, np.float32) for _ in middles]
        places: list[int] = []
        windows: list[Floats] = []
        for place, middle in enumerate(middles):
            start = middle - self._half - self._origin
            window = self._buffer[start : start + self._window]
            if level.is_audible(window):
                places.append(place)
                windows.append(window)
        for first in range(0, len(places), _BATCH):
            self._stop()
            batch = places[first : first + _BATCH]
            heard = np.stack(windows[first : first + _BATCH])
            said = self._witnesses.ask_tagger(heard)
            asked = self._witnesses.undecided(self._asked_for, said)
            if self._coarse_asks:
                asked |= np.array([middles[place] % self._coarse == 0 for place in batch])
            for place, extra in zip(batch, said, strict=True):
                answers[place][: len(self._kinds)] = np.nan
                answers[place][len(self._kinds) :] = extra
            self._ask([(answers[p], middles[p]) for p, a in zip(batch, asked, strict=True) if a],
                      heard[asked])  # fmt: skip
        return answers

    def _ask(self, windows: Sequence[tuple[Floats, int]], sound: Floats) -> None:
        """Put the model's answers into the rows of these windows, and keep them as results."""
        if not windows:
            return
        batch = self._witnesses.ask_model(sound)
        for row, (answer, middle) in enumerate(windows):
            answer[: len(self._kinds)] = batch.events[row, self._columns]
            start = middle - self._half
            emotions = None if batch.emotions is None else batch.emotions[row]
            self._results.append(
                WindowResult(start, start + self._window, batch.events[row], emotions)
            )
        self.measured += len(windows)

    def _forget(self, before: int) -> None:
        """Drop audio that no later window reaches."""
        assert self._buffer is not None
        if before > self._origin:
            self._buffer = self._buffer[before - self._origin :].copy()
            self._origin = before


def _rises(audio: Floats, before: int) -> bool:
    """Whether an audible sound begins out of quiet after the first ``before`` frames."""
    if not audio.any():  # gaps of hours shall cost nothing
        return False
    power = level.frame_power(audio)
    quiet = level.QUIET_BEFORE_ONSET
    if len(power) <= max(before, quiet):
        return False
    least = level.loudest_before(power) * level.mean_square(_RISE_DB)
    least = np.maximum(least, level.mean_square(level.AUDIBLE_DB))
    return bool((power[quiet:] >= least)[max(0, before - quiet) :].any())
