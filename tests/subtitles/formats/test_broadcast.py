"""Formats of broadcasters, read back by ttconv, the working group's own reader."""

import io
from fractions import Fraction
from xml.etree import ElementTree

import pytest
import ttconv.imsc.reader as imsc
import ttconv.scc.reader as scc
import ttconv.stl.reader as stl
from ttconv.isd import ISD
from ttconv.model import Span, Text
from ttconv.style_properties import NamedColors, StyleProperties

from tests.builders.documents import make_video_stream
from vidtag.core.records import Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.formats.registry import cue_file, render_cues
from vidtag.subtitles.reading.subtitle_file import read_cues

CONFIG = SubtitlesConfig()
CUES = [
    Cue(2.0, 4.0, ("Good evening,", "everybody!"), language=Language.EN),
    Cue(4.08, 6.0, ("[laughter]",), markers=(0,), language=Language.EN),
    Cue(6.2, 8.0, ("Ça va? Où est l'été ♪",), language=Language.EN),
    Cue(3599.0, 3601.0, ("an hour, and a line that is too wide for a row",), language=Language.EN),
]


def shown(model):
    """What a reader shows: text from and to a second."""
    times = [*ISD.significant_times(model)]
    found = []
    for start, end in zip(times, [*times[1:], None], strict=True):
        isd = ISD.from_model(model, start)
        parts = [
            element.get_text()
            for region in (isd.iter_regions() if isd else ())
            for element in region.dfs_iterator()
            if isinstance(element, Text)
        ]
        text = " ".join("".join(parts).split())
        if text and end is not None:
            found.append((text, float(start), float(end)))
    return found


def squeezed(text):
    return "".join(text.split())


def check(found, rate, within=1.6):
    frame = within / float(rate)
    assert [squeezed(text) for text, _, _ in found] == [squeezed(cue.text) for cue in CUES]
    for (_, start, end), cue in zip(found, CUES, strict=True):
        assert start == pytest.approx(cue.start, abs=frame)
        assert end == pytest.approx(cue.end, abs=frame)


@pytest.mark.parametrize("code", [None, "01:00:00:00", "01:00:00;00"])
def test_scc_is_read_back_at_both_kinds_of_timecode(code):
    video = make_video_stream(Fraction(30000, 1001), timecode=code)
    text = render_cues(CUES, "scc", video=video, config=CONFIG)
    assert text.startswith("Scenarist_SCC V1.0\n\n")
    assert ("00:00:01:" in text) == (code == "01:00:00:00")
    check(shown(scc.to_model(text)), Fraction(30000, 1001), within=0.6)


def test_a_screen_of_cea_608_is_cleared_between_letters_and_parts_no_command():
    rate = Fraction(30000, 1001)
    frame = 1 / float(rate)
    said = ("♪ Über où œuvre ♪ Ñandú ♪", "♪♪ öäüß ♪♪")
    for gap in range(2, 50, 3):
        start = (140 + gap) * frame
        cues = [
            Cue(60 * frame, 140 * frame, ("One.",), language=Language.EN),
            Cue(start, start + 2, said, language=Language.EN),
        ]
        text = render_cues(cues, "scc", video=make_video_stream(rate), config=CONFIG)
        (one, *one_times), (two, *two_times) = shown(scc.to_model(text))
        assert (one, squeezed(two)) == ("One.", squeezed("".join(said)).replace("œ", "oe"))
        assert one_times == pytest.approx((cues[0].start, cues[0].end), abs=1.1 * frame)
        assert two_times == pytest.approx((cues[1].start, cues[1].end), abs=0.6 * frame)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25)])
@pytest.mark.parametrize("format_", ["itt", "ebuttd"])
def test_timed_text_is_read_back(format_, rate):
    text = render_cues(CUES, format_, video=make_video_stream(rate), config=CONFIG)
    check(shown(imsc.to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))), rate)


@pytest.mark.parametrize(("format_", "name"), [("itt", "a.itt"), ("ebuttd", "a.xml")])
def test_vidtag_reads_its_own_with_every_letter(tmp_path, format_, name):
    cues = [Cue(1.0, 2.0, ("笑<语> & {\\an8}",), language=Language.ZH)]
    file = tmp_path / name
    text = render_cues(cues, format_, video=make_video_stream(Fraction(25)), config=CONFIG)
    file.write_text(text, encoding="utf-8")
    back = read_cues(file)
    assert [cue.text.replace("｛", "{") for cue in back] == ["笑<语> & {\\an8}"]
    assert (back[0].start, back[0].end) == (1.0, 2.0)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), 60])
def test_ebu_stl_is_read_back_at_every_rate(rate):
    data = cue_file(CUES, "stl", video=make_video_stream(rate), config=CONFIG)
    assert len(data) == 1024 + 128 * len(CUES)
    check(shown(stl.to_model(io.BytesIO(data))), min(float(rate), 25))


def test_ebu_stl_for_teletext_has_boxes_rows_and_colours():
    said = [("A", "Good evening, everybody, and welcome,"), ("B", "Æø ñ ł Œ «50 £»")]
    cues = [
        Cue(2.0 * n, 2.0 * n + 1.5, ("So,", text), language=Language.EN, speaker=name)
        for n, (name, text) in enumerate(said)
    ]
    data = cue_file(cues, "stl", video=make_video_stream(25), config=CONFIG)
    assert data[:12] == b"850STL25.011"
    model = stl.to_model(io.BytesIO(data))
    assert [squeezed(text) for text, _, _ in shown(model)] == [
        squeezed("".join(cue.lines)) for cue in cues
    ]
    colours = [
        element.get_style(StyleProperties.Color)
        for element in model.get_body().dfs_iterator()
        if isinstance(element, Span)
    ]
    assert colours[0] == NamedColors.white.value
    assert colours[-1] == NamedColors.yellow.value


def test_a_long_subtitle_goes_on_in_the_next_block_of_ebu_stl():
    text = "É" * 60 + " " + "x" * 20
    data = cue_file([Cue(1.0, 3.0, (text, text))], "stl", video=None, config=CONFIG)
    assert len(data) == 1024 + 3 * 128
    ((said, _, _),) = shown(stl.to_model(io.BytesIO(data)))
    assert squeezed(said) == squeezed(text * 2)


def test_scc_has_no_chinese_and_shows_that_something_was_said():
    text = render_cues([Cue(1.0, 2.0, ("你好",))], "scc", video=None, config=CONFIG)
    ((said, _, _),) = shown(scc.to_model(text))
    assert said == "??"


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_a_programme_may_begin_at_ten_hours(rate, tmp_path):
    config = SubtitlesConfig(programme_start="10:00:00:00")
    video = make_video_stream(rate)
    data = cue_file(CUES, "stl", video=video, config=config)
    # GSI: time code of the start of the programme, and of the first in-cue.
    assert data[256:272] == b"1000000010000200"
    assert data[1024 + 5 : 1024 + 9] == bytes([10, 0, 2, 0])
    found = stl.to_model(io.BytesIO(data), None)
    assert shown(found)[0][1] == pytest.approx(36002, abs=0.05)
    path = tmp_path / "talk.stl"
    path.write_bytes(data)
    for cue, read in zip(CUES, read_cues(path), strict=True):
        assert read.start == pytest.approx(cue.start, abs=0.02)
    # A file whose first block names a start after its subtitles counts from zero.
    path.write_bytes(data[:256] + b"23000000" + data[264:])
    assert read_cues(path)[0].start > 36000
    assert "\n\n10:00:0" in render_cues(CUES, "scc", video=video, config=config)
