"""Files that appear whole or not at all, and scratch folders that leave nothing behind."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vidtag import files
from vidtag.core.errors import OutputError

HOLD = """
import time
from vidtag.files import scratch_folder
with scratch_folder() as folder:
    (folder / "large").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "a.srt"
    files.write_text(target, "line\r\nline\n")
    assert target.read_bytes() == b"line\r\nline\n"
    assert [p.name for p in target.parent.iterdir()] == ["a.srt"]


def test_permissions_are_the_usual_ones(tmp_path):
    files.write_text(tmp_path / "a", "x")
    (tmp_path / "b").write_text("x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "b").stat().st_mode
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bad"), SystemExit(3)])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "a.srt"
    target.write_text("old")
    with pytest.raises(type(error)), files.replacing(target) as partial:
        assert partial.suffix == ".srt"
        partial.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="No space left"), files.replacing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())


def test_an_unrelated_os_error_keeps_its_meaning(tmp_path):
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "a"):
        (tmp_path / "absent").read_bytes()


def test_a_file_in_the_way_of_a_folder_is_an_output_error(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(OutputError, match="cannot write here"):
        files.write_text(tmp_path / "a" / "b.srt", "x")
    with pytest.raises(OutputError):
        files.check_writable(tmp_path / "a" / "b" / "x.json")


def test_checking_leaves_nothing(tmp_path):
    files.check_writable(tmp_path / "out" / "x.json")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_is_too_long_is_found_out_before_the_work(tmp_path):
    with pytest.raises(OutputError, match="shorter name"):
        files.check_writable(tmp_path / ("n" * 300))


def test_what_a_killed_run_left_is_swept_up_and_what_is_being_written_stays(tmp_path):
    (tmp_path / f"{files.PARTIAL_PREFIX}0123456789abcdef.mp4").write_text("half")
    (tmp_path / "mine.mp4").write_text("whole")
    with files.replacing(tmp_path / "new.mp4") as partial:
        partial.write_text("being written")
        files.sweep(tmp_path)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([partial.name, "mine.mp4"])
    assert (tmp_path / "new.mp4").read_text() == "being written"
    files.sweep(tmp_path / "absent")


def test_the_remedy_for_a_full_disk_is_room(tmp_path):
    with (
        pytest.raises(OutputError, match="Free some space"),
        files.replacing(tmp_path / "a") as partial,
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(partial))


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


def test_a_scratch_folder_is_private_and_gone_afterwards(place):
    with files.scratch_folder() as folder:
        assert folder.parent == place
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a" / "b").mkdir(parents=True)
    assert not list(place.iterdir())
    with pytest.raises(KeyboardInterrupt), files.scratch_folder():
        raise KeyboardInterrupt
    assert not list(place.iterdir())


def test_only_folders_that_a_killed_process_left_are_removed(place, other):
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


def test_names_that_merely_look_like_scratch_stay(place, tmp_path_factory):
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


def test_a_folder_swept_up_before_it_is_locked_is_made_anew(place):
    """Sweeping goes on while folders are made and left; none is lost while it is used."""
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


def test_who_comes_second_waits_and_nothing_is_left(tmp_path):
    code = (
        "import sys, time\n"
        "from vidtag import files\n"
        "with files.alone_with(sys.argv[1]):\n"
        "    print('in', flush=True); time.sleep(1); print('out', flush=True)\n"
    )
    log = tmp_path / "log"
    with log.open("w") as out:
        command = [sys.executable, "-c", code, str(tmp_path / "r" / "a.vidtag.json")]
        both = [subprocess.Popen(command, stdout=out) for _ in range(3)]
        assert [process.wait(60) for process in both] == [0, 0, 0]
    assert log.read_text().split() == ["in", "out"] * 3
    assert list((tmp_path / "r").iterdir()) == []


def test_what_a_killed_run_held_is_swept_up(tmp_path):
    with files.alone_with(tmp_path / "a"):
        files.sweep(tmp_path)
        (held,) = tmp_path.iterdir()
    held.touch()
    files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("link", [False, True])
def test_no_file_takes_the_place_of_a_device_or_a_pipe(tmp_path, link):
    """As root, ``-o /dev/null`` would make a file of it for the whole machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    target = tmp_path / "null" if link else pipe
    if link:
        target.symlink_to("/dev/null")
    for write in (lambda: files.write_text(target, "x"), lambda: files.check_writable(target)):
        with pytest.raises(OutputError, match="not a regular file"):
            write()
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert target.is_symlink() == link
    assert set(tmp_path.iterdir()) == {pipe, target}


def test_what_is_read_is_not_written_over(tmp_path):
    video, link, other = tmp_path / "a.mp4", tmp_path / "b.mp4", tmp_path / "c.mp4"
    video.write_bytes(b"x")
    link.symlink_to(video)
    files.keep_inputs(other, video, None)
    for name in (video, link, tmp_path / "." / "a.mp4"):
        with pytest.raises(OutputError, match="written over"):
            files.keep_inputs(name, None, video)
