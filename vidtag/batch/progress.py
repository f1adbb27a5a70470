"""What a batch shows while it works, readable for ten videos and for ten thousand.

``Tally`` keeps the count; three displays show it: a live panel of a fixed height on a terminal,
plain lines elsewhere (few of them, however many videos there are), or one JSON object per event.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vidtag.batch.contract import JobUpdate, StageEnded, Step, StepBegan, VideoJob
from vidtag.batch.storage import name_of
from vidtag.core.terminal import json_for

STEPS = {
    Step.DECODE: "reading the sound",
    Step.LISTEN: "listening",
    Step.SHOW: "subtitles and clips",
}
_WORKERS_SHOWN = 12
_FAILURES_SHOWN = 4
_RATE_WINDOW = 600.0
"""The rate is that of the last so many seconds, or of the last ``_RATE_VIDEOS`` videos if more."""

_RATE_VIDEOS = 20
_EVERY_VIDEO = 50
"""Up to so many videos get a plain line each; more get one every ``_LINE_SECONDS``."""

_LINE_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """How far a batch has come.

    Attributes:
        total: videos in the batch; grows while a folder is watched.
        before: of these, done by earlier runs.
        failed: of these, failed, earlier runs included.
        done: of these, done, earlier runs included.
        video_seconds: length of the videos done in this run.
        done_now: numbers of the videos done in this run; one that changes meanwhile is done twice.
        running: what each worker does: source, step and time of beginning.
        failures: the latest, as source and error.
    """

    total: int
    before: int = 0
    failed: int = 0
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    video_seconds: float = 0.0
    done_now: set[int] = field(default_factory=set)
    running: dict[str, tuple[str, Step, float]] = field(default_factory=dict)
    failures: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=_FAILURES_SHOWN))
    began: float = 0.0
    _ends: deque[tuple[float, float]] = field(default_factory=deque)
    _workers: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.done = self.before
        self.began = self.clock()

    def add(self, update: JobUpdate, job: VideoJob) -> bool:
        """Count an update; True if a video is over with it."""
        if isinstance(update, StepBegan):
            self._leave(update.number)
            self.running[update.worker] = job.source, update.step, self.clock()
            self._workers[update.number] = update.worker
            return False
        self._leave(update.number)
        if update.error is not None:
            self.failed += 1
            self.failures.append((job.source, str(update.error)))
        elif update.stage is not job.stages[-1]:
            return False
        else:
            self.done += 1
            self.done_now.add(update.number)
        now = self.clock()
        self.video_seconds += update.duration or 0.0
        self._ends.append((now, update.duration or 0.0))
        while len(self._ends) > _RATE_VIDEOS and self._ends[0][0] < now - _RATE_WINDOW:
            self._ends.popleft()
        return True

    def _leave(self, number: int) -> None:
        worker = self._workers.pop(number, None)
        if worker is not None:
            self.running.pop(worker, None)

    @property
    def ended(self) -> int:
        """Videos that are done or have failed."""
        return self.done + self.failed

    @property
    def rate(self) -> float:
        """Videos per second, lately."""
        return len(self._ends) / max(self._span(), 1e-9) if self._ends else 0.0

    @property
    def speed(self) -> float:
        """Seconds of video per second, lately."""
        return sum(length for _, length in self._ends) / max(self._span(), 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end, if the rest is like what was done lately; None if unknown."""
        return (self.total - self.ended) / self.rate if self.rate else None

    def _span(self) -> float:
        """Seconds in which the latest videos were done."""
        if not self._ends:
            return 0.0
        early = len(self._ends) <= _RATE_VIDEOS
        return self.clock() - (self.began if early else self._ends[0][0])


class Display(Protocol):
    """Shows a tally."""

    def start(self, tally: Tally) -> None:
        """Begin."""

    def show(self, update: JobUpdate, job: VideoJob, over: bool) -> None:
        """Show an update; ``over``: it is the last of its video."""

    def say(self, line: str) -> None:
        """Show a message that belongs to no job."""

    def tick(self) -> None:
        """Nothing happened for a while."""

    def stop(self) -> None:
        """End."""


