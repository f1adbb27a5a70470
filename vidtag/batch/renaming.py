"""A video that has another name now: its document goes with it, and its old results do not stay."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from vidtag.batch.changes import same_file_renamed, size_of
from vidtag.batch.ledger_database import LedgerDatabase
from vidtag.core.addresses import is_address
from vidtag.core.names import DOCUMENT_SUFFIX, result_stem
from vidtag.show import hand_edits


def document_before(database: LedgerDatabase, source: str, version: str) -> str | None:
    """Path of the document that a file on this machine has from under another name, if it has one.

    Args:
        version: of the file; see ``file_version``.
    """
    if is_address(source):
        return None
    rows = database.read(
        "SELECT source, folder FROM videos WHERE version LIKE ? AND source != ?",
        same_file_renamed(version),
        source,
    )
    for row in rows:
        if not (is_address(row["folder"]) or os.path.exists(row["source"])):
            return _document(row["folder"], row["source"])
    return None


def take_over(database: LedgerDatabase, document: str) -> list[str]:
    """Give up a video that now has another name; only inside a transaction.

    Args:
        document: its document, by ``document_before``.

    Returns:
        The files it left that nobody changed since.
    """
    left: list[str] = []
    rows = database.read(
        "SELECT number, source, folder FROM videos WHERE folder = ? AND NOT active",
        os.path.dirname(document),
    )
    for row in rows:
        if document != _document(row["folder"], row["source"]):
            continue
        for stage in database.read(
            "SELECT files FROM stages WHERE video = ? AND state = 'done'", row["number"]
        ):
            for name, size in dict(json.loads(stage["files"])).items():
                path = os.path.join(row["folder"], name)
                inside = not os.path.isabs(name) and ".." not in Path(name).parts
                if inside and size_of(path) == size:
                    left.append(path)
        database.execute("DELETE FROM stages WHERE video = ?", (row["number"],))
        database.execute("DELETE FROM videos WHERE number = ?", (row["number"],))
    return left


def remove_left(left: list[str], document: str, root: Path) -> None:
    """Remove what a video left under its old name, and the folders that are empty then.

    What somebody edited by hand stays.
    """
    folders = {Path(document).parent}
    for path in map(Path, left):
        if hand_edits.is_edited(path):  # as long as it was, and not what it was
            continue
        path.unlink(missing_ok=True)
        hand_edits.forget(path)
        folders.add(path.parent)
    for folder in sorted(folders, key=lambda one: -len(one.parts)):
        with contextlib.suppress(OSError):  # something of somebody's is in it
            while folder != root:
                folder.rmdir()
                folder = folder.parent


def _document(folder: str, source: str) -> str:
    return os.path.join(folder, f"{result_stem(source)}{DOCUMENT_SUFFIX}")
