"""A temporary folder that stays full: the batch pauses, ends in one line, and goes on later."""

import shlex
import subprocess

import pytest

from tests.batch.conftest import SETTINGS
from tests.faults.conftest import mounting

__all__ = ["mounting"]

SCRIPT = """
mount -t tmpfs -o size={kib}k none {tmp} || exit 99
{command}; code=$?
ls -A {tmp}
mount -o remount,size=64m {tmp} || exit 99
{command} 2>/dev/null || exit 98
exit $code
"""


@pytest.mark.timeout(280)
def test_a_batch_pauses_ends_and_goes_on_when_there_is_room(batch, media, mounting):
    batch.settings = SETTINGS + "limits: {patience: 1.5}\n"
    batch.inputs = f"file://{batch.folder}/in"  # to be fetched into the temporary folder
    batch.write().add(media / "say0.wav")
    scratch = batch.folder / "tmp"
    scratch.mkdir()
    quoted = shlex.quote(str(scratch))
    command = f"TMPDIR={quoted} {shlex.join(batch.command())}"
    size = (media / "say0.wav").stat().st_size // 1024
    done = subprocess.run(
        [*mounting, "sh", "-c", SCRIPT.format(kib=size // 2, tmp=quoted, command=command)],
        cwd=batch.folder,
        capture_output=True,
        text=True,
    )
    said = [line for line in done.stderr.splitlines() if str(scratch) in line]
    assert done.returncode == 1, done.stderr
    assert all(line.startswith("paused: ") and "is full" in line for line in said[:-1])
    assert len(said) > 1
    assert said[-1].startswith(f"vidtag: {scratch}: the temporary folder is full, for all videos")
    assert said[-1].endswith("run it again: what is done stays done")
    assert "say0/say0.srt" in batch.tree()
