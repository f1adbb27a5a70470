"""Whose a folder is: two batches never work in one, and what one writes the other leaves alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vidtag import files
from vidtag.core.errors import OutputError
from vidtag.owners import OWNER, check_free, owning

WORKING = r"a batch is working here \(process {pid} on .*, since 20..-..-.. ..:..:..\)"


@contextmanager
def another_owns(folder: Path) -> Iterator[int]:
    """Another process owns a folder and writes a file in it; its number."""
    code = f"""
import sys
from pathlib import Path
from vidtag import files
from vidtag.owners import owning
with owning(Path({str(folder)!r})), files.scratch_file(Path({str(folder / "a.mp4")!r})):
    print("owned", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        yield process.pid
        process.communicate(timeout=60)


@pytest.mark.parametrize("mine", [".", "below/it", ".."])
def test_one_owner_at_a_time_for_a_folder_and_all_below(tmp_path: Path, mine: str) -> None:
    theirs = tmp_path / "root" / "of"
    with another_owns(theirs) as pid:
        (partial,) = theirs.glob(f"{files.PARTIAL_PREFIX}*")
        with (
            pytest.raises(OutputError, match=WORKING.format(pid=pid)),
            owning((theirs / mine).resolve()),
        ):
            pass
        assert partial.exists(), "what the owner was writing is gone"
        if mine != "..":
            with pytest.raises(OutputError, match=WORKING.format(pid=pid)):
                check_free(theirs / mine)
        check_free(tmp_path)
        with owning(tmp_path / "root" / "beside"):
            pass
    with owning((theirs / mine).resolve()):
        pass
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_whoever_waits_gets_it_in_the_end(tmp_path: Path) -> None:
    with another_owns(tmp_path):
        waiting = subprocess.Popen(
            [
                *(sys.executable, "-c"),
                "import sys; from pathlib import Path; from vidtag.owners import owning\n"
                "with owning(Path(sys.argv[1]), wait=True): print('mine')",
                str(tmp_path),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=2)
    assert waiting.communicate(timeout=60)[0] == "mine\n"


def test_a_killed_owner_owns_nothing_and_what_it_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / OWNER).write_text("process 1 on elsewhere, since 2020-01-01 00:00:00\n")
    left = tmp_path / "a" / f"{files.PARTIAL_PREFIX}0123456789abcdef.mp4"
    left.parent.mkdir()
    left.touch()
    check_free(tmp_path)
    with owning(tmp_path):
        assert not left.exists()
        assert re.match(rf"process {os.getpid()} ", (tmp_path / OWNER).read_text())
    assert not (tmp_path / OWNER).exists()


def test_what_is_planted_as_the_owner_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / OWNER)
    check_free(tmp_path)
    with pytest.raises(OutputError, match="cannot write here"), owning(tmp_path):
        pass
    (tmp_path / OWNER).unlink()
    (tmp_path / OWNER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="cannot write here"), owning(tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()
