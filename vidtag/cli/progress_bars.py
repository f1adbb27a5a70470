"""Live progress on a terminal, stage by stage."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as BarDisplay

from vidtag.core.display import STAGE_NAMES
from vidtag.core.records import Progress
from vidtag.core.terminal import terminal_console


class ProgressBars:
    """A bar per stage on a terminal; elsewhere one plain line as each stage ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_terminal
        self._bars: dict[str, TaskID] = {}
        self._ended: set[str] = set()
        self._began: dict[str, float] = {}
        self._display = BarDisplay(
            TextColumn("  {task.description:<20}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
            console=console,
        )

    @classmethod
    def on_stderr(cls) -> ProgressBars:
        """Progress on standard error."""
        return cls(terminal_console(stderr=True))

    def __enter__(self) -> ProgressBars:
        if self._live:
            self._display.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._display.stop()

    def __call__(self, progress: Progress) -> None:
        """Show progress; see ``vidtag.core.records.OnProgress``."""
        stage = progress.stage
        label = STAGE_NAMES["en"].get(stage, stage)
        ended = progress.done >= progress.total
        if not self._live:
            began = self._began.setdefault(stage, time.monotonic())
            if ended and stage not in self._ended:
                self._ended.add(stage)
                self._console.print(f"  {label:<20} {time.monotonic() - began:6.1f} s", style="dim")
            return
        if stage not in self._bars:
            self._bars[stage] = self._display.add_task(label, detail="")
        self._display.update(
            self._bars[stage],
            completed=progress.done,
            total=max(progress.total, 1e-9),
            detail=progress.detail,
        )
