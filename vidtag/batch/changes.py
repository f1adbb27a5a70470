"""What tells whether a stage has to be done again: its video, its settings, its results."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidtag.batch.contract import Stage
from vidtag.batch.storage import name_of, version
from vidtag.core.addresses import is_address
from vidtag.core.edits import LARGEST_FILE, edits_path
from vidtag.core.errors import VidtagError
from vidtag.core.names import DOCUMENT_SUFFIX, result_stem
from vidtag.core.settings import Config
from vidtag.core.version import __version__
from vidtag.core.whole_file import read_whole
from vidtag.listening.identity import LISTENING_VERSION
from vidtag.listening.models.digests import local_digests
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.fingerprint import fingerprint
from vidtag.transcripts.of_media import transcript_path

_QUICK_BYTES = 1 << 26
"""Bytes that are read in a moment, even for each of many files."""


def file_version(source: str) -> str:
    """A text that changes when a file does: size, times of change and inode, or what a storage has.

    Cheap: it is made for every video of every run. Where it differs, the content may still be the
    same; the worker that reads the file finds out.
    """
    try:
        if is_address(source):
            return "{} {}".format(*version(source))
        status = os.stat(source)
    except (OSError, VidtagError):
        return "absent"
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino} {status.st_ctime_ns}"


def has_content(source: str, known: str | None) -> bool:
    """Whether a file on this machine still has a content; of large ones the workers find out."""
    if known is None or is_address(source):
        return False
    try:
        return os.path.getsize(source) <= _QUICK_BYTES and fingerprint(source) == known
    except OSError:
        return False


def same_file_renamed(version: str) -> str:
    """Pattern (SQL's LIKE) of the versions that a local file may have had under another name.

    Renaming keeps inode, size and time of change of the content.
    """
    return f"{version.rpartition(' ')[0]} %"


def settings_digest(config: Config, stage: Stage, source: str) -> str:
    """Identifies all but the video that decides what a stage makes of it: settings, models and
    transcript for listening; settings, vidtag and ffmpeg for what is shown."""
    if stage is Stage.LISTEN:
        data: Any = [config.listen_settings(), local_digests(config), LISTENING_VERSION]
        if config.recognition.transcript is not None:
            data.append(file_version(transcript_path(config.recognition.transcript, source)))
    else:
        shown = config.model_dump(
            mode="json", include={"subtitles", "highlights", "report", "timelines"}
        )
        data = [shown, __version__, _ffmpeg() if config.highlights.enabled else None]
    text = json.dumps(data, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def edits_digest(folder: str, source: str) -> str:
    """Identifies the edits that somebody made to what is shown of a video; empty for none."""
    if is_address(folder):
        return ""
    document = Path(folder) / f"{result_stem(name_of(source))}{DOCUMENT_SUFFIX}"
    try:
        return hashlib.blake2b(
            read_whole(edits_path(document), LARGEST_FILE), digest_size=8
        ).hexdigest()
    except OSError:
        return ""


def _ffmpeg() -> str | None:
    """The version of the ffmpeg that cuts; None where there is none, which the cut will tell."""
    try:
        return find_ffmpeg().version
    except VidtagError:
        return None


def all_present(files_json: str, folder: str, present: Mapping[str, int] | None) -> bool:
    """Whether every file that a stage wrote is still there, and as long as it was.

    Args:
        files_json: the files' names, relative to the folder, and their sizes in bytes, as the
            ledger has them.
        present: files that exist, by address, with their sizes, if the folder is an address.
    """
    try:
        files = dict(json.loads(files_json))
    except (TypeError, ValueError):  # damaged: what it names is made again
        return False
    if is_address(folder):
        return present is None or all(
            present.get(f"{folder}/{name}") == size for name, size in files.items()
        )
    return all(size_of(os.path.join(folder, name)) == size for name, size in files.items())


def size_of(path: str) -> int | None:
    """Bytes of a file; None if there is none."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return None
