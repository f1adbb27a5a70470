"""Nothing stale: what a batch made is made again when what made it changed, and only then."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from tests.batch.conftest import Batch
from vidtag.batch.opening import read_ledger


@pytest.fixture(scope="module")
def finished(tmp_path_factory, media):
    """A batch of two videos that is done; its parts are for one test each, in this order."""
    batch = Batch(tmp_path_factory.mktemp("stale")).write()
    for name in ("say0.wav", "say1.wav"):  # of their own, to be changed
        (batch.folder / "in").mkdir(exist_ok=True)
        shutil.copy(media / name, batch.folder / "in" / name)
    assert batch().code == 0
    return batch


def done_again(batch: Batch, *arguments: str) -> dict[str, set[str]]:
    """Stages that a run did again and did not find as they were, by name of the video."""
    done = batch("batch", "--log-format", "json", *arguments)
    assert done.code == 0, done.err
    again: dict[str, set[str]] = {}
    for row in done.rows:
        if row["event"] == "ended" and not row["reused"]:
            again.setdefault(Path(row["source"]).name, set()).add(row["stage"])
    return again


def results(batch: Batch) -> dict[str, bytes]:
    """Without the notes of what vidtag wrote, which also hold what was there before."""
    return {name: data for name, data in batch.tree().items() if ".vidtag-wrote" not in name}


@pytest.mark.long
def test_what_looks_changed_and_is_not_is_not_done_again(finished):
    before = finished.tree()
    video = finished.folder / "in" / "say0.wav"
    copy = video.with_name("copy")
    shutil.copyfile(video, copy)
    copy.rename(video)
    thresholds = "events.kinds.Laughter.on=0.97"  # what the model's calibration says anyway
    assert done_again(finished, "--set", thresholds, "--set", "events.tagger.threads=2") == {}
    assert finished.tree() == before
    assert done_again(finished) == {}


def test_content_changed_with_size_and_time_kept_is_heard_again(finished):
    video = finished.folder / "in" / "say0.wav"
    before = video.stat()
    with video.open("rb+") as file:
        file.seek(20_000)
        file.write(bytes(12_000))
    os.utime(video, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert done_again(finished) == {"say0.wav": {"listen", "show"}}


def test_results_that_are_not_what_was_written_are_made_again(finished):
    before = results(finished)
    os.truncate(finished.out / "say0" / "say0.srt", 0)
    os.truncate(finished.out / "say1" / "say1.vidtag.json", 100)
    assert done_again(finished) == {"say0.wav": {"show"}, "say1.wav": {"listen", "show"}}
    assert results(finished) == before


@pytest.mark.long
def test_listening_again_is_done_when_it_is_asked_for(finished):
    everything = {"say0.wav": {"listen", "show"}, "say1.wav": {"listen", "show"}}
    assert done_again(finished, "--set", "output.relisten=true") == everything
    assert done_again(finished) == {}


def test_a_renamed_video_takes_its_document_along_and_leaves_nothing(finished):
    document = (finished.out / "say1" / "say1.vidtag.json").read_bytes()
    (finished.out / "say1" / "mine.txt").write_text("somebody's")
    edited = finished.out / "say1" / "say1.srt"
    edited.write_bytes(edited.read_bytes()[:-3] + b"!\n\n")  # as long as it was
    (finished.folder / "in" / "say0.wav").rename(finished.folder / "in" / "day.wav")
    (finished.folder / "in" / "say1.wav").rename(finished.folder / "in" / "night.wav")
    assert done_again(finished) == {"day.wav": {"show"}, "night.wav": {"show"}}
    assert {path.name for path in finished.out.iterdir() if path.is_dir()} == {
        *(".vidtag-batch", "day", "night", "say1"),
    }
    left = {path.name for path in (finished.out / "say1").iterdir()}
    assert left == {"mine.txt", "say1.srt", ".vidtag-wrote"}
    assert (finished.out / "night" / "night.srt").read_bytes() == edited.read_bytes()
    moved = (finished.out / "night" / "night.vidtag.json").read_bytes()
    assert moved == document.replace(b"/in/say1.wav", b"/in/night.wav")
    with contextlib.closing(read_ledger(finished.state)) as ledger:
        names = {Path(row["source"]).name for row in ledger.rows()}
    assert names == {"day.wav", "night.wav"}
