"""What one writer cannot make costs nothing of what the others make."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.show.test_highlight_files import config, document
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.show.everything import show
from vidtag.show.views import Views


def test_a_reel_that_fails_leaves_clips_timelines_and_report(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "ffmpeg"
    real = shlex.quote(find_ffmpeg().path)
    broken.write_text(f'#!/bin/sh\ncase "$*" in *ebur128*) exit 1 ;; esac\nexec {real} "$@"\n')
    broken.chmod(0o755)
    views = Views(
        document(lab.video()),
        config(reel=True).with_values({"timelines.formats": ("edl",), "report.enabled": True}),
    )
    lab.video()
    monkeypatch.setenv("VIDTAG_FFMPEG", str(broken))
    shown = show(views, tmp_path / "out")
    (failure,) = shown.failures
    assert failure.startswith("reel: ")
    assert "ffmpeg" in failure
    made = {path.name.partition(".")[2] for path in shown.files}
    assert {"report.html", "highlights.edl", "highlights.json"} <= made
    assert [path for path in shown.files if path.suffix == ".mp4"]
    assert not list((tmp_path / "out").glob("*.reel.*"))
