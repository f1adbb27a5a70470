"""House styles of your own, from a YAML file; what it leaves out is as in one it is based on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

from pydantic import Field

from vidtag.core.errors import ConfigError, UserError
from vidtag.core.names import SubtitleProfile
from vidtag.core.records import Language
from vidtag.core.settings.section import Section
from vidtag.core.settings.validation import validate
from vidtag.core.settings.yaml_file import read_yaml
from vidtag.subtitles.layout.style_profiles import PROFILES, LanguageRules, StyleProfile

_FINEST = 100_000
"""Denominator of durations: 0.8333 in a file is 5/6 of a second to a hundredth of a millisecond."""


class LanguageStyle(Section):
    """What a house style requires of one language."""

    characters: float | None = Field(None, ge=1, le=200, description="characters a line may hold")
    tall_characters: float | None = Field(
        None, ge=1, le=200, description="the same where the picture is taller than wide"
    )
    characters_a_second: float | None = Field(None, gt=0, le=100, description="reading speed")
    half_width: float | None = Field(
        None, gt=0, le=1, description="what a half-width character counts"
    )
    close_gaps: bool | None = Field(None, description="short gaps are closed")


class HouseStyle(Section):
    """A house style as its file has it."""

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
    languages: dict[Language, LanguageStyle] = Field(
        default_factory=dict, description="by language: en, zh, yue, ja, ko"
    )


def style_named(name: str) -> StyleProfile:
    """A built-in house style by its name, or one's own by its file.

    Raises:
        UserError: it is neither.
        ConfigError: the file is no house style; with its line.
    """
    for known in get_args(SubtitleProfile):
        if name == known:
            return PROFILES[known]
    path = Path(name)
    if not path.is_file():
        raise UserError(
            f"there is no house style '{name}', and no file of that name",
            remedy=f"give {', '.join(get_args(SubtitleProfile))}, or a YAML file",
        )
    return _style(validate(HouseStyle, read_yaml(path, ())), path)


def _style(house: HouseStyle, path: Path) -> StyleProfile:
    base = PROFILES[house.based_on]
    rules, tall = dict(base.languages), dict(base.vertical_line_lengths)
    for language, own in house.languages.items():
        was = base.rules(language)
        rules[language] = LanguageRules(
            was.line_length if own.characters is None else own.characters,
            was.cps if own.characters_a_second is None else own.characters_a_second,
            was.half_width if own.half_width is None else own.half_width,
            was.close_gaps if own.close_gaps is None else own.close_gaps,
        )
        if own.tall_characters is not None:
            tall[language] = own.tall_characters
    durations = {
        name: Fraction(value).limit_denominator(_FINEST)
        for name in ("min_duration", "max_duration", "close_below", "linger", "near_change")
        if (value := getattr(house, name)) is not None
    }
    style = replace(
        base,
        name=path.stem,
        languages=rules,
        vertical_line_lengths=tall,
        max_lines=base.max_lines if house.lines is None else house.lines,
        gap=base.gap if house.gap is None else house.gap,
        **durations,
    )
    if style.min_duration >= style.max_duration:
        raise ConfigError("min_duration must be less than max_duration", path=path)
    return style
