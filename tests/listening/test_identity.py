"""A document is right as long as nothing that made it has changed."""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.builders.documents import make_audio_stream, make_document, make_media
from vidtag.core.records import Document, EventKind
from vidtag.core.settings import Config
from vidtag.listening.identity import (
    LISTENING_VERSION,
    Identity,
    ModelFacts,
    difference,
    facts_of,
    resolve,
)

LISTEN = ("audio", "video", "model", "vad", "recognition", "events", "speakers")
WHERE_IT_RUNS = {"model.device", "recognition.batch_size_s", "events.tagger.threads"}
BY_DIGEST = {"speakers.voices"}
"""A file that counts by what is in it."""
SHOWN_AS = {"events.tuned": "events.kinds.Laughter.off"}
"""What it is a short way to set."""
PICTURE = {"video.shots"}
"""Looked at again by itself."""
NEEDS: dict[str, dict[str, Any]] = {
    "highlights.reel_from": {"highlights": {"social": True}},
    "speakers.model": {"speakers": {"count": "auto"}},
}
"""What a setting must have beside it."""
FACTS = ModelFacts({EventKind.LAUGHTER: {"on": 0.97, "off": 0.2}}, "float32")
DIGESTS = {"model.weights": "a", "model.config": "b", "vad.model": "c"}
MEDIA = replace(
    make_media("talk.mp4", 10.0, audio=[replace(make_audio_stream(), track=n) for n in (0, 1, 2)]),
    default_track=1,
)


def other_values(field: FieldInfo, value: Any) -> list[Any]:
    """Values of a setting that differ from the one it has; most of them are allowed."""
    types_of = [field.annotation]
    found: list[Any] = []
    while types_of:
        kind = types_of.pop()
        origin = get_origin(kind)
        if origin in (Union, types.UnionType, tuple):
            types_of += get_args(kind)
        elif origin is Literal:
            found += get_args(kind)
        elif isinstance(kind, type) and issubclass(kind, Enum):
            found += list(kind)
        elif kind is bool:
            found += [False, True]
        elif kind is int:
            found += [2, 1, 3]
        elif kind is float:
            found += [0.45, 0.9, 1.5, 2.5, 20.0, -20.0]
        elif kind is str:
            found += ["cpu", "something/else", "2-4", "10:00:00:00"]
        elif origin is not None:  # with constraints
            types_of.append(get_args(kind)[0])
    if get_origin(field.annotation) is tuple:
        found = [(one,) for one in found]
    return [one for one in found if one != value]


