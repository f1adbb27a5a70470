"""The commands besides ``run``, and running again."""

import json
import shutil

import av
import pytest

from tests.e2e.conftest import ROOT, SAMPLES
from vidtag.batch.batch_settings import BatchConfig
from vidtag.core import document as documents
from vidtag.core.settings import Config, json_schema, load_config, load_config_as

BATCH_FILES = {"batch.yaml", "cluster.yaml"}
"""Files for ``vidtag batch``; tests/batch/test_configs.py runs them."""


@pytest.fixture
def copied(demo_run, vidtag):
    """The demo's output in a folder that a test may change."""
    shutil.copytree(demo_run[1], vidtag.cwd / "out")
    return vidtag.cwd / "out"


def again(vidtag, *arguments):
    return vidtag("run", SAMPLES / "demo.mp4", "-m", "pocket", "-o", "out", *arguments)


def test_config_prints_settings_that_can_be_read_back(vidtag):
    (vidtag.cwd / "all.yaml").write_text(vidtag("config").out)
    assert load_config(vidtag.cwd / "all.yaml") == load_config()
    assert json.loads(vidtag("config", "--schema").out) == json_schema()


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_config_is_valid(path):
    load_config_as(BatchConfig if path.name in BATCH_FILES else Config, path)


def test_doctor_finds_what_is_needed(vidtag):
    done = vidtag("doctor")
    assert done.code == 0, done.out
    for name in ("torch", "funasr", "ffmpeg", "model pocket", "fonts"):
        assert name in done.out


def test_doctor_says_what_is_missing(vidtag):
    done = vidtag("doctor", VIDTAG_FFMPEG=str(vidtag.cwd / "absent"))
    assert done.code == 1
    assert "VIDTAG_FFMPEG" in done.out


def test_models_are_listed_and_found(vidtag):
    listed = vidtag("models", "list")
    assert listed.code == 0
    assert "pocket (bundled)" in listed.out
    path = vidtag("models", "path", "pocket")
    assert path.out.strip().endswith("pocket")
    absent = vidtag("models", "path", MODELSCOPE_CACHE=str(vidtag.cwd / "cache"))
    assert absent.code == 1
    assert "vidtag models fetch" in absent.err


def test_help_and_version(vidtag):
    assert "run" in vidtag("--help").out
    assert vidtag("--version").out.startswith("vidtag ")
    assert vidtag().code == 2


def test_a_second_run_does_not_listen_again(vidtag, copied):
    before = (copied / "demo.vidtag.json").read_bytes()
    done = again(vidtag, "--no-clips", "--formats", "vtt")
    assert done.code == 0, done.err
    assert "nothing to listen to again" in done.out
    assert (copied / "demo.vidtag.json").read_bytes() == before
    assert (copied / "demo.vtt").read_text().startswith("WEBVTT")
    assert not list(copied.glob("demo.clips/*")), "clips of the first run are not asked for now"
    assert not list(copied.glob("*.reel.mp4"))


def test_the_same_run_gives_the_same_bytes(demo_run, vidtag):
    done = again(vidtag, "--no-clips", "--relisten")
    assert done.code == 0, done.err
    for name in ("demo.vidtag.json", "demo.srt", "demo.ass"):
        assert (vidtag.cwd / "out" / name).read_bytes() == (demo_run[1] / name).read_bytes()


def test_edits_by_hand_survive(vidtag, copied):
    edited = (copied / "demo.srt").read_text() + "\n99\n00:01:30,000 --> 00:01:31,000\nmine\n"
    (copied / "demo.srt").write_text(edited)
    done = again(vidtag, "--no-clips")
    assert "edited by hand" in done.out
    assert (copied / "demo.srt").read_text() == edited
    again(vidtag, "--no-clips", "--overwrite")
    assert "mine" not in (copied / "demo.srt").read_text()


def test_fewer_clips_leave_no_old_ones(vidtag, copied):
    done = again(vidtag, "--no-reel", "--set", "highlights.top=1")
    assert done.code == 0, done.err
    assert len(list(copied.glob("demo.clips/*.mp4"))) == 1
    listed = json.loads((copied / "demo.highlights.json").read_text())
    assert len(listed["clips"]) == 1
    assert listed["reel"] is None


def test_subtitles_are_restyled_without_the_video(vidtag, copied):
    done = vidtag("subtitles", "out/demo.vidtag.json", "--formats", "vtt,ttml", "-o", "other")
    assert done.code == 0, done.err
    assert vidtag.files() >= {"other/demo.vtt", "other/demo.ttml"}


