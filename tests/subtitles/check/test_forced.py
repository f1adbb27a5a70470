"""What words force, and what only a bad layout does; how lines may break."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.builders.documents import (
    make_document,
    make_phrase,
    make_timed_segment,
    make_video_stream,
)
from vidtag.core.records import Cue, Language
from vidtag.subtitles.check.check_result import Rule
from vidtag.subtitles.check.judge import check_cues

SENTENCES = (
    "We walked along the river in the morning.",
    "Nobody had told us about the bridge.",
    "It rained until the evening.",
)


def talk(count: int):
    phrases = [
        make_phrase(Language.EN, SENTENCES[number % 3], 4.0 * number + 1) for number in range(count)
    ]
    return make_document(phrases, rate=Fraction(24))


def one_word_each(document) -> list[Cue]:
    """A sabotaged layout: a cue for each word, shown while it is said."""
    return [Cue(w.start, w.end, (w.text,)) for s in document.segments for w in s.words]


def test_a_sabotaged_layout_scores_badly():
    document = talk(30)
    cues = one_word_each(document)
    report = check_cues(cues, "netflix", video=document.media.video, document=document)
    assert len(report.avoidable) > len(cues) * 0.9
    assert len(report.avoidable) > len(report.violations) * 0.9


def test_a_break_between_article_and_noun_is_avoidable_where_another_place_fits():
    document = talk(1)
    first = document.segments[0].words[0]
    cue = Cue(first.start, first.start + 4, ("We walked along the", "river in the morning."))
    (found,) = check_cues(
        [cue], "netflix", video=document.media.video, document=document
    ).violations
    assert (found.rule, found.forced) == (Rule.LINE_BREAK, None)


def test_words_said_too_fast_to_read_force_it():
    hasty = make_phrase(Language.EN, "Internationally acclaimed professors.", 1.0, 0.1)
    after = make_phrase(Language.EN, "Unquestionably extraordinary circumstances.", 1.3, 0.1)
    document = make_document([hasty, after], rate=Fraction(24))
    cues = [
        Cue(1.0, 1.25, ("Internationally acclaimed professors.",)),
        Cue(1.3, 2.1, ("Unquestionably extraordinary circumstances.",)),
    ]
    report = check_cues(cues, "netflix", video=document.media.video, document=document)
    speed = [v for v in report.violations if v.rule is Rule.READING_SPEED]
    assert len(speed) == 2
    assert all(v.forced and "is spoken" in v.forced for v in speed)


def test_what_an_in_time_two_frames_later_mends_is_not_forced():
    """38 characters want 1.9 s, or 1.85 s in two lines, and what follows begins 1.92 s after them:
    too soon for the gap of two frames, unless it appears a moment after its onset.
    """
    said = (
        (("Impressionistic", 1.0), ("landscapes", 1.2), ("everywhere.", 1.4), ("", 2.9)),
        (
            *(("Uncharacteristically", 2.92), ("gloomy", 3.1), ("surroundings", 3.25)),
            *(("ahead.", 3.4), ("", 5.0)),
        ),
    )
    segments = [
        make_timed_segment(Language.EN, *((text, at, to) for (text, at), (_, to) in pairwise(row)))
        for row in said
    ]
    document = make_document(segments, rate=Fraction(25))
    texts = (
        ("Impressionistic landscapes everywhere.",),
        ("Uncharacteristically gloomy", "surroundings ahead."),
    )

    def judged(out_time: float, in_time: float):
        cues = [Cue(1.0, out_time, texts[0]), Cue(in_time, 5.44, texts[1])]
        video = document.media.video
        found = check_cues(cues, "netflix", video=video, document=document).violations
        return [(violation.rule, violation.forced is None) for violation in found]

    assert judged(2.92, 3.0) == []
    assert judged(2.84, 2.92) == [(Rule.READING_SPEED, True)]


def test_a_very_bad_file_is_judged_in_time_that_grows_as_it_does():
    """Twenty times the words in far less than the four hundred times of a quadratic judge."""
    seconds = []
    for count in (20, 400):
        document = talk(count)
        cues = one_word_each(document)
        began = time.process_time()
        check_cues(cues, "netflix", video=document.media.video, document=document)
        seconds.append(time.process_time() - began)
    assert seconds[1] < 80 * max(seconds[0], 0.02)


RIGHT = [
    ("We walked the whole way in", "because the bus was full."),
    ("I really want to help you", "but I have no time."),
    ("- And you came here with the", "- With nobody."),
    ("종이 위에 컴퍼스로", "원을 그려 보세요"),
    ("어젯밤 하늘에 밝은", "달이 떠 있었어요"),
    ("・（足音）", "誰だ"),
    ("今日は図書館で", "本を借りた"),
    ("我们明天要去", "图书馆借书"),
]
WRONG = [
    ("We walked along the", "river."),
    ("이건 정말 좋은", "것입니다"),
    ("모두 합해서 세", "개를 샀어요"),
    ("明日は図書", "館で会う"),
    ("我们明天要去图书", "馆借书"),
    ("我哋聽日去圖書", "館借書"),
]


@pytest.mark.parametrize("lines", [*RIGHT, *WRONG])
def test_lines_break_where_the_guides_allow_it(lines):
    cue = Cue(1.0, 7.0, lines)
    found = check_cues([cue], "netflix", video=make_video_stream(24)).violations
    assert [v.rule for v in found] == [Rule.LINE_BREAK] * (lines in WRONG)


def test_furigana_in_brackets_are_not_counted():
    cue = Cue(1.0, 4.0, ("茅ヶ崎(ちがさき)に本店がある",))
    video = make_video_stream(24)
    assert check_cues([cue], "netflix", video=video).violations == ()
    longer = replace(cue, lines=("茅ヶ崎(ちがさき)に大きな本店があるんだ",), end=8.0)
    assert Rule.LINE_LENGTH in {
        v.rule for v in check_cues([longer], "netflix", video=video).violations
    }


def test_three_speakers_in_a_second_are_too_many_for_any_cue():
    """Two share a cue, with a line each; a third has to wait, and none has the time."""
    said = [("yes", 1.0), ("no", 1.25), ("so", 1.5)]
    plain = [make_timed_segment(Language.EN, (text, at, at + 0.2)) for text, at in said]
    cues = [Cue(at, at + 0.2, (text,)) for text, at in said]
    for speakers, avoidable in (((None, None, None), True), (("A", "B", "A"), False)):
        segments = [replace(one, speaker=who) for one, who in zip(plain, speakers, strict=True)]
        result = check_cues(
            cues, "netflix", video=make_video_stream(25), document=make_document(segments, rate=25)
        )
        first = next(v for v in result.violations if v.rule is Rule.MIN_DURATION)
        assert (first.forced is None) is avoidable
