"""``vidtag batch --dry-run``, ``vidtag status`` and ``--retry-failed`` as a user meets them."""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

from tests.batch.conftest import Batch
from vidtag.batch.plan import STATE_FOLDER
from vidtag.media.ffmpeg_program import find_ffmpeg


@pytest.fixture(scope="module")
def partly(tmp_path_factory, media):
    """A batch of which one video failed: (the batch, what was printed)."""
    batch = Batch(tmp_path_factory.mktemp("partly")).write()
    batch.add(media / "say0.wav", media / "say1.wav")
    (batch.folder / "in" / "broken.mp4").write_text("not a video")
    return batch, batch()


def test_a_run_says_what_it_came_to(partly):
    done = partly[1]
    assert done.code == 3
    assert "2 of 3 videos done in " in done.out
    assert "failed: listen: " in done.out
    assert "broken.mp4: is text, not media" in done.out
    assert "1 failed; all are in " in done.out
    assert "--retry-failed" in done.out
    assert "done: " in done.err


def test_status_shows_progress_and_reasons(partly):
    batch, _ = partly
    done = batch("status")
    assert done.code == 0
    assert "3 videos: 2 done, 1 failed; " in done.out
    assert "failed: listen: " in done.out
    row = json.loads(batch("status", "--log-format", "json").out)
    assert (row["total"], row["done"], row["failed"], row["pending"]) == (3, 2, 1, 0)
    assert row["failures"][0]["kind"] == "Input"


def test_a_dry_run_foretells_and_writes_nothing(partly, tmp_path, media):
    batch, _ = partly
    before = sorted(batch.folder.rglob("*"))
    told = batch("batch", "--dry-run", "--retry-failed").out
    assert sorted(batch.folder.rglob("*")) == before
    assert "listen and show" in told
    assert "1 of 3 videos to do, 2 done, 0 failed before" in told
    assert "(2 videos of this batch)" in told
    fresh = Batch(tmp_path).write().add(media / "say0.wav", media / "say1.wav")
    told = fresh("batch", "--dry-run")
    assert told.code == 0
    assert "2 of 2 videos to do" in told.out
    assert "about 3 s of video, likely to take " in told.out
    assert not fresh.out.exists()


@pytest.mark.long
def test_a_clip_that_cannot_be_made_is_a_failure_and_costs_only_itself(tmp_path, media):
    broken = tmp_path / "ffmpeg"
    real = shlex.quote(find_ffmpeg().path)
    broken.write_text(f"""#!/bin/sh\ncase "$*" in *"-i "*) exit 1 ;; esac\nexec {real} "$@"\n""")
    broken.chmod(0o755)
    batch = Batch(tmp_path / "batch", env={"VIDTAG_FFMPEG": str(broken)})
    batch.folder.mkdir()
    done = batch.write("highlights: {mode: exact}\n").add(media / "clap.mp4")()
    assert done.code == 1
    assert f"failed: show: {batch.folder}/in/clap.mp4: clip 1 (0m" in done.out
    assert "ffmpeg failed" in done.out
    assert {"clap/clap.srt", "clap/clap.vidtag.json"} <= batch.tree().keys()
    # Now one on PATH that can do nothing is passed over, and all workers say so in one line.
    batch.env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shutil.copy(media / "clap.mp4", batch.folder / "in" / "again.mp4")
    mended = batch("batch", "--retry-failed")
    assert mended.code == 0, mended.err
    assert [name for name in batch.tree() if name.endswith(".mp4")]
    assert mended.err.count("is used instead") == 1
    assert str(broken) in mended.err


def test_status_takes_up_what_failed_once_it_is_mended(partly, media):
    """Runs last: it changes the batch."""
    batch, _ = partly
    again = batch()
    assert again.code == 3  # a failure is not tried again unasked ...
    assert "2 of 3 videos done (2 of them before)" in again.out
    once_more = batch("status", "--retry-failed")
    assert once_more.code == 3  # ... and when asked, it is
    (batch.folder / "in" / "broken.mp4").unlink()
    batch.add(media / "say2.wav", name="broken.mp4")  # whatever its name: now it has sound
    mended = batch("status", "--retry-failed")
    assert mended.code == 0, mended.err
    assert "3 of 3 videos done (2 of them before)" in mended.out
    assert (batch.out / "failures.csv").read_text() == "video,stage,kind,error,attempts\n"


def test_none_succeeded(batch):
    (batch.folder / "in").mkdir()
    (batch.folder / "in" / "broken.mp4").write_text("not a video")
    done = batch.write()()
    assert done.code == 1
    assert json.loads((batch.out / "summary.json").read_text())["result"] == "none"


def test_a_model_that_is_not_there_stops_the_batch_and_fails_no_video(batch, media):
    batch.add(media / "say0.wav").write()
    done = batch("batch", "--set", "model.name=./absent")
    assert done.code == 2
    assert "absent" in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert "1 videos: 1 pending" in batch("status").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inputs: ['no/*.mp4']\n", "batch.yaml:1: 'no/*.mp4' matches no video"),
        ("inputs: [in]\noutput: {folder: in/out}\n", "batch.yaml:2: the output folder"),
        ("inputs: !!python/name:os.system\n", "batch.yaml:1: YAML tag"),
        ("inputs: ['${NOT_SET_ANYWHERE}']\n", "batch.yaml:1: the environment variable"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_before_anything_starts(batch, text, message):
    (batch.folder / "in").mkdir()
    (batch.folder / "in" / "1.mp4").write_text("x")
    (batch.folder / "batch.yaml").write_text(text)
    done = batch()
    assert done.code == 2
    assert message in done.err.replace(f"{batch.folder}/", "")
    assert {p.name for p in batch.folder.iterdir()} == {"in", "batch.yaml"}


def test_status_of_a_folder_without_a_batch(batch):
    batch.out.mkdir()
    done = batch("status")
    assert done.code == 2
    assert "no batch has written here" in done.err
    assert not Path(batch.out, STATE_FOLDER).exists()
