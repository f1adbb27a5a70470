"""Plain settings data, with the place in a file each value came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidtag.core.errors import ConfigError

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; ``line`` is 1-based."""

    path: Path
    line: int | None


@dataclass(frozen=True, slots=True)
class SettingsSource:
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


def is_text(text: str) -> bool:
    """Whether a text may be written to a file, or name one: no NUL, no half of a character."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def merged(below: Any, above: Any) -> Any:
    """Plain data laid over other plain data: mappings key by key, all else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}


def lay_over(
    data: dict[str, Any], places: dict[Location, Place], above: SettingsSource
) -> tuple[dict[str, Any], dict[Location, Place]]:
    """Data and places with those of another source on top."""
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
