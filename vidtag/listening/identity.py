"""What makes a document: the settings that acted, and the digests of everything that listened.

Pure. A document of an earlier run is right as long as nothing of this differs; where the model
runs, on how many threads and in which batches, does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vidtag.core.media_streams import Media
from vidtag.core.records import Document, EventKind
from vidtag.core.settings import Calibration, Config, SpeakersConfig
from vidtag.listening.events.tuning import tuned
from vidtag.listening.models.tagger_files import is_file_name, tagger_files
from vidtag.media.tracks import choose_audio

LISTENING_VERSION = 9
"""To be raised when vidtag hears something else with the same settings and models."""

_MOST_NAMED = 3
"""Settings that are named when several differ."""

_NONE = "nothing"
"""Shown for a setting that one of two versions of vidtag does not have."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model brings along that settings leave open.

    Attributes:
        calibration: its own settings of event kinds.
        number_type: what it multiplies matrices in; None if nobody knows.
        tagger: the one that listens beside it if settings leave that open.
    """

    calibration: Calibration
    number_type: str | None
    tagger: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a document.

    Attributes:
        settings: all LISTEN settings, as plain data, none of them open.
        digests: of the files of everything that listens; see ``listening.models.digests``.
        version: of the way that vidtag listens.
    """

    settings: Mapping[str, object]
    digests: Mapping[str, str]
    version: int = LISTENING_VERSION


def resolve(config: Config, media: Media, facts: ModelFacts) -> Config:
    """The settings that act: what was left open is filled in from what was learnt of the show, the
    media and the model.

    Raises:
        InputError: there is no such audio track.
    """
    track = choose_audio(media, config.audio.track).track if media.audio else config.audio.track
    events = tuned(config.events)
    tagger = events.tagger.chosen(facts.tagger).complete()
    chosen = events.model_copy(update={"tagger": tagger})
    events = chosen.with_calibration(facts.calibration)
    found = tagger_files(tagger)
    if found is not None and is_file_name(tagger.model):
        tagger = tagger.model_copy(update={"labels": str(found.labels)})
    number_type = facts.number_type or config.model.number_type
    return config.model_copy(
        update={
            "audio": config.audio.model_copy(update={"track": track}),
            "model": config.model.model_copy(update={"number_type": number_type}),
            "events": events.model_copy(update={"tagger": tagger}),
        }
    )


def facts_of(document: Document) -> ModelFacts:
    """What the model of a document brought along, as far as the document tells."""
    number_type = _at(document.settings, "model", "number_type")
    kinds = _at(document.settings, "events", "kinds")
    common_window = _at(document.settings, "events", "window")
    calibration: dict[EventKind, dict[str, float]] = {}
    for kind in EventKind:
        row = _at(kinds, kind.value)
        if isinstance(row, Mapping):
            numbers = {k: float(v) for k, v in row.items() if isinstance(v, int | float)}
            if numbers.get("window") == common_window:
                del numbers["window"]
            calibration[kind] = numbers
    tagger = _at(document.settings, "events", "tagger", "model")
    return ModelFacts(
        calibration,
        number_type if isinstance(number_type, str) else None,
        tagger if isinstance(tagger, str) else None,
    )


def difference(
    document: Document, media: Media, wanted: Identity, *, absent: tuple[str, ...] = ()
) -> str | None:
    """Why a document is not what listening would give now, in one line; None if it is.

    Differences in ``video`` do not count: the picture can be looked at by itself.

    Args:
        absent: parts that are not on this machine (``model``, ``vad``, ``tagger``,
            ``speakers``); their files count as equal.
    """
    if document.media.fingerprint != media.fingerprint:
        return "file: its content changed"
    if not document.digests:
        return "document: made by an older vidtag, which did not note what listened"
    found: list[str] = []
    before = {
        "speakers": SpeakersConfig().acting(),  # documents from before speakers were told apart
        **document.settings,
        "video": wanted.settings.get("video"),
    }
    changed = sorted(
        _changed_settings(before, wanted.settings), key=lambda one: (one[0].count("."), one[0])
    )
    if changed:
        more = len(changed) - _MOST_NAMED
        named = ", ".join(f"{name} {values}" for name, values in changed[:_MOST_NAMED])
        named += f" and {more} more" if more > 0 else ""
        found.append(f"settings: {named}")
    for part in ("model", "vad", "tagger", "transcript", "speakers"):
        if part not in absent:
            roles = _changed_roles(part, document.digests, wanted.digests)
            if roles:
                found.append(f"{part}: {', '.join(roles)} changed")
    if document.listening_version != wanted.version:
        found.append("vidtag: this version listens in another way")
    return "; ".join(found) or None


def _changed_settings(old: object, new: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Names of settings that differ, each with its value before and after."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            below = f"{name}.{key}" if name else str(key)
            yield from _changed_settings(old.get(key, _NONE), new.get(key, _NONE), below)
    elif old != new:
        yield name, f"{_shown(old)} -> {_shown(new)}"


def _changed_roles(part: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    names = {name for name in (*old, *new) if name.startswith(f"{part}.")}
    return sorted(name.partition(".")[2] for name in names if old.get(name) != new.get(name))


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "{...}"
    if isinstance(value, float):
        return f"{value:g}"
    return "null" if value is None else str(value)


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
