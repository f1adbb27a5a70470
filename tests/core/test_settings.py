import contextlib
import itertools
import pickle
from functools import reduce

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from vidtag.batch.batch_settings import BatchConfig, VideoOverrides
from vidtag.core.errors import ConfigError
from vidtag.core.records import EventKind
from vidtag.core.settings import (
    Config,
    commented_yaml,
    json_schema,
    load_config,
    load_config_as,
    parse_setting,
)


def load(tmp_path, text: str, *overrides: str) -> Config:
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, *map(parse_setting, overrides))


def test_the_printed_defaults_are_the_defaults(tmp_path):
    assert load(tmp_path, commented_yaml()) == Config()


def test_every_key_of_the_printed_defaults_is_explained():
    lines = commented_yaml().splitlines()
    for before, line in itertools.pairwise(lines):
        key = line.split(":")[0].strip()
        if not line.lstrip().startswith("#") and key not in [*EventKind]:
            assert before.lstrip().startswith("#"), line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("highlights:\n  top: 3\n  tial: 3\n", 3, "did you mean 'highlights.tail'"),
        ("subtitels: {}\n", 1, "did you mean 'subtitles'"),
        ("model: {}\ntail: 1\n", 2, "did you mean 'highlights.tail'"),
        (
            "events:\n  kinds:\n    Laughter: {onn: 1}\n",
            3,
            "did you mean 'events.kinds.Laughter.on'",
        ),
        ("events:\n  kinds:\n    Laghter: {on: 1}\n", 3, "'Laughter'"),
        ("model:\n  device: gpu\n", 2, "not 'gpu'"),
        ("highlights:\n  top: 0\n", 2, "greater than or equal to 1"),
        ("highlights: 3\n", 1, "a group of settings"),
        ("a: 1\na: 2\n", 2, "duplicate key"),
        ("x: !!python/object/apply:os.system [ls]\n", 1, "is not allowed"),
        ("model:\n  name: !secret x\n", 2, "is not allowed"),
        ("- 1\n", 1, "'key: value' pairs"),
        ("model: [\n", 2, "not valid YAML"),
        ('output:\n  folder: "D:\\videos"\n', 2, "are codes for other characters"),
        ('output:\n  folder: "D:\\talks\\new"\n', 2, "single quotes, or with /"),
        ('output:\n  folder: "D:\\shows"\n', 2, "single quotes, or with /"),
        ('output:\n  folder: "\\\\nas\\talks"\n', 2, "are codes for other characters"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(tmp_path, text, line, message):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert f"settings.yaml:{line}: " in str(caught.value)
    assert message.lower() in str(caught.value).lower()


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.yaml: .*No such file"):
        load_config(tmp_path / "absent.yaml")


def test_an_expanding_file_is_refused(tmp_path):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for here, below in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{here}: &{here} [{','.join([f'*{below}'] * 10)}]\n"
    with pytest.raises(ConfigError, match=r"settings\.yaml:6: .*too much data.*fewer aliases"):
        load(tmp_path, bomb)


def test_tuning_one_kind_leaves_the_others(tmp_path):
    kinds = load(
        tmp_path, "events:\n  kinds:\n    Laughter: {on: 0.9}\n    BGM: null\n"
    ).events.wanted
    default = Config().events.wanted
    assert kinds[EventKind.LAUGHTER].on == 0.9
    assert kinds[EventKind.LAUGHTER].off == default[EventKind.LAUGHTER].off
    assert EventKind.BGM not in kinds
    assert kinds[EventKind.APPLAUSE] == default[EventKind.APPLAUSE]


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "my-model").mkdir()
    config = load(
        tmp_path, "inputs: [a.mp4, /b.mp4]\nmodel: {name: my-model}\noutput: {folder: out}\n"
    )
    assert config.inputs == (str(tmp_path / "a.mp4"), "/b.mp4")
    assert config.model.name == str(tmp_path / "my-model")
    assert config.output.folder == str(tmp_path / "out")


def settings_that_are_paths(section, at=()):
    """Names of all settings that are described as a path, wherever they are."""
    for name, field in section.model_fields.items():
        place = (*at, name)
        if "'path'" in repr(field.annotation) + repr(field.metadata):
            yield place
        if hasattr(field.annotation, "model_fields"):
            yield from settings_that_are_paths(field.annotation, place)


PATHS = sorted(set(settings_that_are_paths(Config)) - {("model", "name")})


def test_there_are_such_settings():
    assert ("speakers", "voices") in PATHS
    assert ("events", "tagger", "model") in PATHS


@pytest.mark.parametrize("place", PATHS, ids=".".join)
def test_every_path_is_relative_to_the_file_also_in_a_profile(tmp_path, place):
    given = "".join(f"{name}: {{" for name in place[:-1]) + f"{place[-1]}: below/file"
    given += "}" * (len(place) - 1)
    config = load(tmp_path, f"{given}\n")
    assert reduce(getattr, place, config) == str(tmp_path / "below" / "file")
    if place[0] in VideoOverrides.model_fields:
        file = tmp_path / "batch.yaml"
        file.write_text(f"profiles:\n- match: x\n  {given}\n", encoding="utf-8")
        (profile,) = load_config_as(BatchConfig, file).settings.profiles
        assert reduce(getattr, place, profile) == str(tmp_path / "below" / "file")


