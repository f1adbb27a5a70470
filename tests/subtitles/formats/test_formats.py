"""Whatever was recognised, files show it and obey none of it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import get_args
from xml.etree import ElementTree

import pysubs2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.builders.documents import make_document, make_timed_segment, make_video_stream
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue, CueKind, Document, Emotion, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import clean
from vidtag.subtitles.formats import ass_styles, escape, registry
from vidtag.subtitles.formats.registry import render, render_cues
from vidtag.subtitles.layout.cues import lay_out
from vidtag.subtitles.layout.style_profiles import profile_for
from vidtag.subtitles.reading.subtitle_file import read_cues

CONFIG = SubtitlesConfig()
PICTURE = make_video_stream()
TWINS = str.maketrans("｛｝＼＜＞＆：", "{}\\<>&:")
NASTY = [
    "{\\an8}high", "{\\pos(1,1)}", "a{b}c", "}{", "C:\\new\\Nfolder\\h", "<i>slanted</i>", "<b",
    "< i >", "</font>", "<font color=red>x", "1 < 2 > 0", "-->", "00:00:01,000 --> 00:00:02,000",
    "&lt;b&gt;", "AT&T", "&amp;", "&#60;", "{Y:i}italic", "{1}{2}", "]]>", "<!-- x -->",
    "<v Bob>hi",
    "\\", "\\\\N", "{", "}", "m 0 0 l 100 100", "{\\p1}m 0 0 l 9 9{\\p0}", "Dialogue: 0,1,2", ",,,",
    "<|en|>", "NOTE x", "WEBVTT", "笑<语>", "[x]", "♪", "٣", "a\u200d",
]  # fmt: skip


def cue(start: float, *lines: str, **more: object) -> Cue:
    return Cue(start, start + 1.5, lines, **more)  # type: ignore[arg-type]


lines = st.lists(
    (st.sampled_from(NASTY) | st.text(max_size=12)).map(clean).filter(bool), min_size=1, max_size=2
)


def many(drawn: list[list[str]]) -> list[Cue]:
    return [cue(2.0 * number, *given) for number, given in enumerate(drawn)]


read_back = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_settings_and_the_registry_name_the_same_formats():
    assert set(registry.FORMATS) == set(get_args(SubtitleFormat))


def test_cues_alone_do_not_make_karaoke_or_a_rich_transcript():
    needs_more = {name for name in registry.FORMATS if not registry.made_of_cues(name)}
    assert needs_more == {"karaoke", "rich"}
    for name in needs_more:
        with pytest.raises(ValueError, match=name):
            render_cues([], name, video=None, config=CONFIG)


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt", "ttml", "json"])
def test_every_text_comes_back_as_it_was(format_, tmp_path):
    @read_back
    @example([[text] for text in NASTY])
    @given(st.lists(lines, min_size=1, max_size=5))
    def holds(drawn: list[list[str]]) -> None:
        # pysubs2 takes a last line of digits alone for the number of the next cue.
        cues = [*many(drawn), cue(100.0, "The end")]
        path = tmp_path / f"x.{format_}"
        path.write_text(
            render_cues(cues, format_, video=PICTURE, config=CONFIG), encoding="utf-8", newline=""
        )
        again = read_cues(path)
        assert [[x.translate(TWINS) for x in c.lines] for c in again] == [
            [x.translate(TWINS) for x in c.lines] for c in cues
        ]
        assert [(c.start, c.end) for c in again] == [(c.start, c.end) for c in cues]

    holds()


@given(st.text() | st.sampled_from(NASTY))
def test_ass_text_holds_no_command(text):
    assert not set(escape.ass(text)) & set("{}\\")


@given(st.text() | st.sampled_from(NASTY))
def test_srt_text_holds_no_tag_command_or_arrow(text):
    escaped = escape.srt(text)
    assert not set(escaped) & set("{}\\<")
    assert "-->" not in escaped
    assert not re.search(r"&#?\w+;", escaped)


def test_srt_is_what_every_player_knows():
    cues = [cue(0.0, "One", "two"), cue(3661.5, "three")]
    text = render_cues(cues, "srt", video=None, config=CONFIG)
    assert text == (
        "1\n00:00:00,000 --> 00:00:01,500\nOne\ntwo\n\n2\n01:01:01,500 --> 01:01:03,000\nthree\n\n"
    )
    windows = render_cues(cues, "srt", video=None, config=SubtitlesConfig(crlf=True))
    assert windows == text.replace("\n", "\r\n")


def test_times_are_rounded_down_so_that_a_cue_is_on_its_first_frame():
    text = render_cues([Cue(1001 / 24000, 1.0, ("x",))], "srt", video=None, config=CONFIG)
    assert "00:00:00,041 --> " in text


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt", "ttml"])
@pytest.mark.parametrize("hours", [50, 150])
def test_times_past_ten_and_a_hundred_hours_stay_right(format_, hours, tmp_path):
    path = tmp_path / f"x.{format_}"
    late = Cue(hours * 3600 + 1.25, hours * 3600 + 3.5, ("late",))
    path.write_text(render_cues([late], format_, video=PICTURE, config=CONFIG), encoding="utf-8")
    (back,) = read_cues(path)
    assert (back.start, back.end, back.text) == (late.start, late.end, "late")


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt", "ttml", "json", "txt"])
def test_no_cues_make_a_valid_empty_file(format_, tmp_path):
    text = render_cues([], format_, video=PICTURE, config=CONFIG)
    if format_ == "vtt":
        assert text.startswith("WEBVTT")
    if format_ == "ass":
        assert pysubs2.SSAFile.from_string(text).events == []
    if format_ == "ttml":
        assert ElementTree.fromstring(text).tag.endswith("tt")
    if format_ == "json":
        assert json.loads(text) == {"cues": []}
    if format_ in ("srt", "txt"):
        assert text == ""


def test_ass_has_a_style_for_every_cue_and_the_size_of_the_picture():
    cues = [
        cue(0.0, "hi", language=Language.EN, emotion=Emotion.HAPPY),
        cue(2.0, "[笑声]", kind=CueKind.EVENT, language=Language.ZH, markers=(0,)),
        cue(4.0, "（拍手）", "はい", language=Language.JA, markers=(0,)),
    ]
    emotions = SubtitlesConfig(colours="emotions")
    file = pysubs2.SSAFile.from_string(render_cues(cues, "ass", video=PICTURE, config=emotions))
    assert (file.info["PlayResX"], file.info["PlayResY"]) == ("1920", "1080")
    names = ["Speech English Happy", "Event Chinese", "Speech Japanese"]
    assert [event.style for event in file] == names
    used = {*names, "Event Japanese"}
    assert set(file.styles) == used
    assert "{\\rEvent Japanese}（拍手）{\\r}\\Nはい" in file[2].text
    plain, happy = file.styles["Speech Japanese"], file.styles["Speech English Happy"]
    assert plain.primarycolor != happy.primarycolor


def test_colours_tell_speakers_by_default_and_whoever_says_most_is_white():
    said = [("Ana", "Good evening, everybody, and welcome."), ("Ben", "Hi."), ("Cem", "Hello!")]
    cues = [
        replace(cue(2.0 * n, text, language=Language.EN, emotion=Emotion.ANGRY), speaker=name)
        for n, (name, text) in enumerate([*said, ("Ana", "Do sit down.")])
    ]
    file = pysubs2.SSAFile.from_string(render_cues(cues, "ass", video=PICTURE, config=CONFIG))
    white, ben, cem, again = (file.styles[event.style].primarycolor for event in file)
    assert (white, again) == (pysubs2.Color(255, 255, 255), white)
    assert (cem, ben) == (pysubs2.Color(255, 255, 0), pysubs2.Color(0, 255, 255))
    vtt = render_cues(cues, "vtt", video=None, config=CONFIG)
    assert "<v Cem><c.yellow><lang en>Hello!" in vtt
    assert "<v Ana><lang en>Do sit" in vtt
    for format_ in ("ttml", "ebuttd"):
        xml = render_cues(cues, format_, video=PICTURE, config=CONFIG).lower()
        assert xml.count('xml:id="yellow" tts:color="#ffff00"') == 1
        assert 'style="yellow">hello!' in xml
    none = render_cues(cues, "vtt", video=None, config=SubtitlesConfig(colours="none"))
    assert "<c." not in none


@pytest.mark.parametrize(
    "size",
    [(640, 360), (854, 480), (1920, 1080), (3840, 2160), (1080, 1920), (1080, 1080), (720, 576)],
)
def test_the_longest_line_fits_every_picture(size):
    width, height = size
    video = make_video_stream(size=(width, height), duration=9.0)
    profile = profile_for("netflix", video)
    layout = ass_styles.AssLayout.of(video, profile)
    for rules in profile.languages.values():
        # The mean Latin letter of bold Noto Sans CJK is half an em wide.
        ems = rules.line_length * (0.5 if rules.half_width == 1 else 1)
        assert ems * layout.em <= width - 2 * layout.margin_side
    assert 2.2 * layout.font_size + layout.margin_bottom < 0.4 * height


def test_vtt_names_languages_and_marks_events():
    cues = [cue(0.0, "[laughter]", "Tom & <Jerry>", language=Language.EN, markers=(0,))]
    text = render_cues(cues, "vtt", video=None, config=CONFIG)
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500 line:")
    assert "<c.event>[laughter]</c>\n<lang en>Tom &amp; &lt;Jerry&gt;</lang>\n" in text


def test_ttml_is_well_formed_imsc_text():
    cues = [
        cue(0.0, "Tom & <Jerry>", "two", language=Language.EN, emotion=Emotion.SAD),
        cue(2.0, "好", language=Language.ZH),
    ]
    root = ElementTree.fromstring(render_cues(cues, "ttml", video=PICTURE, config=CONFIG))
    space = "{http://www.w3.org/ns/ttml}"
    parameter = "{http://www.w3.org/ns/ttml#parameter}"
    assert root.get(f"{parameter}profile", "").endswith("imsc1/text")
    japanese = [cue(0.0, "はい", language=Language.JA)]
    other = ElementTree.fromstring(render_cues(japanese, "ttml", video=PICTURE, config=CONFIG))
    assert other.get(f"{parameter}contentProfiles", "").endswith("imsc1.1/text")
    assert any(x.get("{urn:ebu:tt:style}multiRowAlign") == "start" for x in other.iter())
    first, second = root.iter(f"{space}p")
    assert "".join(first.itertext()) == "Tom & <Jerry>two"
    assert len(list(first.iter(f"{space}br"))) == 1
    assert second.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh"
    known = {
        style.get("{http://www.w3.org/XML/1998/namespace}id")
        for style in root.iter(f"{space}style")
    }
    assert {node.get("style") for node in root.iter() if node.get("style")} <= known


def test_plain_text_joins_lines_as_their_script_does():
    cues = [
        cue(0.0, "One two", "three"),
        cue(2.0, "[掌声]", "你好", markers=(0,)),
        cue(4.0, "今天", "很好"),
    ]
    text = render_cues(cues, "txt", video=None, config=CONFIG)
    assert text == "One two three\n[掌声] 你好\n今天很好\n"


def test_karaoke_times_are_those_of_the_words():
    document = make_document(
        [
            make_timed_segment(
                Language.EN, ("Hello", 1.0, 1.4), ("there", 1.5, 2.0), ("you.", 2.0, 2.5)
            )
        ],
        rate=Fraction(25),
    )
    laid_out = lay_out(document, CONFIG)
    text = render(document, laid_out, "karaoke", CONFIG)
    (event,) = pysubs2.SSAFile.from_string(text)
    assert event.text == r"{\kf40}Hello{\k10} {\kf50}there {\kf50}you."
    assert event.plaintext == "Hello there you."


def test_karaoke_never_runs_longer_than_words_and_shows_the_same_text(noisy_documents):
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(noisy_documents)
    def holds(document: Document) -> None:
        laid_out = lay_out(document, CONFIG)
        sung = (
            pysubs2.SSAFile.from_string(render(document, laid_out, "karaoke", CONFIG))
            if laid_out
            else []
        )
        plain = (
            pysubs2.SSAFile.from_string(render(document, laid_out, "ass", CONFIG))
            if laid_out
            else []
        )
        assert [e.plaintext for e in sung] == [e.plaintext for e in plain]
        for event in sung:
            assert all(int(n) >= 0 for n in re.findall(r"\\kf?(-?\d+)", event.text))

    holds()


def test_a_file_that_pysubs2_would_style_stays_plain():
    """No style of ours leaks into SRT as tags when another program converts the ASS file."""
    cues = [cue(0.0, "hi", language=Language.EN, emotion=Emotion.HAPPY)]
    file = pysubs2.SSAFile.from_string(render_cues(cues, "ass", video=PICTURE, config=CONFIG))
    out = io.StringIO()
    file.to_file(out, "srt")
    assert "<" not in out.getvalue().replace("-->", "")
