"""Two batches, and a batch and a run, on one output folder."""

import os
import subprocess
import sys

from vidtag.owners import owning


def test_a_folder_that_a_batch_works_in_is_refused_to_others(batch, media):
    batch.write()
    batch.add(media / "say0.wav")
    with owning(batch.out):
        other = batch("batch", "--set", "output.state=mine")
        alone = subprocess.run(
            [
                *(sys.executable, "-m", "vidtag", "run", "in/say0.wav"),
                *("-m", "pocket", "-o", "out/say0", "--no-clips"),
            ],
            cwd=batch.folder,
            env={**os.environ, **batch.env},
            capture_output=True,
            text=True,
        )
    who = f"a batch is working here (process {os.getpid()} on "
    assert other.code == alone.returncode == 2
    assert who in other.err
    assert "--wait" in other.err
    assert len(other.err.splitlines()) == 1
    assert who in alone.stderr
    assert "--output" in alone.stderr
    assert batch.tree() == {}


def test_a_batch_with_a_ledger_of_its_own_reports_there(batch):
    (batch.folder / "in").mkdir()
    (batch.folder / "in" / "broken.mp4").write_text("not a video")
    batch.out.mkdir()
    (batch.out / "failures.csv").write_text("another's")
    done = batch.write()("batch", "--set", "output.state=mine")
    assert done.code == 1
    assert str(batch.folder / "mine" / "failures.csv") in done.out
    assert "broken.mp4" in (batch.folder / "mine" / "failures.csv").read_text()
    assert {p.name for p in batch.out.iterdir()} == {"failures.csv"}
    assert (batch.out / "failures.csv").read_text() == "another's"
