"""From the inputs of a batch file to videos: each once, each with its line."""

from __future__ import annotations

import fnmatch
import glob
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from vidtag.batch import storage
from vidtag.core.addresses import is_address
from vidtag.core.errors import ConfigError
from vidtag.core.names import MEDIA_SUFFIXES, result_stem
from vidtag.core.settings import Location, Place, SettingsSource
from vidtag.core.whole_file import read_whole

_WILD = frozenset("*?[")

_LARGEST_LIST = 200 << 20
"""Bytes of a list of inputs: two million long paths."""


@dataclass(frozen=True, slots=True)
class Video:
    """A video among the inputs.

    Attributes:
        source: absolute path, or address.
        relpath: its path below the folder that was named, ``/`` between parts, without suffix.
        place: the line that named it.
    """

    source: str
    relpath: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that an input line looks into.

    Attributes:
        folder: absolute path, or address.
        pattern: of paths below it; None stands for everything.
        location: of the line.
    """

    folder: str
    pattern: str | None
    location: Location

    def reaches(self, other: str) -> bool:
        """Whether files in another folder could be among these inputs."""
        if is_address(self.folder) != is_address(other):
            return False
        folder, inner = (
            (PurePosixPath(self.folder), PurePosixPath(other))
            if is_address(self.folder)
            else (Path(os.path.realpath(self.folder)), Path(os.path.realpath(other)))
        )
        if not inner.is_relative_to(folder):
            return False
        parts = inner.relative_to(folder).parts
        if self.pattern is None:
            return True
        wanted = PurePosixPath(self.pattern).parts
        for number, part in enumerate(wanted):
            if part == "**" or number >= len(parts):
                return True
            if not fnmatch.fnmatchcase(parts[number], part):
                return False
        return False


def expand(
    inputs: Sequence[str], exclude: Sequence[str], source: SettingsSource
) -> tuple[list[Video], list[Root]]:
    """All videos of a batch, in the order of the lines and sorted within each.

    Args:
        source: tells the lines of ``inputs``.

    Raises:
        ConfigError: a line names nothing, a file that another line named before, or a folder in
            which something cannot be read.
    """
    videos: list[Video] = []
    roots: list[Root] = []
    seen: dict[object, Video] = {}
    for number, entry in enumerate(inputs):
        location: Location = ("inputs", number)
        place = source.place(location)
        found, root = _entry(entry, exclude, location, source)
        if root is not None:
            roots.append(root)
        kept = [(path, rel) for path, rel in found if not excluded(path, exclude)]
        if not kept:
            cause = f"'{entry}' matches no video"
            if found:
                cause += f" that is not excluded (of {len(found)})"
            raise source.error(cause, location, "correct it, or take it out")
        for path, rel in kept:
            video = Video(path, rel, place)
            for identity in identities(path):
                if identity in seen:
                    raise _twice(video, seen[identity], source, location)
                seen[identity] = video
            videos.append(video)
    return videos, roots


def excluded(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path, or its name alone, matches one of some patterns."""
    name = storage.name_of(path)
    return any(fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(name, p) for p in patterns)


def identities(path: str) -> list[object]:
    """What tells a file from all others, whatever names and links lead to it."""
    if is_address(path):
        return [path]
    try:
        status = os.stat(path)
    except OSError:
        return [os.path.realpath(path)]
    node = [(status.st_dev, status.st_ino)] if status.st_ino else []
    return [os.path.realpath(path), *node]


