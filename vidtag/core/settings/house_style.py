"""House styles: figures that subtitles keep to, as data.

The built-in ones are the YAML files in ``house_styles``, one's own are files of the same form or
stand in the settings. What a style leaves out is as in the one that it is based on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from os import PathLike, fsdecode
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from vidtag.core.names import SubtitleProfile
from vidtag.core.records import Language
from vidtag.core.settings.section import Section
from vidtag.core.settings.source import merged
from vidtag.core.settings.validation import validate
from vidtag.core.settings.yaml_file import read_yaml

BUILT_IN: tuple[SubtitleProfile, ...] = get_args(SubtitleProfile)

FOLDER = Path(__file__).parent / "house_styles"


class LanguageStyleConfig(Section):
    """What a house style requires of one language."""

    characters: float | None = Field(None, ge=1, le=200, description="characters a line may hold")
    vertical_characters: float | None = Field(
        None, ge=1, le=200, description="the same for text that runs from top to bottom"
    )
    tall_characters: float | None = Field(
        None, ge=1, le=200, description="the same where the picture is taller than wide"
    )
    characters_a_second: float | None = Field(None, gt=0, le=100, description="reading speed")
    half_width: float | None = Field(
        None, gt=0, le=1, description="what a half-width character counts: Latin, digits, spaces"
    )
    min_duration: float | None = Field(
        None, ge=0, le=60, description="seconds shown at least, if not as in other languages"
    )
    gap: int | None = Field(
        None, ge=0, le=100, description="frames between subtitles, if not as in other languages"
    )
    close_gaps: bool | None = Field(None, description="short gaps are closed")
    dash: str | None = Field(
        None,
        pattern=r"^[^\n\w]{1,3}$",
        description="what stands before each line where two speak: '-' or '- '",
    )


class HouseStyleConfig(Section):
    """A house style; what is left out is as in the one that it is based on."""

    name: str = Field("own", min_length=1, max_length=100, description="what reports call it")
    based_on: SubtitleProfile = Field("netflix", description="whose figures hold where none stand")
    lines: int | None = Field(None, ge=1, le=2, description="lines a subtitle may have")
    min_duration: float | None = Field(None, ge=0, le=60, description="seconds shown at least")
    max_duration: float | None = Field(None, gt=0, le=600, description="seconds shown at most")
    gap: int | None = Field(None, ge=0, le=100, description="frames between two subtitles")
    close_below: float | None = Field(
        None, ge=0, le=10, description="gaps shorter than so many seconds are closed"
    )
    linger: float | None = Field(
        None, ge=0, le=10, description="seconds a subtitle may stay after its last word"
    )
    near_change: float | None = Field(
        None, ge=0, le=5, description="seconds from a shot change within which edges move onto it"
    )
    capitals: bool | None = Field(None, description="labels of sounds stand in capitals")
    languages: dict[Language, LanguageStyleConfig] = Field(
        default_factory=dict, description="by language: en, zh, yue, ja, ko"
    )

    def complete(self) -> dict[str, Any]:
        """All figures as plain data, those of the style that it is based on below its own."""
        own = self.model_dump(mode="json", exclude_none=True)
        if self.name == self.based_on:
            return own
        below = built_in(self.based_on).complete()
        return {**merged(below, own), "name": self.name}

    @model_validator(mode="after")
    def _durations_leave_room(self) -> Self:
        every = self.complete()
        languages = every["languages"].values()
        shortest = max(x.get("min_duration", every["min_duration"]) for x in languages)
        if max(shortest, every["min_duration"]) >= every["max_duration"]:
            raise ValueError(
                f"min_duration must be less than max_duration ({every['max_duration']:g} s)"
            )
        return self


def style_name(style: str | HouseStyleConfig) -> str:
    """What a house style is called."""
    return style if isinstance(style, str) else style.name


@cache
def built_in(name: SubtitleProfile) -> HouseStyleConfig:
    """A house style that comes with vidtag."""
    return read_house_style(FOLDER / f"{name}.yaml")


def read_house_style(path: Path) -> HouseStyleConfig:
    """A house style from its file.

    Raises:
        ConfigError: the file is none; with its line.
    """
    source = read_yaml(path, ())
    source.data.setdefault("name", path.stem)
    return validate(HouseStyleConfig, source)


def _named(value: Any) -> Any:
    """What stands for a house style: a file by its path becomes what it holds."""
    if isinstance(value, str | PathLike) and value not in BUILT_IN:
        path = Path(fsdecode(value))
        if path.exists() and not path.is_file():
            raise ValueError("it is no regular file, as a house style in YAML is")
        if not path.is_file():
            raise ValueError(
                f"there is no such file, and house styles are {', '.join(BUILT_IN)}, or YAML files"
            )
        return read_house_style(path)
    return value


HouseStyle = Annotated[
    Annotated[SubtitleProfile, Tag("name")] | Annotated[HouseStyleConfig, Tag("own")],
    Discriminator(lambda x: "own" if isinstance(x, Mapping | HouseStyleConfig) else "name"),
    BeforeValidator(_named, json_schema_input_type=SubtitleProfile | HouseStyleConfig | str),
    "or a path",
]
"""A setting that takes a built-in style by name, a file by its path, or the figures themselves;
once read it is a name or figures."""
