"""Profiles: the figures that subtitles of a house style keep to, for each language.

Sources: Netflix Timed Text Style Guides and Subtitle Timing Guidelines, BBC Subtitle Guidelines.
``docs/subtitles.md`` says where each figure comes from; ``youtube`` and ``social`` have no
published guide with figures, theirs are our choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from vidtag.core.media_streams import VideoStream
from vidtag.core.names import SubtitleProfile
from vidtag.core.records import Language


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """What a profile requires of one language.

    Attributes:
        line_length: characters a line may hold, as ``width`` counts them.
        cps: reading speed in characters per second, counted alike.
        half_width: what a half-width character (Latin, digit, space, ASCII punctuation) counts.
        close_gaps: whether a short gap between two cues is closed to the smallest one.
    """

    line_length: float
    cps: float
    half_width: float
    close_gaps: bool = True


@dataclass(frozen=True, slots=True)
class StyleProfile:
    """A house style.

    Attributes:
        name: of a built-in one, or of the file it comes from.
        languages: rules for every spoken language.
        vertical_line_lengths: characters per line where the picture is taller than wide.
        max_lines: lines a cue may have.
        min_duration, max_duration: seconds a cue stays.
        gap: frames that must lie between two cues.
        close_below: a gap shorter than so many seconds is closed to ``gap`` frames.
        linger: seconds a cue may stay after its last word so that it can be read.
        near_change: seconds from a shot change within which a cue's edge moves onto it.
    """

    name: str
    languages: dict[Language, LanguageRules]
    vertical_line_lengths: dict[Language, float]
    max_lines: int = 2
    min_duration: Fraction = Fraction(5, 6)
    max_duration: Fraction = Fraction(7)
    gap: int = 2
    close_below: Fraction = Fraction(1, 2)
    linger: Fraction = Fraction(1, 2)
    near_change: Fraction = Fraction(1, 2)

    def rules(self, language: Language) -> LanguageRules:
        """Rules of a language; of English where nothing is spoken."""
        return self.languages.get(language, self.languages[Language.EN])


def _languages(
    *,
    en: tuple[float, float],
    zh: tuple[float, float],
    ja: tuple[float, float],
    ko: tuple[float, float],
) -> dict[Language, LanguageRules]:
    """Rules from (line length, CPS); Cantonese has those of Chinese."""
    return {
        Language.EN: LanguageRules(*en, half_width=1),
        Language.ZH: LanguageRules(*zh, half_width=0.5),
        Language.YUE: LanguageRules(*zh, half_width=0.5),
        Language.JA: LanguageRules(*ja, half_width=0.5, close_gaps=False),
        Language.KO: LanguageRules(*ko, half_width=0.5),
    }


def _vertical(*, en: float, zh: float, ja: float, ko: float) -> dict[Language, float]:
    return {Language.EN: en, Language.ZH: zh, Language.YUE: zh, Language.JA: ja, Language.KO: ko}


_NARROW = _vertical(en=25, zh=11, ja=10, ko=11)

PROFILES: dict[SubtitleProfile, StyleProfile] = {
    # Reading speeds are those for the deaf and hard of hearing in the language spoken, adults.
    "netflix": StyleProfile(
        "netflix", _languages(en=(42, 20), zh=(16, 11), ja=(13, 7), ko=(16, 14)), _NARROW
    ),
    # 180 words a minute at six characters a word with its space; 37 characters fill 68 % of 16:9.
    "bbc": StyleProfile(
        "bbc",
        _languages(en=(37, 18), zh=(16, 11), ja=(13, 7), ko=(16, 14)),
        _NARROW,
        min_duration=Fraction(1),
        gap=0,
        close_below=Fraction(1),
        linger=Fraction(3, 2),
    ),
    "youtube": StyleProfile(
        "youtube",
        _languages(en=(42, 21), zh=(18, 12), ja=(16, 9), ko=(18, 15)),
        _NARROW,
        min_duration=Fraction(1),
        linger=Fraction(1),
    ),
    "social": StyleProfile(
        "social",
        _languages(en=(24, 21), zh=(10, 12), ja=(10, 9), ko=(11, 15)),
        _vertical(en=20, zh=9, ja=9, ko=10),
        max_duration=Fraction(4),
        gap=0,
    ),
}


def profile_for(style: SubtitleProfile | StyleProfile, video: VideoStream | None) -> StyleProfile:
    """The profile for a picture: with shorter lines where it is taller than wide."""
    profile = style if isinstance(style, StyleProfile) else PROFILES[style]
    if video is None:
        return profile
    width, height = video.display_size
    if height <= width:
        return profile
    vertical = profile.vertical_line_lengths
    narrow = {
        language: replace(rules, line_length=min(rules.line_length, vertical[language]))
        for language, rules in profile.languages.items()
    }
    return replace(profile, languages=narrow)
