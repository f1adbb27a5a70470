"""Every mistake ends in one clear line, the right exit code, no traceback and no leftovers."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from tests.builders.present import present
from tests.e2e.conftest import SAMPLES, interrupt
from vidtag.media.ffmpeg import run as ffmpeg

DEMO = SAMPLES / "demo.mp4"


def complaint(done, code: int) -> str:
    """The one line a user sees, after checking that it is the only one."""
    assert done.code == code, done.err
    assert "Traceback" not in done.err + done.out
    lines = [line for line in done.err.splitlines() if line.startswith("vidtag: ")]
    assert len(lines) == 1, done.err
    return lines[0]


def make(path: Path, *arguments: str) -> Path:
    ffmpeg([*arguments, f"file:{path}"])
    return path


def tone(seconds: float) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}:sample_rate=16000"]


def picture(seconds: float) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc=size=64x48:rate=25:duration={seconds}"]


def test_a_file_that_is_not_there(vidtag):
    line = complaint(vidtag("run", "absent.mp4", "-m", "pocket"), 2)
    assert "absent.mp4" in line
    assert vidtag.files() == set()


def test_a_folder_given_as_a_file(vidtag):
    (vidtag.cwd / "folder").mkdir()
    assert "folder" in complaint(vidtag("run", "folder", "-m", "pocket"), 2)


def test_a_text_file_named_mp4(vidtag):
    (vidtag.cwd / "notes.mp4").write_text("this is no video\n" * 100)
    assert "notes.mp4" in complaint(vidtag("run", "notes.mp4", "-m", "pocket"), 2)
    assert vidtag.files() == {"notes.mp4"}


@pytest.mark.parametrize("size", [0, 1, 100])
def test_next_to_nothing(vidtag, size):
    (vidtag.cwd / "a.mp4").write_bytes(b"\0" * size)
    assert "a.mp4" in complaint(vidtag("run", "a.mp4", "-m", "pocket"), 2)


def test_a_truncated_mp4(vidtag):
    whole = make(vidtag.cwd / "whole.mp4", *tone(4), "-c:a", "aac")
    data = whole.read_bytes()
    whole.unlink()
    (vidtag.cwd / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert "cut.mp4" in complaint(vidtag("run", "cut.mp4", "-m", "pocket"), 2)
    assert vidtag.files() == {"cut.mp4"}


def test_a_truncated_mp4_whose_index_is_whole(vidtag):
    whole = make(vidtag.cwd / "whole.mp4", *tone(20), "-c:a", "aac", "-movflags", "+faststart")
    data = whole.read_bytes()
    whole.unlink()
    (vidtag.cwd / "cut.mp4").write_bytes(data[: len(data) // 2])
    line = complaint(vidtag("run", "cut.mp4", "-m", "pocket"), 1)
    assert "cut.mp4" in line
    assert vidtag.files() == {"cut.mp4"}


def test_a_video_without_sound(vidtag):
    make(vidtag.cwd / "mute.mp4", *picture(1))
    line = complaint(vidtag("run", "mute.mp4", "-m", "pocket"), 2)
    assert "mute.mp4" in line
    assert "audio" in line


def test_an_audio_track_that_is_not_there(vidtag):
    line = complaint(vidtag("run", DEMO, "-m", "pocket", "--audio-track", 5), 2)
    assert "5" in line


def test_sound_of_no_length(vidtag):
    make(vidtag.cwd / "empty.wav", *tone(1), "-t", "0")
    assert "empty.wav" in complaint(vidtag("run", "empty.wav", "-m", "pocket"), 2)


def test_pure_silence_gives_empty_but_valid_subtitles(vidtag):
    make(vidtag.cwd / "silence.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "3")
    done = vidtag("run", "silence.wav", "-m", "pocket", "-o", "out")
    assert done.code == 0, done.err
    assert "no speech" in done.out
    assert (vidtag.cwd / "out/silence.srt").read_text() == ""
    assert "[Events]" in (vidtag.cwd / "out/silence.ass").read_text()
    assert not list((vidtag.cwd / "out").glob("*.mp4"))


def test_a_model_folder_that_lacks_a_file(vidtag):
    import shutil

    from vidtag.core.settings import ModelConfig
    from vidtag.listening.models.locate import local_path

    pocket = local_path(ModelConfig(name="pocket"))
    shutil.copytree(present(pocket), vidtag.cwd / "model")
    (vidtag.cwd / "model/am.mvn").unlink()
    line = complaint(vidtag("run", DEMO, "--model", "model"), 2)
    assert "am.mvn" in line


def test_the_default_model_without_a_network_names_the_ways_on(vidtag):
    done = vidtag("run", DEMO, MODELSCOPE_CACHE=str(vidtag.cwd / "cache"))
    line = complaint(done, 1)
    assert "vidtag models fetch" in line
    assert "--model FOLDER" in line
    assert "--model pocket" in line


def test_an_output_folder_that_cannot_be_made(vidtag):
    (vidtag.cwd / "taken").write_text("a file")
    line = complaint(vidtag("run", DEMO, "-m", "pocket", "-o", "taken/out"), 2)
    assert "taken" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_cannot_be_written(vidtag):
    (vidtag.cwd / "locked").mkdir()
    (vidtag.cwd / "locked").chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert "locked" in complaint(vidtag("run", DEMO, "-m", "pocket", "-o", "locked"), 2)


def test_two_inputs_with_one_output(vidtag):
    for folder in ("a", "b"):
        (vidtag.cwd / folder).mkdir()
        (vidtag.cwd / folder / "x.mp4").write_bytes(b"")
    line = complaint(vidtag("run", "a/x.mp4", "b/x.mp4", "-m", "pocket"), 2)
    assert "2 inputs" in line


def test_an_input_with_the_name_of_anothers_result(vidtag):
    """As ``vidtag run *.mp4 -o .`` has it the second time."""
    for name in ("x.mp4", "x.reel.mp4"):
        (vidtag.cwd / name).write_bytes(b"")
    line = complaint(vidtag("run", "x.mp4", "x.reel.mp4", "-m", "pocket", "-o", "."), 2)
    assert "x.reel.mp4: this input has a name of another's results" in line
    assert vidtag.files() == {"x.mp4", "x.reel.mp4"}


def test_one_bad_video_harms_no_other(vidtag):
    (vidtag.cwd / "bad.mp4").write_text("no video")
    make(vidtag.cwd / "good.wav", *tone(2))
    done = vidtag("run", "bad.mp4", "good.wav", "-m", "pocket")
    assert done.code == 2
    assert "bad.mp4" in done.err
    assert "1 of 2 videos failed" in done.err
    assert "good.vidtag/good.srt" in vidtag.files()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "highlights.tial=3"], "did you mean 'highlights.tail'"),
        (["--device", "gpu"], "not 'gpu'"),
        (["-c", "absent.yaml"], "absent.yaml"),
    ],
)
def test_a_wrong_setting(vidtag, arguments, message):
    assert message.lower() in complaint(vidtag("run", DEMO, *arguments), 2).lower()


def test_a_wrong_option_is_explained(vidtag):
    done = vidtag("run", DEMO, "--modell", "pocket")
    assert done.code == 2
    assert "--model" in done.err


@pytest.mark.parametrize(
    ("number", "delay"),
    [
        (signal.SIGINT, 9.0),
        (signal.SIGTERM, 4.0),
        pytest.param(signal.SIGINT, 4.0, marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, 9.0, marks=pytest.mark.long),
    ],
)
def test_an_interruption_leaves_nothing_half_done(vidtag, number, delay):
    process = vidtag.start("run", DEMO, "-m", "pocket", "-o", "out")
    time.sleep(delay)
    if process.poll() is not None:
        pytest.skip("it was already done")
    done = interrupt(process, number)
    # A library that was interrupted in its own start-up may end the process with 1.
    assert done.code in (130, 0, 1, -number), done.err
    assert "Traceback" not in done.err
    assert not [name for name in vidtag.files() if "partial" in name]
    for clip in vidtag.cwd.rglob("*.mp4"):
        import av

        with av.open(str(clip)) as media:
            assert media.duration
