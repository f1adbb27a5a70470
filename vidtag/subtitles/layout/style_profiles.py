"""Profiles: the figures of a house style in the units that layout and judge count in.

The figures themselves are data, in ``vidtag/core/settings/house_styles``; ``docs/subtitles.md``
says where each comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from vidtag.core.errors import ConfigError
from vidtag.core.media_streams import VideoStream
from vidtag.core.records import Language
from vidtag.core.settings.house_style import BUILT_IN, HouseStyleConfig, built_in

_FINEST = 100_000
"""Denominator of durations: 0.8333 in a file is 5/6 of a second to a hundredth of a millisecond."""


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """What a profile requires of one language.

    Attributes:
        line_length: characters a line may hold, as ``width`` counts them.
        vertical_length: the same where text runs from top to bottom.
        cps: reading speed in characters per second, counted alike.
        half_width: what a half-width character (Latin, digit, space, ASCII punctuation) counts.
        min_duration: seconds a cue stays at least.
        gap: frames that must lie between a cue and the next.
        close_gaps: whether a short gap between two cues is closed to the smallest one.
        dash: what stands before each line of a cue in which two speak.
    """

    line_length: float
    vertical_length: float
    cps: float
    half_width: float
    min_duration: Fraction
    gap: int
    close_gaps: bool
    dash: str


@dataclass(frozen=True, slots=True)
class StyleProfile:
    """A house style.

    Attributes:
        name: of a built-in one, or of the file it comes from.
        languages: rules for every spoken language.
        tall_line_lengths: characters per line where the picture is taller than wide.
        max_lines: lines a cue may have.
        max_duration: seconds a cue stays at most.
        gap: frames that must lie between a cue and a shot change, and two cues unless their
            language says otherwise.
        close_below: a gap shorter than so many seconds is closed to ``gap`` frames.
        linger: seconds a cue may stay after its last word so that it can be read.
        near_change: seconds from a shot change within which a cue's edge moves onto it.
        capitals: labels of sounds stand in capitals, alone without brackets.
    """

    name: str
    languages: dict[Language, LanguageRules]
    tall_line_lengths: dict[Language, float]
    max_lines: int
    max_duration: Fraction
    gap: int
    close_below: Fraction
    linger: Fraction
    near_change: Fraction
    capitals: bool

    def rules(self, language: Language) -> LanguageRules:
        """Rules of a language; of English where nothing is spoken."""
        return self.languages.get(language, self.languages[Language.EN])


def profile_for(style: str | HouseStyleConfig, video: VideoStream | None) -> StyleProfile:
    """The profile of a house style for a picture: with shorter lines where it is taller than wide.

    Args:
        style: name of a built-in one, or figures.
    """
    profile = _built_in(style) if isinstance(style, str) else _profile(style)
    if video is None:
        return profile
    width, height = video.display_size
    if height <= width:
        return profile
    tall = profile.tall_line_lengths
    narrow = {
        language: replace(rules, line_length=min(rules.line_length, tall[language]))
        for language, rules in profile.languages.items()
    }
    return replace(profile, languages=narrow)


@cache
def _built_in(name: str) -> StyleProfile:
    for known in BUILT_IN:
        if name == known:
            return _profile(built_in(known))
    raise ConfigError(f"there is no house style '{name}'", remedy=f"give {', '.join(BUILT_IN)}")


def _profile(style: HouseStyleConfig) -> StyleProfile:
    every = style.complete()
    languages = {Language(name): data for name, data in every["languages"].items()}
    return StyleProfile(
        name=every["name"],
        languages={language: _rules(data, every) for language, data in languages.items()},
        tall_line_lengths={name: data["tall_characters"] for name, data in languages.items()},
        max_lines=every["lines"],
        max_duration=_seconds(every["max_duration"]),
        gap=every["gap"],
        close_below=_seconds(every["close_below"]),
        linger=_seconds(every["linger"]),
        near_change=_seconds(every["near_change"]),
        capitals=every["capitals"],
    )


def _rules(data: dict[str, Any], every: dict[str, Any]) -> LanguageRules:
    return LanguageRules(
        line_length=data["characters"],
        vertical_length=data.get("vertical_characters", data["characters"]),
        cps=data["characters_a_second"],
        half_width=data["half_width"],
        min_duration=_seconds(data.get("min_duration", every["min_duration"])),
        gap=data.get("gap", every["gap"]),
        close_gaps=data.get("close_gaps", True),
        dash=data["dash"],
    )


def _seconds(value: float) -> Fraction:
    return Fraction(value).limit_denominator(_FINEST)
