"""Killed at any moment and started again, a batch goes on where it was.

Kills are few here, because every start loads a model. Many more::

    VIDTAG_KILLS=40 pytest tests/batch/test_resume.py
"""

import contextlib
import json
import os
import random
import shutil
import signal
import time

import psutil
import pytest

from vidtag.batch.contract import Stage
from vidtag.batch.ledger import VideoState
from vidtag.batch.opening import open_ledger, read_ledger

KILLS = int(os.environ.get("VIDTAG_KILLS", "3"))


def rows(batch) -> dict[tuple[str, str], dict]:
    """The ledger by name of the video and stage."""
    if not (batch.state / "ledger.sqlite").exists():
        return {}
    with contextlib.closing(read_ledger(batch.state)) as ledger:
        return {(os.path.basename(row["source"]), row["stage"]): row for row in ledger.rows()}


def kill_at(batch, events: int, delay: float) -> tuple[int, list[psutil.Process]]:
    """Start a batch and kill it some time after an event; the code, and whom it had started."""
    process = batch.start("batch", "--log-format", "json")
    seen = 0
    assert process.stdout is not None
    for line in process.stdout:
        seen += json.loads(line)["event"] in ("began", "ended")
        if seen >= events:
            break
    time.sleep(delay)
    children: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode, children


@pytest.mark.timeout(600 + 60 * KILLS)
def test_it_goes_on_where_it_was_killed(batch, undisturbed):
    expected = undisturbed[0].tree()
    events = sum(row["event"] in ("began", "ended") for row in undisturbed[1].rows)
    chance = random.Random(os.environ.get("VIDTAG_SEED", "vidtag"))
    batch.inputs = undisturbed[0].folder / "in"  # documents name their videos
    batch.write()
    done: dict[tuple[str, str], dict] = {}
    killed = 0
    while killed < KILLS:
        code, children = kill_at(
            batch, chance.randint(0, max(2, events - 2 * len(done))), chance.random() * 0.4
        )
        if code == -signal.SIGKILL:
            killed += 1
            # Nobody outlives a killed run, and goes on writing into the next one's results.
            _, alive = psutil.wait_procs(children, timeout=30)
            assert alive == []
        else:
            assert code == 0
        # What is there under its final name is whole. (The list of highlights grows clip by clip.)
        for name, content in batch.tree().items():
            growing = ".vidtag-wrote" in name or name.endswith(".highlights.json")
            if name in expected and not growing:
                assert content == expected[name], name
        now = rows(batch)
        for key, row in done.items():
            assert now[key] == row, "a finished stage was touched again"
        done = {key: row for key, row in now.items() if row["state"] == VideoState.DONE}
        if code == 0:  # it was through before the kill: once more from the start
            assert batch.tree() == expected
            shutil.rmtree(batch.out)
            done = {}
    finished = batch("batch")
    assert finished.code == 0, finished.err
    assert batch.tree() == expected
    now = rows(batch)
    assert {row["state"] for row in now.values()} == {VideoState.DONE}
    assert len(now) == 5 * len(Stage)
    for key, row in done.items():
        assert now[key] == row, "a finished stage was run twice"


def test_a_run_that_is_done_does_nothing(undisturbed):
    before = undisturbed[0].tree()
    again = undisturbed[0]("batch", "--log-format", "json")
    assert again.code == 0
    assert [row["event"] for row in again.rows] == ["start", "summary"]
    assert undisturbed[0].tree() == before


def test_ctrl_c_stops_cleanly_and_what_ran_is_taken_up_again(batch, media):
    batch.write().add(media / "say0.wav", media / "say1.wav")
    process = batch.start("batch", "--log-format", "json")
    for line in process.stdout:
        if json.loads(line)["event"] == "began":
            break
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert not [name for name in batch.tree() if "partial" in name]
    assert not list(batch.state.glob("sound-*"))
    with contextlib.closing(read_ledger(batch.state)) as ledger:
        assert ledger.counts()[VideoState.RUNNING] == 0


@pytest.mark.parametrize("what", ["batch", "status"])
def test_a_second_run_is_refused_but_anyone_may_look(batch, media, what):
    batch.write().add(media / "say0.wav")
    with open_ledger(batch.state):
        done = batch(what)
    if what == "status":
        assert (done.code, done.out.strip()) == (0, "0 videos: nothing yet")
    else:
        assert done.code == 2
        assert "another run is working here (process " in done.err
        assert "--wait" in done.err
        assert not (batch.out / "summary.json").exists()
