"""Readers of subtitles: a small file of each kind, with what its standard makes of it."""

from __future__ import annotations

import contextlib
import time
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import ElementTree, fromstring

import pytest
from ttconv.imsc.reader import to_model
from ttconv.isd import ISD

from vidtag.core.errors import InputError
from vidtag.core.records import Language
from vidtag.subtitles.reading.subtitle_file import SubtitleFile, read_subtitles

TWO = [(1.0, 3.0, "Good evening."), (4.0, 6.0, "It rained.")]


def ttml(body: str, attributes: str = "", namespace: str = "http://www.w3.org/ns/ttml") -> str:
    return (
        f'<tt xmlns="{namespace}" xmlns:ttp="{namespace}#parameter" '
        f'xmlns:tts="{namespace}#styling" xml:lang="en" {attributes}>'
        f"<body><div>{body}</div></body></tt>"
    )


def ass(*events: str, form: str = "Layer, Start, End, Style, Name, Text") -> str:
    return "\n".join(["[Script Info]", "[Events]", f"Format: {form}", *events])


MADE = {
    "plain.srt": (
        "1\n00:00:01,000 --> 00:00:03,000\nGood evening.\n\n2\n00:00:04,000 --> 00:00:06,000\n"
        "It rained.\n",
        TWO,
    ),
    "mac_ends.srt": (
        "1\r00:00:01,000 --> 00:00:03,000\rGood evening.\r\r2\r00:00:04,000 --> 00:00:06,000\r"
        "It rained.\r",
        TWO,
    ),
    "no_numbers.srt": (
        "00:00:01,000 --> 00:00:03,000\nGood evening.\n00:00:04,000 --> 00:00:06,000\nIt rained.",
        TWO,
    ),
    "full_width.srt": (
        "1\n00：00：01，000 --> 00：00：03，000\nGood evening.\n\n"
        "2\n0:0:4.0 --> 0:0:6.0\nIt rained.",
        TWO,
    ),
    "short_times.srt": (
        "1\n00:01,000 --> 00:03,000\nGood evening.\n\n2\n00:00:04 --> 00:00:06\nIt rained.",
        TWO,
    ),
    "blank_inside.srt": (
        "1\n00:00:01,000 --> 00:00:03,000\nGood\n\nevening.\n\n2\n00:00:04,000 --> 00:00:06,000\n"
        "It rained.",
        [(1.0, 3.0, "Good\nevening."), TWO[1]],
    ),
    "a_year_as_text.srt": (
        "1\n00:00:01,000 --> 00:00:03,000\nIt was\n1984\n\n2\n00:00:04,000 --> 00:00:06,000\n1985",
        [(1.0, 3.0, "It was\n1984"), (4.0, 6.0, "1985")],
    ),
    "times_as_text.srt": (
        "1\n00:00:01,000 --> 00:00:03,000\n10:30 – 11:00\n7:00 -> 8:00",
        [(1.0, 3.0, "10:30 – 11:00\n7:00 -> 8:00")],
    ),
    "signs_as_text.srt": (
        "1\n99:59:59,000 --> 100:00:01,000\n<i>if</i> x < y and {a, b} > <Radio>\n{\\an8}at once",
        [(359999.0, 360001.0, "if x < y and {a, b} > <Radio>\nat once")],
    ),
    "blocks.vtt": (
        "WEBVTT - a title\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
        "STYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE\ntwo lines\nof comment\n\n"
        "intro\n00:01.000 --> 00:03.000 line:0\n<v Ann>Good <00:02.000><c.loud>evening.</c>\n\n"
        "NOTE in one line\n\n00:04.000 --> 00:06.000\n<ruby>It<rt>eat</rt></ruby> r&#97;ined.\n\n"
        "00:07.000 --> 00:09.000\na &lt; b &amp; c\n",
        [*TWO, (7.0, 9.0, "a < b & c")],
    ),
    "rolling.vtt": (
        "WEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.080 --> 00:00:02.389\n \nso<00:00:00.320><c> today</c>\n\n"
        "00:00:02.389 --> 00:00:02.399\nso today\n \n\n"
        "00:00:02.399 --> 00:00:05.110\nso today\nwe<00:00:02.720><c> bake</c>\n\n"
        "00:00:05.110 --> 00:00:05.120\nwe bake\n \n",
        [(0.08, 2.399, "so today"), (2.399, 5.12, "we bake")],
    ),
    "div_times.ttml": (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body begin="10s"><div begin="1s">'
        '<p begin="1s" end="3s">Good<br/>evening.</p><p begin="4s" dur="2s"> It\n  rained. </p>'
        '</div><div begin="20s" end="22s"><p>Good night.</p></div></body></tt>',
        [(12.0, 14.0, "Good\nevening."), (15.0, 17.0, "It rained."), (30.0, 32.0, "Good night.")],
    ),
    "in_turn.ttml": (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div timeContainer="seq">'
        '<p dur="2s">One.</p><p begin="1s" dur="2s">Two.</p></div></body></tt>',
        [(0.0, 2.0, "One."), (3.0, 5.0, "Two.")],
    ),
    "ticks.ttml": (
        ttml('<p begin="10000000t" end="30000000t">Tick.</p>', 'ttp:tickRate="10000000"'),
        [(1.0, 3.0, "Tick.")],
    ),
    "frames.ttml": (
        ttml(
            '<p begin="00:00:01:12" end="48f">Frames.</p>',
            'ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"',
        ),
        [(1.5005, 2.002, "Frames.")],
    ),
    "timecode.ttml": (
        ttml(
            '<p begin="00:01:00:02" end="00:10:00:00">Dropped.</p>',
            'ttp:timeBase="smpte" ttp:dropMode="dropNTSC" ttp:frameRate="30" '
            'ttp:frameRateMultiplier="1000 1001"',
        ),
        [(60.06, 599.9994, "Dropped.")],
    ),
    "old.dfxp": (
        ttml(
            '<p begin="1s" end="3s"><span tts:ruby="container"><span tts:ruby="base">江</span>'
            '<span tts:ruby="text">カン</span></span>です</p>',
            namespace="http://www.w3.org/2006/10/ttaf1",
        ),
        [(1.0, 3.0, "江です")],
    ),
    "undisplayed.ttml": (
        ttml(
            '<p begin="1s" end="3s">Good <span tts:display="none">not shown</span>evening.</p>'
            '<p begin="2s" end="3s" tts:display="none">Not shown.</p>'
            '<p begin="4s" end="6s" tts:display="none"><set tts:display="auto"/>It rained.</p>'
        ),
        TWO,
    ),
    "ruby_is_in_ruby_alone.vtt": (
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<rt>Good</rt> <ruby>evening<rt><b>Abend</b></ruby>.\n\n"
        "00:04.000 --> 00:06.000\n<v Ana><ruby>It<rt>es</rt> rained<rt>regnete</rt></ruby></v>.\n",
        TWO,
    ),
    "file_order.ass": (
        ass(
            "Comment: 0,0:00:00.00,0:00:09.00,Default,,not shown",
            "Dialogue: 0,0:00:04.00,0:00:06.00,Default,,{\\i1}It{\\i0} rained, {note}twice.",
            "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,Good\\Nevening.",
            "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,{\\p1}m 0 0 l 9 9{\\p0}",
        ),
        [(4.0, 6.0, "It rained, twice."), (1.0, 3.0, "Good\nevening.")],
    ),
    "columns.ssa": (
        ass("Dialogue: 0:00:01.00,0:00:03.00,Well, good evening.", form="Start, End, Text"),
        [(1.0, 3.0, "Well, good evening.")],
    ),
    "tags.smi": (
        "<SAMI><HEAD></HEAD><BODY>\n<SYNC Start=1000><P Class=EN>Good<br>evening.\n"
        "<SYNC Start=3000><P Class=EN>&nbsp;\n<SYNC Start=4000><P Class=EN><i>It</i> rained.\n"
        "<SYNC Start=6000><P Class=EN>&nbsp;\n</BODY></SAMI>",
        [(1.0, 3.0, "Good\nevening."), TWO[1]],
    ),
    "lines.sbv": (
        "0:00:01.000,0:00:03.000\nGood evening.\n\n0:00:04.000,0:00:06.000\nIt[br]rained.\n",
        [TWO[0], (4.0, 6.0, "It\nrained.")],
    ),
    "header.sub": (
        "[INFORMATION]\n[TITLE]Rain\n[END INFORMATION]\n[SUBTITLE]\n[COLF]&HFFFFFF,[SIZE]18\n\n"
        "-0:00:01.00,0:00:03.00\nGood[br]evening.\n\n00:00:04.00,00:00:06.00\nIt rained.\n",
        [(-1.0, 3.0, "Good\nevening."), TWO[1]],
    ),
    "song.lrc": (
        "[ti:Song]\n[00:01.00]Good evening.\n[00:04.00]It rained.\n[00:06.50]\n",
        [(1.0, 4.0, "Good evening."), (4.0, 6.5, "It rained.")],
    ),
    "before_zero.lrc": (
        "[-00:01.00]Good evening.\n[00:04.00]It rained.\n[00:06.00]\n",
        [(-1.0, 4.0, "Good evening."), TWO[1]],
    ),
    "before_zero.sub": (
        "{-25}{-5}Good evening.\n{100}{150}It rained.\n",
        [(-1.0, -0.2, "Good evening."), TWO[1]],
    ),
    "frames.sub": (
        "{1}{1}25\n{25}{75}{y:i}Good evening.\n{100}{150}It|rained.\n",
        [TWO[0], (4.0, 6.0, "It\nrained.")],
    ),
    "tenths.mpl": ("[10][30]/Good evening.\n[40][60]It rained.\n", TWO),
    "captions.scc": (
        # Pop-on: load "HI", show it at 1 s, clear the screen at 3 s.
        "Scenarist_SCC V1.0\n\n00:00:01:00\t9420 9420 9470 9470 c849 942f 942f\n\n"
        "00:00:03:00\t942c 942c\n",
        None,
    ),
}


