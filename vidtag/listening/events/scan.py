"""Windows over all audio, to a probability curve per kind of event.

A window of fixed length slides over the recording, and the model says what each window's main
sound is. Asking is dear, so it is a cascade. What nobody could hear is not asked about. Steps are
coarse, and are halved, again and again, where one of two neighbouring answers gives an event
away, in the end only where its edge lies. So an hour of plain talk costs the coarse rate only, and
the edges are still measured finely. Memory is bounded: what stays of a chunk is its curves (a few
bytes per step) and its loudness (100 values per second).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind
from vidtag.core.settings import EventsConfig
from vidtag.listening.events.sweep import Sweep, Witnesses
from vidtag.listening.events.texture import Texture, TextureMeter
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import Tagger, WindowBatch, WindowModel
from vidtag.media.level import LevelMeter
from vidtag.media.samples import SAMPLE_RATE

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TaggerCurves:
    """What a tagger said, over time; rows are those of ``Curves``.

    Attributes:
        kinds: the kinds it knows.
        posteriors: ``[n, len(EventKind)]`` probabilities, in the order of ``EventKind``.
        labels: its finer labels.
        label_posteriors: ``[n, labels]`` probabilities of these.
    """

    kinds: tuple[EventKind, ...]
    posteriors: Floats
    labels: tuple[str, ...]
    label_posteriors: npt.NDArray[np.float16]


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
        tagger: what a second witness said at the same times; None if there was none.
        texture: by which laughs and applause are told apart; None where neither is looked for.
        unasked: ``[n, kinds]`` whether a value lies between windows so far apart that the model has
            not heard it, since the tagger had decided; None if it has heard everything.
    """

    kinds: tuple[EventKind, ...]
    posteriors: Floats
    hop: float
    windows: tuple[float, ...]
    loudness: Floats
    duration: float
    measured: int
    tagger: TaggerCurves | None = None
    texture: Texture | None = None
    unasked: npt.NDArray[np.bool_] | None = None

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
        tagger: a second witness. It hears everything, and the model is asked about what it leaves
            open; alone, the model hears everything in coarser steps.
        emotions: the windows' emotions are wanted everywhere, not only those of events.
        stop: asked before every batch of windows.
    """

    def __init__(
        self,
        model: WindowModel,
        config: EventsConfig,
        tagger: Tagger | None = None,
        *,
        emotions: bool = False,
        stop: Stop = never_stop,
    ) -> None:
        self._kinds = tuple(config.wanted)
        self._scope = None if tagger is None else tagger.scope
        witnesses = Witnesses(model, tagger, config.tagger)
        halvings = max(0, round(np.log2(config.hop / config.fine_hop)))
        self._finest = max(1, round(config.hop * SAMPLE_RATE / 2**halvings))
        self._windows = tuple(row.window for row in config.wanted.values())
        self._sweeps: dict[float, Sweep] = {}
        for length in sorted(set(self._windows)):
            kinds = [k for k, w in zip(self._kinds, self._windows, strict=True) if w == length]
            stride = self._finest * max(1, round(length / config.window))
            quick = [config.wanted[kind].smooth <= length for kind in kinds]
            self._sweeps[length] = Sweep(
                witnesses,
                kinds,
                quick,
                round(length * SAMPLE_RATE),
                stride,
                halvings,
                stop,
                everywhere=emotions,
            )
        self._loudness = LevelMeter()
        described = {EventKind.LAUGHTER, EventKind.APPLAUSE} & set(self._kinds)
        self._texture = TextureMeter() if described else None
        self._samples = 0

    def feed(self, chunk: Floats) -> WindowBatch:
        """Take the next samples, ``[n]`` float32 mono at 16 kHz, of any number.

        Returns:
            The windows that were answered meanwhile. Where no kind is looked for there are none,
            and none to come.
        """
        self._samples += len(chunk)
        self._loudness.feed(chunk)
        if self._texture is not None:
            self._texture.feed(chunk)
        sweeps = self._sweeps.values()
        results = tuple(result for sweep in sweeps for result in sweep.feed(chunk))
        settled = min((sweep.settled for sweep in sweeps), default=self._samples)
        return WindowBatch(results, settled)

    def finish(self) -> Curves:
        """The curves of all that was fed. Call once, at the end."""
        loudness, samples = self._loudness.finish()
        times = np.arange(0, samples, self._finest)
        posteriors = np.zeros((len(times), len(self._kinds)), np.float32)
        second = self._no_tagger_curves(len(times))
        unasked = np.zeros(posteriors.shape, bool)
        # The shortest windows last: what only a tagger is asked for is as they have it.
        for length in sorted(self._sweeps, reverse=True):
            at, values = self._sweeps[length].finish()
            if not len(at):
                continue
            columns = [i for i, window in enumerate(self._windows) if window == length]
            asked = ~np.isnan(values[:, 0])
            for place, column in enumerate(columns):
                if asked.any():
                    posteriors[:, column] = np.interp(times, at[asked], values[asked, place])
            unasked[:, columns] = _unheard(times, at[asked], length * SAMPLE_RATE)[:, None]
            if second is not None:
                own = {self._kinds[column] for column in columns}
                elsewhere = set(self._kinds) - own
                said = values[:, len(columns) :]
                for place, kind in enumerate(EventKind):
                    if kind not in elsewhere:
                        second.posteriors[:, place] = np.interp(times, at, said[:, place])
                for place in range(len(second.labels)):
                    label = said[:, len(EventKind) + place]
                    second.label_posteriors[:, place] = np.interp(times, at, label)
        return Curves(
            kinds=self._kinds,
            posteriors=posteriors,
            hop=self._finest / SAMPLE_RATE,
            windows=self._windows,
            loudness=loudness,
            duration=samples / SAMPLE_RATE,
            measured=sum(sweep.measured for sweep in self._sweeps.values()),
            tagger=second,
            texture=None if self._texture is None else self._texture.finish(),
            unasked=None if second is None else unasked,
        )

    def _no_tagger_curves(self, rows: int) -> TaggerCurves | None:
        """Curves of a tagger that has said nothing yet; None if there is none."""
        if self._scope is None:
            return None
        labels = self._scope.labels
        return TaggerCurves(
            self._scope.kinds,
            np.zeros((rows, len(EventKind)), np.float32),
            labels,
            np.zeros((rows, len(labels)), np.float16),
        )


def _unheard(
    times: npt.NDArray[np.int64], asked: npt.NDArray[np.int64], window: float
) -> npt.NDArray[np.bool_]:
    """Which times lie between two windows that do not touch, or outside all; in samples."""
    around = np.concatenate([[-np.inf], asked.astype(np.float64), [np.inf]])
    after = np.searchsorted(asked, times)
    unheard: npt.NDArray[np.bool_] = around[after + 1] - around[after] > window
    return unheard & ~np.isin(times, asked)
