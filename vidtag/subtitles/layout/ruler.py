"""How much of a line a text fills and how long it takes to read, in the numbers of a profile."""

from __future__ import annotations

import math

from vidtag.core.records import Language
from vidtag.subtitles.characters import script_language, width
from vidtag.subtitles.layout.rules import StyleProfile


class Ruler:
    """Measures texts; remembers what it has measured, because words come back.

    Sizes are whole numbers, so that a line that is exactly full is seen as such: ``full`` is the
    size of a full line of any language, a number that every language's half characters divide.
    """

    def __init__(self, profile: StyleProfile) -> None:
        self.profile = profile
        self.full = math.lcm(*(round(2 * rules.line) for rules in profile.languages.values()))
        self._known: dict[tuple[str, Language], tuple[int, float]] = {}

    def size(self, text: str, language: Language) -> int:
        """Part of a line a text fills, where ``full`` is all of it."""
        return self.measured(text, language)[0]

    def seconds(self, text: str, language: Language) -> float:
        """Seconds a viewer needs to read a text at the fastest speed the profile allows."""
        return self.measured(text, language)[1]

    def measured(self, text: str, language: Language) -> tuple[int, float]:
        """Both ``size`` and ``seconds``."""
        known = self._known.get((text, language))
        if known is None:
            known = self._known[text, language] = self._measure(text, language)
        return known

    def _measure(self, text: str, language: Language) -> tuple[int, float]:
        # A Latin word in a Chinese line is measured as English where that asks for more: on a
        # line of its own it would be judged so.
        sizes, seconds = [], []
        for name in {language, script_language(text, language)}:
            rules = self.profile.rules(name)
            wide = width(text, rules)
            sizes.append(math.ceil(round(2 * wide) * self.full / round(2 * rules.line)))
            seconds.append(wide / rules.speed)
        return max(sizes), max(seconds)