def read(tmp_path, name: str, content: str | bytes, **options) -> SubtitleFile:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_subtitles(path, **options)


def shown(file: SubtitleFile) -> list[tuple[float, float, str]]:
    return [(round(cue.start, 4), round(cue.end, 4), cue.text) for cue in file.cues]


@pytest.mark.parametrize("name", [name for name, (_, cues) in MADE.items() if cues])
def test_each_kind_of_file_is_read_whole(tmp_path, name):
    content, cues = MADE[name]
    file = read(tmp_path, name, content, frame_rate=Fraction(25))
    assert shown(file) == cues
    assert file.unreadable == ()


@pytest.mark.parametrize("name", ["ticks.ttml", "frames.ttml", "in_turn.ttml"])
def test_times_of_ttml_are_those_of_the_working_groups_reader(tmp_path, name):
    content, _ = MADE[name]
    document = to_model(ElementTree(fromstring(content)))
    edges = {float(time) for time in ISD.significant_times(document)} - {0.0}
    ours = {edge for cue in read(tmp_path, name, content).cues for edge in (cue.start, cue.end)}
    # Theirs are also those of what lies around paragraphs.
    assert {round(edge, 6) for edge in ours} - {0.0} <= {round(edge, 6) for edge in edges}


def test_captions_of_cea_608_are_read(tmp_path):
    (cue,) = read(tmp_path, "captions.scc", MADE["captions.scc"][0]).cues
    assert cue.text == "HI"
    assert 1.0 <= cue.start < 1.5
    assert 3.0 <= cue.end < 3.2


