"""The wheel, as it is installed: outside the repository, for whoever runs it, wherever that is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NOBODY = 65534
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    # It may read what root installed; it may not write any of it.
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--no-new-privs"),
]
LIGHT = ("--model", "pocket", "--set", "highlights.enabled=false", "--set", "report.enabled=false")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked, where all may read it and root alone may write."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def started(
    installed: Path, place: Path, *arguments: str, **environment: str
) -> subprocess.Popen[str]:
    """Vidtag from the wheel, as another user where one can become one, without a terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    before = AS_NOBODY if os.getuid() == 0 and shutil.which("setpriv") else []
    if before:
        os.chown(place, NOBODY, NOBODY)
    return subprocess.Popen(
        [*before, sys.executable, "-m", "vidtag", *arguments],
        cwd=place,
        env={**kept, "PYTHONPATH": str(installed), "TMPDIR": str(place), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder to which every user has a way, as there is not to pytest's own."""
    folder = Path("/tmp", f"vidtag-wheel-{os.getpid()}")
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def test_it_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "vidtag"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    there = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    if not there:
        pytest.skip("not in a repository")
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert held == there


def test_two_commands_at_once_do_the_main_job_for_a_user_without_a_home(
    installed: Path, place: Path
) -> None:
    shutil.copy(ROOT / "samples" / "demo.mp4", place)
    (place / "locked").mkdir(mode=0o555)
    homes: list[dict[str, str]] = [{}, {"HOME": str(place / "locked")}]
    both = [started(installed, place, "run", "demo.mp4", *LIGHT, **home) for home in homes]
    for one in both:
        printed, _ = one.communicate(timeout=500)
        assert one.returncode == 0, printed
    results = {path.name for path in (place / "demo.vidtag").iterdir()}
    assert {"demo.vidtag.json", "demo.srt", "demo.ass"} <= results
    owner = NOBODY if os.getuid() == 0 and shutil.which("setpriv") else os.getuid()
    assert (place / "demo.vidtag" / "demo.srt").stat().st_uid == owner
    left = {path.name for path in place.iterdir()}
    assert left == {"demo.mp4", "demo.vidtag", "locked"}
    assert not any((place / "locked").iterdir())
