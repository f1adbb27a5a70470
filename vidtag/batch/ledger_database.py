"""The database of a ledger: its tables, and SQLite's errors as ours."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from vidtag.core.errors import OutputError

FILE = "ledger.sqlite"
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


class LedgerDatabase:
    """An open SQLite database with the tables of a ledger.

    Args:
        read_only: another process may be writing it.
        in_memory: work on a copy in memory, and leave the file as it is.

    Raises:
        OutputError: from all methods: it cannot be used.
    """

    def __init__(self, path: Path, *, read_only: bool = False, in_memory: bool = False) -> None:
        self._path = path
        with self._translated_errors():
            self._connection = _memory_copy(path) if in_memory else _connect(path, read_only)
            self._connection.row_factory = sqlite3.Row
            if not (read_only or in_memory):
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare(read_only)

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def read(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._translated_errors():
            return self._connection.execute(query, values).fetchall()

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run a statement; only inside a ``transaction``."""
        return self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement once per row; only inside a ``transaction``."""
        self._connection.executemany(statement, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What the block writes is written as a whole, or not at all."""
        with self._translated_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _prepare(self, read_only: bool) -> None:
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found == VERSION:
            return
        if found != 0:
            raise OutputError(
                f"the ledger is of version {found}, this vidtag knows {VERSION}",
                path=self._path,
                remedy="use the vidtag that made it, or another output folder",
            )
        if not read_only:
            with self.transaction():
                for statement in _TABLES.split(";\n"):
                    if statement.strip():
                        self.execute(statement)
                self.execute(f"PRAGMA user_version = {VERSION}")

    @contextlib.contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (
            sqlite3.Error,
            UnicodeDecodeError,
        ) as error:  # of a message that quotes
            remedy = "see that the disk is not full, or set output.state to another folder"
            if _DAMAGED.search(str(error)):
                remedy = "it is damaged: move it away and run again; documents are used again"
            raise OutputError(
                f"the ledger cannot be used ({error})", path=self._path, remedy=remedy
            ) from error


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    log = path.with_name(path.name + "-wal")
    effective = os.access in os.supports_effective_ids
    writable = os.access(path.parent, os.W_OK, effective_ids=effective)
    if read_only and not writable and not log.exists():
        address += "&immutable=1"  # nobody writes it now, and whoever looks may make no file there
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)


def _memory_copy(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    if path.is_file():
        with contextlib.closing(_connect(path, read_only=True)) as original:
            original.backup(copy)
    return copy
