"""Users without a home, or with one that cannot be written, as containers have them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

SPEECH = Path(__file__).parents[1] / "listening" / "speech" / "data" / "en1.opus"
SHUT_IN = ROOT / "tools" / "shut_in.sh"
NOWHERE = "/proc/nobody"
STRANGER = 54321
AS_STRANGER = (
    *("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)
"""A user whom the system does not know: may read this Python, wherever it is, and write nothing."""


def environment(home: str | None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, **({} if home is None else {"HOME": home}), "PATH": path}


def run(folder: Path, output: str, home: str | None, *before: str) -> dict[str, bytes]:
    """The results of a run with a command before it."""
    done = subprocess.run(
        [
            *(*before, sys.executable, "-m", "vidtag", "run", "talk.opus", "-m", "pocket"),
            *("-o", output, "--no-clips"),
        ],
        cwd=folder,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {p.name: p.read_bytes() for p in (folder / output).iterdir() if p.is_file()}


def shuts_in(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SHUT_IN), *command], env=environment(NOWHERE), capture_output=True, text=True
    )


def test_without_a_home_or_a_network_everything_works_and_nothing_is_left(tmp_path: Path) -> None:
    """One run has no home at all, nor an account where root tests; the other neither a network nor
    a home or packages that can be written, or, where the system forbids such tests, a home that is
    not there."""
    shutil.copy(SPEECH, tmp_path / "talk.opus")
    permitted = shuts_in("true").returncode == 0
    sandbox = (str(SHUT_IN),) if permitted else ()
    shut_in = run(tmp_path, "shut-in", NOWHERE, *sandbox)
    with as_stranger(tmp_path) as stranger:
        assert shut_in == run(tmp_path, "unset", None, *stranger)
    assert {path.name for path in tmp_path.iterdir()} == {"talk.opus", "shut-in", "unset"}


def test_commands_of_a_user_without_account_and_home(tmp_path: Path) -> None:
    with as_stranger(tmp_path) as before:
        if not before:
            pytest.skip("only root becomes somebody else, and with setpriv")
        for command in ("doctor", "speakers list"):
            done = subprocess.run(
                [*before, sys.executable, "-m", "vidtag", *command.split()],
                cwd=tmp_path,
                env=environment(None),
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def as_stranger(folder: Path) -> Iterator[tuple[str, ...]]:
    """What stands before a command to run it as a stranger to whom a folder belongs; nothing where
    that cannot be."""
    temporary = Path(tempfile.mkdtemp())
    before = (*AS_STRANGER, "env", f"TMPDIR={temporary}")
    able = shutil.which("setpriv") and not subprocess.run([*AS_STRANGER, "true"]).returncode
    try:
        if able:
            for place in (folder, temporary):
                os.chown(place, STRANGER, STRANGER)
        yield before if able else ()
        assert list(temporary.iterdir()) == []
    finally:
        shutil.rmtree(temporary)


def test_nothing_can_be_written_or_reached_where_that_runs(tmp_path: Path) -> None:
    """Were vidtag to need it, the test above would fail."""
    code = (
        "import os, socket, sys, vidtag\n"
        "for place in (os.environ['HOME'], sys.prefix, os.path.dirname(vidtag.__file__)):\n"
        "    print(os.access(place, os.W_OK))\n"
        "print(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(('192.0.2.1', 9)) == 0)"
    )
    done = shuts_in(sys.executable, "-c", code)
    if done.returncode:
        pytest.skip(f"not permitted here: {done.stderr.strip()}")
    assert done.stdout.split() == ["False"] * 4, done.stderr