def changes(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every setting below a model by its full name, with other values for it."""
    for name, field in type(model).model_fields.items():
        value, full = getattr(model, name), f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from changes(value, f"{full}.")
        elif full == "events.kinds":
            for kind in EventKind:
                row = Config().events.with_calibration(FACTS.calibration).kinds[kind]
                assert row is not None
                yield f"{full}.{kind}", [None]
                yield from changes(row, f"{full}.{kind}.")
        elif full == "events.tagger.kinds":
            yield f"{full}.{EventKind.LAUGHTER}", [{"shift": 2.0}]
        elif full == "events.tuned":
            learnt = {"Laughter": {"on": 0.9, "off": 0.1}}
            yield full, [{"model": {"name": "m", "digest": "a"}, "kinds": learnt}]
        elif full == "highlights.social_crops":
            yield full, [{"1m02s": "left"}]
        elif isinstance(value, dict):
            keys = list(get_args(get_args(field.annotation)[0]) or get_args(field.annotation)[:1])
            yield full, [{_key(keys[0]): of} for of in (2.0, "text", ("text",))]
        else:
            yield full, other_values(field, value)


def _key(kind: Any) -> Any:
    return next(iter(kind)) if isinstance(kind, type) and issubclass(kind, Enum) else "decision"


def changed(name: str, values: list[Any]) -> Config:
    """Settings in which one is another: the first value that is allowed."""
    for value in values:
        data: dict[str, Any] = copy.deepcopy(NEEDS.get(name, {}))
        place = data
        *parents, last = name.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        try:
            return Config.model_validate(data)
        except ValueError:
            continue
    raise AssertionError(f"no other value of {name} is allowed among {values}")


def identity(config: Config, facts: ModelFacts = FACTS) -> Identity:
    return Identity(resolve(config, MEDIA, facts).listen_settings(), DIGESTS)


@functools.cache
def by_default() -> Document:
    return made_by(Config())


def made_by(config: Config) -> Document:
    one = identity(config)
    return replace(
        make_document(media=MEDIA),
        settings=one.settings,
        digests=one.digests,
        listening_version=one.version,
    )


TRANSCRIPT = "recognition.transcript"
"""Where it lies does not matter, what is in it does: its digest is part of the identity."""

LISTEN_SETTINGS = dict(
    change for part in LISTEN for change in changes(getattr(Config(), part), f"{part}.")
)
SHOW_SETTINGS = {
    name: values for name, values in changes(Config()) if name.split(".")[0] not in LISTEN
}


@pytest.mark.parametrize("name", LISTEN_SETTINGS)
def test_every_listen_setting_makes_the_document_anew(name: str) -> None:
    config = changed(name, LISTEN_SETTINGS[name])
    if name == "model.number_type":
        config = changed(name, ["bfloat16"])
    facts = replace(FACTS, number_type="bfloat16") if name == "model.number_type" else FACTS
    wanted = identity(config, facts)
    found = difference(by_default(), MEDIA, wanted)
    if name in (*WHERE_IT_RUNS, *BY_DIGEST, TRANSCRIPT):
        assert config != Config()
        assert found is None
    elif name in PICTURE:
        assert found is None
        assert wanted.settings["video"] != identity(Config()).settings["video"]
    else:
        assert found is not None
        assert found.startswith("settings: ")
        assert f"{SHOWN_AS.get(name, name)} " in found


def test_another_transcript_makes_the_document_anew() -> None:
    one = replace(identity(Config()), digests={**DIGESTS, "transcript.file": "a"})
    two = replace(one, digests={**DIGESTS, "transcript.file": "b"})
    document = replace(by_default(), digests=one.digests)
    assert difference(document, MEDIA, one) is None
    assert difference(document, MEDIA, two) == "transcript: file changed"
    assert difference(document, MEDIA, identity(Config())) == "transcript: file changed"
    assert difference(by_default(), MEDIA, one) == "transcript: file changed"


@pytest.mark.parametrize("name", SHOW_SETTINGS)
def test_no_show_setting_makes_the_document_anew(name: str) -> None:
    config = changed(name, SHOW_SETTINGS[name])
    assert config != Config()
    assert identity(config) == identity(Config())


def test_nothing_is_left_open_in_what_acted() -> None:
    acted = resolve(Config(), MEDIA, FACTS)
    assert acted.audio.track == 1
    assert acted.model.number_type == "float32"
    rows = acted.events.kinds
    assert [*rows] == [*EventKind]
    for row in rows.values():
        assert row is not None
        assert all(value is not None for value in row.model_dump().values())
    laughter = rows[EventKind.LAUGHTER]
    assert laughter is not None
    assert (laughter.on, laughter.off) == (0.97, 0.2)
    assert resolve(acted, MEDIA, ModelFacts({}, "float32")) == acted


def test_what_is_given_as_it_acts_anyway_changes_nothing() -> None:
    config = changed("events.kinds.Laughter.on", [0.97])
    assert difference(by_default(), MEDIA, identity(config)) is None


def test_the_difference_is_told() -> None:
    before = by_default()
    config = changed("events.kinds.Laughter.on", [0.6])
    assert difference(before, MEDIA, identity(config)) == (
        "settings: events.kinds.Laughter.on 0.97 -> 0.6"
    )
    others = {"model.weights": "x", "model.config": "y", "vad.model": "c"}
    wanted = replace(identity(Config()), digests=others)
    assert difference(before, MEDIA, wanted) == "model: config, weights changed"
    assert difference(before, MEDIA, wanted, absent=("model",)) is None
    tagger = {**DIGESTS, "tagger.model": "t", "tagger.labels": "l"}
    assert difference(before, MEDIA, replace(wanted, digests=tagger)) == (
        "tagger: labels, model changed"
    )
    later = replace(identity(Config()), version=LISTENING_VERSION + 1)
    assert difference(before, MEDIA, later) == "vidtag: this version listens in another way"
    other = replace(MEDIA, fingerprint="another")
    assert difference(before, other, identity(Config())) == "file: its content changed"


def test_documents_of_older_versions_are_made_anew_and_say_so() -> None:
    old = replace(by_default(), digests={}, listening_version=0)
    told = difference(old, MEDIA, identity(Config()))
    assert told is not None
    assert "older vidtag" in told


@pytest.mark.parametrize("name", ["events.kinds.Laughter.on", "events.kinds.BGM.window"])
def test_what_a_model_that_is_not_here_brought_along_counts_as_equal(name: str) -> None:
    acting = {"events.kinds.Laughter.on": 0.97, "events.kinds.BGM.window": 3.0}[name]
    before = made_by(changed(name, [acting]))
    recorded = facts_of(before)
    assert difference(before, MEDIA, identity(Config(), recorded)) is None
    other = identity(changed(name, [0.9]), recorded)
    assert difference(before, MEDIA, other) is not None


@pytest.mark.parametrize(
    "given", [{"kinds": {"Laughter": {"shift": 0.3}}}, {"kinds": {"Cry": {"weight": 0.2}}}]
)
def test_how_a_tagger_counts_stands_in_the_document(given: dict[str, Any]) -> None:
    tagger = {"model": "/models/tagger.onnx"}
    by_default, other = (
        resolve(Config.model_validate({"events": {"tagger": one}}), MEDIA, FACTS)
        for one in (tagger, {**tagger, **given})
    )

    def kinds_of(resolved: Config) -> Any:
        settings: dict[str, Any] = resolved.listen_settings()
        return settings["events"]["tagger"]["kinds"]

    rows = kinds_of(by_default)
    assert set(rows) == {kind.value for kind in EventKind}
    assert all(None not in row.values() for row in rows.values())
    assert rows != kinds_of(other)


def test_paths_of_a_tagger_are_filled_in() -> None:
    config = Config.model_validate({"events": {"tagger": {"model": "/models/tagger.onnx"}}})
    labels = resolve(config, MEDIA, FACTS).events.tagger.labels
    assert labels == str(Path("/models/class_labels_indices.csv"))
