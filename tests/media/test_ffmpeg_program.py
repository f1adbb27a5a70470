"""Which ffmpeg is used, and what it can do."""

from __future__ import annotations

import sys
from pathlib import Path

import imageio_ffmpeg
import pytest

from vidtag.core.errors import ToolError
from vidtag.media.ffmpeg import run
from vidtag.media.ffmpeg_program import PROGRAM_VARIABLE, find_ffmpeg
from vidtag.media.passed_over import passed_over

POOR = """
import sys
print('ffmpeg version 7.1')
if '-version' not in sys.argv and '-h' not in sys.argv:
    sys.exit("[fc#0 @ 0x55d0] No such filter: 'everything'")
"""
"""An ffmpeg that runs and fails at all."""


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(0o755)
    return path


def test_the_bundled_ffmpeg_is_used_when_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROGRAM_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    found = find_ffmpeg()
    assert found.path == imageio_ffmpeg.get_ffmpeg_exe()
    assert found.lacks == ""
    assert found.version[0] in "n0123456789"
    assert find_ffmpeg() is found


def test_an_ffmpeg_on_path_is_used_if_it_lacks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PROGRAM_VARIABLE, raising=False)
    real = imageio_ffmpeg.get_ffmpeg_exe()
    monkeypatch.setenv("PATH", str(tmp_path))
    whole = program(
        tmp_path / "ffmpeg", f"import os, sys; os.execv({real!r}, ['ffmpeg', *sys.argv[1:]])"
    )
    assert find_ffmpeg().path == str(whole)
    # The same name in another folder, without libx264.
    poor = tmp_path / "poor"
    poor.mkdir()
    program(poor / "ffmpeg", POOR)
    monkeypatch.setenv("PATH", str(poor))
    assert find_ffmpeg().path == real
    line = passed_over()
    assert line is not None
    assert line.startswith(f"ffmpeg 7.1 at {poor / 'ffmpeg'} cannot find shots (")
    assert line.endswith(f" at {real} is used instead")
    assert "\n" not in line
    monkeypatch.setenv(PROGRAM_VARIABLE, str(poor / "ffmpeg"))
    assert find_ffmpeg().path == str(poor / "ffmpeg")
    assert find_ffmpeg().version == "7.1"
    assert [job for job, _ in find_ffmpeg().failed] == [
        "find shots",
        "cut exactly",
        "make reels",
        "measure loudness",
        "mix tracks",
        "show interlaced and HDR video on ordinary screens",
        "make social clips",
        "write subtitle tracks",
    ]
    assert "No such filter: 'everything'" in find_ffmpeg().lacks


def test_a_chosen_ffmpeg_that_does_not_run_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROGRAM_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ToolError, match="names no program") as caught:
        find_ffmpeg()
    assert PROGRAM_VARIABLE in str(caught.value)
    broken = program(tmp_path / "ffmpeg", "raise SystemExit(3)")
    monkeypatch.setenv(PROGRAM_VARIABLE, str(broken))
    with pytest.raises(ToolError, match="does not run"):
        find_ffmpeg()


def test_without_any_ffmpeg_the_remedy_is_to_install_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROGRAM_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/not/anywhere")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ToolError, match=r"ffmpeg was not found. Install ffmpeg") as caught:
        run(["-f", "lavfi", "-i", "sine=d=2", "-f", "null", "-"])
    assert caught.value.exit_code == 1
