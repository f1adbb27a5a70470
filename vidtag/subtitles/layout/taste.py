"""What makes a division of words into cues good, in figures, for each language.

They are fitted on subtitles by professionals: ``tools/evaluate_cues/fit.py`` searches them, and
``docs/subtitles.md`` has the scores on files that they were not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vidtag.core.records import Language
from vidtag.subtitles.layout.arrays import Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """Costs of taste.

    Attributes:
        cue: each cue.
        second_line: a second line.
        clause, conjunction, phrase, plain, poor: a cue that ends there.
        clause_line, conjunction_line, phrase_line, plain_line, poor_line: a line that does.
        sentence_inside: the end of a sentence inside a cue.
        clause_inside: the end of a clause inside a cue.
        odds: a cue that ends where a professional would hardly end one, and one that does not end
            where one would; times the log odds.
        odds_line: a line that ends where a professional would hardly end a cue; the same.
        pause: a second of a pause inside a cue.
        balance: lines of different length; times the square of the difference, in full lines.
        top_heavy: an upper line longer than the lower one.
        fast: reading faster than in comfort, in proportion.
    """

    cue: float = 3.0
    second_line: float = 4.0
    clause: float = 14.0
    conjunction: float = 24.0
    phrase: float = 34.0
    plain: float = 60.0
    poor: float = 90.0
    clause_line: float = 3.0
    conjunction_line: float = 9.0
    phrase_line: float = 9.0
    plain_line: float = 18.0
    poor_line: float = 60.0
    sentence_inside: float = 35.0
    clause_inside: float = 4.0
    odds: float = 0.0
    odds_line: float = 0.0
    pause: float = 90.0
    balance: float = 24.0
    top_heavy: float = 4.0
    fast: float = 10.0


_BY_ODDS = Weights(
    clause=0.0,
    conjunction=0.0,
    phrase=0.0,
    plain=0.0,
    poor=0.0,
    sentence_inside=24.5,
    clause_inside=0.0,
    odds=30.0,
)
"""Where the odds of a break are known, its kind matters for lines alone."""

WEIGHTS: Mapping[Language, Weights] = MappingProxyType(
    {
        Language.EN: replace(_BY_ODDS, cue=20.0, odds=40.0, sentence_inside=2000.0),
        Language.JA: replace(_BY_ODDS, cue=5.0, odds_line=4.0),
        Language.KO: replace(_BY_ODDS, cue=10.0, second_line=2.8),
        Language.ZH: replace(_BY_ODDS, cue=0.0, odds=8.0),
        Language.YUE: Weights(
            cue=0.0,
            second_line=10.0,
            clause=19.6,
            conjunction=8.0,
            plain=30.0,
            poor=63.0,
            clause_inside=0.0,
            pause=90.0,
        ),
    }
)
"""Fitted weights by language; for any other the defaults hold.

A pause is kept at 90: where times of words are made from cues, pauses show only between cues, so
fits ask for too much. So is the order of breaks in Cantonese, whose files have few commas.
"""

LANGUAGES = tuple(Language)


class WeightTable:
    """Weights of all languages, for arrays of units."""

    def __init__(self, weights: Mapping[Language, Weights], languages: Sequence[Language]) -> None:
        rows = [weights.get(language, Weights()) for language in LANGUAGES]
        self._columns = {
            field.name: np.array([getattr(row, field.name) for row in rows])
            for field in fields(Weights)
        }
        numbers = {language: number for number, language in enumerate(LANGUAGES)}
        self.language: NDArray[np.int8] = np.array([numbers[x] for x in languages], np.int8)

    def of(self, name: str, units: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """A weight for each of some units."""
        return self._columns[name][self.language[units]]