def test_a_last_caption_that_nothing_clears_is_read(tmp_path):
    never_cleared = MADE["captions.scc"][0].partition("00:00:03:00")[0]
    (cue,) = read(tmp_path, "captions.scc", never_cleared).cues
    assert (cue.text, cue.end - cue.start) == ("HI", 3.0)


def stl(*rows: tuple[str, int, int, dict[str, int]]) -> bytes:
    """EBU-STL at 25 frames a second: text, begin and end in seconds, and what else blocks say:
    ``number``, ``extension``, ``cumulative``, ``comment``, ``frames`` of the begin.
    """
    header = bytearray(b" " * 1024)
    header[:14] = b"850STL25.01100"
    header[251:272] = b"40231" + b"0" * 16
    blocks = []
    for text, begin, end, said in rows:
        head = (0, said.get("number", 1), 0, said.get("extension", 0xFF))
        times = (0, 0, begin, said.get("frames", 0), 0, 0, end, 12)
        rest = (said.get("cumulative", 0), *times, 20, 2, said.get("comment", 0))
        written = text.encode().replace(b"\n", b"\x8a").ljust(112, b"\x8f")
        blocks.append(bytes([*head, *rest]) + written)
    return bytes(header) + b"".join(blocks)


def test_ebu_stl_is_read_with_its_frame_rate(tmp_path):
    file = read(tmp_path, "tv.stl", stl(("Good\nevening.", 1, 3, {})))
    assert shown(file) == [(1.0, 3.48, "Good\nevening.")]
    assert file.frame_rate == 25


