"""Every settings file that is shipped does what its own first lines say, in one command."""

import json
import re
import shlex
import shutil

import pytest

from tests.e2e.conftest import ROOT, SAMPLES
from vidtag.media.ffmpeg import file_url, input_file
from vidtag.media.ffmpeg import run as ffmpeg

COMMAND = re.compile(r"^#\s+(?:[A-Z]+=\S+ )*(vidtag (\w+) .*\bconfigs/\S+.*)$", re.M)
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
LAUGH = (25.0, 27.6)
"""Of the demo: one of its laughs, whose joke ends with a pause of half a second."""


def command(path):
    return COMMAND.search(path.read_text(encoding="utf-8"))


BATCHES = [path for path in CONFIGS if command(path) and command(path)[2] == "batch"]
RUNS = [path for path in CONFIGS if command(path) and command(path)[2] == "run"]


@pytest.fixture(scope="session")
def short(tmp_path_factory):
    """Six seconds of the demo, small: a sentence and the laugh after it."""
    import ffmpeg as graph

    target = tmp_path_factory.mktemp("short") / "short.mp4"
    source = input_file(SAMPLES / "demo.mp4", ss=LAUGH[0] - 3.0, t=6.5)
    picture = source.video.filter("scale", 320, -2)
    ffmpeg(graph.output(picture, source.audio, file_url(target), preset="ultrafast"))
    return target


@pytest.fixture(scope="session")
def call(tmp_path_factory, short):
    """The same sound as a call in which one party says nothing."""
    import ffmpeg as graph

    target = tmp_path_factory.mktemp("call") / "short.wav"
    sound = input_file(short).audio.filter("stereotools", muter=1)
    ffmpeg(graph.output(sound, file_url(target)))
    return target


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_config_begins_with_its_command(path):
    found = command(path)
    assert found, "the first lines should say which command uses this file"
    assert f"configs/{path.name}" in found[1]


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_a_config_does_what_its_first_lines_say(path, vidtag, short, call):
    shutil.copytree(ROOT / "configs", vidtag.cwd / "configs")
    words = [w for w in shlex.split(command(path)[1]) if not w.endswith((".mp4", ".mov", ".wav"))]
    video = call if path.name == "calls.yaml" else short
    done = vidtag(*words[1:], video, "-m", "pocket", "-o", "out")
    assert done.code == 0, done.err
    written = {name.removeprefix("out/") for name in vidtag.files() if name.startswith("out/")}
    assert "short.vidtag.json" in written
    assert "short.srt" in written
    if path.name == "subtitles.yaml":
        assert not any("clips" in name or "reel" in name for name in written)
    if path.name == "laughter-highlights.yaml":
        listed = json.loads((vidtag.cwd / "out/short.highlights.json").read_text(encoding="utf-8"))
        (clip,) = listed["clips"]
        assert {why["kind"] for why in clip["reason"]} == {"laughter"}
        assert clip["start"] < clip["reason"][0]["start"] - 0.5, "the joke comes before the laugh"
        assert {clip["file"], listed["reel"]} <= written
    if path.name == "social.yaml":
        listed = json.loads((vidtag.cwd / "out/short.highlights.json").read_text(encoding="utf-8"))
        (clip,) = listed["clips"]
        assert {clip["file"], clip["social"], listed["reel"]} <= written
        assert list(listed["reel_starts"]) == [clip["social"]]
    if path.name == "meeting.yaml":
        assert not any("reel" in name for name in written)
        minutes = (vidtag.cwd / "out/short.minutes.md").read_text(encoding="utf-8")
        assert minutes.startswith("# Minutes of short.mp4")
        assert "Ana 100%" in minutes
    if path.name == "calls.yaml":
        assert "the right channel" in done.out + done.err
        assert "Agent" in (vidtag.cwd / "out/short.report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BATCHES, ids=lambda path: path.name)
def test_a_batch_config_foresees_its_work(path, vidtag, short):
    """What running one brings about is tested with the batches; these name what they would do."""
    shutil.copytree(ROOT / "configs", vidtag.cwd / "configs")
    folders = {"VIDEOS": str(short.parent), "RESULTS": str(vidtag.cwd / "out")}
    done = vidtag("batch", f"configs/{path.name}", "--dry-run", MODEL="pocket", **folders)
    assert done.code == 0, done.err
    assert "short" in done.out + done.err
