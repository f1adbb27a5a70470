"""An index of documents, kept in the user's cache folder, so that a search reads none of them.

The index is only a copy: each search compares it with the files and reads those that are new or
have changed. Whatever is wrong with it, it is thrown away and made again.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core import document as documents
from vidtag.core.cache_folder import cache_folder
from vidtag.core.cast import heard_before
from vidtag.core.edits import edits_path
from vidtag.core.errors import ConfigError, DocumentError, InputError
from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.records import (
    Document,
    OnProgress,
    Progress,
    Segment,
    ignore_progress,
    join_words,
)
from vidtag.core.settings import Config
from vidtag.find.conditions import sorts_of
from vidtag.find.query import fold
from vidtag.select.word_index import sentences
from vidtag.show.edited_views import edited_views

EVENT, SEGMENT, SENTENCE = 0, 1, 2
"""What a row of ``items`` is. Speech is there twice: as recognised, and sentence by sentence."""

_VERSION = 4
_SCHEMA = f"""
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, video TEXT, error TEXT
);
CREATE TABLE items (
    doc INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    form INTEGER NOT NULL, kind TEXT, start REAL NOT NULL, "end" REAL NOT NULL,
    p REAL, mean REAL, language TEXT, language_p REAL, emotion TEXT, emotion_p REAL,
    words_p REAL, text TEXT, folded TEXT, speaker TEXT,
    size TEXT, finer TEXT, recording INTEGER, sorts TEXT
);
CREATE TABLE speakers (
    doc INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE, name TEXT, folded TEXT
);
CREATE INDEX speakers_by_name ON speakers (folded, doc);
CREATE INDEX speakers_by_document ON speakers (doc);
CREATE INDEX items_by_time ON items (doc, form, start);
CREATE INDEX items_by_kind ON items (form, kind);
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True, slots=True)
class DamagedDocument:
    """A document that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What it took to bring the index up to date.

    Attributes:
        documents: how many there are where it was searched.
        read: how many of them had to be read now.
        damaged: those that could not be, and folders that could not be looked into.
    """

    documents: int
    read: int
    damaged: tuple[DamagedDocument, ...]


def documents_in(
    places: Iterable[Path], on_error: Callable[[OSError], None] | None = None
) -> list[Path]:
    """All documents in some folders, and those that are named themselves, in order of path.

    Args:
        on_error: called where a folder cannot be read.

    Raises:
        InputError: a place is not there, or a file is no document.
    """
    found: dict[str, None] = {}
    for place in places:
        if place.is_dir():
            found |= dict.fromkeys(_walk(os.path.abspath(place), on_error))
        elif place.is_file() and place.name.endswith(DOCUMENT_SUFFIX):
            found[os.path.abspath(place)] = None
        elif place.exists():
            raise InputError(
                "is not a document",
                path=place,
                remedy=f"name a folder, or a {DOCUMENT_SUFFIX} file",
            )
        else:
            raise InputError("there is no such file or folder", path=place)
    return [Path(path) for path in sorted(found)]


def _walk(folder: str, on_error: Callable[[OSError], None] | None) -> Iterator[str]:
    for root, folders, names in os.walk(folder, onerror=on_error):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            os.path.join(root, name)
            for name in names
            if name.endswith(DOCUMENT_SUFFIX) and not name.startswith(".")
        )


def default_path() -> Path | None:
    """Where the index is kept: in vidtag's folder for caches; None where there can be none."""
    folder = cache_folder()
    return folder and folder / "find.sqlite3"


