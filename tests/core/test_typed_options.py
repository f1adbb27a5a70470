"""The typed options of the Python API are the settings, field by field."""

import enum
import types
import typing
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import pytest

from vidtag.core import names, records
from vidtag.core.settings import Config, Section, typed_options

NAMES: dict[type[enum.Enum], Any] = {
    records.Channel: names.ChannelName,
    records.EventKind: names.EventKindName,
    records.Emotion: names.EmotionName,
    records.Language: names.LanguageName,
    names.CutMode: names.CutModeName,
    names.AspectRatio: names.AspectRatioName,
    names.Framing: names.FramingName,
}
"""The names of enumerations, for those who write text."""


def sections(model: type[Section] = Config) -> dict[str, type[Section]]:
    """All sections below settings, by the name of their options."""
    found = {}
    waiting = list(typing.get_type_hints(model).values())
    for annotation in waiting:
        waiting += typing.get_args(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Section):
            found[annotation.__name__.replace("Config", "Options")] = annotation
            waiting += typing.get_type_hints(annotation).values()
    return found


def expected(annotation: Any) -> Any:
    """The type an option has if its setting has this one."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        if "or a path" in arguments:
            return expected(arguments[0]) | PathLike[str]
        return str | PathLike[str] if "path" in arguments else expected(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(map(expected, arguments))]  # noqa: UP007
    if origin is tuple:
        item: Any = expected(arguments[0])
        return Sequence[item]
    if origin is dict:
        key: Any = expected(arguments[0])
        value: Any = expected(arguments[1])
        return Mapping[key, value]
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return getattr(typed_options, annotation.__name__.replace("Config", "Options"))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return annotation | NAMES[annotation]
    return annotation


OPTIONS = [
    name for name in vars(typed_options) if name.endswith("Options") and name != "ListenOptions"
]


@pytest.mark.parametrize("name", OPTIONS)
def test_options_are_the_settings_of_their_section(name):
    options, section = getattr(typed_options, name), sections()[name]
    hints = typing.get_type_hints(section, include_extras=True)
    assert typing.get_type_hints(options) == {
        field: expected(hints[field]) for field in section.model_fields
    }
    assert not options.__required_keys__


def test_options_of_listening_are_sections():
    hints = typing.get_type_hints(Config)
    assert typing.get_type_hints(typed_options.ListenOptions) == {
        name: expected(hints[name])
        for name in ("audio", "video", "vad", "recognition", "events", "speakers")
    }


@pytest.mark.parametrize("record", NAMES)
def test_names_are_the_values_of_their_enumeration(record):
    assert typing.get_args(NAMES[record]) == tuple(record)
