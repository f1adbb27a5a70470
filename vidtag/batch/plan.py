"""From a batch file to a plan: which video goes where, with which settings.

Everything that can be wrong with a batch file is found here, before anything starts.
"""

from __future__ import annotations

import os
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from vidtag.batch import storage
from vidtag.batch.batch_settings import BATCH_KEYS, BatchConfig
from vidtag.batch.inputs import Root, Video, excluded, expand
from vidtag.core.addresses import is_address
from vidtag.core.errors import ConfigError
from vidtag.core.file_names import usable_name
from vidtag.core.names import result_stem
from vidtag.core.settings import Config, Loaded, SettingsSource, merged, validate
from vidtag.files import PARTIAL_PREFIX
from vidtag.listening.ready import check_ready

STATE_FOLDER = ".vidtag-batch"
TEMPLATE_FIELDS = ("relpath", "stem", "suffix", "parent")
_PER_VIDEO = {"language", "itn"}
"""Settings of the model that may differ between videos."""

_HIDDEN = PARTIAL_PREFIX.removesuffix("partial-")


@dataclass(frozen=True, slots=True)
class PlannedVideo:
    """One video of a plan.

    Attributes:
        source: path or address of the video.
        folder: path or address its results go to.
        config: its settings.
    """

    source: str
    folder: str
    config: Config


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is to do.

    Attributes:
        file: the batch file; None if there is none.
        root: path or address of all results.
        state: folder of the ledger, on this machine.
        settings: all settings.
        videos: in the order they are worked on.
    """

    file: Path | None
    root: str
    state: Path
    settings: BatchConfig
    videos: tuple[PlannedVideo, ...]

    @property
    def name(self) -> str:
        """What the ledger's folder is called after; two batches on one root have two."""
        return self.state.name.removesuffix(STATE_FOLDER) or Path(self.root).name

    @property
    def reports(self) -> Path:
        """Where what becomes of the batch is told: in the root, unless the ledger is elsewhere."""
        own = self.state.parent == Path(self.root) and self.state.name == STATE_FOLDER
        return Path(self.root) if own else self.state


