"""Typed values by setting name, laid over settings data: the one way in besides YAML files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from vidtag.core.errors import ConfigError
from vidtag.core.settings.source import Location, is_text
from vidtag.core.settings.validation import section_at

MAX_DEPTH = 50
"""Keys and indices that lead to a value at most, so that data that holds itself has an end."""

Values = Mapping[str, object]
"""Settings by name. A name is dotted (``highlights.tail``), or names a section whose value is a
mapping again: ``{"highlights": {"tail": 1.5}}``."""


def lay_values(model: type[BaseModel], data: dict[str, Any], values: Values) -> list[Location]:
    """Lay values over settings data, in place.

    A mapping of a section's settings leaves the section's other settings as they are; every other
    value takes the place of what was there, a whole section object included.

    Args:
        model: class of the settings.
        data: plain data as YAML gives it.
        values: Python values; paths, enumerations, tuples and sections are made plain.

    Returns:
        The locations that were set.

    Raises:
        ConfigError: a name is not text, or leads below a setting that has no settings of its own.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(
            f"settings must be a mapping of names to values, not {values!r:.80}",
            remedy='write them as {"highlights.tail": 1.5}',
        )
    named = list(_named(model, (), values))
    for location, value in named:
        _put(data, location, plain(value, location))
    return [location for location, _ in named]


def plain(value: object, location: Location = ()) -> Any:
    """A Python value as plain data: text, numbers, booleans, None, lists and mappings.

    Raises:
        ConfigError: a text that no file may hold, or a key that is not text.
    """
    if len(location) > MAX_DEPTH:
        raise ConfigError(f"setting '{location[0]}' is nested too deeply")
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if isinstance(value, Mapping):
        items = [(_name(key, location), item) for key, item in value.items()]
        return {key: plain(item, (*location, key)) for key, item in items}
    if isinstance(value, list | tuple):
        return [plain(item, (*location, number)) for number, item in enumerate(value)]
    if isinstance(value, bytes) or (isinstance(value, str) and not is_text(value)):
        raise ConfigError(f"setting '{_dotted(location)}' is wrong: {value!r:.80} is not text")
    return value


def _named(
    model: type[BaseModel], above: Location, values: Mapping[Any, object]
) -> Iterator[tuple[Location, object]]:
    """Every value with the location it goes to; sections given as mappings are taken apart."""
    for key, value in values.items():
        name = _name(key, above)
        location = (*above, name) if above else tuple(part.strip() for part in name.split("."))
        if isinstance(value, Mapping) and section_at(model, location) is not None:
            yield from _named(model, location, value)
        else:
            yield location, value


def _put(data: dict[str, Any], location: Location, value: Any) -> None:
    *parents, last = (str(part) for part in location)
    for depth, parent in enumerate(parents, 1):
        below = data.setdefault(parent, {})
        if not isinstance(below, dict):
            raise ConfigError(
                f"unknown setting '{_dotted(location)}': "
                f"'{_dotted(location[:depth])}' has no settings of its own here"
            )
        data = below
    data[last] = value


def _name(key: object, above: Location) -> str:
    name = key.value if isinstance(key, Enum) else key
    if not isinstance(name, str) or not name or not is_text(name):
        where = f" below '{_dotted(above)}'" if above else ""
        raise ConfigError(f"the name of a setting{where} must be text, not {key!r:.80}")
    return name


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location)
