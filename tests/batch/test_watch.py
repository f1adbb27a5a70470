"""A watched folder: videos are taken once they are whole, and Ctrl-C ends it cleanly."""

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.batch.conftest import Batch
from vidtag.batch.arrivals import Watcher, arrivals
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import Stage, StageEnded, VideoJob
from vidtag.batch.opening import open_ledger
from vidtag.batch.plan import Planner
from vidtag.batch.progress import Tally
from vidtag.core.settings import Config, load_config_as


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watched(tmp_path):
    """A watcher of a folder, and its clock."""
    clock = Clock()
    return Watcher(tmp_path, settle=10, ignore=("*_draft*",), clock=clock), clock


def looks(watched, seconds: float) -> list[str]:
    watcher, clock = watched
    clock.now += seconds
    return [Path(path).name for path in watcher.look()]


def test_a_file_is_taken_once_when_it_has_stopped_growing(watched, tmp_path):
    file = tmp_path / "deep" / "a.mp4"
    file.parent.mkdir()
    file.write_bytes(b"1")
    assert looks(watched, 0) == []
    assert looks(watched, 9) == []
    file.write_bytes(b"12")
    assert looks(watched, 2) == []
    assert looks(watched, 9) == []
    assert looks(watched, 1) == ["a.mp4"]
    assert looks(watched, 100) == []


def test_a_file_that_is_written_anew_is_taken_again(watched, tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"1")
    looks(watched, 0)
    assert looks(watched, 10) == ["a.mp4"]
    file.write_bytes(b"another take")
    assert looks(watched, 1) == []
    assert looks(watched, 10) == ["a.mp4"]


def test_a_file_rewritten_at_the_same_size_counts_as_changed(watched, tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"1")
    looks(watched, 0)
    os.utime(file, ns=(1, 1))
    assert looks(watched, 10) == []
    assert looks(watched, 10) == ["a.mp4"]


@pytest.mark.parametrize(
    "name", [".a.mp4", "a.mp4.part", "~a.mp4", "a.txt", "a_draft2.mp4", "a.mp4.crdownload"]
)
def test_what_is_still_being_written_or_no_video_is_passed_over(watched, tmp_path, name):
    (tmp_path / name).write_bytes(b"1")
    looks(watched, 0)
    assert looks(watched, 100) == []
    (tmp_path / name).rename(tmp_path / "final.mp4")
    assert looks(watched, 1) == []
    assert looks(watched, 10) == ["final.mp4"]


def test_an_empty_file_and_one_that_vanishes_are_left_alone(watched, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "brief.mp4").write_bytes(b"1")
    looks(watched, 0)
    (tmp_path / "brief.mp4").unlink()
    assert looks(watched, 100) == []


def test_only_names_that_match_are_taken(tmp_path):
    clock = Clock()
    watcher = Watcher(tmp_path, settle=0, pattern="*.final.*", clock=clock)
    for name in ("a.mp4", "a.final.mp4"):
        (tmp_path / name).write_bytes(b"1")
    assert looks((watcher, clock), 0) == ["a.final.mp4"]


def test_a_folder_is_watched_until_ctrl_c(batch, media):
    batch.write()  # settings; its inputs are not looked at
    batch.add(media / "say0.wav")
    (batch.folder / "in" / "odd.mp4").write_text("not a video")
    process = batch.start(
        *("watch", "-c", "batch.yaml", "-o", "out", "--settle", "0.5", "--every", "0.1"),
        *("--log-format", "json"),
    )
    over: dict[str, bool] = {}

    def follow(until: set[str]) -> None:
        for line in process.stdout:
            row = json.loads(line)
            if row["event"] == "ended" and (row["stage"] == "show" or not row["ok"]):
                over[Path(row["source"]).name] = row["ok"]
            if until <= over.keys():
                return
        raise AssertionError(process.stderr.read())

    follow({"say0.wav", "odd.mp4"})
    slowly = batch.folder / "in" / "late.wav"
    with slowly.open("wb") as file:
        for part in (media / "say1.wav").read_bytes()[:20000], (media / "say1.wav").read_bytes():
            file.seek(0)
            file.write(part)
            file.flush()
            time.sleep(0.2)
    follow({"late.wav"})
    assert over == {"say0.wav": True, "odd.mp4": False, "late.wav": True}
    (batch.folder / "in" / "say0.wav").rename(batch.folder / "say0.wav")
    batch.add(media / "say2.wav", name="say0.mka")
    follow({"say0.mka"})
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["event"] == "summary"
    summary = json.loads((batch.out / "summary.json").read_text())
    assert summary["done"] == summary["done_in_this_run"] == 2, "one of three done is gone"
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert {"say0/say0.srt", "late/late.srt"} <= set(batch.tree())
    assert "odd.mp4" in (batch.out / "failures.csv").read_text()


def test_results_inside_the_watched_folder_are_refused(batch: Batch):
    (batch.folder / "in").mkdir()
    done = batch("watch", "-o", "in/out", "-m", "pocket")
    assert done.code == 2
    assert "inside the input folder" in done.err
    done = batch("status")
    assert done.code == 2


def test_a_file_of_the_same_name_takes_the_place_of_one_that_is_gone(tmp_path):
    incoming = tmp_path / "in"
    incoming.mkdir()
    (incoming / "a.mp4").write_bytes(b"1")
    settings = tmp_path / "watch.yaml"
    settings.write_text("output: {folder: out}\n")
    planner = Planner(load_config_as(BatchConfig, settings), settings)
    said = []
    with open_ledger(tmp_path / "state") as ledger:
        jobs = arrivals(
            *(Watcher(incoming, settle=0), planner, ledger),
            every=0,
            busy=lambda path: False,
            on_video=lambda path, error: said.append((Path(path).name, error)),
        )
        first = next(job for job in jobs if job is not None)
        (incoming / "a.mkv").write_bytes(b"2")
        while len(said) < 2:
            next(jobs)
        assert "would both write" in str(said[1][1])
        for _ in range(3):
            assert next(jobs) is None
        (incoming / "a.mp4").unlink()
        second = next(job for job in jobs if job is not None)
        assert (first.folder, second.source) == (second.folder, str(incoming / "a.mkv"))
        assert ledger.counts().total() == 1


def test_a_video_that_changes_while_it_is_watched_is_one_video():
    tally = Tally(1)
    job = VideoJob(7, "a.mp4", "out", Config(), (Stage.SHOW,))
    for _ in range(2):
        assert tally.add(StageEnded(7, Stage.SHOW, "cpu0"), job)
    assert len(tally.done_now) == 1
