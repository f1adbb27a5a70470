"""What a batch would do, and how long that may take, by what its stages have cost so far."""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidtag.batch import storage
from vidtag.batch.contract import Stage, VideoJob
from vidtag.batch.ledger import Cost, VideoState
from vidtag.batch.opening import copy_ledger
from vidtag.batch.plan import Plan
from vidtag.batch.progress import format_duration
from vidtag.core.addresses import is_address
from vidtag.core.errors import VidtagError
from vidtag.core.machine import usable_cores
from vidtag.media.extent import measure
from vidtag.media.probe import probe

_FEW_BYTES = 2000
"""Bytes a second below which a header may well lie, and a file of ``_SMALL`` bytes is looked
through: that takes no time, and what is that long is seldom that small."""

_SMALL = 1 << 26
_FEWEST_BYTES = 50
"""Bytes that a second of sound takes at the least: codecs for telephones stay above it."""

SAMPLE = 40
"""Videos that are opened to learn how long all of them are."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds of work per second of video, and where that is known from."""

    decode: float
    listen: float
    show: float
    source: str


TYPICAL = Rate(
    decode=0.03,
    listen=0.1,
    show=0.03,
    source="a guess for a machine of two cores: nothing has been measured here yet",
)
"""Before a first video is done; of the order that benchmarks/batch.py finds."""


def measured(costs: Sequence[Cost]) -> Rate | None:
    """What stages cost in a ledger; None if too little is in it."""
    listens = [c for c in costs if c.stage == Stage.LISTEN]
    shows = [c for c in costs if c.stage == Stage.SHOW]
    if not listens or not shows:
        return None
    heard, shown = sum(c.duration for c in listens), sum(c.duration for c in shows)
    decode = sum(c.decode_seconds for c in listens)
    return Rate(
        decode=decode / heard,
        listen=(sum(c.seconds for c in listens) - decode) / heard,
        show=sum(c.seconds for c in shows) / shown,
        source=f"{len(listens)} video{'s' if len(listens) > 1 else ''} of this batch",
    )


def forecast(plan: Plan, *, retry_failed: bool = False) -> Forecast:
    """What a run would do. Writes nothing, and opens only a sample of the videos."""
    with contextlib.closing(copy_ledger(plan.state)) as ledger:
        present = storage.find(plan.root) if is_address(plan.root) else None
        jobs = ledger.jobs(plan.videos, retry_failed=retry_failed, present=present)
        counts, rate = ledger.counts(), measured(ledger.costs())
    workers = plan.settings.workers
    lengths = _lengths(jobs)
    rate = rate or TYPICAL
    return Forecast(
        plan=plan,
        jobs=tuple(jobs),
        done=counts[VideoState.DONE],
        failed=counts[VideoState.FAILED],
        duration=sum(lengths),
        rate=rate,
        seconds=wall_time(
            sum(lengths),
            rate,
            cpus=workers.cpu or usable_cores(),
            models=workers.models or 1,
            listened=sum(
                length
                for job, length in zip(jobs, lengths, strict=True)
                if Stage.LISTEN in job.stages
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do.

    Attributes:
        jobs: what is to be done.
        done, failed: videos that would be left alone.
        duration: seconds of video in ``jobs``, estimated from a sample.
        seconds: wall time it is likely to take.
    """

    plan: Plan
    jobs: tuple[VideoJob, ...]
    done: int
    failed: int
    duration: float
    rate: Rate
    seconds: float

    def lines(self, most: int) -> Iterator[str]:
        """For people; at most so many videos are named."""
        for job in self.jobs[:most]:
            todo = " and ".join(stage.value for stage in job.stages)
            yield f"{todo:<16} {job.source} -> {job.folder}"
        if len(self.jobs) > most:
            yield f"and {len(self.jobs) - most:,} more"
        total = len(self.plan.videos)
        yield (
            f"{len(self.jobs):,} of {total:,} videos to do, {self.done:,} done, "
            f"{self.failed:,} failed before"
        )
        if self.jobs:
            video, work = format_duration(self.duration), format_duration(self.seconds)
            yield f"about {video} of video, likely to take {work} ({self.rate.source})"


def _lengths(jobs: Sequence[VideoJob]) -> list[float]:
    """Seconds of each video; where they are not known, as a sample of them is."""
    unknown = [j for j in jobs if j.duration is None and not is_address(j.source)]
    sample = [_duration(job.source) for job in unknown[:: max(1, len(unknown) // SAMPLE)]]
    known = [n for n in (*sample, *(job.duration for job in jobs)) if n is not None]
    typical = statistics.fmean(known) if known else 0.0
    return [typical if job.duration is None else job.duration for job in jobs]


def wall_time(
    duration: float, rate: Rate, *, cpus: int, models: int, listened: float | None = None
) -> float:
    """Seconds a batch takes: as long as the busiest kind of worker.

    Args:
        duration: seconds of video to show.
        listened: seconds of video to listen to, if not all of it.
    """
    heard = duration if listened is None else listened
    listening = heard * rate.listen / models
    rest = (heard * rate.decode + duration * rate.show) / cpus
    return max(listening, rest)


def _duration(path: str) -> float | None:
    """Seconds of a video; no more than its bytes can hold, whatever its header says."""
    try:
        declared, size = probe(path).duration, os.path.getsize(path)
        if size < min(declared * _FEW_BYTES, _SMALL):
            declared = min(declared, measure(path).duration)
        return min(declared, size / _FEWEST_BYTES)
    except (OSError, VidtagError):
        return None