def test_our_own_subtitles_pass_the_check(vidtag, copied):
    judge = ["check", "out/demo.srt", "--document", "out/demo.vidtag.json"]
    done = vidtag(*judge, "--video", SAMPLES / "demo.mp4")
    assert done.code == 0, done.out
    (vidtag.cwd / "bad.srt").write_text("1\n00:00:01,000 --> 00:00:01,100\n" + "x" * 60 + "\n")
    bad = vidtag("check", "bad.srt")
    assert bad.code == 1
    assert "line-length" in bad.out


def test_the_document_is_valid_by_its_published_schema(demo_run):
    import jsonschema

    data = json.loads((demo_run[1] / "demo.vidtag.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(documents.json_schema()).validate(data)


def test_a_sound_file_gives_subtitles_and_sound_clips(vidtag):
    talk = str(vidtag.cwd / "talk.m4a")
    with av.open(str(SAMPLES / "demo.mp4")) as source, av.open(talk, "w") as target:
        copy = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    done = vidtag("run", "talk.m4a", "-m", "pocket")
    assert done.code == 0, done.err
    assert "sound only" in done.out
    clips = sorted((vidtag.cwd / "talk.vidtag/talk.clips").glob("*.m4a"))
    assert clips
    with av.open(str(clips[0])) as clip:
        assert not clip.streams.video
        assert clip.streams.audio
    assert (vidtag.cwd / "talk.vidtag/talk.reel.m4a").exists()


def test_subtitles_become_a_track_of_the_video(vidtag, copied):
    done = vidtag("mux", "out/demo.vidtag.json", "-o", "with.mkv")
    assert done.code == 0, done.err
    with av.open(str(vidtag.cwd / "with.mkv")) as video:
        assert len(video.streams.subtitles) == 1
        assert not video.chapters()


def test_chapters_come_into_the_video_with_them(vidtag, copied):
    done = vidtag("mux", "out/demo.vidtag.json", "-o", "with.mkv", "--chapters", "highlights")
    assert done.code == 0, done.err
    clips = json.loads((copied / "demo.highlights.json").read_text("utf-8"))["clips"]
    with av.open(str(vidtag.cwd / "with.mkv")) as video:
        chapters = video.chapters()
    assert [one["metadata"]["title"] for one in chapters][-len(clips) :] == [
        clip["title"] for clip in clips
    ]
    done = vidtag("mux", "out/demo.vidtag.json", "-o", "no.mkv", "--chapters", "applause")
    assert done.code == 0
    assert "note: no chapters: nothing was found that parts the video" in done.err


def test_a_document_whose_video_changed_is_refused(vidtag, copied):
    (vidtag.cwd / "demo.mp4").write_bytes((SAMPLES / "demo.mp4").read_bytes() + b"free")
    data = json.loads((copied / "demo.vidtag.json").read_text())
    data["media"]["path"] = str(vidtag.cwd / "demo.mp4")
    (copied / "demo.vidtag.json").write_text(json.dumps(data))
    done = vidtag("mux", "out/demo.vidtag.json", "-o", "with.mkv")
    assert done.code == 2
    assert "is not the one that was listened to: its content changed" in done.err
    assert not (vidtag.cwd / "with.mkv").exists()


@pytest.mark.parametrize("command", ["burn", "mux", "report"])
def test_the_video_is_not_written_over(vidtag, copied, command):
    video = vidtag.cwd / "demo.mp4"
    shutil.copyfile(SAMPLES / "demo.mp4", video)
    data = json.loads((copied / "demo.vidtag.json").read_text())
    data["media"]["path"] = str(video)
    (copied / "demo.vidtag.json").write_text(json.dumps(data))
    done = vidtag(command, "out/demo.vidtag.json", "-o", "demo.mp4")
    assert done.code == 2
    assert "demo.mp4: is " in done.err
    assert video.read_bytes() == (SAMPLES / "demo.mp4").read_bytes()


@pytest.mark.parametrize("command", ["bilingual", "retime"])
def test_subtitles_are_not_written_over_by_what_is_made_of_them(vidtag, copied, command):
    before = (copied / "demo.srt").read_bytes()
    by_sound = ("--video", SAMPLES / "demo.mp4", "--from", SAMPLES / "demo.mp4")
    more = ("out/demo.srt",) if command == "bilingual" else by_sound
    done = vidtag(command, "out/demo.srt", *more, "-o", "out/demo.srt")
    assert done.code == 2
    assert "demo.srt: is read for this" in done.err
    assert (copied / "demo.srt").read_bytes() == before