@contextlib.contextmanager
def opened(path: Path | None = None) -> Iterator[sqlite3.Connection]:
    """The index, made if it is not there or is no index; in memory where it cannot be kept."""
    place = path or default_path()
    connection = _connect(":memory:") if place is None else _open(place)
    try:
        yield connection
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    for attempt in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _connect(str(path))
        except (sqlite3.DatabaseError, OSError):
            if attempt == 0:
                with contextlib.suppress(OSError):
                    path.unlink()
    return _connect(":memory:")


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=30)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            connection.executescript(_SCHEMA)
        elif version != _VERSION:
            raise sqlite3.DatabaseError("made by another vidtag")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def refresh(
    connection: sqlite3.Connection,
    paths: Sequence[Path],
    *,
    on_progress: OnProgress = ignore_progress,
) -> IndexUpdate:
    """Bring the index up to date for some documents, and mark them as those to be searched.

    A document that cannot be read is remembered as such until its file changes.
    """
    known = {
        path: (number, stamp)
        for number, path, stamp in connection.execute("SELECT id, path, stamp FROM documents")
    }
    stamps = {str(path): _stamp(path) for path in paths}
    stale = [path for path in stamps if known.get(path, (0, ""))[1] != stamps[path]]
    for number, path in enumerate(stale):
        on_progress(Progress("documents", number, len(stale), Path(path).name))
        with connection:
            connection.execute("DELETE FROM documents WHERE path = ?", (path,))
            _add(connection, Path(path), stamps[path])
    if stale:
        on_progress(Progress("documents", len(stale), len(stale)))
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (doc INTEGER PRIMARY KEY)")
    with connection:
        connection.execute("DELETE FROM wanted")
        connection.execute("CREATE TEMP TABLE named (path TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO named VALUES (?)", [(path,) for path in stamps])
        connection.execute("INSERT INTO wanted SELECT id FROM documents JOIN named USING (path)")
        connection.execute("DROP TABLE named")
    damaged = connection.execute(
        "SELECT path, error FROM documents JOIN wanted ON id = doc "
        "WHERE error IS NOT NULL ORDER BY path"
    ).fetchall()
    return IndexUpdate(
        len(stamps),
        len(stale),
        tuple(DamagedDocument(Path(path), error) for path, error in damaged),
    )


def _stamp(path: Path) -> str:
    """Tells whether a document or the edits beside it have changed."""
    edits = edits_path(path)
    return _stamp_of(path) + (f" {_stamp_of(edits)}" if edits.exists() else "")


def _stamp_of(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as error:
        return f"unreadable {error.errno}"
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _add(connection: sqlite3.Connection, path: Path, stamp: str) -> None:
    try:
        document = edited_views(documents.read(path), Config(), path).document
    except (DocumentError, ConfigError) as error:
        connection.execute(
            "INSERT INTO documents (path, stamp, error) VALUES (?, ?, ?)",
            (str(path), stamp, f"{error.cause}"),
        )
        return
    row = connection.execute(
        "INSERT INTO documents (path, stamp, video) VALUES (?, ?, ?)",
        (str(path), stamp, document.media.path),
    )
    connection.executemany(
        f"INSERT INTO items VALUES (?{', ?' * 18})",
        [(row.lastrowid, *item) for item in _items(document)],
    )
    connection.executemany(
        "INSERT INTO speakers VALUES (?, ?, ?)",
        [(row.lastrowid, name, fold(name)) for name in document.speakers],
    )


def speakers_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Everybody who speaks in what is searched, those in most documents first.

    Returns:
        Each name as ``query.fold`` has it, and as the documents have it.
    """
    return dict(
        connection.execute(
            "SELECT folded, max(name) FROM speakers JOIN wanted USING (doc) "
            "GROUP BY folded ORDER BY count(*) DESC, folded"
        ).fetchall()
    )


def _items(document: Document) -> Iterator[tuple[object, ...]]:
    for event in document.events:
        yield (
            *(EVENT, event.kind.value, event.start, event.end, event.peak, event.mean),
            *(None,) * 7,
            _speaker_before(document, event.start),
            *(event.size, event.finer, event.recording, f" {' '.join(sorts_of(event))} "),
        )
    for segment in document.segments:
        words = segment.words
        mean = sum(word.probability for word in words) / len(words) if words else 0.0
        yield _speech(SEGMENT, segment, segment.start, segment.end, mean, segment.text)
        for sentence in sentences(words):
            mean = sum(word.probability for word in sentence) / len(sentence)
            start, end = sentence[0].start, max(word.end for word in sentence)
            yield _speech(SENTENCE, segment, start, end, mean, join_words(sentence))


def _speaker_before(document: Document, time: float) -> str | None:
    speaker = heard_before(document, time)
    return fold(speaker) if speaker else None


def _speech(
    form: int, segment: Segment, start: float, end: float, words_p: float, text: str
) -> tuple[object, ...]:
    return (
        *(form, None, start, end, None, None),
        *(segment.language.value, segment.language_probability),
        *(segment.emotion.value, segment.emotion_probability),
        *(words_p, text, fold(text) if form == SENTENCE else None),
        fold(segment.speaker) if segment.speaker else None,
        *(None,) * 4,
    )
