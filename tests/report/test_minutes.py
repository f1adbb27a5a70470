"""Minutes: who decided, who objected, who proposed."""

from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_segment, make_words
from vidtag.core.records import Emotion, SpeakerTurn
from vidtag.core.settings import HighlightsConfig
from vidtag.report.minutes import minutes

POINTS = HighlightsConfig(points={"decision": 1.0, "dispute": 1.0, "idea": 0.7})


@pytest.fixture(scope="module")
def meeting():
    said = [
        ("Ana", "So we decided to ship *it* on Friday. Thank you.", Emotion.NEUTRAL),
        ("Ben", "I disagree, that is too early.", Emotion.ANGRY),
        ("Cem", "How about Monday then?", Emotion.NEUTRAL),
    ]
    segments = [
        replace(make_segment(make_words(text, 10.0 * n + 1), emotion=emotion), speaker=who)
        for n, (who, text, emotion) in enumerate(said)
    ]
    turns = tuple(SpeakerTurn(s.speaker or "", s.start, s.end, 0.9) for s in segments)
    return replace(make_document(segments), turns=turns)


def test_minutes_say_who_decided_who_objected_and_who_proposed(meeting):
    lines = minutes(meeting, POINTS).splitlines()
    assert lines[0] == "# Minutes of talk.mp4"
    assert lines[2] == "Length: 1:00"
    assert all(name in lines[4] for name in ("Ana", "Ben", "Cem"))
    under = {lines[n]: lines[n + 2] for n in range(len(lines)) if lines[n].startswith("## ")}
    assert under == {
        "## Decided": r"- 0:01 **Ana** “So we decided to ship \*it\* on Friday.”",
        "## Disputed": r"- 0:11 **Ben** “I disagree, that is too early.” "
        r"(after **Ana** “So we decided to ship \*it\* on Friday.”)",
        "## Proposed": "- 0:21 **Cem** “How about Monday then?” "
        "(after **Ben** “I disagree, that is too early.”)",
    }
    assert sum(line.startswith("- 0:11") for line in lines) == 1, (
        "anger says no second time what words do"
    )


def test_times_link_to_the_video(meeting):
    assert "- [0:11](../a%20b.mp4#t=11.0) **Ben**" in minutes(meeting, POINTS, video="../a%20b.mp4")


def test_what_was_said_in_two_breaths_is_quoted_whole():
    words = [*make_words("We have decided", 1.0), *make_words("to close the shop in Leeds.", 3.0)]
    other = make_words("Right then.", 9.0)
    doc = make_document([make_segment([*words, *other])])
    assert "“We have decided to close the shop in Leeds.”" in minutes(doc, POINTS)


def test_anger_without_an_objection_says_that_it_is_anger(meeting):
    said = make_words("Who on earth left the door of the workshop open again last night!", 5.0)
    angry = replace(make_segment(said, emotion=Emotion.ANGRY), speaker="Ben")
    (line,) = [
        row for row in minutes(make_document([angry]), POINTS).splitlines() if "earth" in row
    ]
    assert line.startswith("- 0:05 **Ben** “Who on earth")
    assert line.endswith("(in anger)")
    assert "anger" not in minutes(meeting, POINTS)


def test_minutes_without_speakers_or_points_say_so(meeting):
    plain = replace(
        meeting, turns=(), segments=tuple(replace(s, speaker=None) for s in meeting.segments)
    )
    assert "- 0:11 “I disagree" in minutes(plain, POINTS)
    assert "**" not in minutes(plain, POINTS)
    assert minutes(make_document(), POINTS).count("Nothing was found.") == 3
    assert "## 决定" in minutes(meeting, POINTS, "zh")
