"""How many words are given to whom they are said by, where words are known to lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from tools.evaluate_speakers.der import Turn
from vidtag.core.records import Emotion, Language, Segment, SpeakerTurn, Word
from vidtag.listening.speakers.attribution import attribute

WORD = 0.3
"""Seconds that a word lasts; about three a second is how English is spoken."""


def words_right(truth: Sequence[Turn], found: Sequence[SpeakerTurn]) -> float:
    """Share of words that vidtag gives to the right speaker, under the best pairing of speakers.

    Every turn of the truth is taken for words of ``WORD`` seconds, one behind the other.
    """
    said = sorted(
        (turn.start + n * WORD, turn.speaker)
        for turn in truth
        for n in range(int((turn.end - turn.start) / WORD))
    )
    if not said:
        return 1.0
    words = tuple(Word(str(n), start, start + WORD, 1.0) for n, (start, _) in enumerate(said))
    segment = Segment(
        words[0].start, words[-1].end, "", words, Language.EN, 1.0, Emotion.NEUTRAL, 1.0
    )
    given = {word.text: part.speaker for part in attribute([segment], found) for word in part.words}
    people = [*dict.fromkeys(speaker for _, speaker in said)]
    named = [*dict.fromkeys(given.values())]
    shared = np.zeros((len(people), len(named)))
    for number, (_, speaker) in enumerate(said):
        if given[str(number)] is not None:
            shared[people.index(speaker), named.index(given[str(number)])] += 1
    rows, columns = linear_sum_assignment(-shared)
    return float(shared[rows, columns].sum()) / len(said)
