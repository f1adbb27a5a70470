"""Runs the real command line, as a user would, in a process of its own."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Vidtag:
    """``vidtag(*arguments)`` runs the command in ``cwd``; ``start`` leaves it running."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd

    def start(self, *arguments: object, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "vidtag", *map(str, arguments)],
            cwd=self.cwd,
            env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, *arguments: object, **env: str) -> Done:
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=600)
        return Done(process.returncode, out, err)

    def files(self) -> set[str]:
        """All files below the working folder, partial ones included."""
        return {p.relative_to(self.cwd).as_posix() for p in self.cwd.rglob("*") if p.is_file()}


@pytest.fixture
def vidtag(tmp_path):
    return Vidtag(tmp_path)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory):
    """The main job on the demo, once for all tests: (result of the command, its folder)."""
    folder = tmp_path_factory.mktemp("demo")
    done = Vidtag(folder)("run", SAMPLES / "demo.mp4", "--model", "pocket", "-o", folder / "out")
    assert done.code == 0, done.err
    return done, folder / "out"


def interrupt(process: subprocess.Popen[str], number: int = signal.SIGINT) -> Done:
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Done(process.returncode, out, err)
