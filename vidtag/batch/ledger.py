"""The ledger: what was done, what failed and why, one row per video and stage.

A SQLite database with a write-ahead log. One process writes it, the one that holds the lock; any
number may read it meanwhile. The lock is the operating system's and goes with its process, so a
run that was killed leaves none behind. What was not committed when a run was killed counts as not
done, and is done again.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vidtag import files
from vidtag.batch.changes import all_present, file_version, settings_digest
from vidtag.batch.contract import Stage, StageEnded, Step, VideoJob
from vidtag.batch.ledger_database import FILE, LedgerDatabase
from vidtag.batch.plan import PlannedVideo
from vidtag.core.errors import OutputError, VidtagError

LOCK = "lock"


class VideoState(StrEnum):
    """How far a stage has come, and a video by its stages."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """A stage that failed."""

    source: str
    stage: str
    kind: str
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage of one video took, in seconds of wall time, and how long the video is."""

    stage: str
    seconds: float
    decode_seconds: float
    duration: float


class Ledger:
    """An open ledger; ``open_ledger``, ``read_ledger`` and ``copy_ledger`` open one."""

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def note(self, **facts: str) -> None:
        """Remember facts about the batch."""
        with self._database.transaction():
            self._database.execute_many("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def fact(self, name: str) -> str | None:
        """A fact that was noted."""
        found = self._database.read("SELECT value FROM facts WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def jobs(
        self,
        videos: Sequence[PlannedVideo],
        *,
        retry_failed: bool = False,
        present: Mapping[str, int] | None = None,
    ) -> list[VideoJob]:
        """Enter videos, and tell what is to be done with each that is not done.

        A stage is done again if its settings or its video changed, if a file it wrote is gone, or
        if the stage before it is done again. A failure stays one, unless its video or settings
        changed or ``retry_failed``.

        Args:
            present: files that exist, by address, if the results are far away.
        """
        jobs = []
        with self._database.transaction():
            self._database.execute("UPDATE videos SET active = 0")
            for video in videos:
                job = self._enter(video, retry_failed, present)
                if job is not None:
                    jobs.append(job)
        return jobs

    def enter(self, video: PlannedVideo, *, retry_failed: bool = False) -> VideoJob | None:
        """Enter one more video; None if it is done or has failed already."""
        with self._database.transaction():
            return self._enter(video, retry_failed, None)

    def _enter(
        self, video: PlannedVideo, retry_failed: bool, present: Mapping[str, int] | None
    ) -> VideoJob | None:
        now = file_version(video.source)
        row = self._database.execute(
            "INSERT INTO videos (source, folder, active) VALUES (?, ?, 1) "
            "ON CONFLICT (source) DO UPDATE SET folder = excluded.folder, active = 1 "
            "RETURNING number, version, duration",
            (video.source, video.folder),
        ).fetchone()
        number, same = row["number"], row["version"] == now
        before = {
            stage["stage"]: stage
            for stage in self._database.execute("SELECT * FROM stages WHERE video = ?", (number,))
        }
        todo: list[Stage] = []
        for stage in Stage:
            settings = settings_digest(video.config, stage, video.source)
            old = before.get(stage)
            if old is not None and same and old["settings"] == settings and not todo:
                if old["state"] == VideoState.DONE and all_present(
                    old["files"], video.folder, present
                ):
                    continue
                if old["state"] == VideoState.FAILED and not retry_failed:
                    return None
            todo.append(stage)
            if old is None or old["state"] != VideoState.PENDING or old["settings"] != settings:
                self._database.execute(
                    "INSERT OR REPLACE INTO stages (video, stage, state, settings) "
                    "VALUES (?, ?, ?, ?)",
                    (number, stage, VideoState.PENDING, settings),
                )
        if not todo:
            return None
        if not same:
            self._database.execute("UPDATE videos SET version = ? WHERE number = ?", (now, number))
        duration = row["duration"] if same else None
        return VideoJob(number, video.source, video.folder, video.config, tuple(todo), duration)

    def begin(self, number: int, step: Step, worker: str) -> None:
        """A worker has begun a step; with all steps but listening, a stage begins."""
        first = step is not Step.LISTEN
        with self._database.transaction():
            self._database.execute(
                "UPDATE stages SET state = ?, worker = ?, began = iif(?, ?, began), "
                "attempts = attempts + ? WHERE video = ? AND stage = ?",
                (VideoState.RUNNING, worker, first, time.time(), first, number, step.stage),
            )

    def end(self, ended: StageEnded) -> None:
        """A stage is done, or has failed."""
        error = ended.error
        with self._database.transaction():
            self._database.execute(
                "UPDATE stages SET state = ?, worker = ?, seconds = ?, decode_seconds = ?, "
                "reused = ?, fingerprint = ?, files = ?, notes = ?, error_kind = ?, error = ? "
                "WHERE video = ? AND stage = ?",
                (
                    VideoState.DONE if error is None else VideoState.FAILED,
                    ended.worker,
                    ended.seconds,
                    ended.decode_seconds,
                    ended.reused,
                    ended.fingerprint,
                    json.dumps(ended.files, ensure_ascii=False),
                    json.dumps(ended.notes, ensure_ascii=False),
                    None if error is None else type(error).__name__.removesuffix("Error"),
                    None if error is None else str(error),
                    ended.number,
                    ended.stage,
                ),
            )
            self._database.execute(
                "UPDATE videos SET fingerprint = coalesce(?, fingerprint), "
                "duration = coalesce(?, duration) WHERE number = ?",
                (ended.fingerprint, ended.duration, ended.number),
            )

    def put_back(self) -> None:
        """Stages that were running are pending again: their run is over."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE stages SET state = ? WHERE state = ?",
                (VideoState.PENDING, VideoState.RUNNING),
            )

    def counts(self) -> Counter[VideoState]:
        """How many videos are in which state; one failed stage makes a failed video."""
        counts: Counter[VideoState] = Counter()
        for row in self._database.read(
            "SELECT count(*) AS n, failed, running, done FROM ("
            "  SELECT max(state = 'failed') AS failed, max(state = 'running') AS running,"
            "         min(state = 'done') AS done"
            "  FROM stages JOIN videos ON number = video WHERE active GROUP BY video"
            ") GROUP BY failed, running, done"
        ):
            state = (
                VideoState.FAILED
                if row["failed"]
                else VideoState.RUNNING
                if row["running"]
                else VideoState.DONE
                if row["done"]
                else VideoState.PENDING
            )
            counts[state] += row["n"]
        return counts

    def failures(self) -> list[Failure]:
        """All stages that failed, in the order of the videos."""
        rows = self._database.read(
            "SELECT source, stage, error_kind, error, attempts FROM stages "
            "JOIN videos ON number = video WHERE state = 'failed' AND active ORDER BY number"
        )
        return [Failure(*row) for row in rows]

    def running(self) -> list[tuple[str, str, str, float]]:
        """Source, stage, worker and time of beginning of what runs."""
        rows = self._database.read(
            "SELECT source, stage, worker, began FROM stages JOIN videos ON number = video "
            "WHERE state = 'running' ORDER BY began"
        )
        return [tuple(row) for row in rows]

    def costs(self) -> list[Cost]:
        """What all stages that are done took; those that had nothing to hear are left out."""
        rows = self._database.read(
            "SELECT stage, seconds, coalesce(decode_seconds, 0) AS decode_seconds, duration "
            "FROM stages JOIN videos ON number = video "
            "WHERE state = 'done' AND NOT reused AND duration > 0"
        )
        return [Cost(*row) for row in rows]

    def video_seconds(self) -> float:
        """Length of all videos that are listened to."""
        (row,) = self._database.read(
            "SELECT coalesce(sum(duration), 0) FROM stages JOIN videos ON number = video "
            "WHERE stage = 'listen' AND state = 'done' AND active"
        )
        return float(row[0])

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the ledger as plain data, for the curious and for tests."""
        rows = self._database.read(
            "SELECT * FROM stages JOIN videos ON number = video ORDER BY number, stage"
        )
        return [dict(row) for row in rows]


def read_ledger(state: Path) -> Ledger:
    """A ledger to look into, while another process may be writing it.

    Raises:
        OutputError: there is none.
    """
    path = state / FILE
    if not path.is_file():
        raise OutputError(
            "no batch has written here",
            path=state,
            remedy="give the output folder of a batch, or its state folder",
        )
    return Ledger(LedgerDatabase(path, read_only=True))


def copy_ledger(state: Path) -> Ledger:
    """A copy in memory of the ledger in a folder, if there is one: what is entered stays there."""
    return Ledger(LedgerDatabase(state / FILE, in_memory=True))


@contextlib.contextmanager
def open_ledger(state: Path, *, wait: bool = False) -> Iterator[Ledger]:
    """The ledger in a folder, to write, for as long as the block runs.

    Args:
        wait: wait for a run that holds it, instead of refusing.

    Raises:
        OutputError: another run holds it, or it cannot be used.
    """
    files.ensure_folder(state)
    lock = FileLock(state / LOCK)
    holder = state / "holder"
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise OutputError(
            f"another run is working here ({_holder(holder)})",
            path=state.parent,
            remedy="let it end, wait for it with --wait, or choose another output folder",
        ) from None
    except OSError as error:
        raise OutputError(f"cannot write here ({error.strerror})", path=state) from error
    try:
        began = time.strftime("%Y-%m-%d %H:%M:%S")
        files.write_text(
            holder, f"process {os.getpid()} on {socket.gethostname()}, since {began}\n"
        )
        ledger = Ledger(LedgerDatabase(state / FILE))
        try:
            ledger.put_back()  # what a killed run left
            yield ledger
        finally:
            with contextlib.suppress(VidtagError):
                ledger.put_back()
            ledger.close()
            holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return "it has only just begun"