class LiveDisplay:
    """A panel on a terminal, never higher than a screen, however many videos and workers."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._live: Live | None = None
        self._tally: Tally | None = None

    def start(self, tally: Tally) -> None:
        """See ``Display``."""
        self._tally = tally
        self._live = Live(
            get_renderable=self._render, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def show(self, update: JobUpdate, job: VideoJob, over: bool) -> None:
        """See ``Display``: failures stay on the screen above the panel."""
        if isinstance(update, StageEnded) and update.error is not None:
            self.say(f"failed: {of_video(job.source, str(update.error))}")

    def say(self, line: str) -> None:
        """See ``Display``."""
        self._console.print(Text(line, style="red"))

    def tick(self) -> None:
        """See ``Display``: the panel refreshes itself."""

    def stop(self) -> None:
        """See ``Display``."""
        if self._live is not None:
            self._live.stop()

    def _render(self) -> RenderableType:
        assert self._tally is not None
        return panel(self._tally, self._title)


class LineDisplay:
    """Plain lines: every failure, and now and then how far it is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tally: Tally | None = None
        self._last_line = float("-inf")

    def start(self, tally: Tally) -> None:
        """See ``Display``."""
        self._tally = tally
        self._last_line = tally.clock()

    def show(self, update: JobUpdate, job: VideoJob, over: bool) -> None:
        """See ``Display``."""
        assert self._tally is not None
        if isinstance(update, StageEnded) and update.error is not None:
            self.say(f"failed: {of_video(job.source, str(update.error))}")
        if over and self._tally.total <= _EVERY_VIDEO and getattr(update, "error", None) is None:
            self.say(f"done: {job.source} ({self._tally.ended} of {self._tally.total})")
        self.tick()

    def say(self, line: str) -> None:
        """See ``Display``."""
        self._console.print(Text(line), soft_wrap=True)

    def tick(self) -> None:
        """See ``Display``."""
        assert self._tally is not None
        now = self._tally.clock()
        if now - self._last_line >= _LINE_SECONDS:
            self._last_line = now
            self.say(headline(self._tally))

    def stop(self) -> None:
        """See ``Display``."""


class JsonDisplay:
    """One JSON object per line and event."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def start(self, tally: Tally) -> None:
        """See ``Display``."""
        self._tally = tally
        self._write(
            event="start", total=tally.total, done_before=tally.before, failed_before=tally.failed
        )

    def show(self, update: JobUpdate, job: VideoJob, over: bool) -> None:
        """See ``Display``."""
        if isinstance(update, StepBegan):
            self._write(
                event="began", source=job.source, step=update.step.value, worker=update.worker
            )
            return
        self._write(
            event="ended",
            source=job.source,
            stage=update.stage.value,
            worker=update.worker,
            ok=update.error is None,
            error=None if update.error is None else str(update.error),
            seconds=round(update.seconds, 3),
            duration=update.duration,
            reused=update.reused,
            files=sorted(update.files),
            notes=list(update.notes),
            done=self._tally.done,
            failed=self._tally.failed,
            total=self._tally.total,
        )

    def say(self, line: str) -> None:
        """See ``Display``."""
        self._write(event="message", text=line)

    def tick(self) -> None:
        """See ``Display``."""

    def stop(self) -> None:
        """See ``Display``."""

    def _write(self, **row: object) -> None:
        self._out.write(json_for(self._out, {"time": round(time.time(), 3), **row}))
        self._out.write("\n")
        self._out.flush()


def headline(tally: Tally) -> str:
    """How far a batch has come, on one line."""
    share = tally.ended / tally.total if tally.total else 1.0
    parts = [f"{tally.ended:,} of {tally.total:,} ({share:.0%})"]
    if tally.failed:
        parts.append(f"{tally.failed:,} failed")
    if tally.rate:
        parts.append(f"{tally.rate * 60:,.1f} videos/min")
        parts.append(format_speed(tally.speed))
    if tally.seconds_left is not None and tally.ended < tally.total:
        parts.append(f"{format_duration(tally.seconds_left)} left")
    return ", ".join(parts)


def panel(tally: Tally, title: str) -> RenderableType:
    """The whole state of a batch, at most some twenty lines high."""
    head = Text(headline(tally), overflow="ellipsis", no_wrap=True)
    bar = Table.grid()  # which ends its line, as a bar does not
    bar.add_row(ProgressBar(total=max(tally.total, 1), completed=tally.ended, width=60))
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    now = tally.clock()
    busy = sorted(tally.running.items(), key=lambda row: _natural(row[0]))
    for worker, (source, step, since) in busy[:_WORKERS_SHOWN]:
        table.add_row(worker, STEPS[step], f"{now - since:.0f} s", Text(name_of(source)))
    rest = len(busy) - _WORKERS_SHOWN
    lines: list[RenderableType] = [Text(title, style="bold"), head, bar, table]
    if rest > 0:
        lines.append(Text(f"and {rest} more workers", style="dim"))
    return Group(*lines)


def format_duration(seconds: float) -> str:
    """A length of time as people say it: ``40 s``, ``12 min``, ``3 h 20 min``, ``5 days``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours / 24:.1f} days"


def format_speed(speed: float) -> str:
    """How much faster than the videos play."""
    return f"{speed:,.0f} x real time" if speed >= 10 else f"{speed:.1f} x real time"


def _natural(name: str) -> tuple[str, int]:
    digits = "".join(c for c in name if c.isdigit())
    return name.rstrip("0123456789"), int(digits or 0)


def of_video(source: str, error: str) -> str:
    """An error of a video that names it, also where the error is about another file or folder."""
    return error if source in error else f"{source}: {error}"
