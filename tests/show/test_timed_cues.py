"""Words of edited cues that light up as they are said."""

import re
from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_segment, make_words
from vidtag.core.records import Cue, CueKind, Language
from vidtag.core.settings import Config
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views


def fills(cues, document):
    """Of each cue: its text, and each word with its length and the wait before it, in seconds."""
    text = subtitle_text(Views(document, Config(), edited_cues=tuple(cues)), "karaoke")
    found = []
    for line in re.findall(r"^Dialogue: (.*)", text, re.MULTILINE):
        said = line.split(",", 9)[9]
        steps = re.findall(r"(?:{\\k(\d+)})? ?{\\kf(\d+)}([^{\\]*)", said)
        found.append([(word.strip(), int(kf) / 100, int(k or 0) / 100) for k, kf, word in steps])
    return found


@pytest.fixture
def heard():
    """Words of half a second, from one second on."""
    return make_document([make_segment(make_words("where is the cake", 1.0))], duration=20)


def test_words_that_were_heard_keep_their_times_and_new_ones_share_what_is_left(heard):
    words = heard.segments[0].words
    cue = Cue(words[0].start, words[-1].end, ("Where is", "the big cake"), language=Language.EN)
    plain = Cue(cue.start, cue.end, ("where is", "the cake"), language=Language.EN)
    (as_heard,) = fills([plain], heard)
    assert [word for word, *_ in as_heard] == ["where", "is", "the", "cake"]
    for (_, length, _), word in zip(as_heard, words, strict=True):
        assert length == pytest.approx(word.end - word.start, abs=0.011)
    (edited,) = fills([cue], heard)
    assert [word for word, *_ in edited] == ["Where", "is", "the", "big", "cake"]
    total = sum(length + wait for _, length, wait in edited)
    assert total == pytest.approx(words[-1].end - words[0].start, abs=0.03)
    assert edited[1][1] == pytest.approx(as_heard[1][1], abs=0.011), "it is still said then"


def test_what_nobody_said_is_shown_evenly_and_markers_have_no_words(heard):
    added = Cue(10.0, 12.0, ("[laughter]", "one two"), language=Language.EN, markers=(0,))
    event = Cue(14.0, 15.0, ("[applause]",), CueKind.EVENT, markers=(0,))
    first, second = fills([added, event], heard)
    assert [(word, length) for word, length, _ in first] == [("one", 1.0), ("two", 1.0)]
    assert [word for word, *_ in second] in ([], ["[applause]"])


def test_chinese_is_lit_up_character_by_character(heard):
    cue = Cue(10.0, 12.0, ("你好，", "世界。"), language=Language.ZH)
    (found,) = fills([cue], heard)
    assert "".join(word for word, *_ in found) == "你好，世界。"
    assert len(found) == 4


def test_rich_text_has_the_words_as_they_were_edited(heard):
    segment = heard.segments[0]
    edited = replace(heard, segments=(replace(segment, text="where is my cake"),))
    cue = Cue(1.0, 3.0, ("where is my cake",), language=Language.EN)
    views = Views(edited, Config(), edited_cues=(cue,))
    assert "where is my cake" in subtitle_text(views, "rich")
