"""Typed values on top of settings: the way in for Python, the options of commands and the web."""

import contextlib
import enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.builders.present import present
from vidtag.core.errors import ConfigError
from vidtag.core.records import Channel, EventKind
from vidtag.core.settings import Config, HighlightsConfig, load_config, parse_setting


def settings(section: BaseModel, above: str = "") -> dict[str, object]:
    """Every single setting of a section by its dotted name."""
    found: dict[str, object] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        below = settings(value, f"{above}{name}.") if isinstance(value, BaseModel) else None
        found.update(below or {above + name: value})
    return found


@pytest.mark.parametrize("name", settings(Config()))
def test_every_setting_takes_its_own_value_back(name):
    value = settings(Config())[name]
    assert settings(Config().with_values({name: value}))[name] == value
    section, _, rest = name.partition(".")
    if rest and "." not in rest:
        assert settings(Config().with_values({section: {rest: value}}))[name] == value


def test_typed_values_are_taken_as_they_are():
    class Name(enum.Enum):
        POCKET = "pocket"

    config = Config().with_values(
        {
            "output.folder": Path("x") / "y",
            "audio": {"channel": Channel.LEFT},
            "model.name": Name.POCKET,
            "subtitles.formats": ("vtt",),
            "highlights": {"kinds": {EventKind.CRY: 2}, "top": 3},
            "model.revision": None,
            "inputs": [Path("a.mp4")],
        }
    )
    assert config.output.folder == "x/y"
    assert config.audio.channel is Channel.LEFT
    assert config.model.name == "pocket"
    assert config.subtitles.formats == ("vtt",)
    assert config.highlights.kinds == {EventKind.CRY: 2.0}
    assert config.highlights.top == 3
    assert config.inputs == ("a.mp4",)


def test_text_stays_text():
    assert Config().with_values({"model.revision": "null"}).model.revision == "null"
    assert Config().with_values({"model.revision": "1.0: {}"}).model.revision == "1.0: {}"
    with pytest.raises(ConfigError, match=r"'subtitles\.formats' is wrong: .* not '\[srt\]'"):
        Config().with_values({"subtitles.formats": "[srt]"})


def test_a_section_is_laid_over_field_by_field_and_a_dictionary_is_replaced():
    base = Config().with_values(
        {"highlights.tail": 2, "highlights.kinds": {"Cry": 1}, "events.kinds.Cry": None}
    )
    top = base.with_values(
        {
            "highlights": {"top": 3, "kinds": {"Sneeze": 1}},
            "events": {"kinds": {"Cough": {"on": 0.9}}},
        }
    )
    assert (top.highlights.tail, top.highlights.top) == (2, 3)
    assert top.highlights.kinds == {EventKind.SNEEZE: 1}
    dotted = base.with_values({"events.kinds.Cough.on": 0.9})
    assert dotted.events.kinds[EventKind.CRY] is None
    assert present(dotted.events.kinds[EventKind.COUGH]).on == 0.9
    whole = base.with_values({"highlights": HighlightsConfig(top=1)})
    assert whole.highlights == HighlightsConfig(top=1)


def test_later_values_and_those_typed_by_a_person_win(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text("highlights: {top: 1, tail: 2, setup: 3}\n", encoding="utf-8")
    config = load_config(
        file, {"highlights.top": 5, "highlights.tail": 6}, parse_setting("highlights.top=7")
    )
    assert (config.highlights.top, config.highlights.tail, config.highlights.setup) == (7, 6, 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"highlights.tial": 3},
            "setting 'highlights.tial'. Did you mean 'highlights.tail'",
        ),
        ({"highlights": {"tial": 3}}, "Did you mean 'highlights.tail'"),
        ({"tail": 3}, "Did you mean 'highlights.tail'"),
        ({"highlights.tail": "long"}, "'highlights.tail' is wrong: .* not 'long'"),
        ({"highlights.tail": Path("x")}, "'highlights.tail' is wrong: .* not 'x'"),
        ({"output.folder": 3}, "'output.folder' is wrong: .* not 3"),
        ({"output.folder": object()}, "'output.folder' is wrong: .* not <object"),
        ({"output.folder": b"x"}, "'output.folder' is wrong: b'x' is not text"),
        ({"output.folder": "a\0b"}, "'output.folder' is wrong: .* is not text"),
        ({"highlights": 3}, "'highlights' is wrong: .*a group of settings"),
        ({"highlights.top.x": 3, "highlights.top.y": 3}, "'highlights.top' is wrong"),
        ({"model.name": "x", "model.name.y": 3}, "'model.name' has no settings of its own"),
        ({3: 1}, "must be text, not 3"),
        ({"highlights": {3: 1}}, "below 'highlights' must be text, not 3"),
        ({"": 1}, "must be text, not ''"),
        ([("highlights.tail", 3)], "mapping of names to values"),
        ("highlights.tail=3", "mapping of names to values"),
        (None, "mapping of names to values"),
    ],
)
def test_a_mistake_is_one_clear_error(values, message):
    with pytest.raises(ConfigError, match=message.replace(".", r"\.").replace(r"\.*", ".*")):
        Config().with_values(values)


def test_data_that_holds_itself_is_refused():
    circle: dict[str, object] = {}
    circle["x"] = circle
    with pytest.raises(ConfigError, match="nested too deeply"):
        Config().with_values({"highlights.phrases": circle})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(),
    lambda below: st.lists(below) | st.tuples(below) | st.dictionaries(st.text(max_size=5), below),
)
names = st.sampled_from([*settings(Config()), *Config.model_fields, "events.kinds.Cry.on"])


@given(st.dictionaries(names | st.text(max_size=8), values, max_size=3))
def test_any_values_are_settings_or_a_clear_error(values):
    with contextlib.suppress(ConfigError):
        assert isinstance(Config().with_values(values), Config)
