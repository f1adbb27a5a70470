"""Settings data from YAML, with the line of every value.

The YAML is read strictly: duplicate keys and tags are errors. Paths in a file are relative to that
file. ``include`` lays a file over others, and ``${NAME}`` stands for an environment variable.
"""

from __future__ import annotations

import os
import re
import warnings
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning
from ruamel.yaml.scanner import RoundTripScanner, ScannerError

from vidtag.core.addresses import is_address
from vidtag.core.errors import ConfigError
from vidtag.core.names import AUTO, YAMNET
from vidtag.core.settings.source import Location, Place, SettingsSource, is_text, lay_over
from vidtag.core.whole_file import read_stream

MAX_BYTES = 8_000_000

MAX_NODES = 150_000
MAX_DEPTH = 50
"""Bounds on a file and on what its aliases expand to, so that no file can exhaust memory."""

INCLUDE = "include"
"""The key that names files a file is laid over."""

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float")}

_MANGLED = re.compile(r"@?(?:[A-Za-z]:|\\[\w.-]*)[\x00-\x1f\x85\xa0\u2028\u2029]")
"""A path of Windows in double quotes, where YAML takes ``\\n`` and ``\\t`` for codes."""

_ABOUT_BACKSLASHES = "write paths without quotes, in single quotes, or with / for \\"

_VARIABLE = re.compile(r"\$?\$\{([^}]*)\}")

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _BoundedScanner(RoundTripScanner):
    """Refuses what is nested deeper than settings are: its time grows with the depth squared."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803
        """A bracket or a brace opens."""
        super().fetch_flow_collection_start(TokenClass, to_push)
        self._check_depth()

    def add_indent(self, column: int) -> bool:
        """A line begins further to the right."""
        added: bool = super().add_indent(column)
        self._check_depth()
        return added

    def _check_depth(self) -> None:
        if len(self.indents) + self.flow_level > MAX_DEPTH:
            raise ScannerError(
                None, None, f"nested deeper than {MAX_DEPTH} levels", self.reader.get_mark()
            )


def read_yaml(path: Path, above: tuple[Path, ...]) -> SettingsSource:
    """A file laid over those it includes; ``above`` are the files that led here."""
    source = _read(path)
    named = source.data.pop(INCLUDE, ())
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise source.error("include must be a file name or a list of them", (INCLUDE,))
    _anchor_paths(source.data, path.resolve().parent)
    data: Any = {}
    places: dict[Location, Place] = {}
    chain = (*above, path.resolve())
    for number, name in enumerate(names):
        at = (INCLUDE,) if isinstance(named, str) else (INCLUDE, number)
        file = Path(_anchored(name, path.resolve().parent))
        if file.resolve() in chain:
            circle = " -> ".join(p.name for p in (*chain, file))
            raise source.error(f"files include each other in a circle ({circle})", at)
        if not os.path.isfile(file):
            raise source.error(f"there is no file '{name}' to include", at)
        below = read_yaml(file, chain)
        data, places = lay_over(data, places, below)
    data, places = lay_over(data, places, source)
    places[()] = Place(path, None)
    return SettingsSource(data, places)


def _read(path: Path) -> SettingsSource:
    try:
        raw = read_stream(path, MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"settings file cannot be read ({error.strerror})",
            path=path,
            remedy="check the path given with --config",
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError("settings file is larger than 8 MB", path=path)
    try:
        yaml = YAML(typ="rt")
        yaml.Scanner = _BoundedScanner
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            tree = yaml.load(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError("settings file is not UTF-8 text", path=path) from error
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = (error.problem or "duplicate key").split(" with ")[0]
        raise ConfigError(problem, path=path, line=line, remedy="keep one of the two") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(
            f"not valid YAML ({error.problem or error.context})",
            path=path,
            line=mark.line + 1 if mark else None,
            remedy=_ABOUT_BACKSLASHES if "escape" in (error.problem or "") else None,
        ) from error
    except Exception as error:  # constructors of dates and numbers raise errors of their own
        raise ConfigError("not valid YAML", path=path) from error
    lines: dict[Location, int] = {}
    budget = [MAX_NODES]
    data = _plain(tree, (), path, lines, budget)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError("settings must be 'key: value' pairs", path=path, line=1)
    return SettingsSource(
        data, {(): Place(path, None), **{k: Place(path, v) for k, v in lines.items()}}
    )


def _plain(
    node: Any, location: Location, path: Path, lines: dict[Location, int], budget: list[int]
) -> Any:
    """Plain Python data from ruamel's tree; notes the line of every value on the way."""
    budget[0] -= 1
    if budget[0] < 0:
        raise ConfigError(
            "settings expand to too much data",
            path=path,
            line=lines.get(location[:1]),
            remedy="give it fewer aliases (*NAME) of aliases",
        )
    line = lines.get(location)
    tag = getattr(getattr(node, "tag", None), "value", None)
    if isinstance(node, TaggedScalar) or (tag and str(tag) not in _PLAIN_TAGS):
        raise ConfigError(f"YAML tag {tag} is not allowed", path=path, line=line)
    if isinstance(node, CommentedMap):
        result: dict[str, Any] = {}
        for key, value in node.items():
            below = (*location, str(key))
            lines[below] = node.lc.key(key)[0] + 1 if key in (node.lc.data or {}) else (line or 1)
            result[str(key)] = _plain(value, below, path, lines, budget)
        return result
    if isinstance(node, CommentedSeq):
        items = []
        for index, value in enumerate(node):
            below = (*location, index)
            lines[below] = node.lc.item(index)[0] + 1 if node.lc.data else (line or 1)
            items.append(_plain(value, below, path, lines, budget))
        return items
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float):
        if isinstance(node, kind):
            return kind(node)  # strips ruamel's scalar subclasses
    if not isinstance(node, (str, date)) or not is_text(str(node)):
        raise ConfigError("a value here is not text", path=path, line=line)
    if _MANGLED.match(str(node)):
        cause = "in double quotes, backslashes of a path are codes for other characters"
        raise ConfigError(cause, path=path, line=line, remedy=_ABOUT_BACKSLASHES)
    return _with_variables(str(node), path, line)


