"""The same input and settings give the same bytes: alone or in a batch, however many work on it,
and whatever the clock on the wall does meanwhile.
"""

import os
import subprocess
import sys

import pytest

CLOCK = """
import random, time
_now, _rng = time.time, random.Random(1)
time.time = lambda: _now() - _rng.choice((0.0, 3600.0, 86400.0 * 400))
time.time_ns = lambda: int(time.time() * 1e9)
"""
"""Put before the program, it sets the clock back and forth by an hour, and by more than a year."""


def by_name(tree: dict[str, bytes]) -> dict[str, bytes]:
    """Results without the folder that a batch gives each video, and without the record of what was
    written, which is kept by folder.
    """
    return {
        name.split("/", 1)[-1]: content
        for name, content in tree.items()
        if ".vidtag-wrote" not in name
    }


@pytest.mark.long
def test_one_by_one_is_as_in_a_batch(undisturbed, tmp_path):
    """Loaded once for all, and with as many threads as there are, the model hears the same."""
    batch, _ = undisturbed
    inputs = sorted((batch.folder / "in").iterdir())
    settings = tmp_path / "run.yaml"
    settings.write_text("\n".join(s for s in batch.settings.splitlines() if "workers" not in s))
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "vidtag", "run", *inputs, "-c", settings, "-o", out],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    alone = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and ".vidtag-wrote" not in path.as_posix()
    }
    assert alone == by_name(batch.tree())


@pytest.mark.long
def test_more_workers_and_a_clock_set_back_change_nothing(batch, undisturbed, tmp_path):
    expected = undisturbed[0].tree()
    batch.inputs = undisturbed[0].folder / "in"  # documents name their videos
    batch.settings = batch.settings.replace(
        "{cpu: 1, models: 1, threads: 1}", "{cpu: 2, models: 2, threads: 2}"
    )
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK)
    before = os.environ.get("PYTHONPATH", "")
    batch.env = {"PYTHONPATH": os.pathsep.join(filter(None, (str(tmp_path / "clock"), before)))}
    batch.write()
    done = batch("batch", "--log-format", "json")
    assert done.code == 0, done.err
    assert batch.tree() == expected
    again = batch("batch", "--log-format", "json")
    assert [row["event"] for row in again.rows] == ["start", "summary"], "it was done already"