STL: dict[str, tuple[list[Any], list[Any], list[int]]] = {
    "one number for all": (
        [("One.", 1, 2, {}), ("Two.", 3, 4, {})],
        [(1.0, 2.48, "One."), (3.0, 4.48, "Two.")],
        [],
    ),
    "overlapping": (
        [("One.", 1, 4, {"number": 1}), ("Two.", 3, 6, {"number": 2})],
        [(1.0, 4.48, "One."), (3.0, 6.48, "Two.")],
        [],
    ),
    "one line after the other": (
        [
            ("One.", 1, 4, {"cumulative": 1}),
            ("Two.", 2, 4, {"cumulative": 2}),
            ("Three.", 3, 4, {"cumulative": 3}),
            ("Four.", 6, 7, {"number": 2}),
        ],
        [(1.0, 4.48, "One.\nTwo.\nThree."), (6.0, 7.48, "Four.")],
        [],
    ),
    "the last of a row without the first": (
        [("One.", 1, 2, {}), ("Two.", 3, 4, {"cumulative": 3})],
        [(1.0, 2.48, "One."), (3.0, 4.48, "Two.")],
        [],
    ),
    "a note among its makers": (
        [("One.", 1, 2, {}), ("Check the name!", 3, 4, {"comment": 1})],
        [(1.0, 2.48, "One.")],
        [],
    ),
    "times that show nothing": (
        [("One.", 1, 2, {}), ("Two.", 4, 3, {}), ("Three.", 5, 6, {"frames": 25}), (" ", 4, 3, {})],
        [(1.0, 2.48, "One.")],
        [3, 4],
    ),
    "a subtitle that goes on and does not": (
        [("One.", 1, 2, {}), ("Two.", 3, 4, {"number": 2, "extension": 0})],
        [(1.0, 2.48, "One.")],
        [3],
    ),
    "notes alone": ([("Check the name!", 1, 2, {"comment": 1})], [], [1]),
}


@pytest.mark.parametrize("name", STL)
def test_no_block_of_ebu_stl_is_lost_without_a_word(tmp_path, name):
    rows, cues, unreadable = STL[name]
    file = read(tmp_path, "tv.stl", stl(*rows))
    assert shown(file) == cues
    assert [each.line for each in file.unreadable] == unreadable


