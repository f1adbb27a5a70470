"""How busy a batch keeps the process that listens, and what each part costs by itself.

    python benchmarks/batch.py [--videos 40] [--seconds 10] [--model FOLDER] [--clips] [--json FILE]

Cuts the demo into short videos and does them once in parts, one after another in one process
(decode with shot changes, listen, show), and once as a batch. Prints what each part costs per
second of video in wall time and in core time, the wall time of the batch against the sum of its
parts, and the share of the time from the first to the last recognition in which the listening
process was listening.

The model is of SenseVoiceSmall's size with random weights (benchmarks/full_size.py), made in the
folder if it is not there; ``--model pocket`` takes the bundled one, a hundredth of its size.
``--json`` keeps what each video cost in core time, for benchmarks/scale.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import ffmpeg

from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import JobUpdate, Stage, StageEnded, Step, StepBegan, VideoJob
from vidtag.batch.engine import run_plan
from vidtag.batch.plan import Plan, Planner
from vidtag.batch.progress import Tally
from vidtag.batch.steps import (
    DecodedAudio,
    DecodeTask,
    ListenTask,
    LoadTask,
    ShowTask,
    WorkerContext,
)
from vidtag.core.settings import load_config_as
from vidtag.media.ffmpeg import run

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "samples" / "demo.mp4"
DEMO_SECONDS = 98


PARTS = ("decode", "listen", "show")


@dataclass(frozen=True)
class Cost:
    """Seconds each part of one video took by itself: of wall time, or of all cores together."""

    duration: float
    decode: float
    listen: float
    show: float


class Watch:
    """A display that remembers when something listened."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self.spans: list[tuple[float, float]] = []

    def start(self, tally: Tally) -> None:
        self.began = time.monotonic()

    def show(self, update: JobUpdate, job: VideoJob, over: bool) -> None:
        now = time.monotonic()
        if isinstance(update, StepBegan) and update.step is Step.LISTEN:
            self._since[update.number] = now
        elif isinstance(update, StageEnded) and update.stage is Stage.LISTEN:
            self.spans.append((self._since.pop(update.number), now))

    def say(self, line: str) -> None:
        print(line, file=sys.stderr)

    def tick(self) -> None: ...

    def stop(self) -> None:
        self.ended = time.monotonic()

    @property
    def busy(self) -> float:
        """Share of the time between the first and the last that was spent listening."""
        listened = sum(end - start for start, end in self.spans)
        return listened / (self.spans[-1][1] - self.spans[0][0])


def make_videos(folder: Path, count: int, seconds: float) -> None:
    """Short videos of 640 x 360 from all over the demo."""
    for number in range(count):
        start = number * (DEMO_SECONDS - seconds) / max(count - 1, 1)
        source = ffmpeg.input(f"file:{DEMO}", ss=start, t=seconds)
        partial = folder / f".vidtag-partial-{number}.mp4"
        output = ffmpeg.output(
            source.video.filter("scale", 640, 360),
            source.audio,
            f"file:{partial}",
            vcodec="libx264",
            preset="ultrafast",
            acodec="aac",
        )
        run(output)
        partial.rename(folder / f"{number:03d}.mp4")


def now() -> tuple[float, float]:
    """Wall time, and core time of this process and of the programs it has run to their end."""
    return time.perf_counter(), sum(os.times()[:4])


def in_parts(plan: Plan, folder: Path) -> Iterator[tuple[Cost, Cost]]:
    """Each video by itself, a part after the other: what it cost in wall and in core time."""
    context = WorkerContext(on_length=lambda seconds: None)
    LoadTask(plan.settings.model, plan.settings.workers.threads).run(context)
    for number, video in enumerate(plan.videos):
        target = str(folder / str(number))
        job = VideoJob(number, video.source, target, video.config, tuple(Stage))
        times = [now()]
        sound = DecodeTask(job, folder / "sound").run(context)
        assert isinstance(sound, DecodedAudio)
        times.append(now())
        ListenTask(job, sound).run(context)
        times.append(now())
        ShowTask(job).run(context)
        times.append(now())
        if number:  # the first one pays for imports
            wall, core = zip(*times, strict=True)
            by_wall, by_core = (
                Cost(sound.media.duration, *(b - a for a, b in itertools.pairwise(clock)))
                for clock in (wall, core)
            )
            yield by_wall, by_core


def describe(walls: Sequence[Cost], cores: Sequence[Cost]) -> None:
    total = sum(cost.duration for cost in walls)
    print(f"{len(walls)} videos, {total:.0f} s of video, each part by itself:")
    for part in PARTS:
        seconds = [getattr(cost, part) for cost in walls]
        core = sum(getattr(cost, part) for cost in cores)
        print(
            f"  {part:<7} {sum(seconds):6.1f} s ({total / sum(seconds):5.0f} x real time), "
            f"{core / total:.4f} core seconds per s of video, "
            f"median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--videos", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--model", default=str(Path(tempfile.gettempdir()) / "vidtag-full-size"))
    parser.add_argument("--clips", action="store_true", help="cut clips and make reels, too")
    parser.add_argument("--threads", type=int, default=None, help="cores that listen")
    parser.add_argument("--json", type=Path, help="keep the costs of each video here")
    options = parser.parse_args()
    if options.model != "pocket":
        from benchmarks.full_size import make

        make(Path(options.model))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "in").mkdir()
        make_videos(folder / "in", options.videos, options.seconds)
        file = folder / "batch.yaml"
        file.write_text(
            "inputs: [in]\noutput: {folder: out}\n"
            f"model: {{name: {options.model}, device: cpu}}\n"
            f"highlights: {{enabled: {str(options.clips).lower()}}}\n"
            "report: {enabled: false}\n"
            f"workers: {{threads: {options.threads or 'null'}}}\n"
        )
        plan = Planner(load_config_as(BatchConfig, file), file).plan()
        walls, cores = zip(*in_parts(plan, folder), strict=True)
        describe(walls, cores)
        watch = Watch()
        summary = run_plan(plan, watch)
        assert summary.done == options.videos, summary.failures
    share = len(plan.videos) / len(walls)
    listening = share * sum(cost.listen for cost in walls)
    parts = share * sum(cost.decode + cost.listen + cost.show for cost in walls)
    wall = watch.ended - watch.spans[0][0]
    print(
        f"as a batch on {os.cpu_count()} cores: {wall:.1f} s from the first recognition on; "
        f"the sum of the parts is {parts:.1f} s ({parts / wall:.2f} times that), "
        f"listening alone {listening:.1f} s"
    )
    print(f"the listening process listened {watch.busy:.1%} of the time")
    if options.json:
        options.json.write_text(json.dumps([asdict(cost) for cost in cores], indent=1) + "\n")


if __name__ == "__main__":
    main()
