"""What makes a division of words into cues good, in figures, for each language.

They are fitted on subtitles by professionals: ``tools/evaluate_cues/fit.py`` searches them, and
``docs/subtitles.md`` has the scores on files that they were not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
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
    pause: float = 90.0
    balance: float = 24.0
    top_heavy: float = 4.0
    fast: float = 10.0


WEIGHTS: Mapping[Language, Weights] = MappingProxyType(
    {
        Language.EN: Weights(conjunction=17.0, sentence_inside=49.0, pause=90.0),
        Language.JA: Weights(
            cue=1.2, phrase=13.6, plain=42.0, sentence_inside=49.0, clause_inside=0.0, pause=90.0
        ),
        Language.KO: Weights(
            cue=0.0,
            second_line=2.8,
            clause=35.0,
            conjunction=17.0,
            sentence_inside=24.5,
            clause_inside=0.0,
            pause=90.0,
        ),
        Language.ZH: Weights(
            cue=2.1, conjunction=8.0, plain=36.0, poor=60.0, clause_inside=0.0, pause=90.0
        ),
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
fits ask for too much. So is the order of breaks in Chinese, whose files have few commas.
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
