"""Where somebody speaks: two detectors behind one interface, fed with chunks of any size.

Both find raw spans as the audio comes; none is longer than ``max_segment``: one that gets so long
is cut at its best pause, and goes on. ``vidtag.listening.speech.stretches`` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from vidtag.core.errors import ModelError
from vidtag.core.installing import install_command
from vidtag.core.settings import ModelConfig, VadConfig
from vidtag.listening.models.digests import silero_file
from vidtag.listening.models.hubs import FSMN_VAD, find_folder
from vidtag.listening.side_effects import silenced
from vidtag.listening.speech.funasr_door import build
from vidtag.media import level
from vidtag.media.samples import SAMPLE_RATE, Samples

Span = tuple[int, int]
"""Half-open, in samples from the start of the stream."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a detector said last: spans that are now certain, in order; none to come begins before
    ``settled``.
    """

    spans: tuple[Span, ...]
    settled: int


class Vad(Protocol):
    """Finds speech in a stream."""

    def feed(self, chunk: Samples) -> list[Span]:
        """Take the next samples; give the spans that are now certain, in order."""

    def finish(self) -> list[Span]:
        """The stream is over: give what is left."""

    @property
    def settled(self) -> int:
        """No span to come begins before this sample."""


def make_vad(vad: VadConfig, model: ModelConfig) -> Vad:
    """Make the detector that ``vad`` names; ``model`` tells which hub to fetch it from.

    Raises:
        ModelUnavailableError: it has to be fetched, and cannot be.
        ModelError: it is damaged.
    """
    if vad.name == "silero":
        return SileroVad(vad)
    return FsmnVad(vad, find_folder(FSMN_VAD, model.hub))


class _Levels:
    """A level for each step of the end of a stream, to find its best pause."""

    def __init__(self, step: int) -> None:
        self.step = step
        self._first = 0
        self._values: list[float] = []

    def extend(self, values: npt.NDArray[np.floating]) -> None:
        self._values.extend(values.tolist())

    def forget(self, before: int) -> None:
        """Drop steps that end before this sample."""
        drop = min(before // self.step - self._first, len(self._values))
        if drop > 0:
            del self._values[:drop]
            self._first += drop

    def quietest(self, start: int, end: int) -> int:
        """Middle of the quietest 0.2 s between two samples; the later one of two alike."""
        first, last = start // self.step - self._first, end // self.step - self._first
        values = np.array(self._values[max(first, 0) : last])
        width = max(1, round(0.2 * SAMPLE_RATE / self.step))
        if len(values) < width:
            return (start + end) // 2
        best = level.quietest(values, width, last=True)
        return round((max(first, 0) + self._first + best + width / 2) * self.step)


class _Cutter:
    """Turns "speech began here" and "ended there" into spans that are not too long."""

    def __init__(self, longest: float, levels: _Levels) -> None:
        self._longest = round(longest * SAMPLE_RATE)
        self._levels = levels
        self.start: int | None = None

    def open(self, start: int) -> None:
        self.start = start

    def close(self, end: int) -> list[Span]:
        spans = self.cut(end)
        if self.start is not None and end > self.start:
            spans.append((self.start, end))
        self.start = None
        return spans

    def cut(self, known: int) -> list[Span]:
        """Cut off what is too long already, given that speech goes on until ``known``."""
        spans: list[Span] = []
        while self.start is not None and known - self.start > self._longest:
            middle = self.start + self._longest // 2
            end = self._levels.quietest(middle, self.start + self._longest)
            spans.append((self.start, end))
            self.start = end
        return spans


class SileroVad:
    """Silero VAD as bundled in its Python package, run by ONNX Runtime on one thread.

    The network takes 512 samples (32 ms) at a time, after the 64 before them, and remembers what
    was; its variant for sequences takes many of them at once. A span opens where the
    probability reaches the threshold, and closes once it has stayed ``HYSTERESIS`` below it for
    ``min_silence`` seconds.
    """

    CHUNK = 512
    CONTEXT = 64
    HYSTERESIS = 0.15
    SHORTEST = 2 * CHUNK
    """Spans that are shorter are clicks; the shortest words ("a", "え") last twice as long."""
    HEARD_OF_NOTHING = 600 * SAMPLE_RATE
    """So much of a digital silence is heard, by which the network's memory has settled; what
    follows of it counts like the last of that, and takes no time."""

    def __init__(self, config: VadConfig) -> None:
        self._session = _silero_session()
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._rest = np.zeros(self.CONTEXT, np.float32)
        self._heard = 0
        self._on = config.threshold
        self._off = max(config.threshold - self.HYSTERESIS, 0.01)
        self._patience = round(config.min_silence * SAMPLE_RATE)
        self._levels = _Levels(self.CHUNK)
        self._cutter = _Cutter(config.max_segment, self._levels)
        self._silent_since: int | None = None
        self._nothing = 0  # steps of digital silence in a row
        self._last = 0.0

    @property
    def settled(self) -> int:
        """No span to come begins before this sample."""
        return self._heard if self._cutter.start is None else self._cutter.start

    def feed(self, chunk: Samples) -> list[Span]:
        """Take the next samples; give the spans that are now certain, in order."""
        self._rest = np.concatenate((self._rest, chunk))
        chunks = (len(self._rest) - self.CONTEXT) // self.CHUNK
        if chunks == 0:
            return []
        windows = np.lib.stride_tricks.sliding_window_view(
            self._rest[: self.CONTEXT + chunks * self.CHUNK], self.CONTEXT + self.CHUNK
        )[:: self.CHUNK]
        self._rest = self._rest[chunks * self.CHUNK :]
        spans: list[Span] = []
        probabilities = self._probabilities(windows)
        self._levels.extend(probabilities)
        for probability in probabilities.tolist():
            spans += self._step(probability)
        self._levels.forget(self.settled)
        return spans

    def finish(self) -> list[Span]:
        """The stream is over: give what is left."""
        end = self._heard + len(self._rest) - self.CONTEXT
        spans: list[Span] = []
        if end > self._heard:
            spans = self.feed(np.zeros(self.CHUNK - (end - self._heard), np.float32))
        if self._cutter.start is not None:
            spans += self._close(min(self._silent_since or end, end))
        return [(start, min(stop, end)) for start, stop in spans]

    def _probabilities(self, windows: Samples) -> npt.NDArray[np.float32]:
        heard = self._worth_hearing(windows)
        latest = np.maximum.accumulate(np.where(heard, np.arange(1, len(windows) + 1), 0))
        said = np.full(1 + len(windows), self._last, np.float32)
        if heard.any():
            out, self._h, self._c = self._session.run(
                None, {"input": windows[heard], "h": self._h, "c": self._c}
            )
            said[1:][heard] = out.reshape(-1)
        probabilities: npt.NDArray[np.float32] = said[latest]
        self._last = float(probabilities[-1])
        return probabilities

    def _worth_hearing(self, windows: Samples) -> npt.NDArray[np.bool_]:
        """Which of the next windows are not within a long digital silence."""
        places = np.arange(1, len(windows) + 1)
        sounds = windows.any(axis=1)
        since = places - np.maximum.accumulate(np.where(sounds, places, -self._nothing))
        self._nothing = int(since[-1])
        heard: npt.NDArray[np.bool_] = since * self.CHUNK <= self.HEARD_OF_NOTHING
        return heard

    def _step(self, probability: float) -> list[Span]:
        here, self._heard = self._heard, self._heard + self.CHUNK
        if probability >= self._on:
            self._silent_since = None
            if self._cutter.start is None:
                self._cutter.open(here)
        elif probability < self._off and self._cutter.start is not None:
            if self._silent_since is None:
                self._silent_since = here
            if self._heard - self._silent_since >= self._patience:
                return self._close(self._silent_since)
        if self._silent_since is not None:
            return []
        return self._cutter.cut(self._heard)

    def _close(self, end: int) -> list[Span]:
        self._silent_since = None
        return [span for span in self._cutter.close(end) if span[1] - span[0] > self.SHORTEST]


_FSMN_PARTS = (
    "funasr.frontends.wav_frontend",
    "funasr.models.fsmn_vad_streaming.encoder",
    "funasr.models.fsmn_vad_streaming.model",
)


class FsmnVad:
    """FunASR's own detector (a hub model), streamed through FunASR in steps of 0.2 s.

    It has thresholds of its own; of the settings it heeds ``min_silence`` and ``max_segment``.
    """

    STEP = SAMPLE_RATE // 5
    LOOKBACK = SAMPLE_RATE
    """A beginning is reported at most so long after it was: 0.2 s of window, 0.2 s that it looks
    back, a step, and what the frontend holds back."""

    def __init__(self, config: VadConfig, folder: Path) -> None:
        network, parts = build(folder, _FSMN_PARTS)
        self._network, self._frontend = network, parts["frontend"]
        self._frontend.dither = 0.0
        # Spans are cut by ``_Cutter``, at a pause; FunASR would cut wherever its limit falls.
        network.vad_opts.max_single_segment_time = 2**40
        # It counts silence after the 0.15 s that it needs to notice any.
        self._silence = max(round(config.min_silence * 1000), 200)
        self._cache: dict[str, Any] = {}
        self._rest = np.zeros(0, np.float32)
        self._heard = 0
        self._ended = 0
        self._levels = _Levels(level.FRAME)
        self._cutter = _Cutter(config.max_segment, self._levels)

    @property
    def settled(self) -> int:
        """No span to come begins before this sample."""
        if self._cutter.start is not None:
            return self._cutter.start
        return max(self._heard - self.LOOKBACK, self._ended)

    def feed(self, chunk: Samples) -> list[Span]:
        """Take the next samples; give the spans that are now certain, in order."""
        self._rest = np.concatenate((self._rest, chunk))
        ready = len(self._rest) // self.STEP * self.STEP
        audio, self._rest = self._rest[:ready], self._rest[ready:]
        spans: list[Span] = []
        for start in range(0, ready, self.STEP):
            spans += self._listen(audio[start : start + self.STEP], final=False)
        return spans

    def finish(self) -> list[Span]:
        """The stream is over: give what is left."""
        end = self._heard + len(self._rest)
        # The frontend wants a whole frame; silence at the end changes nothing.
        spans = self._listen(np.pad(self._rest, (0, self.STEP - len(self._rest))), final=True)
        if self._cutter.start is not None:
            spans += self._cutter.close(end)
        return [(start, min(stop, end)) for start, stop in spans if start < end]

    def _listen(self, audio: Samples, *, final: bool) -> list[Span]:
        self._levels.extend(level.pause_levels(level.frame_power(audio)))
        self._heard += len(audio)
        with torch.inference_mode():
            results, _ = self._network.inference(
                [audio],
                key=["stream"],
                frontend=self._frontend,
                cache=self._cache,
                chunk_size=self.STEP * 1000 // SAMPLE_RATE,
                is_final=final,
                device="cpu",
                max_end_silence_time=self._silence,
            )
        spans: list[Span] = []
        for begin, end in results[0]["value"]:
            if begin >= 0:
                self._cutter.open(max(begin * SAMPLE_RATE // 1000, self._ended))
            if end >= 0:
                spans += self._cutter.close(end * SAMPLE_RATE // 1000)
        spans += self._cutter.cut(self._heard)
        if spans:
            self._ended = spans[-1][1]
        self._levels.forget(self.settled)
        return spans


def _silero_session() -> Any:
    with silenced():
        model = silero_file()
        if not model.is_file():
            raise ModelError(
                "the installed silero-vad lacks this file",
                path=model,
                remedy=f"run: {install_command('silero-vad', '--upgrade')}",
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