KEPT = '<p begin="4s" end="6s">Kept.</p>'
LOST = {
    "letter_in_time.srt": (
        "1\n00:00:01,000 --> 00:00:03l000\nLost.\n\n2\n00:00:04,000 --> 00:00:06,000\nKept.",
        [2],
    ),
    "short_arrow.srt": (
        "1\n00:00:01,000 -> 00:00:03,000\nLost.\n\n2\n00:00:04,000 --> 00:00:06,000\nKept.",
        [2],
    ),
    "before.srt": ("Dear all,\n\n1\n00:00:04,000 --> 00:00:06,000\nKept.", [1]),
    "after_blank.vtt": ("WEBVTT\n\n00:04.000 --> 00:06.000\nKept.\n\nLost.\n", [6]),
    "comma.vtt": (
        "WEBVTT\n\n00:01,000 --> 00:02,000\nLost.\n\n00:04.000 --> 00:06.000\nKept.",
        [3],
    ),
    "no_header.vtt": ("00:04.000 --> 00:06.000\nKept.", [1]),
    "bad_time.ttml": (
        ttml('<p begin="soon" end="3s">Lost.</p>\n' + KEPT),
        [1],
    ),
    "damaged.ttml": (
        ttml(KEPT + '\n<p begin="7s" end="8s">Lost.</q>'),
        [2],
    ),
    "endless.ttml": (ttml(KEPT + '\n<p begin="7s">Lost.</p>'), [2]),
    "event.ass": (
        ass(
            "Dialogue: 0,soon,0:00:09.00,Default,,Lost.",
            "Dialogue: 0,0:00:04.00,0:00:06.00,D,,Kept.",
        ),
        [4],
    ),
    "line.lrc": ("Lost.\n[00:04.00]Kept.\n[00:06.00]", [1]),
    "line.sub": ("{1}{1}25\n{100}{150}Kept.\nLost.", [3]),
}


@pytest.mark.parametrize("name", LOST)
def test_what_gives_no_cue_is_named_with_its_line(tmp_path, name):
    content, lines = LOST[name]
    file = read(tmp_path, name, content)
    assert [each.line for each in file.unreadable] == lines
    assert shown(file) == [(4.0, 6.0, "Kept.")]


SPOKEN = {
    "gbk": "今天天气很好我们出去走走吧",
    "big5": "今日天氣很好我們出去走走吧",
    "shift_jis": "今日はいい天気ですね、散歩に行きましょう",
    "euc-kr": "오늘 날씨가 좋네 산책하러 가자",
    "utf-16-le": "今日はいい天気ですね",
    "utf-16-be": "Good evening.",
    "cp1252": "Un café, s’il vous plaît.",
    "utf-8-sig": "Good evening — all of you.",
}


@pytest.mark.parametrize("encoding", SPOKEN)
def test_encodings_are_found(tmp_path, encoding):
    text = f"1\n00:00:01,000 --> 00:00:03,000\n{SPOKEN[encoding]}\n"
    (cue,) = read(tmp_path, "x.srt", text.encode(encoding)).cues
    assert cue.text == SPOKEN[encoding]
    (cue,) = read(tmp_path, "x.srt", text.encode(encoding), encoding=encoding).cues
    assert cue.text == SPOKEN[encoding]


def test_a_given_encoding_that_is_none_or_does_not_fit_is_one_clear_error(tmp_path):
    content = MADE["plain.srt"][0].encode() + b"\xff"
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        read(tmp_path, "x.srt", content, encoding="klingon")
    with pytest.raises(InputError, match="is not in utf-8"):
        read(tmp_path, "x.srt", content, encoding="utf-8")


def test_kanji_alone_are_japanese_in_a_japanese_file_and_as_told(tmp_path):
    kanji = "1\n00:00:01,000 --> 00:00:03,000\n東京大会\n"
    kana = "\n2\n00:00:04,000 --> 00:00:06,000\nこんにちは\n"
    assert read(tmp_path, "x.srt", kanji).cues[0].language is Language.ZH
    assert read(tmp_path, "x.srt", kanji + kana).cues[0].language is Language.JA
    assert read(tmp_path, "x.ja.srt", kanji).cues[0].language is Language.JA
    told = read(tmp_path, "x.srt", kanji, language=Language.JA)
    assert told.cues[0].language is Language.JA


