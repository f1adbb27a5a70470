"""Subtitles follow an edit: by timelines of vidtag's own and in the style of programs."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.builders.documents import make_document, make_phrase
from tests.builders.timelines import RATES, media
from vidtag.core import document as documents
from vidtag.core.errors import InputError, UserError
from vidtag.core.records import Clip, Cue, Language, SpeakerTurn
from vidtag.core.settings import SubtitlesConfig
from vidtag.retiming.cut_file import read_cut
from vidtag.retiming.moved_cues import move_cues, move_document, stretches_of
from vidtag.retiming.retime import retime
from vidtag.subtitles.reading.subtitle_file import read_cues
from vidtag.timelines.build import highlights_timeline
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcp7 import fcp7_text
from vidtag.timelines.fcpxml import fcpxml_text
from vidtag.timelines.model import media_reference
from vidtag.timelines.otio import otio_text

FORMATS = {".otio": otio_text, ".fcpxml": fcpxml_text, ".xml": fcp7_text, ".edl": edl_text}

SRT = """1
00:00:10,000 --> 00:00:12,000
before the cut

2
00:00:20,000 --> 00:00:24,000
one two three four

3
00:01:00,000 --> 00:01:02,000
from the second clip
"""


def clip(start, end):
    return Clip(start, end, (), 0.9, "x")


@pytest.fixture
def srt(tmp_path):
    file = tmp_path / "talk.srt"
    file.write_text(SRT, encoding="utf-8")
    return file


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
@pytest.mark.parametrize("suffix", FORMATS)
def test_cues_lie_where_the_clips_of_a_timeline_are(tmp_path, srt, suffix, rate):
    """Second 59 comes first, then second 22 to 40: half of one cue and none of another."""
    code = "01:00:00;00" if rate.denominator == 1001 and rate > 25 else "01:00:00:00"
    of = media(rate, timecode=code, path="/videos/talk.mov")
    reference = media_reference(of)
    timeline = highlights_timeline(
        "new", [(reference, clip(59.0, 65.0)), (reference, clip(22, 40))]
    )
    file = tmp_path / f"new{suffix}"
    file.write_text(FORMATS[suffix](timeline), encoding="utf-8")
    start = Fraction(reference.start) / reference.rate
    edit = read_cut(file, rate=rate, source_start=start)
    assert edit.rate == rate
    kept, notes = stretches_of(edit, None, srt.name)
    assert notes == []
    moved = move_cues(read_cues(srt), kept, edit.rate)
    frame = 1 / float(rate)
    assert [cue.text for cue in moved] == ["from the second clip", "three four"]
    assert moved[0].start == pytest.approx(1.0, abs=1.01 * frame)
    assert moved[0].end == pytest.approx(3.0, abs=1.01 * frame)
    second = float(kept[1].at)
    assert second == pytest.approx(6.0, abs=2.01 * frame)
    assert moved[1].start == pytest.approx(second, abs=1e-9)
    assert moved[1].end == pytest.approx(second + 2.0, abs=1.01 * frame)
    for cue in moved:
        assert (cue.start * rate) % 1 == pytest.approx(0, abs=1e-6) or (
            cue.start * rate
        ) % 1 == pytest.approx(1, abs=1e-6)


PREMIERE = """<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"><sequence><rate>
<timebase>25</timebase><ntsc>FALSE</ntsc></rate><media><video><track>
<clipitem id="c1"><name>talk.mp4</name><enabled>TRUE</enabled><rate><timebase>25</timebase>
<ntsc>FALSE</ntsc></rate><start>-1</start><end>150</end><in>500</in><out>650</out>
<file id="f1"><name>talk.mp4</name><pathurl>file://localhost/a%20b/talk.mp4</pathurl></file>
</clipitem>
<clipitem id="c2"><name>talk.mp4</name><enabled>FALSE</enabled><start>150</start><end>200</end>
<in>0</in><out>50</out><file id="f1"/></clipitem>
<clipitem id="c3"><name>b.mp4</name><start>200</start><end>250</end><in>0</in><out>50</out>
<file id="f2"><name>b.mp4</name></file></clipitem>
</track></video></media></sequence></xmeml>"""

FINAL_CUT = """<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.10"><resources>
<format id="r1" frameDuration="1001/30000s"/>
<asset id="a1" name="talk" start="3600/1s" hasVideo="1" hasAudio="1">
<media-rep src="file:///v/talk.mov"/></asset></resources><library><event><project><sequence
format="r1" tcStart="0s"><spine><gap name="g" offset="0s" duration="5005/1000s"/>
<asset-clip ref="a1" offset="5005/1000s" start="3620/1s" duration="4004/1000s"/>
<asset-clip ref="a1" start="3660/1s" duration="2002/1000s"><timeMap>
<timept time="0s" value="0s"/><timept time="1s" value="0s"/><timept time="2s" value="1s"/>
</timeMap></asset-clip></spine></sequence></project></event></library></fcpxml>"""

AVID = """TITLE: NEW
FCM: NON-DROP FRAME

