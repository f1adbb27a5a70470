"""The ledger: what is done again and what is not, and who may write it."""

import multiprocessing
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidtag.batch.contract import Stage, StageEnded, Step
from vidtag.batch.ledger import Ledger, VideoState
from vidtag.batch.ledger_database import FILE
from vidtag.batch.opening import copy_ledger, open_ledger, read_ledger
from vidtag.batch.plan import PlannedVideo
from vidtag.core.errors import LimitError, OutputError
from vidtag.core.settings import Config

BOTH = (Stage.LISTEN, Stage.SHOW)


@pytest.fixture
def videos(tmp_path):
    """Three planned videos."""
    made = []
    for name in ("a", "b", "c"):
        path = tmp_path / "in" / f"{name}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        made.append(PlannedVideo(str(path), str(tmp_path / "out" / name), Config()))
    return made


def do(ledger: Ledger, job, stage: Stage, folder: str, error=None, written=("x.srt",)) -> None:
    """What a runner reports of a stage."""
    ledger.begin(job.number, Step.DECODE if stage is Stage.LISTEN else Step.SHOW, "cpu0")
    if error is None:
        for name in written:
            path = Path(folder, stage, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    files = {} if error else {f"{stage}/{name}": len(name) for name in written}
    ledger.end(
        StageEnded(job.number, stage, "cpu0", error, seconds=2.0, duration=10.0, files=files)
    )


def todo(ledger: Ledger, videos, **options) -> dict[str, tuple[Stage, ...]]:
    return {Path(j.source).stem: j.stages for j in ledger.jobs(videos, **options)}


def test_what_is_done_is_not_done_again(tmp_path, videos):
    with open_ledger(tmp_path / "state") as ledger:
        a, b, _ = ledger.jobs(videos)
        do(ledger, a, Stage.LISTEN, videos[0].folder)
        do(ledger, a, Stage.SHOW, videos[0].folder)
        do(ledger, b, Stage.LISTEN, videos[1].folder)
    with open_ledger(tmp_path / "state") as ledger:
        assert todo(ledger, videos) == {"b": (Stage.SHOW,), "c": BOTH}
        assert ledger.counts() == {VideoState.DONE: 1, VideoState.PENDING: 2}


@pytest.fixture
def done(tmp_path, videos):
    """A ledger in which all is done."""
    with open_ledger(tmp_path / "state") as ledger:
        for job, video in zip(ledger.jobs(videos), videos, strict=True):
            do(ledger, job, Stage.LISTEN, video.folder)
            do(ledger, job, Stage.SHOW, video.folder)
        assert todo(ledger, videos) == {}
        yield ledger


def test_a_changed_video_is_done_again(done, videos):
    Path(videos[1].source).write_text("another")
    assert todo(done, videos) == {"b": BOTH}


def test_changed_settings_do_again_what_they_decide(done, videos):
    louder = Config.model_validate({"highlights": {"tail": 2}})
    other = Config.model_validate({"events": {"hop": 0.25}})
    elsewhere = Config.model_validate({"model": {"device": "cpu"}})
    configs = (louder, other, elsewhere)
    changed = [PlannedVideo(v.source, v.folder, c) for v, c in zip(videos, configs, strict=True)]
    assert todo(done, changed) == {"a": (Stage.SHOW,), "b": BOTH}


def test_results_that_are_gone_are_made_again(done, videos):
    Path(videos[0].folder, "listen", "x.srt").unlink()
    Path(videos[1].folder, "show", "x.srt").unlink()
    assert todo(done, videos) == {"a": BOTH, "b": (Stage.SHOW,)}


def test_results_asked_for_elsewhere_are_made_there(done, tmp_path, videos):
    moved = [PlannedVideo(v.source, v.folder + "-elsewhere", v.config) for v in videos]
    assert todo(done, moved) == dict.fromkeys("abc", BOTH)


def test_a_failure_stays_one_until_it_is_taken_up(tmp_path, videos):
    with open_ledger(tmp_path / "state") as ledger:
        a, b, _ = ledger.jobs(videos)
        do(ledger, a, Stage.LISTEN, videos[0].folder, LimitError("took too long", path="a.mp4"))
        do(ledger, b, Stage.LISTEN, videos[1].folder)
        do(ledger, b, Stage.SHOW, videos[1].folder, LimitError("too much memory"))
        assert todo(ledger, videos) == {"c": BOTH}
        assert ledger.counts() == {VideoState.FAILED: 2, VideoState.PENDING: 1}
        kinds = [(Path(f.source).stem, f.stage, f.kind, f.error) for f in ledger.failures()]
        assert kinds == [
            ("a", "listen", "Limit", "a.mp4: took too long"),
            ("b", "show", "Limit", "too much memory"),
        ]
        assert todo(ledger, videos, retry_failed=True) == {
            "a": BOTH,
            "b": (Stage.SHOW,),
            "c": BOTH,
        }
        assert ledger.failures() == []


def test_a_failure_of_a_changed_video_is_taken_up_by_itself(tmp_path, videos):
    with open_ledger(tmp_path / "state") as ledger:
        a, *_ = ledger.jobs(videos[:1])
        do(ledger, a, Stage.LISTEN, videos[0].folder, LimitError("took too long"))
        Path(videos[0].source).write_text("mended")
        assert todo(ledger, videos[:1]) == {"a": BOTH}


def test_videos_that_are_no_longer_asked_for_do_not_count(done, videos):
    assert todo(done, videos[:1]) == {}
    assert done.counts() == {VideoState.DONE: 1}
    assert todo(done, videos) == {}  # and are still known when they come back


def test_what_ran_when_a_run_was_killed_is_pending(tmp_path, videos):
    with open_ledger(tmp_path / "state") as ledger:
        a, *_ = ledger.jobs(videos)
        ledger.begin(a.number, Step.DECODE, "cpu0")
        ledger.begin(a.number, Step.LISTEN, "model0")
        assert ledger.counts()[VideoState.RUNNING] == 1
        assert [row[2] for row in ledger.running()] == ["model0"]
    with open_ledger(tmp_path / "state") as ledger:
        assert ledger.counts() == {VideoState.PENDING: 3}
        assert todo(ledger, videos) == dict.fromkeys("abc", BOTH)
        # How often it was begun is kept: a video that takes the machine down shows.
        assert [row["attempts"] for row in ledger.rows() if row["stage"] == "listen"] == [1, 0, 0]


def test_a_worker_is_named_for_what_it_does_now_alone(tmp_path, videos):
    with open_ledger(tmp_path / "state") as ledger:
        jobs = ledger.jobs(videos)
        for job in jobs:  # each is decoded, and waits to be listened to
            ledger.begin(job.number, Step.DECODE, "cpu0")
        assert [(row[0], row[2]) for row in ledger.running()] == [(videos[-1].source, "cpu0")]
        assert ledger.counts()[VideoState.RUNNING] == 3


def test_what_was_done_and_is_gone_does_not_count(done, videos):
    before = done.done()
    assert len(before) == done.counts()[VideoState.DONE] == 3
    done.give_up(videos[0].source)
    assert len(before & done.done()) == done.counts()[VideoState.DONE] == 2


def test_one_row_per_video_and_stage(done):
    rows = done.rows()
    assert len(rows) == 6 == len({(row["video"], row["stage"]) for row in rows})
    assert {row["seconds"] for row in rows} == {2.0}
    assert done.costs()[0].duration == 10.0
    assert done.video_seconds() == 30.0


def test_a_second_run_is_refused_and_told_who_holds_it(tmp_path):
    refused = rf"another run .*process {os.getpid()} on .*--wait"
    with open_ledger(tmp_path / "state"):
        with pytest.raises(OutputError, match=refused), open_ledger(tmp_path / "state"):
            pass
        with closing(read_ledger(tmp_path / "state")) as ledger:  # but anyone may look
            assert ledger.counts() == {}


def _hold(state: Path, ready, release) -> None:
    with open_ledger(state):
        ready.set()
        release.wait()


def test_a_run_that_was_killed_holds_nothing(tmp_path):
    context = multiprocessing.get_context("fork")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "state", ready, release))
    holder.start()
    assert ready.wait(60)
    with (
        pytest.raises(OutputError, match=f"process {holder.pid} "),
        open_ledger(tmp_path / "state"),
    ):
        pass
    holder.kill()
    holder.join()
    with open_ledger(tmp_path / "state"):
        pass


