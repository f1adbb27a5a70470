"""Whole files: against golden ones, and through ffmpeg's own readers."""

from __future__ import annotations

import logging
import random
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest

from tests.builders.documents import make_segment
from tests.builders.talk import TALK, make_talk, mixed_talk, paced_words
from vidtag.core.records import Cue, CueKind, Emotion, EventKind, EventSpan, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.media import ffmpeg
from vidtag.subtitles.formats.registry import SUFFIXES, render, render_cues
from vidtag.subtitles.layout.cues import cues_of, lay_out

GOLDEN = Path(__file__).parents[2] / "golden"
CONFIG = SubtitlesConfig()
DEMUXERS = {"srt": "srt", "ass": "ass", "vtt": "webvtt", "karaoke": "ass"}
NASTY = (
    "{\\an8}high", "<i>slanted</i>", "C:\\new\\Nfolder", "1 < 2 --> 3", "AT&T &lt;b&gt; &amp;",
    "00:00:01,000 --> 00:00:02,000", "{Y:i}italic {1}{2}", "<v Bob>hi</v>", "42", "NOTE x",
    "}{ {b} \\h \\", "笑<语> & ♪",
)  # fmt: skip
TWINS = str.maketrans("｛｝＼＜＞＆：", "{}\\<>&:")


@pytest.fixture(scope="module")
def evening():
    """Three languages, a laugh alone, applause over speech, an angry man."""
    english, chinese, japanese = Language.EN, Language.ZH, Language.JA
    first = paced_words(" ".join(TALK[english][:3]), english, 1.0)
    second = paced_words("".join(TALK[chinese][:2]), chinese, first[-1].end + 4.0)
    third = paced_words("".join(TALK[japanese][:2]), japanese, second[-1].end + 1.0)
    return make_talk(
        [
            make_segment(first, english),
            make_segment(second, chinese, Emotion.ANGRY),
            make_segment(third, japanese),
        ],
        [
            EventSpan(EventKind.LAUGHTER, first[-1].end + 0.2, first[-1].end + 3.4, 0.9, 0.8),
            EventSpan(EventKind.APPLAUSE, third[20].start, third[20].start + 2.0, 0.9, 0.8),
        ],
    )


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt", "ttml", "karaoke"])
def test_files_are_the_golden_ones(format_, evening):
    text = render(evening, lay_out(evening, CONFIG), format_, CONFIG)
    golden = GOLDEN / f"evening{SUFFIXES[format_]}"
    assert text == golden.read_text(encoding="utf-8"), (
        f"{golden.name} has changed; look at the difference, and write the new text there if it "
        "is better"
    )


def through_ffmpeg(script: str, format_: str) -> list[tuple[float, float, list[str]]]:
    """What ffmpeg's reader of a format makes of a file, as times and lines."""
    out = ffmpeg.run(
        ["-f", DEMUXERS[format_], "-i", "pipe:0", "-c:s", "ass", "-f", "ass", "pipe:1"],
        stdin=script.encode(),
    )
    file = pysubs2.SSAFile.from_string(out.decode())
    rows = []
    for event in file:
        # FFmpeg's WebVTT reader writes a brace that is text as an escaped one and an empty block;
        # commands of our own go, braces and backslashes that are text to ffmpeg stay.
        text = re.sub(
            r"\{(?=\\r|\\k|\\b|\\i|\\u|\\c|\\an)[^}]*\}(?!})",
            "",
            event.text.replace("\\{{}", "\\{"),
        )
        text = text.replace("\\{", "{").replace("\\}", "}").replace("\u2060", "")
        rows.append((event.start / 1000, event.end / 1000, text.split("\\N")))
    return rows


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt"])
def test_ffmpeg_reads_the_same_cues(format_, evening):
    cues = cues_of(lay_out(evening, CONFIG))
    script = render_cues(cues, format_, video=evening.media.video, config=CONFIG)
    rows = through_ffmpeg(script, format_)
    assert [lines for _, _, lines in rows] == [list(cue.lines) for cue in cues]
    for (start, end, _), cue in zip(rows, cues, strict=True):
        assert start == pytest.approx(cue.start, abs=0.011)
        assert end == pytest.approx(cue.end, abs=0.011)


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt"])
def test_ffmpeg_finds_no_markup_in_what_was_said(format_):
    cues = [
        Cue(2.0 * number, 2.0 * number + 1, (text, "and more"), CueKind.SPEECH, Language.EN)
        for number, text in enumerate(NASTY)
    ]
    rows = through_ffmpeg(render_cues(cues, format_, video=None, config=CONFIG), format_)
    assert [[line.translate(TWINS) for line in lines] for _, _, lines in rows] == [
        list(cue.lines) for cue in cues
    ]


