"""One contract, two runners: the same batch on one machine and on a Ray cluster.

The batch has what real ones have: videos that are fine, one that is no video, one without sound,
and three that do harm to whatever works on them, by way of the real ffmpeg behind a program that
hangs, takes all memory or kills its caller when it sees their names.
"""

import contextlib
import csv
import json
import os
import stat
import sys
import wave
from pathlib import Path

import pytest

from tests.batch.conftest import Batch
from vidtag.batch.contract import Stage
from vidtag.batch.ledger import VideoState
from vidtag.batch.opening import read_ledger
from vidtag.core.settings import load_config
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.pipeline import Session

GOOD = ("say0.wav", "say1.wav", "clap.mp4")
HARM = ("hang.mp4", "hog.mp4", "crash.mp4")

FFMPEG = """#!/bin/sh
case "$*" in
  *hang.mp4*) exec sleep 1000 ;;
  *hog.mp4*) exec {python} -c "import time; x = bytearray(1_500_000_000); time.sleep(1000)" ;;
  *crash.mp4*) kill -9 $PPID; exit ;;
esac
exec {ffmpeg} "$@"
"""

RUNNERS = {
    "local": "runner: local\n",
    "ray": "runner: ray\naddress: local\n",
}
SETTINGS = """
model: {name: pocket, device: cpu}
video: {shots: "off"}
report: {enabled: false}
highlights: {reel: false}
profiles:
  - match: ["hang.mp4", "hog.mp4", "crash.mp4"]
    video: {shots: "on"}
workers: {cpu: 2, models: 1, threads: 1}
limits: {grace: 25, decode: 0, listen: 0, show: 0, memory_gb: 1.4, retries: 1}
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, media):
    """The same inputs for all runners: documents name their videos."""
    folder = tmp_path_factory.mktemp("inputs")
    for name in GOOD:
        os.link(media / name, folder / name)
    for name in HARM:
        os.link(media / "clap.mp4", folder / f"{name}.tmp")
        (folder / name).write_bytes((folder / f"{name}.tmp").read_bytes())
        (folder / f"{name}.tmp").unlink()
    (folder / "text.mp4").write_text("not a video")
    with wave.open(str(folder / "empty.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
    return folder


@pytest.fixture(scope="module", params=["local", pytest.param("ray", marks=pytest.mark.long)])
def ran(request, tmp_path_factory, inputs):
    """The batch after a run."""
    if request.param == "ray":
        pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp(request.param)
    ffmpeg = folder / "ffmpeg"
    ffmpeg.write_text(FFMPEG.format(python=sys.executable, ffmpeg=find_ffmpeg().path))
    ffmpeg.chmod(ffmpeg.stat().st_mode | stat.S_IXUSR)
    made = Batch(folder, SETTINGS + RUNNERS[request.param], {"VIDTAG_FFMPEG": str(ffmpeg)}, inputs)
    made.write()
    return made, made("batch", "--log-format", "json")


def failures(batch: Batch) -> dict[str, dict[str, str]]:
    with (batch.out / "failures.csv").open(encoding="utf-8") as file:
        return {Path(row["video"]).name: row for row in csv.DictReader(file)}


def test_some_succeeded_and_the_exit_code_says_so(ran):
    batch, done = ran
    assert done.code == 3, done.err
    assert done.rows[-1]["event"] == "summary"
    assert (done.rows[-1]["done"], done.rows[-1]["failed"]) == (3, 5)
    summary = json.loads((batch.out / "summary.json").read_text())
    assert (summary["result"], summary["done"], summary["failed"]) == ("some", 3, 5)


def test_every_failure_is_kept_with_its_reason(ran):
    batch, _ = ran
    kept = failures(batch)
    assert set(kept) == {*HARM, "text.mp4", "empty.wav"}
    assert {name: row["stage"] for name, row in kept.items()} == dict.fromkeys(kept, "listen")
    assert "is text, not media" in kept["text.mp4"]["error"]
    assert (kept["text.mp4"]["kind"], kept["text.mp4"]["attempts"]) == ("Input", "1")
    assert "took longer than 25 s" in kept["hang.mp4"]["error"]
    assert (kept["hang.mp4"]["kind"], kept["hang.mp4"]["attempts"]) == ("Limit", "1")
    assert "more than 1.4 GB of memory" in kept["hog.mp4"]["error"]
    assert kept["hog.mp4"]["kind"] == "Limit"
    assert "killed by SIGKILL" in kept["crash.mp4"]["error"]
    assert (kept["crash.mp4"]["kind"], kept["crash.mp4"]["attempts"]) == ("WorkerLost", "2")
    assert all(str(batch.inputs) in row["video"] for row in kept.values())


@pytest.fixture(scope="module")
def alone(tmp_path_factory, inputs):
    """What ``vidtag run`` makes of each good video."""
    folder = tmp_path_factory.mktemp("alone")
    settings = folder / "alone.yaml"
    settings.write_text(SETTINGS.split("profiles:")[0])
    session = Session(load_config(settings))
    for name in GOOD:
        output = session.config.output.model_copy(update={"folder": str(folder / Path(name).stem)})
        session.config = session.config.model_copy(update={"output": output})
        session.run(inputs / name)
    settings.unlink()
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_other_video_was_harmed(ran, alone):
    """All runners make the same, to the byte: what ``vidtag run`` makes of each video alone."""
    tree = ran[0].tree()
    assert tree.keys() == alone.keys()
    assert tree == alone
    assert any(name.startswith("clap/clap.clips/") for name in tree)


def test_the_ledger_has_each_stage_once(ran):
    batch, done = ran
    with contextlib.closing(read_ledger(batch.state)) as ledger:
        rows = {(Path(row["source"]).name, row["stage"]): row for row in ledger.rows()}
    assert {key for key, row in rows.items() if row["state"] == VideoState.DONE} == {
        (name, stage) for name in GOOD for stage in Stage
    }
    ends = [row for row in done.rows if row["event"] == "ended"]
    told = [(Path(row["source"]).name, row["stage"]) for row in ends]
    assert len(told) == len(set(told)) == 11
    for name in GOOD:
        row = rows[name, "listen"]
        assert row["attempts"] == 1
        assert row["seconds"] > row["decode_seconds"] > 0
        assert row["duration"] > 1
        assert json.loads(row["files"]).keys() == {f"{Path(name).stem}.vidtag.json"}
        assert json.loads(rows[name, "show"]["files"])


def test_nothing_is_left_behind(ran):
    batch, _ = ran
    assert not [p for p in batch.out.rglob("*") if ".vidtag-partial-" in p.name]
    assert not list(batch.state.glob("sound-*"))


def test_both_runners_told_the_same(ran, request):
    """The events of a job come in the same order whoever runs it."""
    _, done = ran
    events: dict[str, list[tuple]] = {}
    for row in done.rows:
        if row["event"] in ("began", "ended"):
            key = row.get("step") or (row["stage"], row["ok"])
            events.setdefault(Path(row["source"]).name, []).append(key)
    for name in GOOD:
        order = ["decode", "listen", ("listen", True), "show", ("show", True)]
        assert events[name] == order
    for name in ("text.mp4", "hang.mp4", "hog.mp4"):
        assert events[name] == ["decode", ("listen", False)]
    assert events["crash.mp4"] == ["decode", "decode", ("listen", False)]
