"""Sound on the clock, at any rate, as continuous mono at ``SAMPLE_RATE`` in even chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np

from vidtag.media.mixdown import mixed
from vidtag.media.samples import SAMPLE_RATE, Samples
from vidtag.media.timed_samples import TimedSamples

_BATCH_SECONDS = 1.0
"""Seconds mixed and resampled at a time."""


def resampled(parts: Iterable[TimedSamples]) -> Iterator[Samples]:
    """16 kHz samples from clock time 0 on, silence where there is nothing."""
    written = 0
    for start, rate, samples in _runs(parts):
        # Where a run starts is rounded once, so the rest of it is off by half a sample at most.
        place = round(start * SAMPLE_RATE)
        while written < place:
            silence = min(place - written, SAMPLE_RATE)
            yield np.zeros(silence, np.float32)
            written += silence
        for part in _converted(samples, rate):
            begin = max(0, written - place)
            if begin < len(part):
                yield part[begin:]
            place += len(part)
            written = max(written, place)


def _runs(parts: Iterable[TimedSamples]) -> Iterator[tuple[float, int, Iterator[Samples]]]:
    """Group samples that follow each other without a hole at one rate: start, rate, samples.

    Each run's samples have to be consumed before the next run.
    """
    source = iter(parts)
    first = next(source, None)
    while first is not None:
        after: list[TimedSamples] = []
        yield first.time or 0.0, first.rate, _run(first, source, after)
        first = after[0] if after else None


def _run(
    first: TimedSamples, source: Iterator[TimedSamples], after: list[TimedSamples]
) -> Iterator[Samples]:
    """One run in mono, ``_BATCH_SECONDS`` at a time; what ends it goes to ``after``."""
    batch = [first]
    size = first.count
    end = (first.time or 0.0) + first.duration
    for part in source:
        time = end if part.time is None else part.time
        if part.rate != first.rate or abs(time - end) > 0.5 / first.rate:
            after.append(part)
            break
        batch.append(part)
        size += part.count
        end = time + part.duration
        if size >= _BATCH_SECONDS * first.rate:
            yield mixed(batch)
            batch, size = [], 0
    if batch:
        yield mixed(batch)


def _converted(samples: Iterator[Samples], rate: int) -> Iterator[Samples]:
    """One run at 16 kHz: its first sample stays the first sample."""
    if rate == SAMPLE_RATE:
        yield from samples
        return
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    read = made = 0
    for part in samples:
        frame = av.AudioFrame.from_ndarray(part[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = rate
        read += len(part)
        for converted in _convert(resampler, frame):
            made += len(converted)
            yield converted
    # The resampler rounds its last sample up, or keeps it: a run is as long as its samples are.
    wanted = round(read * SAMPLE_RATE / rate)
    for converted in _convert(resampler, None):
        rest = converted[: max(0, wanted - made)]
        made += len(rest)
        yield rest


def _convert(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> Iterator[Samples]:
    for converted in resampler.resample(frame):
        yield np.clip(converted.to_ndarray()[0], -1.0, 1.0)


def in_chunks(parts: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples in chunks of ``size``; the last may be shorter, none is empty."""
    waiting: list[Samples] = []
    count = 0
    for part in parts:
        rest = part
        while count + len(rest) >= size:
            waiting.append(rest[: size - count])
            rest = rest[size - count :]
            yield np.concatenate(waiting)
            waiting, count = [], 0
        if len(rest):
            waiting.append(rest)
            count += len(rest)
    if waiting:
        yield np.concatenate(waiting)