def test_the_command_line_overrides_the_file(tmp_path):
    config = load(tmp_path, "model: {name: pocket, language: zh}\n", "model.language=ja")
    assert (config.model.name, config.model.language) == ("pocket", "ja")


@pytest.mark.parametrize(
    "override", ["model.nam=x", "model", "=3", "model.name.x=1", "inputs=[", "a.b=1"]
)
def test_a_wrong_override_is_refused(override):
    with pytest.raises(ConfigError):
        load_config(None, parse_setting(override))


def test_settings_satisfy_the_published_schema():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(YAML(typ="safe").load(commented_yaml()))
    assert not validator.is_valid({"highlights": {"tial": 3}})


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_clear_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "x.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        load_config(path)


def test_where_it_runs_does_not_change_what_is_heard():
    base = Config().listen_settings()
    assert Config().with_values({"model.device": "cuda:1"}).listen_settings() == base
    assert Config().with_values({"highlights.tail": 2}).listen_settings() == base
    assert Config().with_values({"model.language": "ja"}).listen_settings() != base


def test_a_file_is_laid_over_the_files_it_includes(tmp_path):
    below = tmp_path / "house" / "base.yaml"
    below.parent.mkdir()
    below.write_text(
        "inputs: [a.mp4]\noutput: {folder: out}\n"
        "highlights: {top: 3, tail: 2}\nsubtitles: {formats: [vtt, srt]}\n"
    )
    config = load(
        tmp_path, "include: house/base.yaml\nhighlights: {top: 5}\nsubtitles: {formats: [ass]}\n"
    )
    assert (config.highlights.top, config.highlights.tail) == (5, 2)
    assert config.subtitles.formats == ("ass",)
    assert config.inputs == (str(below.parent / "a.mp4"),)  # relative to the file that names it
    assert config.output.folder == str(below.parent / "out")


def test_later_includes_win(tmp_path):
    for name, top in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.yaml").write_text(f"highlights: {{top: {top}}}\n")
    assert load(tmp_path, "include: [one.yaml, two.yaml]\n").highlights.top == 2


def test_a_mistake_in_an_included_file_names_that_file(tmp_path):
    (tmp_path / "base.yaml").write_text("highlights:\n  tial: 2\n")
    with pytest.raises(ConfigError, match=r"base\.yaml:2: .*'highlights\.tail'"):
        load(tmp_path, "include: base.yaml\nhighlights: {top: 3}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("include: settings.yaml\n", r"settings\.yaml:1: .*in a circle"),
        ("a: 1\ninclude: [absent.yaml]\n", r"settings\.yaml:2: .*absent\.yaml"),
        ("include: {a: b}\n", "must be a file name"),
    ],
)
def test_a_wrong_include_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


def test_a_circle_over_several_files_is_refused(tmp_path):
    (tmp_path / "b.yaml").write_text("include: settings.yaml\n")
    with pytest.raises(ConfigError, match=r"b\.yaml:1: .*settings\.yaml -> b\.yaml"):
        load(tmp_path, "include: b.yaml\n")


def test_environment_variables_are_filled_in_as_text(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOWS", "/mnt/shows")
    monkeypatch.setenv("TOP", "7")
    monkeypatch.setenv("EVIL", "x]\nhighlights: {top: 1}")
    config = load(
        tmp_path,
        "inputs: ['${SHOWS}/a.mp4', '$${b}.mp4', '${EVIL}']\n"
        "highlights: {top: '${TOP}', tail: '${TAIL:-1.5}'}\n",
    )
    assert config.inputs[0] == "/mnt/shows/a.mp4"
    assert config.inputs[1].endswith("/${b}.mp4")
    assert "highlights" in config.inputs[2]
    assert (config.highlights.top, config.highlights.tail) == (7, 1.5)


@pytest.mark.parametrize("name", ["NOT_SET_ANYWHERE", "not a name", ""])
def test_a_missing_variable_is_an_error_with_its_line(tmp_path, name):
    with pytest.raises(ConfigError, match=r"settings\.yaml:2: .*\$\{"):
        load(tmp_path, f"highlights:\n  tail: '${{{name}}}'\n")


def test_overrides_of_included_settings_win(tmp_path):
    (tmp_path / "base.yaml").write_text("highlights: {top: 3}\n")
    assert load(tmp_path, "include: base.yaml\n", "highlights.top=9").highlights.top == 9


def test_a_models_own_settings_yield_to_what_is_given():
    own = {EventKind.LAUGHTER: {"on": 0.95, "off": 0.1}, EventKind.APPLAUSE: {"on": 0.9}}
    events = (
        Config().with_values({"events.kinds.Laughter.on": 0.5, "events.kinds.Cry": None}).events
    )
    resolved = pickle.loads(pickle.dumps(events)).with_calibration(own).wanted
    plain = Config().events.wanted
    assert (resolved[EventKind.LAUGHTER].on, resolved[EventKind.LAUGHTER].off) == (0.5, 0.1)
    assert resolved[EventKind.APPLAUSE].on == 0.9
    assert resolved[EventKind.APPLAUSE].off == plain[EventKind.APPLAUSE].off
    assert resolved[EventKind.COUGH] == plain[EventKind.COUGH]
    assert EventKind.CRY not in resolved
