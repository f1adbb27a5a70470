"""How a command that is interrupted ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
import os, signal, time

import typer

from vidtag.cli.error_boundary import ErrorBoundary

app = typer.Typer(cls=ErrorBoundary)


@app.callback()
def main() -> None:
    pass


@app.command()
def run() -> None:
    stop = lambda: os.kill(os.getpid(), signal.{signal})
{body}


app()
"""
SAID = "vidtag: interrupted; what was finished is whole, the rest was removed\n"
PLACES = {
    "in the open": """
    stop()
    time.sleep(60)
""",
    "within executed source": """
    exec("stop(); time.sleep(60)", {"stop": stop, "time": time})
""",
    "while an object is cleared up": """
    class Thing:
        def __del__(self):
            stop()
            time.sleep(0.01)
    thing = Thing()
    del thing
    for _ in range(6000):
        time.sleep(0.01)
""",
    "while an object is made": """
    class Thing:
        def __init__(self):
            stop()
            time.sleep(60)
            self.pipe = open(os.devnull)
        def __del__(self):
            self.pipe.close()
    Thing()
""",
    "where a library makes an error of it": """
    try:
        stop()
        time.sleep(60)
    except BaseException as error:
        raise ImportError("no module named of that") from error
""",
    "and again while it is cleared up after": """
    try:
        stop()
        time.sleep(60)
    finally:
        stop()
        time.sleep(60)
""",
}


@pytest.mark.parametrize("where", PLACES)
def test_an_interruption_ends_with_its_own_code(where, tmp_path):
    number = signal.SIGTERM if where == "in the open" else signal.SIGINT
    done = ran(PLACES[where], number, tmp_path)
    assert done.returncode == 130, done.stderr
    assert done.stderr == SAID


def test_a_signal_after_the_work_is_done_shows_no_traceback(tmp_path):
    body = """
    import atexit
    def late():
        stop()
        time.sleep(60)
    atexit.register(late)
    print("done")
"""
    done = ran(body, signal.SIGINT, tmp_path)
    assert (done.stdout, done.stderr) == ("done\n", "")
    assert done.returncode == -signal.SIGINT


def ran(body: str, number: signal.Signals, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "command.py").write_text(
        COMMAND.replace("{signal}", number.name).replace("{body}", body)
    )
    return subprocess.run(
        [sys.executable, "-m", "command", "run"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
