"""Users without a home, or with one that cannot be written, as containers have them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SPEECH = Path(__file__).parents[1] / "listening" / "speech" / "data" / "en1.opus"
HOMES = {"gone": "/proc/nobody", "unset": None}


def test_without_a_home_everything_works_and_nothing_is_left(tmp_path: Path) -> None:
    shutil.copy(SPEECH, tmp_path / "talk.opus")
    made = {}
    for name, home in HOMES.items():
        environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
        if home is not None:
            environment["HOME"] = home
        done = subprocess.run(
            [
                *(sys.executable, "-m", "vidtag", "run", "talk.opus", "-m", "pocket"),
                *("-o", name, "--no-clips"),
            ],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        made[name] = {p.name: p.read_bytes() for p in (tmp_path / name).iterdir() if p.is_file()}
    assert made["gone"] == made["unset"]
    assert {path.name for path in tmp_path.iterdir()} == {"talk.opus", *HOMES}
