import io
from pathlib import Path

import pytest
from rich.console import Console

from vidtag.cli.progress_bars import ProgressBars
from vidtag.cli.run_summary import _written_lines
from vidtag.core.clock import clock, fine_clock
from vidtag.core.records import Progress


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00.0"),
        (59.96, "1:00.0"),
        (75.04, "1:15.0"),
        (3599.97, "1:00:00.0"),
        (7261, "2:01:01.0"),
    ],
)
def test_clock(seconds, shown):
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (5.25, "0:05.25"), (65.5, "1:05.5"), (59.999, "1:00"), (7261.04, "2:01:01.04")],
)
def test_fine_clock(seconds, shown):
    assert fine_clock(seconds) == shown


def test_files_of_one_clip_share_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["a.vidtag.json", "a.srt", "a.ass", "a.clips/01.mp4", "a.clips/01.srt", "a.reel.mp4"]
    lines = _written_lines([Path(tmp_path, name) for name in names])
    assert lines == ["a.vidtag.json", "a.srt .ass", "a.clips/01.mp4 .srt", "a.reel.mp4"]


def test_without_a_terminal_each_stage_is_one_plain_line():
    text = io.StringIO()
    with ProgressBars(Console(file=text)) as progress:
        for done in range(5):
            progress(Progress("speech", done, 4))
        progress(Progress("speech", 4, 4))
    assert text.getvalue().count("Recognising speech") == 1


def test_on_a_terminal_a_bar_moves():
    text = io.StringIO()
    with ProgressBars(Console(file=text, force_terminal=True, width=100)) as progress:
        progress(Progress("clips", 1, 4, "two.mp4"))
        progress(Progress("clips", 4, 4))
    assert "Cutting clips" in text.getvalue()
    assert "100%" in text.getvalue()
