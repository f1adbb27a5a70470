"""Settings from YAML and from the command line, and back to commented YAML.

The YAML is read strictly: duplicate keys, tags and unknown keys are errors, each with file, line
and the nearest right key. Paths in a file are relative to that file. ``include`` lays a file over
others, and ``${NAME}`` stands for an environment variable.
"""

from __future__ import annotations

import difflib
import io
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from vidtag.core.errors import ConfigError
from vidtag.core.settings import Config

MAX_BYTES = 8_000_000
MAX_NODES = 150_000
"""Bounds on a file and on what its aliases expand to, so that no file can exhaust memory."""

INCLUDE = "include"
"""The key that names files a file is laid over."""

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float")}
_VARIABLE = re.compile(r"\$?\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Location = tuple[str | int, ...]
S = TypeVar("S", bound=Config)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; ``line`` is 1-based."""

    path: Path
    line: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Plain data of one or more files, with the place each value came from.

    Attributes:
        data: mappings, lists and scalars.
        places: by location, the keys and indices that lead to a value.
    """

    data: dict[str, Any]
    places: Mapping[Location, Place]

    def place(self, location: Location) -> Place | None:
        """Place of a value, or of the nearest enclosing one."""
        while location:
            if location in self.places:
                return self.places[location]
            location = location[:-1]
        return self.places.get(())

    def error(self, cause: str, location: Location, remedy: str | None = None) -> ConfigError:
        """An error about a value, with its file and line."""
        place = self.place(location)
        if place is None:
            return ConfigError(cause, remedy=remedy)
        return ConfigError(cause, path=place.path, line=place.line, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """Settings, and what they were made of."""

    settings: S
    source: Source


def load(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """Settings from an optional YAML file, with overrides on top.

    Args:
        path: YAML file; None starts from the defaults.
        overrides: ``section.key=value`` strings, the value in YAML syntax.

    Raises:
        ConfigError: with file and line where there are any.
    """
    return load_as(Config, path, overrides).settings


def load_as(model: type[S], path: Path | None = None, overrides: Iterable[str] = ()) -> Loaded[S]:
    """The same for settings with further keys, with the place each value came from.

    Args:
        model: the settings' class.
    """
    source = _read_all(path, ()) if path is not None else Source({}, {})
    validate(model, source)  # so that a mistake in the file is reported with its line
    places = dict(source.places)
    for override in overrides:
        location = _apply(source.data, override)
        places = {at: p for at, p in places.items() if at[: len(location)] != location}
    return Loaded(validate(model, Source(source.data, {})), Source(source.data, places))


def merged(below: Any, above: Any) -> Any:
    """Plain data laid over other plain data: mappings key by key, all else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}


def commented_yaml(model: type[Config] = Config) -> str:
    """All settings with their defaults, each under a comment that explains it."""
    root = _commented(model())
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 200
    yaml.representer.add_representer(
        type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    text = io.StringIO()
    yaml.dump(root, text)
    return "# vidtag settings: every key with its default.\n" + text.getvalue()


def json_schema(model: type[Config] = Config) -> dict[str, Any]:
    """JSON Schema of a settings file, for editors' autocompletion."""
    schema = model.model_json_schema()
    schema["properties"][INCLUDE] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "settings files that this one is laid over; relative to this file",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "vidtag settings",
    }


def _read_all(path: Path, above: tuple[Path, ...]) -> Source:
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
        below = _read_all(file, chain)
        data, places = _laid_over(data, places, below)
    data, places = _laid_over(data, places, source)
    places[()] = Place(path, None)
    return Source(data, places)


def _laid_over(
    data: dict[str, Any], places: dict[Location, Place], above: Source
) -> tuple[dict[str, Any], dict[Location, Place]]:
    replaced = [at for at in above.places if not isinstance(_value(above.data, at), dict)]
    gone = set(replaced)
    kept = {
        at: place
        for at, place in places.items()
        if not any(at[:depth] in gone for depth in range(1, len(at) + 1))
    }
    return merged(data, above.data), {**kept, **above.places}


def _value(data: Any, location: Location) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _read(path: Path) -> Source:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"settings file cannot be read ({error.strerror})",
            path=path,
            remedy="check the path given with --config",
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError("settings file is larger than 8 MB", path=path)
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
    except Exception as error:  # what is no value of its tag raises whatever its maker does
        raise ConfigError("not valid YAML", path=path) from error
    lines: dict[Location, int] = {}
    budget = [MAX_NODES]
    data = _plain(tree, (), path, lines, budget)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError("settings must be 'key: value' pairs", path=path, line=1)
    return Source(data, {(): Place(path, None), **{k: Place(path, v) for k, v in lines.items()}})


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
    if not isinstance(node, (str, date)) or not _is_text(str(node)):
        raise ConfigError("there is a value here that is no text", path=path, line=line)
    return _with_variables(str(node), path, line)


def _is_text(text: str) -> bool:
    """Whether a text may be written to a file, or name one."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half a character
        return False


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


def validate(model: type[S], source: Source, *, at: Location = ()) -> S:
    """Settings from plain data.

    Args:
        at: where in the files the data came from, if not from their top.

    Raises:
        ConfigError: with file and line.
    """
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        unknown = [d for d in details if d["type"] == "extra_forbidden"]
        first = (unknown or details)[0]
        # Keys of dictionaries carry a "[key]" marker that is no place in the file.
        location = _in_file(first["loc"], source.data)
        dotted = ".".join(str(part) for part in location)
        if first["type"] == "extra_forbidden":
            cause, remedy = f"unknown setting '{dotted}'", _suggest(model, location)
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
        raise source.error(cause, (*at, *location), remedy) from None


def _in_file(location: Location, data: Any) -> Location:
    """The part of pydantic's location that is in the data.

    Keys of dictionaries carry a "[key]" marker, and choices between types the type's name.
    """
    found: list[str | int] = []
    for number, part in enumerate(location):
        if part == "[key]":
            continue
        last = number == len(location) - 1
        there = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if there or (isinstance(data, dict) and (part in data or last)):
            found.append(part)
            data = data[part] if there or part in data else None
    return tuple(found)


def _suggest(model: type[Config], location: Location) -> str:
    """The nearest right key, or what there is to choose from."""
    *parents, wrong = (str(part) for part in location)
    known = _keys(model, parents)
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{'.'.join([*parents, near[0]])}'?"
    elsewhere = [path for path in _all_keys(model) if path.rsplit(".", 1)[-1] == wrong]
    if elsewhere:
        return f"did you mean '{elsewhere[0]}'?"
    return f"known here: {', '.join(known)}"


def _keys(root: type[BaseModel], parents: list[str]) -> list[str]:
    model: type[BaseModel] | None = root
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


def _all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        below = _model_in(field.annotation)
        if below is not None:
            keys += _all_keys(below, f"{prefix}{name}.")
    return keys


def _anchor_paths(data: dict[str, Any], folder: Path) -> None:
    """Make the paths in a file's data relative to the file, not to the current folder."""
    inputs = data.get("inputs")
    if isinstance(inputs, list):
        data["inputs"] = [_anchored(p, folder) if isinstance(p, str) else p for p in inputs]
    model, tagger = _group(data, "model"), _group(data, "events", "tagger")
    if isinstance(model.get("name"), str) and os.path.isdir(_anchored(model["name"], folder)):
        model["name"] = _anchored(model["name"], folder)
    for group, key in ((tagger, "model"), (tagger, "labels"), (_group(data, "output"), "folder")):
        if isinstance(group.get(key), str):
            group[key] = _anchored(group[key], folder)


def _group(data: Any, *keys: str) -> dict[str, Any]:
    """A mapping below others; empty if there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _anchored(path: str, folder: Path) -> str:
    """A path relative to a folder; an address stays, and so does the ``@`` of a list of paths."""
    if "://" in path or not path:
        return path
    mark, path = ("@", path[1:]) if path.startswith("@") else ("", path)
    return mark + os.path.normpath(folder / os.path.expanduser(path))


def _apply(data: dict[str, Any], override: str) -> Location:
    key, equals, text = override.partition("=")
    key = key.strip()
    override = textwrap.shorten(override, 80)
    if not equals or not key:
        raise ConfigError(
            f"override '{override}' has no value", remedy="write it as section.key=value"
        )
    try:
        value = YAML(typ="safe").load(text)
        texts = [key, *_texts(value)]
    except Exception as error:  # YAMLError, and whatever the makers of numbers and dates raise
        raise ConfigError(f"override '{override}': the value is not valid YAML") from error
    if not all(map(_is_text, texts)):
        raise ConfigError(f"override '{override}': there is a value in it that is no text")
    *parents, last = key.split(".")
    for parent in parents:
        below = data.setdefault(parent, {})
        if not isinstance(below, dict):
            raise ConfigError(f"override '{override}': '{parent}' has no keys below it")
        data = below
    data[last] = value
    return (*parents, last)


def _texts(value: Any) -> Iterator[str]:
    """All text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        parts = (*value, *value.values()) if isinstance(value, dict) else value
        for part in parts:
            yield from _texts(part)


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
