"""The judge judges by itself: it shares no rule of breaking with the layout that it judges."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import pytest

import vidtag.subtitles.check
from tests.builders.documents import make_document, make_phrase, make_video_stream
from vidtag.core.records import Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.check.check_result import Rule
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.layout import breaks
from vidtag.subtitles.layout.cues import cues_of, lay_out

SAID = (
    "When the old man opened the door of the house he was surprised by the noise of the wind.",
    "Nobody had told them that the road to the village would be closed for the whole winter.",
    "They have been waiting for the bus in front of the station since the early morning.",
)


def test_it_imports_no_rule_of_the_layout():
    """Only what a house style is, and the frames that times lie on."""
    allowed = {"vidtag.subtitles.layout.frame_grid", "vidtag.subtitles.layout.style_profiles"}
    (folder,) = vidtag.subtitles.check.__path__
    imported = {
        node.module
        for path in Path(folder).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {name for name in imported if ".layout" in name} == allowed


def line_breaks() -> list[bool]:
    """Whether each wrong line break of a laid out talk is avoidable."""
    phrases = [make_phrase(Language.EN, SAID[n % 3], 8.0 * n + 1) for n in range(12)]
    document = make_document(phrases, rate=Fraction(24))
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    report = check_cues(cues, "netflix", video=document.media.video, document=document)
    return [v.forced is None for v in report.violations if v.rule is Rule.LINE_BREAK]


def test_a_layout_that_takes_every_break_for_a_good_one_scores_badly(monkeypatch):
    assert line_breaks() == []
    monkeypatch.setattr(breaks, "quality", lambda before, after, language: breaks.Break.CLAUSE)
    found = line_breaks()
    assert len(found) >= 3
    assert all(found)


EN_WRONG = [
    ("He said it to the", "people in the room"),
    ("and now they", "are waiting for us"),
    ("you really should", "have asked me first"),
    ("I would have", "told you about it"),
    ("She blamed", "herself for that"),
    ("It was written by John", "Miller in his youth"),
    ("there were almost thirty", "people in the hall"),
    ("they decided to", "leave the country"),
    ("It was just a little", "joke between friends"),
]
EN_RIGHT = [
    ("the answer is", "in the next chapter"),
    ("You know it,", "the people know it"),
    ("That is the guy I came with", "was it not?"),
    ("I gave it to you", "in the morning"),
    ("it was great", "to see all of them"),
    ("we went there in 2010", "people were different"),
    ("I like this", "more than I can say"),
    ("He told Peter", "when he came home"),
    ("nobody told you", "about the accident"),
]
JA_RIGHT = [
    ("俺はチャンスさえありゃ", "いつでも逃げ出せる"),
    ("その海に今", "ゴムの実を探している"),
    ("人類の科学", "感謝しています"),
    ("一つも分からないけど", "…なんて言えない"),
]
JA_WRONG = [
    ("オムライスなんかじゃごまか", "されないよ"),
    ("苦しめるのはかわい", "そうじゃないか"),
    ("見せつけたかっただけなんで", "す"),
    ("新しいコンピュ", "ータを買う"),
]
KO_RIGHT = [("길을 계속 가자고", "말을 했어요"), ("친구는", "때때로 전화를 해요")]
KO_WRONG = [
    ("우리가 설정한", "것과 본질적으로"),
    ("나는 집에 가고", "싶어요"),
    ("그렇게 하지", "않았습니다"),
]
ZH_RIGHT = [("草", "草"), ("这里的空气要", "会窒息而死的")]
ZH_WRONG = [("名字來自北歐神話，意", "思是吞噬"), ("上周我在北", "海道很冷")]


@pytest.mark.parametrize("lines", [*EN_RIGHT, *JA_RIGHT, *KO_RIGHT, *ZH_RIGHT])
def test_a_break_that_no_guide_forbids_is_right(lines):
    assert not judged_wrong(lines)


@pytest.mark.parametrize("lines", [*EN_WRONG, *JA_WRONG, *KO_WRONG, *ZH_WRONG])
def test_a_break_inside_a_word_or_between_what_a_guide_keeps_together_is_wrong(lines):
    assert judged_wrong(lines)


def test_a_label_in_the_viewers_language_does_not_tell_the_language_of_a_line():
    """By the rules of Chinese this line would be too long."""
    cue = Cue(1.0, 7.0, ("[笑声] He never listened to anybody",))
    assert check_cues([cue], "netflix", video=make_video_stream(24)).violations == ()


def judged_wrong(lines: tuple[str, str]) -> bool:
    found = check_cues([Cue(1.0, 7.0, lines)], "netflix", video=make_video_stream(24)).violations
    return Rule.LINE_BREAK in {v.rule for v in found}
