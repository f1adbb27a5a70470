"""The ledger: what was done, what failed and why, one row per video and stage.

A SQLite database with a write-ahead log. One process writes it, the one that holds the lock; any
number may read it meanwhile. The lock is the operating system's and goes with its process, so a
run that was killed leaves none behind. What was not committed when a run was killed counts as not
done, and is done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vidtag import files
from vidtag.batch.contract import Stage, StageEnded, Step, VideoJob
from vidtag.batch.plan import PlannedVideo
from vidtag.batch.storage import is_address, version
from vidtag.core.errors import OutputError, VidtagError
from vidtag.core.settings import Config

FILE = "ledger.sqlite"
LOCK = "lock"
VERSION = 1

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE videos (
    number      INTEGER PRIMARY KEY,
    source      TEXT NOT NULL UNIQUE,
    folder      TEXT NOT NULL,
    active      INTEGER NOT NULL,   -- whether the latest batch file still names it
    version     TEXT,               -- size and time of change when it was last worked on
    fingerprint TEXT,               -- of its content
    duration    REAL                -- seconds
) STRICT;
CREATE TABLE stages (
    video       INTEGER NOT NULL REFERENCES videos(number),
    stage       TEXT NOT NULL,
    state       TEXT NOT NULL,
    settings    TEXT NOT NULL,      -- digest of the settings that decide its result
    fingerprint TEXT,               -- of the content it was done with
    attempts    INTEGER NOT NULL DEFAULT 0,
    began       REAL,               -- seconds since 1970
    seconds     REAL,
    decode_seconds REAL,
    reused      INTEGER NOT NULL DEFAULT 0,
    worker      TEXT,
    files       TEXT NOT NULL DEFAULT '{}',
    notes       TEXT NOT NULL DEFAULT '[]',
    error_kind  TEXT,
    error       TEXT,
    PRIMARY KEY (video, stage)
) STRICT, WITHOUT ROWID;
CREATE INDEX stages_by_state ON stages(state);
"""


_DAMAGED = re.compile("malformed|not a database|no such|corrupt|decode")
"""What SQLite says when a file is not, or no longer, a ledger."""


