"""The judge: every rule is broken on purpose once, and found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.builders.documents import make_document, make_phrase, make_video_stream
from vidtag.core.errors import InputError
from vidtag.core.records import Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.check.check_result import Rule
from vidtag.subtitles.check.judge import check_cues, check_file
from vidtag.subtitles.layout.cues import cues_of, lay_out
from vidtag.subtitles.reading.subtitle_file import read_cues

VIDEO = make_video_stream(24)
GOOD = Cue(1.0, 3.0, ("This is a good line",))


@pytest.mark.parametrize(
    ("cues", "rule"),
    [
        ([replace(GOOD, lines=())], Rule.EMPTY),
        ([replace(GOOD, lines=("Hello.", "Goodbye.", "Thanks."))], Rule.LINES),
        ([replace(GOOD, lines=("x" * 43,), end=6.0)], Rule.LINE_LENGTH),
        ([replace(GOOD, lines=("国" * 17,), end=6.0)], Rule.LINE_LENGTH),
        ([replace(GOOD, lines=("this is the", "good dog"))], Rule.LINE_BREAK),
        ([replace(GOOD, lines=("今天天气", "，很好"))], Rule.LINE_BREAK),
        ([replace(GOOD, lines=("Hi",), end=1.5)], Rule.MIN_DURATION),
        ([replace(GOOD, end=8.5)], Rule.MAX_DURATION),
        ([replace(GOOD, lines=("x" * 41,))], Rule.READING_SPEED),
        ([replace(GOOD, lines=("日本語の長い一行です",), end=2.0)], Rule.READING_SPEED),
        ([replace(GOOD, end=1.0)], Rule.ORDER),
        ([GOOD, replace(GOOD, start=0.5, end=2.5)], Rule.ORDER),
        ([GOOD, replace(GOOD, start=2.5, end=4.5)], Rule.OVERLAP),
        ([GOOD, replace(GOOD, start=3 + 1 / 24, end=5.0)], Rule.GAP),
        ([GOOD, replace(GOOD, start=3 + 6 / 24, end=5.0)], Rule.GAP),
        ([replace(GOOD, lines=("<|en|>hello there",))], Rule.CHARACTERS),
        ([replace(GOOD, lines=("hello \u202ethere",))], Rule.CHARACTERS),
        ([replace(GOOD, lines=("-I saw a dog",))], Rule.SPEAKER_DASH),
        ([replace(GOOD, lines=("I saw it.", "- So did I."))], Rule.SPEAKER_DASH),
        ([replace(GOOD, lines=("-I saw it.", "-And the cat."), speaker="A")], Rule.SPEAKER_DASH),
        ([replace(GOOD, lines=("I saw it.", "So did I."), speakers=("A", "B"))], Rule.SPEAKER_DASH),
    ],
)
def test_each_broken_rule_is_found_and_no_other(cues, rule):
    report = check_cues(cues, "netflix", video=VIDEO)
    assert [v.rule for v in report.violations] == [rule]
    assert report.avoidable == report.violations
    assert report.violations[0].number == 1
    assert report.violations[0].start == cues[0].start


@pytest.mark.parametrize(
    "lines",
    [
        ("-Are you sure?", "-Yes."),
        ("- Are you sure?", "- Yes."),
        ("－本当？", "－うん"),
        ("It is -5 degrees", "here."),
        ("--and then he left",),
        ("— and then he left",),
    ],
)
def test_dashes_of_two_speakers_and_other_dashes_are_right(lines):
    assert check_cues([replace(GOOD, lines=lines)], "netflix", video=VIDEO).violations == ()


@pytest.mark.parametrize(
    ("shot", "faulty"),
    [
        (1.0, False),  # the in-time is on it
        (1.0 - 1 / 24, True),
        (1.0 - 11 / 24, True),
        (1.0 - 12 / 24, False),
        (1.0 + 1 / 24, False),  # editions differ about in-times before a shot change
        (2.0, False),
        (3.0, True),
        (3.0 + 1 / 24, True),
        (3.0 + 2 / 24, False),
        (3.0 + 3 / 24, True),
        (3.0 + 11 / 24, True),
        (3.0 + 12 / 24, False),
        (3.0 - 1 / 24, False),
    ],
)
def test_edges_near_shot_changes_lie_on_them(shot, faulty):
    report = check_cues([GOOD], "netflix", video=VIDEO, shots=[shot])
    assert [v.rule for v in report.violations] == [Rule.SHOT_CHANGE] * faulty


def test_a_check_result_is_text_for_people_and_data_for_programs():
    cues = [replace(GOOD, start=3725.0, end=3725.5, lines=("<|en|>Hi there",)), GOOD]
    report = check_cues(cues, "netflix", video=VIDEO)
    text = report.as_text("a.srt").splitlines()
    assert text[0].startswith("a.srt: cue 1 at 01:02:05,000: characters: ")
    assert text[-1].startswith("2 cues by netflix: 4 violations (")
    data: dict[str, Any] = report.as_dict("a.srt")
    assert data["avoidable"] == 4
    assert [v["rule"] for v in data["violations"]] == [v.rule for v in report.violations]
    assert check_cues([GOOD], "netflix").as_text("a.srt") == "1 cue by netflix: 0 violations"


@pytest.mark.parametrize(
    "cues",
    [
        [GOOD],
        [replace(GOOD, lines=("国" * 16,))],
        [replace(GOOD, lines=("x" * 40,))],
        [GOOD, replace(GOOD, start=3 + 2 / 24, end=5.0)],
        [GOOD, replace(GOOD, start=3.5, end=5.0)],
        [replace(GOOD, lines=("[laughter]", "So I asked"), markers=(0,))],
    ],
)
def test_what_keeps_the_rules_passes(cues):
    assert check_cues(cues, "netflix", video=VIDEO).violations == ()


def test_the_same_line_is_too_long_for_a_tall_picture():
    cue = replace(GOOD, lines=("This is a good line for a wide one",))
    tall = replace(VIDEO, width=1080, height=1920)
    turned = replace(VIDEO, rotation=90)
    assert check_cues([cue], "netflix", video=VIDEO).violations == ()
    for video in (tall, turned):
        report = check_cues([cue], "netflix", video=video)
        assert [v.rule for v in report.violations] == [Rule.LINE_LENGTH]


def test_what_the_words_force_is_explained_and_what_they_do_not_is_not():
    hasty = make_phrase(
        Language.EN, "Internationally acclaimed professors congratulated us.", 1.0, 0.1
    )
    after = make_phrase(Language.EN, "So there we were at last.", 1.5)
    document = make_document([hasty, after], rate=Fraction(24))
    video = document.media.video
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    report = check_cues(cues, "netflix", video=video, document=document)
    assert report.violations
    assert report.avoidable == ()
    assert "spoken in" in (report.violations[0].forced or "")
    worse = [*cues[:-1], replace(cues[-1], end=cues[-1].start + 0.3)]
    again = check_cues(worse, "netflix", video=video, document=document)
    assert Rule.MIN_DURATION in {v.rule for v in again.avoidable}


SRT = "1\n00:00:01,000 --> 00:00:03,000\n<i>This is a</i> good\nlittle line\n\n"


def test_foreign_files_are_read_with_their_markup_taken_off(tmp_path):
    path = tmp_path / "x.srt"
    path.write_bytes(b"\xef\xbb\xbf" + SRT.replace("\n", "\r\n").encode())
    (cue,) = read_cues(path)
    assert cue.lines == ("This is a good", "little line")
    assert [v.rule for v in check_file(path, "netflix", video=VIDEO).violations] == [
        Rule.LINE_BREAK
    ]
    path.write_text(SRT, encoding="utf-16")
    assert read_cues(path) == (cue,)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("gone.srt", None, "cannot be read"),
        ("noise.srt", bytes(range(128, 256)), "not text in any encoding"),
        ("letter.srt", b"Dear Sir or Madam", "not a subtitle file"),
        ("broken.json", b"{", "not a subtitle file"),
        ("other.json", b'{"cues": [{"start": "x"}]}', "not a subtitle file"),
        ("list.json", b"[1]", "not a subtitle file"),
    ],
)
def test_what_is_no_subtitle_file_gives_one_clear_error(tmp_path, name, content, cause):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=cause) as caught:
        check_file(path, "netflix")
    assert name in str(caught.value)


def test_a_folder_is_no_subtitle_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_cues(tmp_path)


def test_a_file_without_subtitles_breaks_no_rule(tmp_path):
    """As vidtag writes it where nothing was said."""
    path = tmp_path / "silent.srt"
    path.write_text("\n")
    assert check_file(path, "netflix").as_text(path) == "0 cues by netflix: 0 violations"
