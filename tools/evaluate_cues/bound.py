"""The highest F1 that a layout of English could reach under the rules if it knew the professional's
cues.

Professionals break rules: their cue may be too wide, too short or too fast to be read, and then no
layout that keeps the rules can have all of their ends. The words of a file are divided in every
way, by their times and the figures of a profile alone; nothing here is shared with the layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from tools.evaluate_cues.professional import Professional
from vidtag.core.records import Language
from vidtag.subtitles.layout.style_profiles import StyleProfile

RATE = 25
"""Frames a second."""
NUDGES = (0, -2, 2)
"""Frames by which a cue may appear off its first word."""
NEVER = 1000.0
MOST_PRICE = 8.0
STEPS = 10
"""Halvings of the price of a violation, in hits."""


@dataclass(frozen=True)
class Bound:
    """What the best layouts of some files come to, together.

    Attributes:
        hits: ends that are the professional's.
        ours, theirs: ends of both.
        violations: rules broken; too short, too fast and too long alone.
    """

    hits: int
    ours: int
    theirs: int
    violations: int

    @property
    def f1(self) -> float:
        """In per cent."""
        return 200 * self.hits / max(1, self.ours + self.theirs)


@dataclass(frozen=True)
class _Cues:
    """Every possible cue of a file.

    Attributes:
        broken: rules broken by the cue of words ``i`` to ``i + n``, by its nudge and that of the
            next: an array of shape (words, most words of a cue, nudges, nudges); ``NEVER`` for what
            fits no two lines.
        hit: whether a professional's cue ends after each word.
    """

    broken: NDArray[np.float32]
    hit: NDArray[np.bool_]


def bound(files: Sequence[Professional], profile: StyleProfile, most_violations: float) -> Bound:
    """The highest F1 with no more broken rules than a layout had.

    Args:
        most_violations: rules broken in all files; where the words force more, those.
    """
    cues = [_possible(file, profile) for file in files]
    theirs = sum(len(file.cue_ends - {len(file.words) - 1}) for file in files)
    best = _at_prices(cues, theirs, 0.5, NEVER)
    while True:
        # Hits less a share of all ends: where the share is F1, F1 has its most.
        share = best.f1 / 100
        found = _at_prices(cues, theirs, share, NEVER)
        low, high = 0.0, MOST_PRICE
        for _ in range(STEPS):
            price = (low + high) / 2
            tried = _at_prices(cues, theirs, share, price)
            if tried.violations > most_violations:
                low = price
            else:
                high, found = price, tried
        if found.f1 <= best.f1 + 0.01:
            return best
        best = found


def _at_prices(cues: Sequence[_Cues], theirs: int, share: float, price: float) -> Bound:
    """What all layouts of the files come to at the price of an end and of a violation."""
    hits, ours, violations = (
        sum(counts) for counts in zip(*(_divide(each, share, price) for each in cues), strict=True)
    )
    return Bound(hits, ours, theirs, violations)


def _divide(cues: _Cues, share: float, price: float) -> tuple[int, int, int]:
    """Hits, ends and violations where 2 hits - share ends - price violations are most.

    The end of the last word is nobody's merit.
    """
    count, longest = cues.broken.shape[:2]
    gain = 2.0 * cues.hit - share
    gain[-1] = 0.0
    best = np.full((count + 1, len(NUDGES)), -np.inf)
    best[count, 0] = 0.0
    choice = np.zeros((count, len(NUDGES)), np.int64)
    for index in range(count - 1, -1, -1):
        stop = min(count, index + longest)
        value = (gain[index:stop, None] + best[index + 1 : stop + 1])[:, None, :]
        value = value - price * cues.broken[index, : stop - index]
        value = value.transpose(1, 0, 2).reshape(len(NUDGES), -1)
        choice[index] = value.argmax(1)
        best[index] = value[np.arange(len(NUDGES)), choice[index]]
    index, nudge, hits, ours, violations = 0, int(best[0].argmax()), 0, 0, 0.0
    while index < count:
        length, following = divmod(int(choice[index, nudge]), len(NUDGES))
        violations += float(cues.broken[index, length, nudge, following])
        index, nudge = index + length + 1, following
        if index < count:
            ours += 1
            hits += bool(cues.hit[index - 1])
    return hits, ours, round(violations)


def _possible(file: Professional, profile: StyleProfile) -> _Cues:
    rules = profile.rules(Language.EN)
    words, full = file.words, round(rules.line_length)
    widths = [len(word.text) for word in words]
    before = [0, *accumulate(width + 1 for width in widths)]
    onset = [floor(word.start * RATE + 1e-6) for word in words]
    heard = [floor(word.end * RATE + 1e-6) + 1 for word in words]
    onset.append(heard[-1] + 10 * RATE)
    longest = 1
    broken = np.full((len(words), full + 1, len(NUDGES), len(NUDGES)), NEVER, np.float32)
    linger, close = ceil(profile.linger * RATE), ceil(profile.close_below * RATE)
    least, most = ceil(rules.min_duration * RATE), ceil(profile.max_duration * RATE)
    for first in range(len(words)):
        for last in range(first, min(len(words), first + full)):
            width = before[last + 1] - before[first] - 1
            two = width > full
            fits = not two or any(
                before[k] - before[first] - 1 <= full and before[last + 1] - before[k] - 1 <= full
                for k in range(first + 1, last + 1)
            )
            if not fits and last > first:
                break
            longest = max(longest, last - first + 1)
            needed = max(0.0, (width - two) * RATE / rules.cps)
            for own, nudge in enumerate(NUDGES):
                for other, next_nudge in enumerate(NUDGES):
                    begin = onset[first] + nudge
                    room = onset[last + 1] + next_nudge - rules.gap
                    latest = heard[last] + linger
                    out = room if room - latest < close else latest
                    shown = min(out, begin + most) - begin
                    broken[first, last - first, own, other] = (
                        (shown < least)
                        + (shown + 1e-6 < needed)
                        + (last > first and heard[last] - begin > most)
                    )
    hit = np.array([number in file.cue_ends for number in range(len(words))])
    return _Cues(broken[:, :longest], hit)
