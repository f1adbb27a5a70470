"""What a rule about points made in speech is: how one is worded, and what makes it none. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CLAUSE_ENDS = ",.;:!?。、;…"
"""Where a clause ends, in folded text."""

_ANY_QUESTION = re.compile(r"\?\W*$")


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns of one point in one language, for folded text.

    Attributes:
        says: one of these words the point.
        not_after: what makes it none where it stands before it in its clause: "if", "didn't".
        not_before: what makes it none where it follows at once: 权 after 决定.
        not_with: what makes it none anywhere in its sentence.
        may_be_asked: whether a question makes the point too: "could you call them?"
    """

    says: re.Pattern[str]
    not_after: re.Pattern[str] | None = None
    not_before: re.Pattern[str] | None = None
    not_with: re.Pattern[str] | None = None
    may_be_asked: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """The rules of a language, by point, and how it asks.

    Attributes:
        asks: a question even where no question mark is.
        asks_to_agree: no question in spite of its mark: "so it's Friday, right?"
        spaced: whether spaces mean anything; where not, they are taken out.
    """

    rules: Mapping[str, Rule]
    asks: re.Pattern[str]
    asks_to_agree: re.Pattern[str]
    spaced: bool = True

    def makes(self, point: str, sentence: str) -> bool:
        """Whether a folded sentence makes a point."""
        text = sentence if self.spaced else re.sub(r"\s+", "", sentence)
        rule = self.rules[point]
        if rule.not_with is not None and rule.not_with.search(text):
            return False
        if not rule.may_be_asked and self._is_question(text):
            return False
        return any(_stands(rule, text, found) for found in rule.says.finditer(text))

    def _is_question(self, text: str) -> bool:
        asked = _ANY_QUESTION.search(text) or self.asks.search(text)
        return bool(asked) and not self.asks_to_agree.search(text)


def rule(
    says: Sequence[str],
    *,
    not_after: Sequence[str] = (),
    not_before: Sequence[str] = (),
    not_with: Sequence[str] = (),
    may_be_asked: bool = False,
) -> Rule:
    """A rule of patterns, any of which counts."""
    return Rule(
        any_of(says),
        any_of(not_after) if not_after else None,
        any_of(not_before) if not_before else None,
        any_of(not_with) if not_with else None,
        may_be_asked,
    )


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """A pattern that is any of several."""
    return re.compile("|".join(f"(?:{one})" for one in patterns))


def _stands(rule: Rule, text: str, found: re.Match[str]) -> bool:
    clause = max(text.rfind(mark, 0, found.start()) for mark in _CLAUSE_ENDS) + 1
    if rule.not_after is not None and rule.not_after.search(text[clause : found.start()]):
        return False
    return rule.not_before is None or rule.not_before.match(text, found.end()) is None
