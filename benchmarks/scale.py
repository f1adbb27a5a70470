"""What very many hours would take, and a simulation that checks the claims about queues.

    python benchmarks/scale.py [--costs FILE] [--hours 1000000]

``--costs`` are measured costs of single videos (``benchmarks/batch.py --json``); by default those
kept beside this file, which docs/scale.md is about. The tables come from these costs by
multiplication. The simulation lets the real queues of a batch (vidtag.batch.schedule) deal with
videos whose costs are drawn from the measured ones, in simulated time, and shows how busy the
listening processes stay for different numbers of processors beside them, and what bounded queues
do.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.batch.contract import Stage, StageEnded, Step, VideoJob
from vidtag.batch.opening import open_ledger
from vidtag.batch.plan import PlannedVideo
from vidtag.batch.schedule import QueuedJob, Schedule
from vidtag.batch.steps import DecodedAudio, Outcome
from vidtag.batch.worker import Finished
from vidtag.core.media_streams import Media
from vidtag.core.settings import Config

COSTS = Path(__file__).with_name("costs.json")

GPU_LISTEN = 1.6 / 170 + 1 / 350
"""Seconds a listening process with a GPU takes per second of sound. Not measured here. FunASR's
README gives 170 x real time for SenseVoice on an H100; the pass for events hears about 0.6 of the
sound again (windows of 1 s every 2 s, more around events); voice activity is found before, on the
CPU, at about 350 x real time (silero on one core, measured)."""

CPU_HOUR, GPU_HOUR = 0.04, 2.50
"""Assumed prices in USD: a core of a large cloud machine, and a data-centre GPU, on demand, about
what public price lists asked in 2025 (32-core general-purpose machine for about 1.3 an hour; one
H100 for 2 to 3 an hour at GPU clouds). Change them for yours."""

STORE_MONTH = 0.023
"""Assumed price in USD of a GB in an object store for a month (list price of S3 Standard)."""

VIDEO_GB_HOUR = 1.8
"""GB per hour of video at 4 Mbit/s."""

SOUND_GB_HOUR = 3600 * 16000 * 4 / 1e9
"""GB per hour of decoded sound: 16 kHz, 32 bits."""

RESULT_GB_HOUR = 0.004
"""GB per hour of video of documents and subtitles, without clips."""


@dataclass(frozen=True)
class Cost:
    """Core seconds a video took, per part; see benchmarks/batch.py."""

    duration: float
    decode: float
    listen: float
    show: float


@dataclass(frozen=True)
class Simulated:
    """What a simulated batch came to.

    Attributes:
        listening: share of the listening processes' time in which they listened.
        working: the same of the others.
        seconds: length of the batch.
        most_heard: most decoded videos that waited or were being decoded at once.
    """

    listening: float
    working: float
    seconds: float
    most_heard: int


def per_second(costs: Sequence[Cost], part: str) -> float:
    return sum(getattr(cost, part) for cost in costs) / sum(cost.duration for cost in costs)


def simulate(
    costs: Sequence[Cost],
    *,
    videos: int,
    models: int,
    cpus: int,
    ahead: int,
    listen_factor: float = 1.0,
    seed: int = 1,
) -> Simulated:
    """Run a batch in simulated time through the queues that the runners use.

    Args:
        listen_factor: how much longer or shorter listening takes than measured.
    """
    chance = random.Random(seed)
    drawn = [chance.choice(costs) for _ in range(videos)]
    config = Config()
    jobs: Iterator[VideoJob] = (
        VideoJob(i, f"{i}", f"{i}", config, tuple(Stage)) for i in range(videos)
    )
    schedule = Schedule(cpus=cpus, ahead=ahead * models, retries=0, sound_survives=True)
    free = {"model": models, "cpu": cpus}
    spent = {"model": 0.0, "cpu": 0.0}
    running: list[tuple[float, int, str, Step, QueuedJob]] = []
    now, first_listen, last_listen, number, heard, most = 0.0, None, 0.0, 0, 0, 0
    more = True

    def begin(kind: str, item: QueuedJob, step: Step, seconds: float) -> None:
        nonlocal number
        number += 1
        free[kind] -= 1
        spent[kind] += seconds
        heapq.heappush(running, (now + seconds, number, kind, step, item))

    while True:
        if more:
            more = schedule.admit(jobs)
        while free["model"] and (item := schedule.next_listen()) is not None:
            seconds = drawn[item.job.number].listen * listen_factor
            first_listen = now if first_listen is None else first_listen
            last_listen = max(last_listen, now + seconds)
            heard -= 1
            begin("model", item, Step.LISTEN, seconds)
        while free["cpu"] and schedule.cpu_step is not None:
            item, step = schedule.next_cpu()
            cost = drawn[item.job.number]
            heard += step is Step.DECODE
            most = max(most, heard)
            begin("cpu", item, step, cost.decode if step is Step.DECODE else cost.show)
        if not running:
            break
        now, _, kind, step, item = heapq.heappop(running)
        free[kind] += 1
        schedule.finish(item, step, kind, Finished(_result(step), None, 0.0))
    window = last_listen - (first_listen or 0.0)
    return Simulated(spent["model"] / (models * window), spent["cpu"] / (cpus * now), now, most)


def _result(step: Step) -> DecodedAudio | Outcome:
    media = Media("", "", 0.0, None, (), "")
    return DecodedAudio(media, Path()) if step is Step.DECODE else Outcome("", 0.0)


def tables(costs: Sequence[Cost], hours: float) -> Iterator[str]:
    decode, listen, show = (per_second(costs, part) for part in ("decode", "listen", "show"))
    total = decode + listen + show
    yield (
        f"core hours per hour of video, measured: decode {decode:.4f}, listen {listen:.4f}, "
        f"show {show:.4f}"
    )
    yield ""
    cores, gpus, rest = hours * total, hours * GPU_LISTEN, hours * (decode + show)
    read, kept = hours * VIDEO_GB_HOUR, hours * RESULT_GB_HOUR
    rows = [
        ("", "without GPUs", "with GPUs"),
        ("core hours", f"{cores:,.0f}", f"{rest:,.0f}"),
        ("GPU hours", "0", f"{gpus:,.0f}"),
        ("in 30 days: cores", f"{cores / 720:,.0f}", f"{rest / 720:,.0f}"),
        ("in 30 days: GPUs", "0", f"{gpus / 720:,.1f}"),
        ("USD", f"{cores * CPU_HOUR:,.0f}", f"{gpus * GPU_HOUR + rest * CPU_HOUR:,.0f}"),
        ("of the time, listening", f"{listen / total:.0%}", ""),
        ("cores per GPU", "", f"{(decode + show) / GPU_LISTEN:.1f}"),
    ]
    yield f"{hours:,.0f} hours of video"
    for name, without, with_gpus in rows:
        yield f"  {name:<24}{without:>14}{with_gpus:>14}"
    yield (
        f"  video to read: {read / 1e3:,.0f} TB, {read * 8 / (30 * 86400):.1f} Gbit/s over 30 "
        f"days; to keep it: {read * STORE_MONTH:,.0f} USD a month"
    )
    yield f"  results: {kept / 1e3:,.1f} TB, {kept * STORE_MONTH:,.0f} USD a month"
    yield (
        f"  decoded sound: {SOUND_GB_HOUR:.2f} GB per hour that waits; all of it would be "
        f"{hours * SOUND_GB_HOUR / 1e3:,.0f} TB"
    )
    yield f"  rows in the ledger, if a video is an hour long: {hours * 2:,.0f}"


def queues(costs: Sequence[Cost], videos: int) -> Iterator[str]:
    decode, listen, show = (per_second(costs, part) for part in ("decode", "listen", "show"))
    factor = GPU_LISTEN / listen
    enough = (decode + show) / GPU_LISTEN
    yield "one GPU and N cores beside it (simulated; bound = what the busiest kind allows)"
    yield "  cores  GPU busy  bound  cores busy"
    shares = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
    for cpus in sorted({max(1, round(share * enough)) for share in shares}):
        got = simulate(costs, videos=videos, models=1, cpus=cpus, ahead=3, listen_factor=factor)
        bound = min(1.0, cpus / enough)
        yield f"  {cpus:5d}  {got.listening:8.1%}  {bound:5.0%}  {got.working:10.1%}"
    yield ""
    cpus = max(2, round(1.25 * enough))
    yield f"videos decoded ahead per GPU, with {cpus} cores"
    yield "  ahead  GPU busy  most waiting"
    for ahead in (1, 2, 3, 4, 8, 16, 32):
        got = simulate(costs, videos=videos, models=1, cpus=cpus, ahead=ahead, listen_factor=factor)
        yield f"  {ahead:5d}  {got.listening:8.1%}  {got.most_heard:12d}"
    yield ""
    yield f"GPUs together, {cpus} cores and 3 videos ahead for each"
    yield "  GPUs  GPU busy  speed-up"
    base = None
    for models in (1, 2, 4, 8, 16):
        got = simulate(
            costs,
            videos=videos * models,
            models=models,
            cpus=cpus * models,
            ahead=3,
            listen_factor=factor,
        )
        rate = videos * models / got.seconds
        base = base or rate
        yield f"  {models:4d}  {got.listening:8.1%}  {rate / base:8.1f}"


def ledger_rate(videos: int) -> float:
    """Videos per second that a ledger on this machine's disk takes, all their events written."""
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder)) as ledger:
        planned = [PlannedVideo(f"/{i}.mp4", f"/out/{i}", Config()) for i in range(videos)]
        jobs = ledger.jobs(planned)
        began = time.perf_counter()
        for job in jobs:
            for step in Step:
                ledger.begin(job.number, step, "worker")
                if step is not Step.DECODE:
                    ledger.end(StageEnded(job.number, step.stage, "worker", duration=1.0))
        return videos / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--costs", type=Path, default=COSTS)
    parser.add_argument("--hours", type=float, default=1e6)
    parser.add_argument("--videos", type=int, default=500, help="in each simulation")
    options = parser.parse_args()
    costs = [Cost(**row) for row in json.loads(options.costs.read_text(encoding="utf-8"))]
    for line in (*tables(costs, options.hours), "", *queues(costs, options.videos)):
        print(line)
    print()
    print(f"the ledger takes {ledger_rate(1000):,.0f} videos per second here")


if __name__ == "__main__":
    main()
