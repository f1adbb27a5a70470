"""Files beyond all bounds: each is refused, or read in time, whatever reads it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.torture.parsers import PARSERS
from vidtag.batch.inputs import expand
from vidtag.core import document
from vidtag.core.bounded_values import DEEPEST, check_depth, exact_number
from vidtag.core.edits import edits_path, read_edits
from vidtag.core.errors import VidtagError
from vidtag.core.records import Cue
from vidtag.core.settings import SettingsSource
from vidtag.listening.events.labels import read_labels
from vidtag.listening.models.known_voices import read_voices
from vidtag.retiming.cut_file import read_cut
from vidtag.retiming.edit_model import Kept
from vidtag.retiming.moved_cues import move_cues
from vidtag.show.hand_edits import write_unless_edited
from vidtag.subtitles.check.frame_rates import rate_of
from vidtag.subtitles.reading.subtitle_file import read_subtitles
from vidtag.transcripts.transcript_file import read_transcript

SECONDS = 4
"""Of processor time; all take far less, but the machine may be busy."""

NUMBERS = (
    *("1e999999999", "1e-999999999", "1e999999999/1", "9" * 4_000, "9" * 5_000, "nan", "inf"),
    *("1/0", "", "-", "1e400", "٣"),
)


def fcpxml(duration: str = "5s", frame: str = "1/25s", inside: str = "") -> str:
    return (
        f'<fcpxml version="1.9"><resources><format id="r1" frameDuration="{frame}"/>'
        '<asset id="r2" src="file:///a.mp4" hasAudio="1"/></resources><library><event><project>'
        f'<sequence format="r1"><spine>{inside}<asset-clip ref="r2" offset="0s" '
        f'duration="{duration}"/></spine></sequence></project></event></library></fcpxml>'
    )


def xmeml(last: str = "10", speed: str = "100", base: str = "25") -> str:
    return (
        f'<xmeml version="5"><sequence><rate><timebase>{base}</timebase></rate><media><video>'
        f"<track><clipitem><in>0</in><out>{last}</out><start>0</start><end>10</end>"
        '<file id="f"><name>a</name></file><filter><effect><effectid>timeremap</effectid>'
        f"<parameter><parameterid>speed</parameterid><value>{speed}</value></parameter></effect>"
        "</filter></clipitem></track></video></media></sequence></xmeml>"
    )


def otio(metadata: str) -> str:
    return '{"OTIO_SCHEMA":"Timeline.1","tracks":null,"metadata":' + metadata + "}"


def whisper(number: str) -> str:
    return (
        '{"segments":[{"start":0,"end":2,"text":" hi you","words":[{"word":" hi","start":0,'
        f'"end":{number},"probability":{number}}},{{"word":" you","start":1,"end":2}}]}}]}}'
    )


def in_time(read: Callable[..., object], *what: object) -> str:
    """What came of it: ``read``, or vidtag's own error in a line."""
    began = time.process_time()
    try:
        read(*what)
        said = "read"
    except VidtagError as error:
        said = str(error)
        assert "\n" not in said
    assert time.process_time() - began < SECONDS
    return said


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("text", ["25", " 23.976 ", "24000/1001", "-1.5e-05", "100."])
def test_numbers_that_programs_write_are_read_exactly(text):
    assert abs(float(exact_number(text)) - eval(text)) < 1e-12


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_without_bounds_are_refused(number, tmp_path):
    with pytest.raises(ValueError, match=r"no number|divided by nothing"):
        exact_number(number)
    with pytest.raises(VidtagError):
        rate_of(number)
    cuts = {
        "a.fcpxml": (fcpxml(duration=f"{number}s"), fcpxml(frame=f"{number or 'x'}s")),
        "a.xml": (xmeml(last=number or "x"), xmeml(speed=number or "x"), xmeml(base=number or "x")),
    }
    for name, texts in cuts.items():
        for text in texts:
            path = written(tmp_path, name, text)
            assert "is damaged" in in_time(read_cut, path)
    dvd = written(tmp_path, "a.sub", f"{{1}}{{1}}{number}\n{{5}}{{50}}Hi\n")
    assert "what rate" in in_time(read_subtitles, dvd)


