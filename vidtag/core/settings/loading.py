"""Settings from a YAML file and from the typed values."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ruamel.yaml import YAML

from vidtag.core.errors import ConfigError
from vidtag.core.settings.config import Config
from vidtag.core.settings.source import SettingsSource
from vidtag.core.settings.validation import validate
from vidtag.core.settings.values import Values, lay_values
from vidtag.core.settings.yaml_file import read_yaml

S = TypeVar("S", bound=Config)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """Settings, and the data they were made of."""

    settings: S
    source: SettingsSource


def load_config(path: Path | None = None, *values: Values) -> Config:
    """Settings from an optional YAML file, with values on top.

    Args:
        path: YAML file; None starts from the defaults.
        values: settings by name, each mapping laid over those before it.

    Raises:
        ConfigError: with file and line where there are any.
    """
    return load_config_as(Config, path, *values).settings


def load_config_as(model: type[S], path: Path | None = None, *values: Values) -> Loaded[S]:
    """The same for settings with further keys, with the place each value came from.

    Args:
        model: class of the settings.
    """
    source = read_yaml(path, ()) if path is not None else SettingsSource({}, {})
    validate(model, source)  # so that a mistake in the file is reported with its line
    data, places = source.data, dict(source.places)
    for layer in values:
        for location in lay_values(model, data, layer):
            places = {at: p for at, p in places.items() if at[: len(location)] != location}
    return Loaded(validate(model, SettingsSource(data, {})), SettingsSource(data, places))


def parse_setting(text: str) -> dict[str, object]:
    """A setting as a person types it: ``section.key=value``, the value in YAML syntax.

    Raises:
        ConfigError: it has no value, or the value is not YAML.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    text = textwrap.shorten(text, 80)
    if not equals or not name:
        raise ConfigError(f"setting '{text}' has no value", remedy="write it as section.key=value")
    try:
        return {name: YAML(typ="safe").load(value)}
    except Exception as error:  # not YAMLError alone: constructors of dates and numbers raise too
        raise ConfigError(f"setting '{text}': the value is not valid YAML") from error