def test_frames_of_an_unknown_rate_are_refused_until_it_is_given(tmp_path):
    content = "{24}{72}Good evening.\n"
    with pytest.raises(InputError, match="does not say of what rate"):
        read(tmp_path, "x.sub", content)
    assert shown(read(tmp_path, "x.sub", content, frame_rate=Fraction(24))) == TWO[:1]


@pytest.mark.parametrize(
    ("name", "start", "told"),
    [
        ("disc.sub", b"\x00\x00\x01\xba\x44\x00", "holds subtitles as pictures.*OCR"),
        ("disc.sup", b"PG" + bytes(8) + b"\x16\x00", "holds subtitles as pictures.*OCR"),
        ("talk.mkv", b"\x1aE\xdf\xa3", "is a video.*ffmpeg -i talk.mkv talk.srt"),
        ("talk.mp4", b"\x00\x00\x00\x20ftypisom", "is a video.*ffmpeg -i talk.mp4 talk.srt"),
    ],
)
def test_what_holds_no_text_is_refused_with_the_way_to_get_some(tmp_path, name, start, told):
    with pytest.raises(InputError, match=told):
        read(tmp_path, name, start + bytes(200))


TIMING = "1\n00:00:01,000 --> 00:00:03,000\n"
HUGE = {
    "tags.srt": TIMING + "<i>" * 20_000,
    "open_tags.srt": TIMING + "<font " * 20_000,
    "braces.srt": TIMING + "{\\" * 20_000,
    "colons.srt": "0:" * 50_000 + " -->",
    "tags.vtt": "WEBVTT\n\n00:01.000 --> 00:03.000\n" + "<rt" * 20_000,
    "spaces.vtt": "WEBVTT\n\n00:01.000" + " " * 50_000 + "x",
    "deep.ttml": ttml("<span>" * 20_000),
    "blocks.ass": ass("Dialogue: 0,0:00:01.00,0:00:03.00,D,," + "{" * 50_000),
    "syncs.smi": "<SAMI>" + "<SYNC Start=1><P" * 20_000,
    "comments.smi": "<SAMI>" + "<!--" * 20_000,
    "times.lrc": "[00:01.00]" * 5_000 + "x",
}


@pytest.mark.parametrize("name", HUGE)
def test_no_file_takes_more_than_linear_time(tmp_path, name):
    """A reader that goes back over such a file again and again takes minutes."""
    began = time.process_time()
    file = SubtitleFile(())
    with contextlib.suppress(InputError):
        file = read(tmp_path, name, HUGE[name])
        assert file.cues or file.unreadable
    assert time.process_time() - began < 10


EMPTY = {
    "silent.srt": "\n",
    "silent.vtt": "WEBVTT\n",
    "silent.ttml": ttml(""),
    "silent.ass": ass(),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_file_that_is_empty_by_its_format_lacks_nothing(tmp_path, name):
    assert read(tmp_path, name, EMPTY[name]) == SubtitleFile(
        (), ordered=name[-3:] in ("srt", "vtt")
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("note.vtt", "WEBVTT\n\nNOTE nothing else\n"),
        ("blank.ttml", ttml('<p begin="1s" end="2s"> </p>')),
        ("drawing.ass", ass("Dialogue: 0,0:00:01.00,0:00:03.00,D,,{\\p1}m 0 0{\\p0}")),
        ("blank.smi", "<SAMI><BODY><SYNC Start=0>&nbsp;</BODY></SAMI>"),
        ("blank.sub", "{1}{1}25\n"),
    ],
)
def test_a_file_with_something_in_it_and_no_cue_says_so(tmp_path, name, content):
    assert [each.detail for each in read(tmp_path, name, content).unreadable] == [
        "no subtitle in it"
    ]
