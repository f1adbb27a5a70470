"""Scores of cues against a professional's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.evaluate_cues.professional import PAUSE, Professional, cue_ends_of
from vidtag.core.records import Cue
from vidtag.subtitles.check.judge import check_cues

SENTENCE_ENDS = ".?!。？！…"


@dataclass
class Score:
    """Counts over any number of files; they add up."""

    hits: int = 0
    ours: int = 0
    theirs: int = 0
    cues: int = 0
    mixed: int = 0
    breaks: int = 0
    forbidden: int = 0
    violations: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )

    @property
    def f1(self) -> float:
        """F1 of the places where cues end, in per cent."""
        return 200 * self.hits / max(1, self.ours + self.theirs)

    def row(self) -> str:
        """Figures as a table's row has them."""
        return (
            f"{self.cues:6d} | {self.f1:5.1f} | {100 * self.mixed / max(1, self.cues):5.1f} | "
            f"{100 * self.forbidden / max(1, self.breaks):5.1f} | "
            f"{100 * self.violations / max(1, self.cues):6.1f}"
        )


def score(
    cues: Sequence[Cue],
    pro: Professional,
    inside: frozenset[int],
    profile: str,
    *,
    rules: bool = True,
) -> Score:
    """Score of cues that have all words of a professional's file in their order.

    Args:
        inside: words after which neither a cue nor a line should end.
    """
    words = pro.words
    ends = cue_ends_of(["".join(cue.lines) for cue in cues], words)
    lines = cue_ends_of([line for cue in cues for line in cue.lines], words)
    last = len(words) - 1
    breaks = [n for n in ends | lines if n != last and pro.pause_after(n) < PAUSE]
    found = Score(
        hits=len((ends & pro.cue_ends) - {last}),
        ours=len(ends - {last}),
        theirs=len(pro.cue_ends - {last}),
        cues=len(cues),
        breaks=len(breaks),
        forbidden=sum(n in inside for n in breaks),
    )
    first = 0
    for end in sorted(ends | {last}):
        found.mixed += any(words[n].text[-1] in SENTENCE_ENDS for n in range(first, end))
        first = end + 1
    if rules:
        found.violations = len(check_cues(cues, profile).violations)
    return found