def test_the_same_files_are_read_with_numbers_within_bounds(tmp_path):
    for name, text in (("a.fcpxml", fcpxml()), ("a.xml", xmeml())):
        assert len(read_cut(written(tmp_path, name, text)).kept) == 1


DEEP = 200_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.otio", otio('{"a":' * DEEP + "1" + "}" * DEEP)),
        ("a.otio", otio('["\\\\\\"[",' * DEEP + "1" + "]" * DEEP)),
        ("a.otio", otio("[" * DEEP)),
        ("a.fcpxml", fcpxml(inside="<spine>" * DEEP + "</spine>" * DEEP)),
        ("a.xml", "<xmeml>" * DEEP),
    ],
)
def test_deep_timelines_never_reach_the_libraries(name, text, tmp_path):
    assert "nested deeper than" in in_time(read_cut, written(tmp_path, name, text))


def test_a_cut_of_thousands_of_clips_moves_its_cues_in_time():
    count = 3_000
    cues = [Cue(float(n), n + 0.9, (f"{n}",)) for n in range(count)]
    cues.append(Cue(0.0, float(count), ("all along",)))
    kept = [Kept("a", Fraction(n), Fraction(count - n), Fraction(1)) for n in range(count)]
    began = time.process_time()
    moved = move_cues(cues, kept, Fraction(25))
    assert time.process_time() - began < SECONDS
    # From end to beginning, each with the one that is shown throughout.
    assert [cue.lines for cue in moved if cue.lines[0].isdecimal()] == [
        (f"{n}",) for n in reversed(range(count))
    ]


def test_brackets_in_text_are_no_depth(tmp_path):
    text = otio('"' + "[" * 1_000 + '\\"{{\\\\"')
    said = in_time(read_cut, written(tmp_path, "a.otio", text))
    assert "nested" not in said


def test_many_styles_that_refer_to_each_other_take_time_in_proportion(tmp_path):
    count = 10_000
    chain = "".join(f'<style xml:id="s{n}" style="s{n + 1}"/>' for n in range(count))
    circle = '<style xml:id="a" style="b"/><style xml:id="b" style="up a"/>'
    paragraphs = "".join(
        f'<p style="{style}" begin="{n}s" end="{n + 1}s">a</p>'
        for n, style in enumerate(["s0"] * 300 + ["b"] * 300)
    )
    text = (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling">'
        f'<head><styling>{chain}<style xml:id="s{count}" tts:writingMode="tbrl"/>'
        f'<style xml:id="up" tts:writingMode="tblr"/>{circle}</styling></head>'
        f"<body><div>{paragraphs}</div></body></tt>"
    )
    path = written(tmp_path, "a.ttml", text)
    began = time.process_time()
    assert read_subtitles(path).vertical == frozenset(range(600))
    assert time.process_time() - began < SECONDS


def stl(blocks: list[bytes]) -> bytes:
    head = b"850STL25.01" + b"1" + b"00" + b"09"  # teletext, Latin letters, English
    return head.ljust(1024) + b"".join(blocks)


def block(place: int, text: bytes, number: int = 0) -> bytes:
    head = bytes([0]) + number.to_bytes(2, "little") + bytes([place, 0])
    return head + bytes([0, 0, 1, 0, 0, 0, 2, 0]) + bytes([20, 2, 0]) + text.ljust(112, b"\x8f")


