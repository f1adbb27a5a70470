"""How a command that is interrupted ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

COMMAND = """
import typer

from vidtag.boundary import Boundary

app = typer.Typer(cls=Boundary)


@app.callback()
def main() -> None:
    pass


@app.command()
def run() -> None:
    exec("import os, signal, time; os.kill(os.getpid(), signal.{signal}); time.sleep(60)")


app()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_with_its_own_code_even_within_executed_source(number, tmp_path):
    (tmp_path / "command.py").write_text(COMMAND.format(signal=number.name))
    done = subprocess.run(
        [sys.executable, "-m", "command", "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == "vidtag: interrupted; what was finished is whole, the rest was removed\n"
