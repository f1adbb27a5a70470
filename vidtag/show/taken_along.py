"""What people changed of the results of a video goes with it when it gets another name."""

from __future__ import annotations

from pathlib import Path

from vidtag import files
from vidtag.core.edits import LARGEST_FILE, edits_path
from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.whole_file import read_whole
from vidtag.show.hand_edits import copy_edited, is_edited, noted_files


def take_along(document: Path, target: Path) -> list[Path]:
    """Copy the edits beside a document, and the files edited by hand, to those of another name.

    What is there already under the other name stays as it is.

    Returns:
        What was copied, under its new name.

    Raises:
        OutputError: the folder cannot be written.
    """
    wanted = {edits_path(document): edits_path(target)} if edits_path(document).is_file() else {}
    was, now = (path.name.removesuffix(DOCUMENT_SUFFIX) for path in (document, target))
    edited = {
        path: target.with_name(now + path.name.removeprefix(was))
        for path in noted_files(document.parent)
        if path.name.startswith(f"{was}.") and is_edited(path)
    }
    taken = []
    for path, copy in (wanted | edited).items():
        if not copy.exists():
            if path in edited:
                copy_edited(path, copy)
            else:
                files.write_bytes(copy, read_whole(path, LARGEST_FILE))
            taken.append(copy)
    return taken
