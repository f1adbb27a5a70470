"""Settings from a YAML file and from the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ruamel.yaml import YAML

from vidtag.core.errors import ConfigError
from vidtag.core.settings.config import Config
from vidtag.core.settings.source import Location, SettingsSource
from vidtag.core.settings.validation import validate
from vidtag.core.settings.yaml_file import is_text, read_yaml

S = TypeVar("S", bound=Config)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """Settings, and what they were made of."""

    settings: S
    source: SettingsSource


def load_config(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """Settings from an optional YAML file, with overrides on top.

    Args:
        path: YAML file; None starts from the defaults.
        overrides: ``section.key=value`` strings, the value in YAML syntax.

    Raises:
        ConfigError: with file and line where there are any.
    """
    return load_config_as(Config, path, overrides).settings


def load_config_as(
    model: type[S], path: Path | None = None, overrides: Iterable[str] = ()
) -> Loaded[S]:
    """The same for settings with further keys, with the place each value came from.

    Args:
        model: the settings' class.
    """
    source = read_yaml(path, ()) if path is not None else SettingsSource({}, {})
    validate(model, source)  # so that a mistake in the file is reported with its line
    places = dict(source.places)
    for override in overrides:
        location = _apply(source.data, override)
        places = {at: p for at, p in places.items() if at[: len(location)] != location}
    return Loaded(
        validate(model, SettingsSource(source.data, {})), SettingsSource(source.data, places)
    )


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
    if not all(map(is_text, texts)):
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
