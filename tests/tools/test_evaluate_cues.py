"""The measurement of cues, on a file made here whose scores can be counted by hand."""

from __future__ import annotations

import pytest

from tools.evaluate_cues.bound import bound
from tools.evaluate_cues.professional import read_professional
from tools.evaluate_cues.score import score
from vidtag.core.records import Cue, Language
from vidtag.subtitles.layout.style_profiles import profile_for

LINES = ["We went home.", "It was a long", "and cold winter.", "[laughs] - Nobody said", "a word."]


@pytest.fixture
def professional(tmp_path):
    """Twenty-five cues of two to four words each, a second long, a tenth of a second apart."""
    return made(tmp_path, 1.0, LINES)


def made(tmp_path, seconds, lines):
    text = ""
    for number in range(25):
        begin = number * (seconds + 0.1)
        times = f"00:00:{begin:06.3f} --> 00:00:{begin + seconds:06.3f}".replace(".", ",")
        text += f"{number + 1}\n{times}\n{lines[number % len(lines)]}\n\n"
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


def test_the_highest_f1_is_that_of_the_professional_unless_they_break_a_rule(
    professional, tmp_path
):
    netflix = profile_for("netflix", None)
    assert bound([professional], netflix, 0).f1 == 100
    # No cue of half a second is long enough, so every other end is missed at least.
    short = made(tmp_path, 0.5, ["Oh no."])
    best = bound([short], netflix, 0)
    assert (best.hits, best.ours, best.theirs, best.violations) == (12, 12, 24, 0)
    assert bound([short], netflix, 25).f1 == 100
