"""Decoded frames of any format and channels, mixed to mono samples."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator

import av
import numpy as np

from vidtag.core.records import Channel
from vidtag.media.rational import seconds_of
from vidtag.media.samples import Samples
from vidtag.media.timed_samples import TimedSamples

_MOST_PLANES = 8
"""Pointers to planes in FFmpeg's AVFrame (AV_NUM_DATA_POINTERS)."""

_WEIGHTS = {"FL": 0.5**0.5, "FR": 0.5**0.5, "FC": 1.0, "LFE": 0.0, "LFE2": 0.0}
"""Share of each channel in the mix, before they are made to add up to 1 (ITU-R BS.775); all
others are surrounds, with ``_SURROUND_WEIGHT``."""

_SURROUND_WEIGHT = 0.5


class Mixdown:
    """What decoded frames hold, and how it is mixed to mono.

    Args:
        channel: the mix of all channels, or one of two.
        zero: seconds on the file's own timestamps that are 0 on vidtag's clock; None where its
            timestamps mean nothing.
    """

    def __init__(self, channel: Channel, zero: float | None) -> None:
        self._channel, self._zero = channel, zero
        self._resampler: av.AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None
        self._weights: dict[str, Samples] = {}  # by the name of the layout

    def parts(self, frame: av.AudioFrame) -> Iterator[TimedSamples]:
        """The samples of a frame; of several, or none, where it has eight or more channels."""
        for part in self._interleaved(frame):
            time, base = None, part.time_base
            if self._zero is not None and part.pts is not None and base is not None:
                time = seconds_of(part.pts, base) - self._zero
            weights = self._weights_of(part.layout)
            data = part.to_ndarray()
            if not part.format.is_planar:
                data = data.reshape(-1, len(weights)).T
            yield TimedSamples(time, part.sample_rate, data, weights)

    def _weights_of(self, layout: av.AudioLayout) -> Samples:
        """The same array for every frame of a layout."""
        if layout.name not in self._weights:
            names = tuple(channel.name for channel in layout.channels)
            self._weights[layout.name] = channel_weights(names, self._channel)
        return self._weights[layout.name]

    def _interleaved(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """The frame, interleaved where its eight or more channels have planes of their own.

        PyAV counts the planes of a frame up to the first empty pointer, and there is none behind
        the eighth: reading such a frame ends the process.
        """
        if not frame.format.is_planar or frame.layout.nb_channels < _MOST_PLANES:
            return [frame]
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._form:
            self._resampler = av.AudioResampler("flt", frame.layout, frame.sample_rate)
            self._form = form
        return self._resampler.resample(frame)


def mixed(parts: Iterable[TimedSamples]) -> Samples:
    """Parts one behind the other, mixed to mono, within -1 to 1."""
    alike = itertools.groupby(parts, lambda part: (id(part.weights), part.samples.dtype))
    return np.concatenate([_mono(list(group)) for _, group in alike])


def _mono(parts: list[TimedSamples]) -> Samples:
    """The same for parts of one format with the same channels."""
    data, weights = np.concatenate([part.samples for part in parts], axis=1), parts[0].weights
    if data.dtype.kind == "f":
        samples = weights @ data.astype(np.float32, copy=False)
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    else:
        width = data.dtype.itemsize * 8 - 1
        middle = 2.0**width if data.dtype.kind == "u" else 0.0
        samples = weights @ ((data.astype(np.float32) - middle) / 2.0**width)
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


@functools.lru_cache(maxsize=64)
def channel_weights(names: tuple[str, ...], channel: Channel) -> Samples:
    """Share of each channel in the result; they add up to 1, so nothing clips."""
    weights = np.zeros(len(names), dtype=np.float32)
    if channel is Channel.MIX or len(names) == 1:
        if set(names) <= {"FL", "FR"} or not set(names) & set(_WEIGHTS):
            weights[:] = 1.0
        else:
            weights[:] = [_WEIGHTS.get(name, _SURROUND_WEIGHT) for name in names]
        if not weights.any():
            weights[:] = 1.0
    else:
        name, position = ("FL", 0) if channel is Channel.LEFT else ("FR", 1)
        weights[names.index(name) if name in names else position] = 1.0
    share: Samples = weights / weights.sum()
    return share