def _with_variables(text: str, path: Path, line: int | None) -> str:
    """Text with ``${NAME}`` and ``${NAME:-default}`` filled in; ``$${`` stands for ``${``.

    What a variable holds stays text: it can bring in neither keys nor tags.
    """

    def value(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        name, has_default, default = match[1].partition(":-")
        if not _VARIABLE_NAME.fullmatch(name):
            raise ConfigError(
                f"'{match[0]}' names no environment variable",
                path=path,
                line=line,
                remedy="write ${NAME} or ${NAME:-default}; $${ stands for ${ itself",
            )
        found = os.environ.get(name) or (default if has_default else None)
        if found is None:
            raise ConfigError(
                f"the environment variable {name} is not set",
                path=path,
                line=line,
                remedy=f"set it, or give a default: ${{{name}:-default}}",
            )
        return found

    return _VARIABLE.sub(value, text)


def _anchor_paths(data: dict[str, Any], folder: Path) -> None:
    """Make the paths in a file's data relative to the file, not to the current folder."""
    inputs = data.get("inputs")
    if isinstance(inputs, list):
        data["inputs"] = [_anchored(p, folder) if isinstance(p, str) else p for p in inputs]
    model, output = _group(data, "model"), _group(data, "output")
    if isinstance(model.get("name"), str) and os.path.isdir(_anchored(model["name"], folder)):
        model["name"] = _anchored(model["name"], folder)
    if isinstance(output.get("folder"), str):
        output["folder"] = _anchored(output["folder"], folder)
    variants = data.get("profiles")  # a batch's, for what matches a pattern
    for settings in [data, *(variants if isinstance(variants, list) else [])]:
        _anchor_settings(settings, folder)


def _anchor_settings(settings: Any, folder: Path) -> None:
    """The same for what may be different from video to video."""
    events, tagger = _group(settings, "events"), _group(settings, "events", "tagger")
    recognition, subtitles = _group(settings, "recognition"), _group(settings, "subtitles")
    paths = [(tagger, "labels"), (events, "tuned"), (_group(settings, "speakers"), "voices")]
    if tagger.get("model") not in (AUTO, YAMNET):
        paths.append((tagger, "model"))
    if "{" not in str(recognition.get("transcript")):  # else it lies beside the video
        paths.append((recognition, "transcript"))
    style = subtitles.get("profile")
    if isinstance(style, str) and os.path.isfile(_anchored(style, folder)):
        paths.append((subtitles, "profile"))
    for group, key in paths:
        if isinstance(group.get(key), str):
            group[key] = _anchored(group[key], folder)


def _group(data: Any, *keys: str) -> dict[str, Any]:
    """A mapping below others; empty if there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _anchored(path: str, folder: Path) -> str:
    """A path relative to a folder; an address stays, and so does the ``@`` of a list of paths."""
    if is_address(path) or not path:
        return path
    mark, path = ("@", path[1:]) if path.startswith("@") else ("", path)
    return mark + os.path.normpath(folder / os.path.expanduser(path))