class Planner:
    """Finds out where a video goes and with which settings.

    Args:
        loaded: a batch file.
        file: its path; None if there is none.
        name: what results are called after if no folder is given; None takes the file's.

    Raises:
        ConfigError: template, profiles or output folder are wrong.
        UserError: speakers cannot be told apart: the extra or the known voices are of no use.
    """

    def __init__(
        self, loaded: Loaded[BatchConfig], file: Path | None, *, name: str | None = None
    ) -> None:
        self.settings = loaded.settings
        self.file = file
        self._source = loaded.source
        name = name or (file.stem if file is not None else "videos")
        output = self.settings.output
        root = output.folder or f"{name}.batch"
        self.root = storage.canonical(root) if is_address(root) else os.path.abspath(root)
        local = not is_address(self.root)
        self._real_root = os.path.realpath(self.root) if local else self.root
        self.state = self._state_folder(name)
        self._check_template()
        self._patterns = [
            (profile.match,) if isinstance(profile.match, str) else profile.match
            for profile in self.settings.profiles
        ]
        self._configs: dict[tuple[int, ...], Config] = {}
        self.config_of(())  # so that a mistake shows before any video is looked for
        for number in range(len(self._patterns)):
            self.config_of((number,))

    def plan(self) -> Plan:
        """The whole plan.

        Raises:
            ConfigError: what is wrong with it, with file and line.
        """
        videos, roots = expand(self.settings.inputs, self.settings.exclude, self._source)
        if not videos:
            raise self._source.error("there are no inputs", (), "name some under 'inputs'")
        self.check_roots(roots)
        planned = []
        taken: dict[str, Video] = {}
        used: set[int] = set()
        for video in videos:
            folder, config, profiles = self.place(video)
            key = result_key(folder, video.source)
            if key in taken:
                raise self.collision(video, taken[key], folder)
            taken[key] = video
            used.update(profiles)
            planned.append(PlannedVideo(video.source, folder, config))
        for number, patterns in enumerate(self._patterns):
            if number not in used:
                text = "', '".join(patterns)
                raise self._source.error(
                    f"the profile for '{text}' matches no input",
                    ("profiles", number, "match"),
                    "correct the pattern, or take the profile out",
                )
        return Plan(self.file, self.root, self.state, self.settings, tuple(planned))

    @property
    def empty_plan(self) -> Plan:
        """A plan without videos, for those that arrive later."""
        return Plan(self.file, self.root, self.state, self.settings, ())

    def place(self, video: Video) -> tuple[str, Config, tuple[int, ...]]:
        """Folder and settings of a video, and which profiles made them.

        Raises:
            ConfigError: the folder is not below the root, or the ledger cannot hold the name.
        """
        try:
            video.source.encode()
        except UnicodeEncodeError as error:
            raise ConfigError(
                f"the input '{video.source}' has a name that is not UTF-8",
                path=video.place.path if video.place else None,
                line=video.place.line if video.place else None,
                remedy="rename it, or exclude it",
            ) from error
        profiles = tuple(
            number
            for number, patterns in enumerate(self._patterns)
            if excluded(video.source, patterns)
        )
        below = self._fill(video)
        parts = PurePosixPath(below).parts
        folder = storage.join(self.root, *parts)
        odd = ".." in parts or PurePosixPath(below).is_absolute()
        if odd or not self._inside(folder) or any(p.startswith(_HIDDEN) for p in parts):
            raise self._escape(video, below)
        if self._inside(video.source):
            raise ConfigError(
                f"the input '{video.source}' lies in the output folder",
                path=video.place.path if video.place else None,
                line=video.place.line if video.place else None,
                remedy="choose another output.folder",
            )
        return folder, self.config_of(profiles), profiles

    def check_roots(self, roots: Sequence[Root]) -> None:
        """Refuse to write results where the next run would take them for inputs."""
        for root in roots:
            if root.reaches(self.root):
                raise self._source.error(
                    f"the output folder '{self.root}' is inside the input folder '{root.folder}'",
                    ("output", "folder") if self.settings.output.folder else root.location,
                    "choose an output.folder elsewhere, or a pattern that does not reach into it",
                )

    def config_of(self, profiles: tuple[int, ...]) -> Config:
        """Settings under some profiles, each laid over the ones before."""
        if profiles not in self._configs:
            self._configs[profiles] = self._lay(profiles)
        return self._configs[profiles]

    def _lay(self, profiles: tuple[int, ...]) -> Config:
        data: Any = {k: v for k, v in self._source.data.items() if k not in BATCH_KEYS}
        output = self._source.data.get("output") or {}
        data["output"] = {k: output[k] for k in ("overwrite", "relisten") if k in output}
        at: tuple[str | int, ...] = ()
        for number in profiles:
            overlay = {
                key: value
                for key, value in self._source.data["profiles"][number].items()
                if key != "match" and value is not None
            }
            data = merged(data, overlay)
            at = ("profiles", number)
        config = validate(Config, SettingsSource(data, self._source.places), at=at)
        common = self.settings.model
        for key in set(type(common).model_fields) - _PER_VIDEO:
            if getattr(config.model, key) != getattr(common, key):
                raise self._source.error(
                    f"a profile cannot choose another model.{key}: a batch has one model",
                    (*at, "model", key),
                    "use a batch file per model",
                )
        if self.settings.runner == "local":  # another machine has voices, taggers of its own
            check_ready(config)
        return config

    def _state_folder(self, name: str) -> Path:
        if self.settings.output.state:
            base = self.file.absolute().parent if self.file is not None else Path.cwd()
            return base / os.path.expanduser(self.settings.output.state)
        if not is_address(self.root):
            return Path(self.root) / STATE_FOLDER
        base = self.file.absolute().parent if self.file is not None else Path.cwd()
        return base / f"{name}{STATE_FOLDER}"

    def _check_template(self) -> None:
        location = ("output", "template")
        try:
            fields = list(string.Formatter().parse(self.settings.output.template))
        except ValueError as error:
            raise self._source.error(f"output.template is wrong: {error}", location) from error
        for _, field, form, conversion in fields:
            if field is not None and (field not in TEMPLATE_FIELDS or form or conversion):
                known = ", ".join(f"{{{name}}}" for name in TEMPLATE_FIELDS)
                raise self._source.error(
                    f"output.template has no {{{field}}}", location, f"known are {known}"
                )
        if not _can_be_a_name(self.settings.output.template):
            raise self._source.error(
                "output.template holds characters that no file name can have",
                location,
                "take out NUL and what is not Unicode text",
            )
        fixed = PurePosixPath(self.settings.output.template)
        if fixed.is_absolute() or ".." in fixed.parts:
            raise self._source.error(
                "output.template leads out of the output folder",
                location,
                "write a path below it, without '..' and without a leading '/'",
            )

    def _fill(self, video: Video) -> str:
        name = PurePosixPath(storage.name_of(video.source))
        whole = PurePosixPath(video.source.replace(os.sep, "/"))
        filled = self.settings.output.template.format(
            relpath=video.relpath,
            stem=result_stem(name.name),
            suffix=name.suffix.removeprefix("."),
            parent=whole.parent.name,
        )
        parts = PurePosixPath(filled.replace(os.sep, "/")).parts
        return str(PurePosixPath(*map(usable_name, parts)))

    def _inside(self, path: str) -> bool:
        if not is_address(self.root):
            path = path if is_address(path) else os.path.realpath(path)
        return _pure(path).is_relative_to(_pure(self._real_root))

    def _escape(self, video: Video, below: str) -> ConfigError:
        return self._source.error(
            f"the results of '{video.source}' would go out of the output folder, to '{below}'",
            ("output", "template"),
            "use another output.template, or rename the file",
        )

    def collision(self, video: Video, first: Video, folder: str) -> ConfigError:
        """The error for two videos whose results would be the same files."""
        line = f" (line {first.place.line})" if first.place and first.place.line else ""
        place = video.place
        return ConfigError(
            f"'{video.source}' and '{first.source}'{line} would both write to '{folder}'",
            path=place.path if place else None,
            line=place.line if place else None,
            remedy="put {suffix} or {parent} into output.template, or rename one",
        )


def _pure(path: str) -> PurePath:
    return PurePosixPath(path) if is_address(path) else PurePath(path)


def _can_be_a_name(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def result_key(folder: str, source: str) -> str:
    """What must differ between two videos, on disks that do not tell cases apart too."""
    stem = result_stem(storage.name_of(source))
    return unicodedata.normalize("NFC", f"{folder}/{stem}").casefold()
