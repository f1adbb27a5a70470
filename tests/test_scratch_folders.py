"""Folders to work in: one's own, gone afterwards, and cleared away only when nobody uses them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vidtag import files

HOLD = """
import time
from vidtag.files import scratch_folder
with scratch_folder() as folder:
    (folder / "large").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The system's temporary folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield tmp_path
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def other(place):
    """Another process that has one: the process, and its folder."""
    start = [sys.executable, "-c", HOLD]
    with subprocess.Popen(start, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_it_is_private_and_gone_afterwards(place):
    with files.scratch_folder() as folder:
        assert folder.parent == place
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a" / "b").mkdir(parents=True)
    assert not list(place.iterdir())
    with pytest.raises(KeyboardInterrupt), files.scratch_folder():
        raise KeyboardInterrupt
    assert not list(place.iterdir())


def test_only_what_a_killed_process_left_is_removed(place, other):
    process, folder = other
    with files.scratch_folder() as own:
        files.sweep_scratch_folders()
        assert own.exists()
        assert (folder / "large").exists(), "its process is still at work"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (folder / "large").exists()
        files.sweep_scratch_folders()
        assert not folder.exists()
        assert own.exists()


def test_what_merely_looks_like_one_stays(place, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "file").write_text("x")
    (place / f"{files.SCRATCH_PREFIX}12345678").write_text("a file")
    (place / f"{files.SCRATCH_PREFIX}abcdefgh").symlink_to(elsewhere)
    (place / f"{files.SCRATCH_PREFIX}mine").mkdir()
    (place / "vidtag-other").mkdir()
    before = {path.name for path in place.iterdir()}
    files.sweep_scratch_folders()
    assert {path.name for path in place.iterdir()} == before
    assert (elsewhere / "file").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_another_users_folder_stays(place):
    folder = place / f"{files.SCRATCH_PREFIX}abcdefgh"
    folder.mkdir()
    os.chown(folder, 12345, -1)
    files.sweep_scratch_folders()
    assert folder.exists()


def test_one_that_is_swept_before_it_is_locked_is_made_anew(place):
    """Sweeping goes on while folders are made and left; none is lost under its user's hands."""
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            files.sweep_scratch_folders()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for number in range(300):
            with files.scratch_folder() as folder:
                (folder / "file").write_text(str(number))
                assert (folder / "file").read_text() == str(number)
    finally:
        stop.set()
        sweeper.join()
    assert not list(place.iterdir())
