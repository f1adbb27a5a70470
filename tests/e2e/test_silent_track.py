"""A recording whose default audio track is silent, and whose speech is on another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from vidtag.media.ffmpeg_program import find_ffmpeg


def test_a_silent_track_among_several_is_told(tmp_path: Path) -> None:
    file = tmp_path / "two.mkv"
    command = [
        find_ffmpeg().path, "-nostdin", "-v", "error", "-y",
        "-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono:d=3",
        "-f", "lavfi", "-i", "sine=frequency=300:duration=3",
        "-map", "0", "-map", "1", "-c:a", "aac", str(file),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "vidtag",
            "run",
            str(file),
            "--model",
            "pocket",
            "-o",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    notes = json.loads((tmp_path / "two.vidtag.json").read_text(encoding="utf-8"))["notes"]
    assert any("audio track 0" in note and "--audio-track" in note for note in notes)
    said = " ".join((done.stdout + done.stderr).split())
    assert "--audio-track" in said