def test_a_second_run_can_wait(tmp_path):
    context = multiprocessing.get_context("fork")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "state", ready, release))
    holder.start()
    assert ready.wait(60)
    release.set()
    with open_ledger(tmp_path / "state", wait=True):
        pass
    holder.join()


def test_a_rehearsal_changes_nothing(tmp_path, videos):
    with closing(copy_ledger(tmp_path / "absent")) as ledger:
        assert len(ledger.jobs(videos)) == 3
    assert not (tmp_path / "absent.sqlite").exists()
    with open_ledger(tmp_path / "state") as ledger:
        ledger.jobs(videos)
    with closing(copy_ledger(tmp_path / "state")) as ledger:
        ledger.jobs(videos[:1])
    with closing(read_ledger(tmp_path / "state")) as ledger:
        assert ledger.counts() == {VideoState.PENDING: 3}


def test_a_ledger_of_another_version_is_refused(tmp_path):
    (tmp_path / "state").mkdir()
    db = sqlite3.connect(tmp_path / "state" / FILE)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OutputError, match="version 99"), open_ledger(tmp_path / "state"):
        pass


def test_a_folder_without_a_ledger_is_named(tmp_path):
    with pytest.raises(OutputError, match="no batch has written here"):
        read_ledger(tmp_path)


