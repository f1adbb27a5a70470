"""The waveform: the loudest sample of every hundredth of a second, made once and read in parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from vidtag import files
from vidtag.core.media_streams import Media
from vidtag.core.records import OnProgress, Progress
from vidtag.media.audio import stream_audio
from vidtag.media.samples import SAMPLE_RATE, Samples

PEAKS_PER_SECOND = 100
_SAMPLES = SAMPLE_RATE // PEAKS_PER_SECOND
MOST_PEAKS = 20_000
"""Peaks in one answer."""


def write_peaks(media: Media, tracks: Sequence[int], path: Path, on_progress: OnProgress) -> None:
    """Write the peaks of a file, a byte each: 255 is full scale.

    Args:
        tracks: those that are heard; of several the loudest counts.
        on_progress: receives the stage ``waveform``.
    """
    rest = none = np.zeros(0, np.float32)
    total = max(media.duration, 1e-3)
    seconds = 0.0
    with files.replacing(path) as partial, partial.open("wb") as file:
        for chunks in zip_longest(*(stream_audio(media, track=t) for t in tracks), fillvalue=none):
            chunk = _loudest(chunks)
            samples = np.concatenate([rest, chunk])
            whole = len(samples) // _SAMPLES * _SAMPLES
            file.write(_bytes(samples[:whole].reshape(-1, _SAMPLES).max(axis=1)))
            rest = samples[whole:]
            seconds += len(chunk) / SAMPLE_RATE
            on_progress(Progress("waveform", min(seconds, total), total))
        if len(rest):
            file.write(_bytes(rest.max(keepdims=True)))
    on_progress(Progress("waveform", total, total))


def _loudest(chunks: Sequence[Samples]) -> Samples:
    """The loudest of some sounds at each moment, without its sign."""
    longest = max(map(len, chunks))
    loudest: Samples = np.max(
        [np.pad(np.abs(one), (0, longest - len(one))) for one in chunks], axis=0
    )
    return loudest


def read_peaks(path: Path, start: float, end: float, count: int) -> bytes:
    """Peaks between two times in seconds, at most ``count``, each the highest of its part."""
    first = max(0, int(start * PEAKS_PER_SECOND))
    last = max(first, int(np.ceil(end * PEAKS_PER_SECOND)))
    with path.open("rb") as file:
        file.seek(first)
        peaks = np.frombuffer(file.read(last - first), np.uint8)
    parts = min(count, last - first)
    if not parts or not len(peaks):
        return b""
    missing = last - first - len(peaks)
    if missing:
        peaks = np.concatenate([peaks, np.zeros(missing, np.uint8)])
    edges = np.linspace(0, len(peaks), parts, endpoint=False).astype(int)
    return np.maximum.reduceat(peaks, edges).tobytes()


def _bytes(peaks: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bytes:
    return np.clip(np.round(peaks * 255), 0, 255).astype(np.uint8).tobytes()
