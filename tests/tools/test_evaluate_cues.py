"""The measurement of cues, on a file made here whose scores can be counted by hand."""

from __future__ import annotations

import pytest

from tools.evaluate_cues.professional import read_professional
from tools.evaluate_cues.score import score
from vidtag.core.records import Cue, Language

LINES = ["We went home.", "It was a long", "and cold winter.", "[laughs] - Nobody said", "a word."]


@pytest.fixture
def professional(tmp_path):
    """Twenty-five cues of three or four words each, a second long, a tenth of a second apart."""
    text = ""
    for number in range(25):
        begin = number * 1.1
        times = f"00:00:{begin:06.3f} --> 00:00:{begin + 1:06.3f}".replace(".", ",")
        text += f"{number + 1}\n{times}\n{LINES[number % 5]}\n\n"
    path = tmp_path / "talk.srt"
    path.write_text(text)
    return read_professional(path, Language.EN)


def test_words_and_cue_ends_are_those_of_the_file(professional):
    words = " ".join(word.text for word in professional.words[:14])
    assert words == "We went home. It was a long and cold winter. Nobody said a word."
    assert sorted(professional.cue_ends)[:5] == [2, 6, 9, 11, 13]
    assert professional.pause_after(2) == pytest.approx(0.1)


def test_scores_are_counted_at_places_between_words(professional):
    own = score(professional.cues, professional, frozenset(), "netflix")
    assert (own.f1, own.mixed, own.cues) == (100, 0, 25)
    # Two cues at a time: half of the ends are found, and none is wrong.
    cues = professional.cues
    pairs = [
        Cue(a.start, b.end, (*a.lines, *b.lines))
        for a, b in zip(cues[::2], [*cues[1::2], Cue(40, 41, ())], strict=True)
    ]
    paired = score(pairs, professional, frozenset({2}), "netflix")
    assert (paired.hits, paired.ours, paired.theirs) == (12, 12, 24)
    assert paired.f1 == pytest.approx(200 * 12 / 36)
    assert paired.forbidden == 1