def walk(folder: str, on_error: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """Videos below a folder; follows links, but into no folder twice.

    Args:
        on_error: called where a folder below cannot be read.
    """
    entered: set[str] = set()
    for here, folders, names in os.walk(folder, onerror=on_error, followlinks=True):
        real = os.path.realpath(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in MEDIA_SUFFIXES:
                yield os.path.join(here, name)


def without_suffix(path: str) -> str:
    """A relative path with ``/`` between its parts and without the suffix of its last."""
    plain = PurePosixPath(path.replace(os.sep, "/"))
    return str(plain.with_name(result_stem(plain.name)))


def _entry(
    entry: str, exclude: Sequence[str], location: Location, source: SettingsSource
) -> tuple[list[tuple[str, str]], Root | None]:
    """Paths of an input line with their relative paths, and the folder it looks into."""
    if entry.startswith("@"):
        return _listed(entry[1:], location, source), None
    if is_address(entry):
        return _address(entry, location)
    if os.path.isfile(entry):
        return [(entry, without_suffix(os.path.basename(entry)))], None
    if os.path.isdir(entry):

        def refuse(error: OSError) -> None:
            if not excluded(error.filename, exclude):
                cause = f"the folder '{error.filename}' cannot be read ({error.strerror})"
                raise source.error(cause, location, "make it readable, or exclude it") from error

        return _below(entry, walk(entry, refuse)), Root(entry, None, location)
    if not _WILD & set(entry):
        raise source.error(f"there is no file or folder '{entry}'", location, "check the path")
    folder, pattern = _split(Path(entry))
    paths = (
        os.path.join(folder, path)
        for path in sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    )
    return _below(folder, _media(paths, pattern)), Root(folder, pattern, location)


def _media(paths: Iterable[str], pattern: str) -> Iterator[str]:
    """Files among paths; where the pattern names no suffix, only those of videos."""
    any_suffix = "." in pattern.rsplit("/", 1)[-1]
    for path in paths:
        known = any_suffix or Path(path).suffix.lower() in MEDIA_SUFFIXES
        if known and os.path.isfile(path):
            yield path


def _below(folder: str, paths: Iterable[str]) -> list[tuple[str, str]]:
    return [(path, without_suffix(os.path.relpath(path, folder))) for path in paths]


def _split(pattern: PurePath) -> tuple[str, str]:
    """The folder a pattern starts from, and the rest of it."""
    parts = pattern.parts
    # A drive is no pattern, though Windows has one ``\\\\?\\C:``.
    first = 1 if pattern.anchor else 0
    fixed = next(i for i, part in enumerate(parts) if i >= first and _WILD & set(part))
    return str(type(pattern)(*parts[:fixed])), "/".join(parts[fixed:])


def _address(entry: str, location: Location) -> tuple[list[tuple[str, str]], Root | None]:
    entry = storage.canonical(entry)
    if _WILD & set(entry):
        scheme, rest = entry.split("://", 1)
        folder, pattern = _split(PurePosixPath(rest))
        root = f"{scheme}://{folder}"
        found = storage.matches(entry)
        return _relative(root, found), Root(root, pattern, location)
    if storage.is_folder(entry):
        found = sorted(
            path
            for path in storage.find(entry)
            if PurePosixPath(path).suffix.lower() in MEDIA_SUFFIXES
            and not any(part.startswith(".") for part in PurePosixPath(path).parts)
        )
        return _relative(entry, found), Root(entry, None, location)
    found = [entry] if storage.exists(entry) else []
    return [(path, without_suffix(storage.name_of(path))) for path in found], None


def _relative(root: str, paths: Iterable[str]) -> list[tuple[str, str]]:
    def below(path: str) -> str:
        return posixpath.relpath(path.split("://", 1)[1], root.split("://", 1)[1])

    return [(path, without_suffix(below(path))) for path in paths]


def _listed(name: str, location: Location, source: SettingsSource) -> list[tuple[str, str]]:
    """Paths of a list: one per line; empty lines and those that begin with # do not count."""
    try:
        lines = read_whole(name, _LARGEST_LIST).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise source.error(f"the list '{name}' cannot be read ({reason})", location) from error
    paths = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not is_address(text):
            text = os.path.normpath(Path(name).parent / os.path.expanduser(text))
            if not os.path.isfile(text):
                raise ConfigError(f"there is no file '{text}'", path=name, line=number)
        paths.append(storage.canonical(text) if is_address(text) else text)
    common = _common_folders(path for path in paths if not is_address(path))
    return [
        (path, without_suffix(storage.name_of(path)))
        if is_address(path)
        else (path, without_suffix(os.path.relpath(path, common[_drive(path)])))
        for path in paths
    ]


def _common_folders(paths: Iterable[str]) -> dict[str, str]:
    """The folder that holds all files of a drive, by drive; all but Windows have one, ``""``."""
    folders: dict[str, set[str]] = {}
    for path in paths:
        folders.setdefault(_drive(path), set()).add(os.path.dirname(path))
    return {drive: os.path.commonpath(some) for drive, some in folders.items()}


def _drive(path: str) -> str:
    return os.path.splitdrive(path)[0].casefold()


def _twice(video: Video, first: Video, source: SettingsSource, location: Location) -> ConfigError:
    before = f"line {first.place.line}" if first.place and first.place.line else "before"
    same = "" if first.source == video.source else f", as '{first.source}'"
    return source.error(
        f"'{video.source}' is among the inputs twice ({before}{same})",
        location,
        "take one out, or exclude it",
    )
