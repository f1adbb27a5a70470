"""Fits the weights of the layout on subtitles by professionals, one language at a time.

python -m tools.evaluate_cues.fit LANGUAGE FOLDER... [--rounds N] [--words N]
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from statistics import fmean

from tools.evaluate_cues.__main__ import READ
from tools.evaluate_cues.phrases import inside_phrases
from tools.evaluate_cues.professional import PAUSE, Professional, read_professional
from tools.evaluate_cues.score import SENTENCE_ENDS
from vidtag.core.records import Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.dividing import divide
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.style_profiles import profile_for
from vidtag.subtitles.layout.taste import WEIGHTS, Weights
from vidtag.subtitles.layout.unit_table import UnitTable
from vidtag.subtitles.layout.units import units_of

SEARCHED = (
    *("cue", "second_line", "clause", "conjunction", "phrase", "plain", "poor"),
    *("sentence_inside", "clause_inside", "odds", "odds_line", "pause"),
)
"""What decides where cues end; the shape of lines is a matter of the house style."""
STEPS = (0.0, 0.4, 0.7, 1.4, 2.5)
"""What a weight is multiplied by; each round all of them are tried for every weight."""


@dataclass
class Case:
    """A part of a professional's file, ready to be divided with any weights."""

    pro: Professional
    inside: frozenset[int]

    def __post_init__(self) -> None:
        self.config = SubtitlesConfig()
        self.ruler = Ruler(profile_for("netflix", None))
        self.document = self.pro.document()
        self.units = units_of(self.document, self.config, self.ruler)
        edges = list(accumulate(len(word.text) for word in self.pro.words))
        ends = accumulate(sum(not c.isspace() for c in unit.text) for unit in self.units)
        self.word = [
            number
            if (number := bisect_left(edges, end)) < len(edges) and edges[number] == end
            else -1
            for end in ends
        ]

    def counts(self, weights: Weights) -> tuple[int, int, int, int, int, int]:
        """Hits, our cues, theirs, mixed ones, breaks, forbidden ones."""
        table = UnitTable.of(
            self.units, self.document, self.ruler, self.config, {self.pro.language: weights}
        )
        hits = mixed = breaks = forbidden = cues = 0
        words, last = self.pro.words, len(self.pro.words) - 1
        first = 0
        for cue in divide(table):
            end = self.word[cue.stop - 1]
            cues += 1
            hits += end in self.pro.cue_ends
            mixed += any(words[n].text[-1] in SENTENCE_ENDS for n in range(first, max(first, end)))
            first = end + 1
            for place in {end, self.word[cue.second_line - 1]} - {last, -1}:
                if self.pro.pause_after(place) < PAUSE:
                    breaks += 1
                    forbidden += place in self.inside
        return hits, cues, len(self.pro.cue_ends), mixed, breaks, forbidden


def quality(sets: Sequence[Sequence[Case]], weights: Weights) -> tuple[float, list[float]]:
    """What is maximised, a mean over sets; and F1, mixed and forbidden in per cent, set by set."""
    found, shown = [], []
    for cases in sets:
        hits, ours, theirs, mixed, breaks, forbidden = (
            sum(column) for column in zip(*(case.counts(weights) for case in cases), strict=True)
        )
        f1 = 200 * hits / (ours + theirs)
        mixed_share, forbidden_share = 100 * mixed / ours, 100 * forbidden / max(1, breaks)
        wanted = fmean(_mixed(case.pro) for case in cases)
        found.append(f1 - 0.7 * max(0.0, mixed_share - wanted - 1) - 0.5 * forbidden_share)
        shown += [f1, mixed_share, forbidden_share]
    return fmean(found), shown


def _mixed(pro: Professional) -> float:
    first = count = 0
    for end in sorted(pro.cue_ends):
        count += any(pro.words[n].text[-1] in SENTENCE_ENDS for n in range(first, end))
        first = end + 1
    return 100 * count / len(pro.cue_ends)


def fit(sets: Sequence[Sequence[Case]], weights: Weights, rounds: int, *, seed: int) -> Weights:
    """Better weights, one weight after another, in an order by chance."""
    chance = random.Random(seed)
    best, figures = quality(sets, weights)
    print(f"{best:.2f}", [round(f, 1) for f in figures], flush=True)
    for _ in range(rounds):
        before = best
        names = list(SEARCHED)
        chance.shuffle(names)
        for name in names:
            now = getattr(weights, name)
            for factor in STEPS:
                tried = round(now * factor, 1) if now else 10 * factor
                other = replace(weights, **{name: tried})
                value, figures = quality(sets, other)
                if value > best + 0.01:
                    best, weights = value, other
                    print(
                        f"{best:.2f} {name}={tried:g}", [round(f, 1) for f in figures], flush=True
                    )
        if best < before + 0.1:
            break
    return weights


def cases_of(folder: Path, language: Language, words: int) -> list[Case]:
    """Parts of all files of a folder, about as many words of each."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READ)
    files = [pro for path in paths if (pro := read_professional(path, language))]
    each = words // max(1, len(files))
    cases = []
    for pro in files:
        end = min((n for n in pro.cue_ends if n >= each), default=len(pro.words) - 1) + 1
        part = replace(
            pro,
            words=pro.words[:end],
            cue_ends=frozenset(n for n in pro.cue_ends if n < end),
        )
        cases.append(Case(part, inside_phrases(part.words, language)))
    return cases


def started(language: Language, known: Mapping[Language, Weights]) -> Weights:
    """The weights of today."""
    return known.get(language, Weights())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", type=Language)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=12_000, help="of each folder")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sets = [cases_of(folder, given.language, given.words) for folder in given.folder]
    start = started(given.language, WEIGHTS)
    print(fit(sets, start, given.rounds, seed=given.seed))


if __name__ == "__main__":
    main()