class VideoState(StrEnum):
    """What became of a stage."""

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
    """An open ledger; ``open_ledger`` makes one."""

    def __init__(self, path: Path, *, read_only: bool = False, rehearsal: bool = False) -> None:
        """Open a ledger.

        Args:
            rehearsal: work on a copy in memory, and leave the file as it is.
        """
        self._path = path
        with self._translated():
            address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
            if rehearsal:
                self._db = sqlite3.connect(":memory:", isolation_level=None)
                if path.is_file():
                    with contextlib.closing(
                        sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
                    ) as real:
                        real.backup(self._db)
            else:
                self._db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
            self._db.row_factory = sqlite3.Row
            if not (read_only or rehearsal):
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
            self._prepare(read_only)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _prepare(self, read_only: bool) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found == VERSION:
            return
        if found != 0:
            raise OutputError(
                f"the ledger is of version {found}, this vidtag knows {VERSION}",
                path=self._path,
                remedy="use the vidtag that made it, or another output folder",
            )
        if not read_only:
            with self._transaction():
                for statement in _TABLES.split(";\n"):
                    if statement.strip():
                        self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    def note(self, **facts: str) -> None:
        """Remember facts about the batch."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def fact(self, name: str) -> str | None:
        """A fact that was noted."""
        found = self._read("SELECT value FROM facts WHERE name = ?", name)
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
        with self._transaction():
            self._db.execute("UPDATE videos SET active = 0")
            for video in videos:
                job = self._enter(video, retry_failed, present)
                if job is not None:
                    jobs.append(job)
        return jobs

    def enter(self, video: PlannedVideo, *, retry_failed: bool = False) -> VideoJob | None:
        """Enter one more video; None if it is done or has failed already."""
        with self._transaction():
            return self._enter(video, retry_failed, None)

    def _enter(
        self, video: PlannedVideo, retry_failed: bool, present: Mapping[str, int] | None
    ) -> VideoJob | None:
        now = file_version(video.source)
        row = self._db.execute(
            "INSERT INTO videos (source, folder, active) VALUES (?, ?, 1) "
            "ON CONFLICT (source) DO UPDATE SET folder = excluded.folder, active = 1 "
            "RETURNING number, version, duration",
            (video.source, video.folder),
        ).fetchone()
        number, same = row["number"], row["version"] == now
        before = {
            stage["stage"]: stage
            for stage in self._db.execute("SELECT * FROM stages WHERE video = ?", (number,))
        }
        todo: list[Stage] = []
        for stage in Stage:
            settings = settings_digest(video.config, stage)
            old = before.get(stage)
            if old is not None and same and old["settings"] == settings and not todo:
                if old["state"] == VideoState.DONE and _all_there(old, video.folder, present):
                    continue
                if old["state"] == VideoState.FAILED and not retry_failed:
                    return None
            todo.append(stage)
            if old is None or old["state"] != VideoState.PENDING or old["settings"] != settings:
                self._db.execute(
                    "INSERT OR REPLACE INTO stages (video, stage, state, settings) "
                    "VALUES (?, ?, ?, ?)",
                    (number, stage, VideoState.PENDING, settings),
                )
        if not todo:
            return None
        if not same:
            self._db.execute("UPDATE videos SET version = ? WHERE number = ?", (now, number))
        duration = row["duration"] if same else None
        return VideoJob(number, video.source, video.folder, video.config, tuple(todo), duration)

    def begin(self, number: int, step: Step, worker: str) -> None:
        """A worker has begun a step; with all steps but listening, a stage begins."""
        first = step is not Step.LISTEN
        with self._transaction():
            self._db.execute(
                "UPDATE stages SET state = ?, worker = ?, began = iif(?, ?, began), "
                "attempts = attempts + ? WHERE video = ? AND stage = ?",
                (VideoState.RUNNING, worker, first, time.time(), first, number, step.stage),
            )

    def end(self, ended: StageEnded) -> None:
        """A stage is done, or has failed."""
        error = ended.error
        with self._transaction():
            self._db.execute(
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
            self._db.execute(
                "UPDATE videos SET fingerprint = coalesce(?, fingerprint), "
                "duration = coalesce(?, duration) WHERE number = ?",
                (ended.fingerprint, ended.duration, ended.number),
            )

    def put_back(self) -> None:
        """Stages that were running are pending again: their run is over."""
        with self._transaction():
            self._db.execute(
                "UPDATE stages SET state = ? WHERE state = ?",
                (VideoState.PENDING, VideoState.RUNNING),
            )

    def counts(self) -> Counter[VideoState]:
        """How many videos are in which state; one failed stage makes a failed video."""
        counts: Counter[VideoState] = Counter()
        for row in self._read(
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
        rows = self._read(
            "SELECT source, stage, error_kind, error, attempts FROM stages "
            "JOIN videos ON number = video WHERE state = 'failed' AND active ORDER BY number"
        )
        return [Failure(*row) for row in rows]

    def running(self) -> list[tuple[str, str, str, float]]:
        """Source, stage, worker and time of beginning of what runs."""
        rows = self._read(
            "SELECT source, stage, worker, began FROM stages JOIN videos ON number = video "
            "WHERE state = 'running' ORDER BY began"
        )
        return [tuple(row) for row in rows]

    def costs(self) -> list[Cost]:
        """What all stages that are done took; those that had nothing to hear are left out."""
        rows = self._read(
            "SELECT stage, seconds, coalesce(decode_seconds, 0) AS decode_seconds, duration "
            "FROM stages JOIN videos ON number = video "
            "WHERE state = 'done' AND NOT reused AND duration > 0"
        )
        return [Cost(*row) for row in rows]

    def video_seconds(self) -> float:
        """Length of all videos that are listened to."""
        (row,) = self._read(
            "SELECT coalesce(sum(duration), 0) FROM stages JOIN videos ON number = video "
            "WHERE stage = 'listen' AND state = 'done' AND active"
        )
        return float(row[0])

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the ledger as plain data, for the curious and for tests."""
        rows = self._read(
            "SELECT * FROM stages JOIN videos ON number = video ORDER BY number, stage"
        )
        return [dict(row) for row in rows]

    def _read(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._translated():
            return self._db.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            remedy = "see that the disk is not full, or set output.state to another folder"
            if _DAMAGED.search(str(error)):
                remedy = "it is damaged: move it away and run again; documents are used again"
            raise OutputError(
                f"the ledger cannot be used ({error})", path=self._path, remedy=remedy
            ) from error


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
    return Ledger(path, read_only=True)


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
        ledger = Ledger(state / FILE)
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


def file_version(source: str) -> str:
    """Changes when a file does; cheap, because it is asked for every video of every run."""
    try:
        if is_address(source):
            return "{} {}".format(*version(source))
        status = os.stat(source)
    except (OSError, VidtagError):
        return "absent"
    return f"{status.st_size} {status.st_mtime_ns}"


def settings_digest(config: Config, stage: Stage) -> str:
    """Identifies the settings that decide what a stage makes."""
    if stage is Stage.LISTEN:
        data: Any = config.listen_settings()
    else:
        data = config.model_dump(
            mode="json",
            exclude={
                "inputs": True,
                "recognition": True,
                "model": {"device"},
                "output": {"folder", "relisten", "overwrite"},
            },
        )
    text = json.dumps(data, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _all_there(row: sqlite3.Row, folder: str, present: Mapping[str, int] | None) -> bool:
    """Whether every file that a stage wrote is still there."""
    try:
        files = dict(json.loads(row["files"]))
    except (TypeError, ValueError):  # damaged: what it names is made again
        return False
    if is_address(folder):
        return present is None or all(f"{folder}/{name}" in present for name in files)
    return all(os.path.exists(os.path.join(folder, name)) for name in files)


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return "it has only just begun"
