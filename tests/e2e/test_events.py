"""``vidtag events``, as a user runs it: spans, JSON, the picture, and mistakes."""

import json
import shutil
from pathlib import Path

import pytest

import vidtag as vidtag_package
from tests.e2e import truth as yardstick
from tests.e2e.conftest import SAMPLES
from vidtag.core.records import EventKind
from vidtag.media.ffmpeg import file_url, run

START, LENGTH = 20.0, 25.0
"""A part of the demo that holds two laughs and a cough."""


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    path = tmp_path_factory.mktemp("part") / "part of demo.wav"
    picked = ("-ss", str(START), "-t", str(LENGTH), "-i", file_url(SAMPLES / "demo.mp4"))
    run([*picked, "-vn", file_url(path)], path=path)
    return path


def test_spans_and_picture(vidtag, part):
    done = vidtag("events", part, "-m", "pocket", "--json", "--plot", "curves.svg")
    assert done.code == 0, done.err
    heard = json.loads(done.out)
    truth = yardstick.load(SAMPLES / "demo.truth.json")
    expected = [
        e
        for e in truth.events
        if e.kind in (EventKind.LAUGHTER, EventKind.COUGH)
        and e.start > START
        and e.end < START + LENGTH
    ]
    assert len(expected) == 3
    for event in expected:
        (found,) = [
            row
            for row in heard
            if row["kind"] == event.kind.value and row["start"] < event.end - START < row["end"] + 1
        ]
        assert found["start"] == pytest.approx(event.start - START, abs=0.3)
        assert found["end"] == pytest.approx(event.end - START, abs=0.6)
        assert 0.5 <= found["mean"] <= found["peak"] <= 1
    picture = (vidtag.cwd / "curves.svg").read_text(encoding="utf-8")
    assert "Laughter" in picture
    assert "part of demo.wav, pocket" in picture
    assert vidtag.files() == {"curves.svg"}


def test_a_recording_that_is_far_too_quiet_is_heard_all_the_same(vidtag, part):
    low = ("-af", "volume=-34dB", "-c:a", "pcm_f32le")
    run(["-i", file_url(part), *low, file_url(vidtag.cwd / "low.wav")], path=part)
    loud = vidtag("events", part, "-m", "pocket", "--json")
    quiet = vidtag("events", "low.wav", "-m", "pocket", "--json")
    assert quiet.code == 0, quiet.err
    assert "note: its sound is quiet, and was listened to" in quiet.err
    assert "note:" not in loud.err
    expected, found = json.loads(loud.out), json.loads(quiet.out)
    assert [row["kind"] for row in found] == [row["kind"] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one["start"] == pytest.approx(other["start"], abs=0.15)
        assert one["end"] == pytest.approx(other["end"], abs=0.3)


@pytest.mark.parametrize("label", [(), ("label",)], ids=["events", "label"])
def test_what_is_lost_without_the_tagger_is_said(vidtag, part, label):
    copy_of_pocket = vidtag.cwd / "fine-tuned"
    shutil.copytree(Path(vidtag_package.__file__).parent / "pocket", copy_of_pocket)
    asked = ("events", *label, part, "--json", "--set", "events.kinds.Breath=null")
    if label:
        asked += ("-o", "show.events.json")
    done = vidtag(*asked, "-m", copy_of_pocket, XDG_CACHE_HOME=str(vidtag.cwd / "cache"))
    assert done.code == 0, done.err
    assert "note: events were found without the sound tagger" in done.err
    assert "vidtag models fetch yamnet" in done.err
    assert json.loads(done.out)
    quiet = vidtag(*asked, "-m", copy_of_pocket, "--set", "events.tagger.model=null")
    assert quiet.code == 0, quiet.err
    assert "note:" not in quiet.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.mp4"], "none.mp4"),
        (["--plot", "a.bmp"], "cannot be a .bmp"),
        (["--from", "3"], "choose what --plot draws"),
        (["--plot", "a.png", "--from", "9", "--to", "4"], "--to 4 must be above --from 9"),
        (["--set", "events.hop=4"], "must not be above two windows"),
        (["--set", "events.kinds.Laughter.on=1.5"], "less than or equal to 1"),
        (["--set", "events.tagger.model=none.onnx"], "no such tagger"),
    ],
)
def test_mistakes_end_in_one_line(vidtag, part, arguments, words):
    video = [] if arguments[0] == "none.mp4" else [part]
    done = vidtag("events", *video, "-m", "pocket", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err
    assert vidtag.files() == set()


@pytest.mark.parametrize("command", ["run", "events"])
def test_a_bad_tagger_is_told_before_the_model_is_loaded(vidtag, part, command):
    (vidtag.cwd / "tagger.onnx").write_bytes(b"no network")
    tagger = ("--set", "events.tagger.model=tagger.onnx")
    done = vidtag(command, part, "-m", "a-model-that-is-not-there", *tagger)
    assert done.code != 0
    assert "tagger.onnx" in done.err
    assert "a-model-that-is-not-there" not in done.err
    assert vidtag.files() == {"tagger.onnx"}