@pytest.mark.long
def test_ten_thousand_videos_are_entered_and_looked_through_in_one_go(tmp_path):
    config = Config()
    many = [PlannedVideo(f"/v/{i}.mp4", f"{tmp_path}/out/{i}", config) for i in range(10_000)]
    with open_ledger(tmp_path / "state") as ledger:
        assert len(ledger.jobs(many)) == 10_000
        assert ledger.counts() == {VideoState.PENDING: 10_000}
        assert len(ledger.jobs(many)) == 10_000


def read_all(state: Path) -> None:
    """Everything that ``vidtag status`` asks a ledger for."""
    with closing(read_ledger(state)) as ledger:
        ledger.counts()
        ledger.failures()
        ledger.running()
        ledger.costs()
        ledger.video_seconds()
        ledger.rows()
        ledger.fact("file")


@given(st.data())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_ledger_is_read_or_refused(done, tmp_path, videos, data):
    """Bytes changed, cut off or put in anywhere: an answer, or one error that names the file."""
    state = tmp_path / "state"
    whole = sound_ledger(state)
    damage = data.draw(st.sampled_from(["flip", "cut", "zero", "other"]))
    place = data.draw(st.integers(0, len(whole) - 1))
    bad = bytearray(whole)
    if damage == "flip":
        for _ in range(data.draw(st.integers(1, 8))):
            bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    elif damage == "cut":
        del bad[place:]
    elif damage == "zero":
        bad[place : place + 512] = bytes(len(bad[place : place + 512]))
    else:
        bad = bytearray(data.draw(st.binary(max_size=200)))
    broken = tmp_path / "broken"
    shutil.rmtree(broken, ignore_errors=True)
    broken.mkdir()
    (broken / FILE).write_bytes(bad)
    complaint = ""
    try:
        read_all(broken)
        with open_ledger(broken) as ledger:
            ledger.jobs(videos)
            ledger.counts()
    except OutputError as error:
        complaint = str(error)
    assert not complaint or str(broken / FILE) in complaint


def sound_ledger(state: Path) -> bytes:
    """The ledger as one file, without its log."""
    copy = state / "copy"
    with closing(sqlite3.connect(state / FILE)) as db, closing(sqlite3.connect(copy)) as other:
        db.backup(other)
        other.execute("PRAGMA journal_mode = DELETE")
    return copy.read_bytes()


def test_a_ledger_that_names_files_elsewhere_gives_none_of_them_up(tmp_path, videos):
    theirs = tmp_path / "out" / "theirs.srt"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    with open_ledger(tmp_path / "state") as ledger:
        a, *_ = ledger.jobs(videos[:1])
        do(ledger, a, Stage.LISTEN, a.folder)
        names = {"../theirs.srt": 6, str(theirs): 6, "listen/x.srt": 5}
        ledger.end(StageEnded(a.number, Stage.LISTEN, "cpu0", files=names))
        ledger.jobs([])
        left = ledger.take_over(f"{a.folder}/a.vidtag.json")
    assert left == [f"{a.folder}/listen/x.srt"]