def test_subtitles_of_endless_blocks_end(tmp_path):
    endless = [block(n % 0xF0, b"a" * 112) for n in range(30_000)]
    with_others = [one for n in range(5_000) for one in (block(1, b"a" * 112), block(0xFE, b""))]
    for blocks in (endless, with_others):
        last = block(0xFF, b"end")
        path = written(tmp_path, "a.stl", stl([*blocks, last, block(0xFF, b"next", 1)]))
        began = time.process_time()
        read = read_subtitles(path)
        assert time.process_time() - began < SECONDS
        assert [one.detail for one in read.unreadable] == ["a subtitle of too many blocks"]
    whole = [*(block(n, b"a" * 112) for n in range(9)), block(0xFF, b"end")]
    read = read_subtitles(written(tmp_path, "a.stl", stl(whole)))
    assert not read.unreadable


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", '"nan"', '"inf"', '"-inf"', "1e400", "true", "[]", '"1e999"']
)
def test_words_at_impossible_times_are_refused(number, tmp_path):
    texts = {
        "whisper": whisper(number),
        "a segment": f'{{"segments":[{{"start":{number},"end":{number},"text":" hi"}}]}}',
        "FunASR": f'[{{"text":"hi you","timestamp":[[0,{number}],[1000,2000]]}}]',
        "whisper.cpp": f'{{"transcription":[{{"offsets":{{"from":0,"to":{number}}},"text":"a"}}]}}',
        "a token": '{"transcription":[{"offsets":{"from":0,"to":1},"text":"a","tokens":[{"text":'
        f'"a","offsets":{{"from":0,"to":1}},"p":{number}}}]}}]}}',
    }
    for name, text in texts.items():
        path = written(tmp_path, "a.json", text)
        assert in_time(read_transcript, path) != "read", name


@pytest.mark.parametrize("said", ["true", "5", "[]", "{}", "null", '"xx"'])
def test_a_language_that_is_none_is_passed_over(said, tmp_path):
    segments = '"segments":[{"start":0,"end":1,"text":" hi there"}]'
    path = written(tmp_path, "a.json", f'{{"language":{said},{segments}}}')
    assert read_transcript(path).passages[0].text == "hi there"


EDITS = '{"version":1,"fingerprint":"f","done":1,"revision":1,"changes":[%s]}'


def settings_change(values: str) -> str:
    return f'{{"kind":"settings","section":"subtitles","values":{values}}}'


@pytest.mark.parametrize(
    "changes",
    [
        settings_change('{"a":' + "[" * 600 + "]" * 600 + "}"),
        settings_change('{"a":' * (DEEPEST + 2) + "1" + "}" * (DEEPEST + 2)),
        settings_change('{"a":' + "[" * DEEP + "]" * DEEP + "}"),
        settings_change('{"a":NaN}'),
        " " * (1 << 26),
    ],
)
def test_edits_beyond_the_bounds_are_refused(changes, tmp_path):
    path = tmp_path / "v.vidtag.json"
    edits_path(path).write_text(EDITS % changes)
    said = in_time(read_edits, path, "f")
    assert "not a file of edits" in said or "larger than 64 MB" in said


def test_depth_is_counted_in_mappings_and_lists():
    deep: object = 1
    for level in range(DEEPEST):
        deep = {"a": deep} if level % 2 else [deep, 2]
    check_depth(deep)
    with pytest.raises(ValueError, match="nested deeper"):
        check_depth([deep])


def test_settings_of_a_document_are_shallow():
    data = json.loads(PARSERS["document"].seeds[0])
    data["settings"] = {"a": json.loads("[" * 300 + "]" * 300)}
    assert "nested deeper" in in_time(document.from_json, json.dumps(data))


@pytest.mark.parametrize("rate", ["1e400", "1/" + "7" * 400, "9" * 400, "1e999999999"])
def test_rates_of_a_document_are_those_of_videos(rate):
    data = json.loads(PARSERS["document"].seeds[0])
    data["media"]["video"]["frame_rate"] = rate
    said = in_time(document.from_json, json.dumps(data))
    assert "not a valid vidtag document" in said


READERS: dict[str, Callable[[Path], object]] = {
    "a.vidtag.json": document.read,
    "a.vidtag-edits.json": lambda path: read_edits(path.with_name("a.vidtag.json"), "f"),
    "a.srt": read_subtitles,
    "a.stl": read_subtitles,
    "b.json": read_transcript,
    "c.srt": read_transcript,
    "a.otio": read_cut,
    "a.fcpxml": read_cut,
    "a.edl": read_cut,
    "voices.json": read_voices,
    "labels.csv": read_labels,
    "list.txt": lambda path: expand([f"@{path}"], (), SettingsSource({}, {})),
    "d.srt": lambda path: write_unless_edited(path, b"new"),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_regular_files_are_read(name, kind, tmp_path):
    path = tmp_path / name
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    said = in_time(READERS[name], path)
    assert str(path) in said
    assert "not a regular file" in said or "directory" in said
