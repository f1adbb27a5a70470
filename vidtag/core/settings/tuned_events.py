"""What a user's answers taught about the events of a show, as settings: the numbers of a file that
``vidtag events label`` makes. ``vidtag.listening.events.tuning`` lays them under what else is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fsdecode
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from vidtag.core.document import parse_json
from vidtag.core.errors import ConfigError
from vidtag.core.records import EventKind
from vidtag.core.settings.section import Probability, Section
from vidtag.core.whole_file import read_whole

ANSWERS_VERSION = 1
"""Version of the file of answers this vidtag writes, and the newest it reads."""

LARGEST_FILE = 1 << 24
"""Bytes of a file of answers that is read: some 50,000 answers."""

DAMAGED = (
    "take it from a backup, or move it away and label the show again with 'vidtag events label'"
)


class ListenerConfig(Section):
    """A model or a tagger whose word was labelled."""

    name: str = Field(max_length=500, description="name, for messages")
    digest: str = Field(max_length=64, description="of its file; see digests in a document")


class TunedKindConfig(Section):
    """What was learnt about one kind of event."""

    on: Probability = Field(description="in place of the kind's on")
    off: Probability = Field(description="in place of the kind's off")
    shift: float | None = Field(
        None, ge=-10, le=10, description="in place of the tagger's shift, where one listens"
    )

    @model_validator(mode="after")
    def _off_is_not_above_on(self) -> Self:
        if self.off > self.on:
            raise ValueError(f"off ({self.off:g}) must not be above on ({self.on:g})")
        return self


class TunedEventsConfig(Section):
    """What was learnt about a show's events, and of whose word."""

    file: str = Field("", description="where it was read, for messages")
    model: ListenerConfig = Field(description="the model whose word was labelled")
    tagger: ListenerConfig | None = Field(None, description="the tagger beside it")
    kinds: dict[EventKind, TunedKindConfig] = Field(
        default_factory=dict, description="what was learnt, by kind"
    )


def read_answers_file(path: Path) -> Mapping[str, Any]:
    """The plain data of a file of answers, of a version that is known.

    Raises:
        ConfigError: it cannot be read, is damaged or newer.
    """
    try:
        plain = parse_json(read_whole(path, LARGEST_FILE))
    except OSError as error:
        raise ConfigError(
            f"the tuned events cannot be read ({error.strerror or error})",
            path=path,
            remedy="check events.tuned; 'vidtag events label' makes such a file",
        ) from None
    except (ValueError, RecursionError):
        plain = None
    version = plain.get("version") if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or not isinstance(version, int) or isinstance(version, bool):
        raise _damaged(path)
    if version > ANSWERS_VERSION:
        raise ConfigError(
            f"version {version} is newer than this vidtag knows ({ANSWERS_VERSION})",
            path=path,
            remedy="upgrade vidtag",
        )
    return plain


def read_tuned(path: Path) -> TunedEventsConfig:
    """What was learnt, from the file of the answers.

    Raises:
        ConfigError: it cannot be read, or is damaged.
    """
    plain = read_answers_file(path)
    learnt = {name: plain[name] for name in ("model", "tagger", "kinds") if name in plain}
    try:
        return TunedEventsConfig.model_validate({**learnt, "file": str(path)})
    except ValidationError:
        raise _damaged(path) from None


def _damaged(path: Path) -> ConfigError:
    return ConfigError("not a file of labelled events, or damaged", path=path, remedy=DAMAGED)


def _named(value: Any) -> Any:
    """A file by its path becomes what it holds."""
    return read_tuned(Path(fsdecode(value))) if isinstance(value, str | PathLike) else value


TunedEvents = Annotated[
    TunedEventsConfig,
    BeforeValidator(_named, json_schema_input_type=TunedEventsConfig | str),
    "or a path",
]
"""A setting that takes a file of answers by its path, or the numbers themselves; once read it is
numbers."""