001  TALK     V     C        10:00:20:00 10:00:26:00 01:00:00:00 01:00:06:00
* FROM CLIP NAME: talk.mov
002  TALK     V     C        10:01:00:00 10:01:04:00 01:00:06:00 01:00:08:00
M2   TALK           050.0                10:01:00:00
* FROM CLIP NAME: talk.mov
003  BL       V     C        00:00:00:00 00:00:01:00 01:00:08:00 01:00:09:00
"""


@pytest.mark.parametrize(
    ("name", "text", "cues", "noted"),
    [
        ("p.xml", PREMIERE, [("one two three four", 0.0, 4.0)], ["of b.mp4"]),
        ("f.fcpxml", FINAL_CUT, [("one two three four", 5.005, 9.009)], ["changes its speed"]),
        (
            "a.edl",
            AVID,
            [("one two three four", 0.0, 4.0), ("from the second clip", 6.0, 7.0)],
            ["another speed"],
        ),
    ],
)
def test_files_as_programs_write_them(tmp_path, srt, name, text, cues, noted):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    edit = read_cut(file, rate=Fraction(25), source_start=Fraction(36000))
    kept, notes = stretches_of(edit, None, srt.name)
    moved = move_cues(read_cues(srt), kept, edit.rate)
    assert [cue.text for cue in moved] == [text for text, _, _ in cues]
    for cue, (_, start, end) in zip(moved, cues, strict=True):
        assert cue.start == pytest.approx(start, abs=0.04)
        assert cue.end == pytest.approx(end, abs=0.04)
    assert len(notes) == len(noted)
    assert all(part in note for part, note in zip(noted, notes, strict=True))


def test_a_document_keeps_its_word_times_and_is_laid_out_anew(tmp_path):
    of = media(Fraction(25), path="/videos/talk.mov")
    phrase = make_phrase(Language.EN, "one two three four", 20.0, each=1.0)
    source = tmp_path / "talk.vidtag.json"
    turns = (SpeakerTurn("Ana", 20.0, 22.5, 0.9), SpeakerTurn("Ben", 22.4, 40.0, 0.8))
    whole = replace(make_document([phrase], media=of), turns=turns)
    source.write_text(documents.to_json(whole), encoding="utf-8")
    timeline = highlights_timeline("new", [(media_reference(of), clip(22.0, 30.0))])
    cut = tmp_path / "new.otio"
    cut.write_text(otio_text(timeline), encoding="utf-8")
    output = tmp_path / "new.karaoke.ass"
    done = retime(source, read_cut(cut), output)
    assert done.cues == 1
    text = output.read_text(encoding="utf-8")
    assert "three" in text
    assert "two" not in text.partition("[Events]")[2]
    kept, _ = stretches_of(read_cut(cut), None, source.name)
    moved = move_document(whole, kept).turns
    assert [(turn.speaker, turn.start, turn.end) for turn in moved] == [
        ("Ana", 0.0, pytest.approx(0.5)), ("Ben", pytest.approx(0.4), 8.0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.edl", AVID, "does not say its frame rate"),
        ("a.otio", '{"OTIO_SCHEMA": "Clip.1"}', "holds no timeline"),
        ("a.otio", "{", "is no OpenTimelineIO file"),
        ("a.xml", "<xmeml/>", "has no sequence"),
        ("a.xml", "<html/>", "another kind"),
        ("a.xml", "<xmeml>", "is damaged"),
        ("a.edl", "FCM: DROP FRAME\nnothing", "is no edit decision list"),
        ("none.edl", None, "cannot be read"),
    ],
)
def test_what_is_no_edit_is_refused_in_one_line(tmp_path, name, text, told):
    file = tmp_path / name
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        read_cut(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_which_source_is_asked_where_it_is_not_clear(tmp_path, srt):
    file = tmp_path / "p.xml"
    file.write_text(PREMIERE, encoding="utf-8")
    edit = read_cut(file)
    with pytest.raises(UserError, match="--source"):
        stretches_of(edit, None, "interview.srt")
    kept, _ = stretches_of(edit, "b", "interview.srt")
    assert [float(one.at) for one in kept] == [8.0]


def test_what_the_new_format_cannot_hold_is_told(tmp_path):
    subtitles = tmp_path / "talk.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:03,000\n大家好\n", encoding="utf-8")
    reference = media_reference(media(Fraction(25), path="/videos/talk.mov"))
    cut = tmp_path / "new.otio"
    timeline = highlights_timeline("new", [(reference, clip(0, 5))])
    cut.write_text(otio_text(timeline), encoding="utf-8")
    (note,) = retime(subtitles, read_cut(cut), tmp_path / "new.stl").notes
    assert note == "new.stl cannot hold 大家好; ? stands for these, 3 in all"


def test_moved_subtitles_have_the_script_that_is_wanted_and_keep_their_words(tmp_path):
    subtitles = tmp_path / "talk.srt"
    text = "1\n00:00:01,000 --> 00:00:03,000\n下雨了吗？\nUm, yes.\n"
    subtitles.write_text(text, encoding="utf-8")
    reference = media_reference(media(Fraction(25), path="/videos/talk.mov"))
    cut = tmp_path / "new.otio"
    timeline = highlights_timeline("new", [(reference, clip(0, 5))])
    cut.write_text(otio_text(timeline), encoding="utf-8")
    output = tmp_path / "new.srt"
    style = SubtitlesConfig(chinese="traditional", drop_fillers=True)
    (note,) = retime(subtitles, read_cut(cut), output, config=style).notes
    assert read_cues(output)[0].lines == ("下雨了嗎？", "Um, yes.")
    assert note == (
        "talk.srt keeps its words: subtitles.drop_fillers changes those of documents alone"
    )


def test_a_cue_through_a_cut_that_cuts_nothing_stays_whole(tmp_path):
    reference = media_reference(media(Fraction(25), path="/videos/talk.mov"))
    timeline = highlights_timeline("new", [(reference, clip(0, 3)), (reference, clip(3, 9))])
    file = tmp_path / "new.otio"
    file.write_text(otio_text(timeline), encoding="utf-8")
    edit = read_cut(file)
    kept, _ = stretches_of(edit, None, "talk.srt")
    cue = Cue(1.0, 5.0, ("one two", "three four"))
    assert move_cues([cue], kept, edit.rate) == (cue,)


def test_the_command_follows_a_cut_and_says_where_it_wrote(tmp_path, srt):
    (tmp_path / "a.edl").write_text(AVID.replace("10:0", "00:0"), encoding="utf-8")
    command = ["retime", str(srt), "--cut", "a.edl", "--frame-rate", "25", "-o", "new.vtt"]
    done = subprocess.run(
        [sys.executable, "-m", "vidtag", *command], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "new.vtt"
    assert "another speed" in done.stderr
    assert "00:00:06.000 --> 00:00:07.000" in (tmp_path / "new.vtt").read_text(encoding="utf-8")
