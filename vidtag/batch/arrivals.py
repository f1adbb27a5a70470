"""A folder that is watched: videos are worked on as they arrive, once they are whole.

A file counts as whole when neither its size nor its modification time has changed for a while.
Names that programs give to files they are still writing are ignored.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vidtag.batch.contract import VideoJob
from vidtag.batch.inputs import Video, excluded, walk, without_suffix
from vidtag.batch.ledger import Ledger
from vidtag.batch.plan import PlannedVideo, Planner, result_key
from vidtag.core.errors import VidtagError

UNFINISHED = (".*", "*.part", "*.partial", "*.tmp", "*.crdownload", "*.download", "~*", "*.!ut")
"""Names of files that are still being written."""


@dataclass(slots=True)
class Watcher:
    """Finds files that have stopped growing.

    Args:
        folder: what is watched, with all below it.
        settle: seconds a file must not change.
        pattern: names that are taken; all videos if None.
        ignore: names that are ignored.
        clock: seconds, from any starting point.
    """

    folder: Path
    settle: float
    pattern: str | None = None
    ignore: Sequence[str] = ()
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)
    _returned: dict[str, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> list[str]:
        """Files that are whole and were not returned before, or have changed since."""
        now = self.clock()
        ready = []
        present: dict[str, tuple[tuple[int, int], float]] = {}
        for path in walk(str(self.folder)):
            name = os.path.basename(path)
            if excluded(path, (*UNFINISHED, *self.ignore)):
                continue
            if self.pattern is not None and not excluded(name, (self.pattern,)):
                continue
            try:
                status = os.stat(path)
            except OSError:
                continue
            state = status.st_size, status.st_mtime_ns
            if status.st_size == 0 or self._returned.get(path) == state:
                continue
            before = self._seen.get(path)
            since = before[1] if before is not None and before[0] == state else now
            present[path] = state, since
            if now - since >= self.settle:
                self._returned[path] = state
                ready.append(path)
        self._seen = present
        return ready


def arrivals(
    watcher: Watcher,
    planner: Planner,
    ledger: Ledger,
    *,
    every: float,
    busy: Callable[[str], bool],
    on_video: Callable[[str, VidtagError | None], None],
    retry_failed: bool = False,
) -> Iterator[VideoJob | None]:
    """Jobs for videos as they arrive; never ends.

    One whose results another's would overwrite is taken as soon as the other is gone.

    Args:
        every: seconds between two looks.
        busy: whether a video is being worked on.
        on_video: called with each video, and with the error if it cannot be worked on.
    """
    taken: dict[str, Video] = {}
    blocked: dict[str, str] = {}
    waiting: list[str] = []
    looked = float("-inf")
    while True:
        if not waiting and watcher.clock() - looked >= every:
            waiting = watcher.look()
            waiting += [path for path in _freed(blocked) if path not in waiting]
            looked = watcher.clock()
        path = next((path for path in waiting if not busy(path)), None)
        if path is None:
            yield None
            continue
        waiting.remove(path)
        video = Video(path, without_suffix(os.path.relpath(path, watcher.folder)), None)
        try:
            folder, config, _ = planner.place(video)
            first = taken.setdefault(result_key(folder, path), video)
            if first.source != path:
                if os.path.exists(first.source):
                    blocked[path] = first.source
                    raise planner.collision(video, first, folder)
                ledger.give_up(first.source)
                taken[result_key(folder, path)] = video
        except VidtagError as error:
            on_video(path, error)
            continue
        job = ledger.enter(PlannedVideo(path, folder, config), retry_failed=retry_failed)
        if job is not None:
            on_video(path, None)
            yield job


def _freed(blocked: dict[str, str]) -> list[str]:
    """Videos that are there and whose results' names are free now; they are blocked no more."""
    freed = [path for path, other in blocked.items() if not os.path.exists(other)]
    for path in freed:
        del blocked[path]
    return [path for path in freed if os.path.exists(path)]
