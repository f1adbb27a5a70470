"""The ledger: what was done, what failed and why, one row per video and stage.

A SQLite database with a write-ahead log. One process writes it, the one that holds the lock; any
number may read it meanwhile. The lock is the operating system's and goes with its process, so a
run that was killed leaves none behind. What was not committed when a run was killed counts as not
done, and is done again.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vidtag.batch.changes import (
    all_present,
    edits_digest,
    file_version,
    has_content,
    settings_digest,
)
from vidtag.batch.contract import Shown, Stage, StageEnded, Step, VideoJob
from vidtag.batch.ledger_database import LedgerDatabase
from vidtag.batch.plan import PlannedVideo
from vidtag.batch.renaming import document_before, take_over

_RUN, _OVER = "run", "run_over"
"""Facts: the number of the run, and whether it came to its end."""


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

        A stage is done again if its settings or its video changed, if a file it wrote is gone or
        has another size, or if the stage before it is done again. A failure stays one, unless its
        video or settings changed or ``retry_failed``.

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
            "RETURNING number, version, duration, fingerprint",
            (video.source, video.folder),
        ).fetchone()
        number, same = row["number"], row["version"] == now
        if not same and has_content(video.source, row["fingerprint"]):
            same = True
            self._database.execute("UPDATE videos SET version = ? WHERE number = ?", (now, number))
        before = {
            stage["stage"]: stage
            for stage in self._database.execute("SELECT * FROM stages WHERE video = ?", (number,))
        }
        todo: list[Stage] = []
        shown: Shown | None = None
        for stage in Stage:
            settings = self._digest(video, stage)
            old = before.get(stage)
            if old is not None and old["settings"] == settings:
                whole = old["state"] == VideoState.DONE and all_present(
                    old["files"], video.folder, present
                )
                if same and not todo:
                    if whole:
                        continue
                    if old["state"] == VideoState.FAILED and not retry_failed:
                        return None
                elif whole and stage is Stage.SHOW and old["fingerprint"]:
                    shown = Shown(old["fingerprint"], json.loads(old["files"]))
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
        earlier = None if before else document_before(self._database, video.source, now)
        return VideoJob(
            number, video.source, video.folder, video.config, tuple(todo), duration, shown, earlier
        )

    def _digest(self, video: PlannedVideo, stage: Stage) -> str:
        """All but the video that decides what a stage makes."""
        digest = settings_digest(video.config, stage, video.source)
        if stage is Stage.SHOW:
            return digest + edits_digest(video.folder, video.source)
        if video.config.output.relisten:  # once in a run, and in those that go on with it
            return f"{digest} in run {self.fact(_RUN)}"
        return digest

    def begin_run(self) -> None:
        """A run begins; one that goes on with an interrupted one is still the same."""
        if self.fact(_OVER) != "no":
            self.note(**{_RUN: str(int(self.fact(_RUN) or 0) + 1), _OVER: "no"})

    def end_run(self) -> None:
        """A run has come to its end: nothing is left to be done."""
        self.note(**{_OVER: "yes"})

    def give_up(self, source: str) -> None:
        """A video is not asked for any more: it is gone, and another has its results' names."""
        with self._database.transaction():
            self._database.execute("UPDATE videos SET active = 0 WHERE source = ?", (source,))

    def take_over(self, document: str) -> list[str]:
        """See ``renaming.take_over``."""
        with self._database.transaction():
            return take_over(self._database, document)

    def begin(self, number: int, step: Step, worker: str) -> None:
        """A worker has begun a step; with all steps but listening, a stage begins."""
        first = step is not Step.LISTEN
        with self._database.transaction():
            self._database.execute(  # what it did before now waits for another
                "UPDATE stages SET worker = NULL WHERE worker = ? AND state = ?",
                (worker, VideoState.RUNNING),
            )
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

    def done(self) -> set[int]:
        """Numbers of the videos that are done."""
        rows = self._database.read(
            "SELECT video FROM stages JOIN videos ON number = video WHERE active "
            "GROUP BY video HAVING min(state = 'done')"
        )
        return {row["video"] for row in rows}

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
            "WHERE state = 'running' AND worker IS NOT NULL ORDER BY began"
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
