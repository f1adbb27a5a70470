"""From plain data to settings; a wrong key or value is named with file, line and remedy."""

from __future__ import annotations

import difflib
import re
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vidtag.core.settings.source import Location, SettingsSource

S = TypeVar("S", bound=BaseModel)


def validate(model: type[S], source: SettingsSource, *, at: Location = ()) -> S:
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
            cause = f"setting '{dotted}' is wrong: {message}" if dotted else message
            if not isinstance(got, (dict, list)):
                cause += f", not {got!r:.80}"
            remedy = None
        more = len(details) - 1
        if more:
            cause += f" (and {more} more mistake{'s' if more > 1 else ''})"
        raise source.error(cause, (*at, *location), remedy) from None


def section_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The section that stands at a location; None where there is a single value or none at all."""
    below: Any = model
    for part in location:
        section = _section_of(below)
        if section is not None:
            field = section.model_fields.get(str(part))
            below = field.annotation if field is not None else None
        else:
            below = next((get_args(t)[1] for t in _choices(below) if get_origin(t) is dict), None)
    return _section_of(below)


def _section_of(annotation: Any) -> type[BaseModel] | None:
    """The section among the types a value may have."""
    return next((t for t in _choices(annotation) if _is_section(t)), None)


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; the type alone if it is none."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


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


def _suggest(model: type[BaseModel], location: Location) -> str:
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
    if _is_section(annotation):
        return cast(type[BaseModel], annotation)
    return next((m for m in map(_model_in, get_args(annotation)) if m is not None), None)


def _all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        below = _model_in(field.annotation)
        if below is not None:
            keys += _all_keys(below, f"{prefix}{name}.")
    return keys
