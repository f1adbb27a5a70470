"""Settings from YAML and from the command line, and back to commented YAML.

The YAML is read strictly: duplicate keys, tags and unknown keys are errors, each with file, line
and the nearest right key. Paths in a file are relative to that file.
"""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from vidtag.config import Config
from vidtag.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
"""Bounds on a file and on what its aliases expand to, so that no file can exhaust memory."""

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float")}

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Plain data with the line each value came from."""

    data: dict[str, Any]
    path: Path | None
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int | None:
        """Line of a value, or of the nearest enclosing one."""
        while location:
            if location in self.lines:
                return self.lines[location]
            location = location[:-1]
        return None


def load(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """Settings from an optional YAML file, with overrides on top.

    Args:
        path: YAML file; None starts from the defaults.
        overrides: ``section.key=value`` strings, the value in YAML syntax.

    Raises:
        ConfigError: with file and line where there are any.
    """
    source = _read(path) if path is not None else _Source({}, None, {})
    if path is not None:
        _validate(source)  # so that a mistake in the file is reported with its line
        _anchor_paths(source.data, path.resolve().parent)
    for override in overrides:
        _apply(source.data, override)
    return _validate(_Source(source.data, None, {}))


def commented_yaml() -> str:
    """All settings with their defaults, each under a comment that explains it."""
    root = _commented(Config())
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 100
    yaml.representer.add_representer(
        type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    text = io.StringIO()
    yaml.dump(root, text)
    return "# vidtag settings: every key with its default.\n" + text.getvalue()


def json_schema() -> dict[str, Any]:
    """JSON Schema of a settings file, for editors' autocompletion."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "vidtag settings",
    }


def _read(path: Path) -> _Source:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"settings file cannot be read ({error.strerror})",
            path=path,
            remedy="check the path given with --config",
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError("settings file is larger than 1 MB", path=path)
    try:
        tree = YAML(typ="rt").load(raw.decode("utf-8-sig"))
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
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError("not valid YAML", path=path) from error
    lines: dict[Location, int] = {}
    budget = [MAX_NODES]
    data = _plain(tree, (), path, lines, budget)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError("settings must be 'key: value' pairs", path=path, line=1)
    return _Source(data, path, lines)


def _plain(
    node: Any, location: Location, path: Path, lines: dict[Location, int], budget: list[int]
) -> Any:
    """Plain Python data from ruamel's tree; notes the line of every value on the way."""
    budget[0] -= 1
    if budget[0] < 0:
        raise ConfigError("settings expand to too much data", path=path)
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
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)  # strips ruamel's scalar subclasses
    return str(node)


def _validate(source: _Source) -> Config:
    try:
        return Config.model_validate(source.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        unknown = [d for d in details if d["type"] == "extra_forbidden"]
        first = (unknown or details)[0]
        # Keys of dictionaries carry a "[key]" marker that is no place in the file.
        location = tuple(part for part in first["loc"] if part != "[key]")
        dotted = ".".join(str(part) for part in location)
        if first["type"] == "extra_forbidden":
            cause, remedy = f"unknown setting '{dotted}'", _suggest(location)
        else:
            message = first["msg"].removeprefix("Value error, ")
            message = message.replace("a valid tuple", "a list")
            message = re.sub(r"a valid dictionary.*", "a group of settings", message)
            got = first.get("input")
            cause = f"setting '{dotted}' is wrong: {message}"
            if not isinstance(got, (dict, list)):
                cause += f", not {got!r}"
            remedy = None
        more = len(details) - 1
        if more:
            cause += f" (and {more} more mistake{'s' if more > 1 else ''})"
        raise ConfigError(
            cause, path=source.path, line=source.line(location), remedy=remedy
        ) from None


def _suggest(location: Location) -> str:
    """The nearest right key, or what there is to choose from."""
    *parents, wrong = (str(part) for part in location)
    known = _keys(parents)
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{'.'.join([*parents, near[0]])}'?"
    elsewhere = [path for path in _all_keys() if path.rsplit(".", 1)[-1] == wrong]
    if elsewhere:
        return f"did you mean '{elsewhere[0]}'?"
    return f"known here: {', '.join(known)}"


def _keys(parents: list[str]) -> list[str]:
    model: type[BaseModel] | None = Config
    for parent in parents:
        model = _section(model, parent) if model is not None else None
    return list(model.model_fields) if model is not None else []


def _section(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Model under a key. A key that is no field is one of a dictionary whose values are models."""
    field = model.model_fields.get(key)
    return _model_in(field.annotation) if field is not None else model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m is not None), None)


def _all_keys(model: type[BaseModel] = Config, prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        below = _model_in(field.annotation)
        if below is not None:
            keys += _all_keys(below, f"{prefix}{name}.")
    return keys


def _anchor_paths(data: dict[str, Any], folder: Path) -> None:
    """Make the paths in a file's data relative to the file, not to the current folder."""
    if "inputs" in data:
        data["inputs"] = [_anchored(item, folder) for item in data["inputs"]]
    model = data.get("model") or {}
    if "name" in model and (folder / model["name"]).is_dir():
        model["name"] = _anchored(model["name"], folder)
    tagger = (data.get("events") or {}).get("tagger") or {}
    for key in ("model", "labels"):
        if tagger.get(key):
            tagger[key] = _anchored(tagger[key], folder)
    output = data.get("output") or {}
    if output.get("folder"):
        output["folder"] = _anchored(output["folder"], folder)


def _anchored(path: str, folder: Path) -> str:
    return os.path.normpath(folder / path)


def _apply(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ConfigError(
            f"override '{override}' has no value", remedy="write it as section.key=value"
        )
    try:
        value = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise ConfigError(f"override '{override}': the value is not valid YAML") from error
    *parents, last = key.split(".")
    for parent in parents:
        below = data.setdefault(parent, {})
        if not isinstance(below, dict):
            raise ConfigError(f"override '{override}': '{parent}' has no keys below it")
        data = below
    data[last] = value


def _commented(model: BaseModel, depth: int = 0) -> CommentedMap:
    """Commented mapping of a model's values; the comments are the fields' descriptions."""
    result = CommentedMap()
    for name, field in type(model).model_fields.items():
        result[name] = _yaml_value(getattr(model, name), depth + 1)
        doc = field.description or (type(getattr(model, name)).__doc__ or "").strip()
        result.yaml_set_comment_before_after_key(name, before=doc, indent=2 * depth)
    return result


def _yaml_value(value: Any, depth: int) -> Any:
    if isinstance(value, BaseModel):
        return _commented(value, depth)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        # Comments only where they are not the same again for every key.
        result = CommentedMap()
        for key, item in value.items():
            plain = item.model_dump(mode="json") if isinstance(item, BaseModel) else item
            row = CommentedMap(plain) if isinstance(plain, dict) else plain
            if isinstance(row, CommentedMap):
                row.fa.set_flow_style()
            result[key.value if isinstance(key, Enum) else key] = row
        return result
    if isinstance(value, tuple):
        items = CommentedSeq(_yaml_value(item, depth) for item in value)
        items.fa.set_flow_style()
        return items
    return value