def test_an_imsc_reader_reads_the_same_cues_from_ttml(evening):
    """ttconv: a reader of the IMSC 1.1 text profile by others; FFmpeg has none."""
    from xml.etree import ElementTree

    from ttconv.imsc.reader import to_model

    cues = cues_of(lay_out(evening, CONFIG))
    script = render_cues(cues, "ttml", video=evening.media.video, config=CONFIG)
    problems: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: problems.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("ttconv").addHandler(handler)
    try:
        model = to_model(ElementTree.ElementTree(ElementTree.fromstring(script)))
    finally:
        logging.getLogger("ttconv").removeHandler(handler)
    assert problems == []
    (division,) = model.get_body()
    read = list(division)
    assert [paragraph.get_lang() for paragraph in read] == [str(cue.language) for cue in cues]
    for paragraph, cue in zip(read, cues, strict=True):
        assert float(paragraph.get_begin()) == pytest.approx(cue.start, abs=0.001)
        assert float(paragraph.get_end()) == pytest.approx(cue.end, abs=0.001)
        said = [node.get_text() for node in paragraph.dfs_iterator() if hasattr(node, "get_text")]
        assert said == list(cue.lines)


def test_ffmpeg_reads_karaoke_as_the_same_text(evening):
    laid_out = lay_out(evening, CONFIG)
    script = render(evening, laid_out, "karaoke", CONFIG)
    rows = through_ffmpeg(script, "karaoke")
    assert [lines for _, _, lines in rows] == [list(block.as_cue().lines) for block in laid_out]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(60)])
@pytest.mark.parametrize("between", [None, 4.0])
def test_an_hour_of_mixed_talk_breaks_no_rule_that_the_words_do_not_force(rate, between):
    """With and without a shot change every few seconds, wherever it may fall."""
    from vidtag.subtitles.check.judge import check_cues

    talk = mixed_talk(3600, seed=5)
    chance = random.Random(2)
    shots = sorted(chance.uniform(0, 3600) for _ in range(int(3600 / between))) if between else ()
    document = make_talk(talk.segments, talk.events, rate=rate)
    document = replace(document, shots=tuple(shots))
    cues = cues_of(lay_out(document, CONFIG))
    report = check_cues(cues, "netflix", video=document.media.video, document=document)
    assert report.cues > 800
    # Speech at an ordinary pace forces next to nothing.
    assert len(report.violations) <= (8 if between else 3)
    # Words alone are judged: what a marker forces, they do not.
    for violation in report.avoidable:
        around = cues[violation.number - 1 : violation.number + 1]
        assert any(cue.markers for cue in around)
    bare = CONFIG.model_copy(update={"event_markers": False})
    words = cues_of(lay_out(document, bare))
    plain = check_cues(words, "netflix", video=document.media.video, document=document)
    assert plain.avoidable == ()
    assert len(plain.violations) <= (8 if between else 3)


@pytest.mark.parametrize("format_", ["srt", "ass", "vtt", "ttml", "json"])
def test_a_written_file_passes_its_own_check(format_, tmp_path):
    from vidtag.subtitles.check.judge import check_file

    document = mixed_talk(300, seed=3)
    video = document.media.video
    path = tmp_path / f"talk{SUFFIXES[format_]}"
    cues = cues_of(lay_out(document, CONFIG))
    path.write_text(render_cues(cues, format_, video=video, config=CONFIG), encoding="utf-8")
    report = check_file(path, "netflix", video=video, document=document)
    assert report.cues == len(cues)
    assert report.avoidable == ()
