"""How much of a line a text fills and how long it takes to read, by a profile."""

from __future__ import annotations

import math

from vidtag.core.records import Language
from vidtag.subtitles.characters import script_language, width
from vidtag.subtitles.layout.style_profiles import StyleProfile


class Ruler:
    """Measures texts; remembers what it has measured, because words come back.

    Widths are whole numbers, so that a line that is exactly full is seen as such: ``full_line`` is
    the width of a full line of any language, a number that every language's half characters divide.
    """

    def __init__(self, profile: StyleProfile) -> None:
        self.profile = profile
        half_characters = (round(2 * rules.line_length) for rules in profile.languages.values())
        self.full_line = math.lcm(*half_characters)
        self._known: dict[tuple[str, Language], tuple[int, float]] = {}

    def width(self, text: str, language: Language) -> int:
        """How much of a line a text fills, where ``full_line`` is all of it."""
        return self.measure(text, language)[0]

    def measure(self, text: str, language: Language) -> tuple[int, float]:
        """``width``, and the seconds a viewer needs to read the text at the fastest speed that the
        profile allows.
        """
        known = self._known.get((text, language))
        if known is None:
            known = self._known[text, language] = self._measure(text, language)
        return known

    def _measure(self, text: str, language: Language) -> tuple[int, float]:
        # A Latin word in a Chinese line is measured as English where that asks for more: on a
        # line of its own it would be judged so.
        widths, seconds = [], []
        for name in {language, script_language(text, language)}:
            rules = self.profile.rules(name)
            characters = width(text, rules)
            share = round(2 * characters) * self.full_line / round(2 * rules.line_length)
            widths.append(math.ceil(share))
            seconds.append(characters / rules.cps)
        return max(widths), max(seconds)
