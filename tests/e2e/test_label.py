"""``vidtag events label``, as a user runs it: questions, answers, and what they change."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from tests.e2e import truth as yardstick
from tests.e2e.conftest import SAMPLES, Vidtag
from vidtag.core.document import read
from vidtag.media.ffmpeg import file_url, run

START, LENGTH = 20.0, 25.0
"""A part of the demo that holds two laughs and a cough."""


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A folder with a show and the questions about it, printed as JSON."""
    vidtag = Vidtag(tmp_path_factory.mktemp("label"))
    show = vidtag.cwd / "show.wav"
    picked = ("-ss", str(START), "-t", str(LENGTH), "-i", file_url(SAMPLES / "demo.mp4"))
    run([*picked, "-vn", file_url(show)], path=show)
    done = vidtag("events", "label", "show.wav", "-m", "pocket", "--json")
    assert done.code == 0, done.err
    return vidtag, json.loads(done.out)


def test_answers_become_settings_that_a_run_keeps_to(labelled):
    vidtag, asked = labelled
    truths = yardstick.load(SAMPLES / "demo.truth.json").events
    for row in asked["asked"]:
        row["answer"] = "no"
        for one in truths:
            start, end = one.start - START, one.end - START
            if one.kind.value == row["kind"] and start < row["end"] and row["start"] < end:
                row["answer"] = "yes"
    answers = {row["kind"]: row["answer"] for row in asked["asked"]}
    assert answers["Laughter"] == answers["Cough"] == "yes"
    (vidtag.cwd / "answers.json").write_text(json.dumps(asked), "utf-8")
    plain = "model: {name: pocket}\nhighlights: {enabled: false}\nreport: {enabled: false}\n"
    (vidtag.cwd / "show.yaml").write_text(plain, "utf-8")
    before = vidtag("run", "show.wav", "-c", "show.yaml")
    assert before.code == 0, before.err

    done = vidtag("events", "label", "show.wav", "-m", "pocket", "--answers", "answers.json")
    assert done.code == 0, done.err
    assert "Laughter" in done.out
    assert "events: {tuned: show.events.json}" in done.out
    learnt = json.loads((vidtag.cwd / "show.events.json").read_text("utf-8"))["kinds"]
    with (vidtag.cwd / "show.yaml").open("a", encoding="utf-8") as settings:
        settings.write("events: {tuned: show.events.json}\n")

    after = vidtag("run", "show.wav", "-c", "show.yaml")
    assert after.code == 0, after.err
    assert "listened again (settings: events.kinds." in after.out + after.err
    document = read(vidtag.cwd / "show.vidtag" / "show.vidtag.json")
    for kind, row in learnt.items():
        acted = document.settings["events"]["kinds"][kind]  # type: ignore[index]
        assert (acted["on"], acted["off"]) == (row["on"], row["off"])
    again = vidtag("run", "show.wav", "-c", "show.yaml")
    assert again.code == 0, again.err
    assert "listened again" not in again.out + again.err


def test_at_a_terminal_spans_are_played_and_keys_answer(labelled, tmp_path):
    """On a real terminal, with a player that notes what it is given to play."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    vidtag, _ = labelled
    programs = tmp_path / "bin"
    programs.mkdir()
    player = programs / "ffplay"
    player.write_text('#!/bin/sh\nfor file; do :; done\nwc -c < "$file" >> "$PLAYED"\n')
    player.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PLAYED": str(tmp_path / "played"),
        "NO_COLOR": "1",
        "TERM": "xterm",
    }
    command = ["events", "label", "show.wav", "-m", "pocket", "--count", "3", "-o", "keys.json"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vidtag", *command],
        cwd=vidtag.cwd,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(theirs)
    hangs = threading.Timer(240, process.kill)
    hangs.start()
    keys, shown = iter("r?yuynq"), ""
    with open(ours, "rb", buffering=0) as terminal:
        while True:
            try:
                shown += terminal.read(1024).decode("utf-8")
            except OSError:  # the other end is closed
                break
            if shown.rstrip().endswith("[y/n/s/r/u/q]"):
                # What is typed before a key is waited for is not read.
                while termios.tcgetattr(ours)[3] & termios.ICANON and process.poll() is None:
                    time.sleep(0.01)
                os.write(ours, next(keys).encode())
                shown += "<key>"  # each prompt once
    assert process.wait(60) == 0, shown
    hangs.cancel()
    assert "1/3" in shown
    assert "y yes, n no, s skip" in shown
    assert "stopped; the same command goes on from here" in shown
    answers = json.loads((vidtag.cwd / "keys.json").read_text("utf-8"))
    assert [row["answer"] for row in answers["videos"][0]["asked"]] == ["yes", "no", None]
    played = [int(line) for line in (tmp_path / "played").read_text().split()]
    assert len(played) == 7  # before every key
    assert min(played) > 2 * 48000 * 4  # the context alone takes two seconds of stereo


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show.wav"], "there is no terminal to ask at"),
        (["none.wav", "--json"], "none.wav"),
        (["show.wav", "--json", "--kinds", "Chuckle"], "no kind of event"),
        (["show.wav", "--answers", "none.json"], "the answers cannot be read"),
        (["show.wav", "--json", "--set", "events.tuned=none.json"], "tuned events cannot be read"),
        (["show.wav", "--json", "-o", "answers-are-no-settings.json"], "damaged"),
    ],
)
def test_mistakes_are_one_clear_line(labelled, arguments, said):
    vidtag, _ = labelled
    (vidtag.cwd / "answers-are-no-settings.json").write_text("{}", "utf-8")
    done = vidtag("events", "label", *arguments, "-m", "pocket")
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert "Traceback" not in done.err
