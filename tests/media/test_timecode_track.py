"""What timecode the first frame has, by QuickTime's own track."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from tests.builders.timecode_tracks import break_timecode_track, set_timecode_track
from vidtag.media.probe import probe
from vidtag.timelines.model import media_reference

Cli = Callable[..., None]

HOURS = 16 * 3600 + 37 * 60 + 10
"""Seconds that 16:37:10 stands for."""

CASES = {
    # picture's rate: (numbers per second, drop, number of the first frame, timecode, start frame)
    "drop-frame at true 30": ("30", (30, 1), 30, True, 1_793_106, "16:37:10;02", 1_793_106),
    "drop flag at 24": ("24", (24, 1), 24, True, HOURS * 24 + 2, "16:37:10:02", HOURS * 24 + 2),
    "25 under 50": ("50", (25, 1), 25, False, HOURS * 25 + 12, "16:37:10:12", HOURS * 50 + 24),
    "29.97 under 59.94": (
        *("60000/1001", (30000, 1001), 30, True),
        *(107_892, "01:00:00;00", 215_784),
    ),
    "30 under 59.94": ("60000/1001", (30, 1), 30, False, 108_000, "01:00:00:00", 216_000),
    "before midnight": ("25", (25, 1), 25, False, -1, "23:59:59:24", 24 * 3600 * 25 - 1),
    "ticks of 600": ("25", (600, 24), 25, False, 90_000, "01:00:00:00", 90_000),
}


@pytest.fixture
def coded(tmp_path: Path, ffmpeg_cli: Cli) -> Callable[[str], Path]:
    def make(rate: str) -> Path:
        file = tmp_path / "coded.mov"
        ffmpeg_cli(
            *("-f", "lavfi", "-i", f"testsrc=s=64x48:r={rate}", "-t", "1", "-c:v", "mpeg4"),
            *("-timecode", "00:00:01:00", file),
        )
        return file

    return make


@pytest.mark.parametrize("case", CASES)
def test_a_timecode_is_counted_at_its_own_rate(case: str, coded: Callable[[str], Path]) -> None:
    rate, clock, base, drop, number, text, start = CASES[case]
    file = coded(rate)
    set_timecode_track(file, number=number, ticks=clock[0], length=clock[1], base=base, drop=drop)
    video = probe(file).video
    assert video is not None
    assert (video.timecode, video.timecode_rate) == (text, Fraction(*clock))
    assert video.timecode_note == ""
    reference = media_reference(probe(file))
    assert reference.rate == Fraction(rate)
    assert reference.start == start
    assert reference.note == ""


def test_the_text_is_what_others_make_of_the_number(coded: Callable[[str], Path]) -> None:
    file = coded("30000/1001")
    for number in (0, 1799, 1800, 17_982, 1_793_000, 2_589_407):
        set_timecode_track(file, number=number, ticks=30000, length=1001, base=30, drop=True)
        video = probe(file).video
        assert video is not None
        time = otio.opentime.RationalTime(number, 30000 / 1001)
        assert video.timecode == otio.opentime.to_timecode(time, 30000 / 1001, True)


@pytest.mark.parametrize(
    ("damage", "said"),
    [("rate", "how many frames"), ("sample", "end of the file"), ("description", "description")],
)
def test_a_timecode_track_that_cannot_be_read_is_told(
    damage: str, said: str, coded: Callable[[str], Path]
) -> None:
    file = coded("25")
    break_timecode_track(file, damage)
    video = probe(file).video
    assert video is not None
    assert said in video.timecode_note
    assert said in media_reference(probe(file)).note


def test_a_video_without_one_has_none(tone_video: Path) -> None:
    video = probe(tone_video).video
    assert video is not None
    assert (video.timecode, video.timecode_rate, video.timecode_note) == (None, None, "")


REAL = Path(__file__).parents[3] / "shared/real/cases/timecode"


@pytest.mark.skipif(not REAL.is_dir(), reason="these files are not part of the project")
@pytest.mark.parametrize(
    ("name", "start"),
    [("df30", 1_793_106), ("df24", (19 * 3600 + 36 * 60 + 10) * 24 + 2), ("tc50_25", 1_800_024)],
)
def test_files_of_cameras(name: str, start: int) -> None:
    assert media_reference(probe(REAL / f"{name}.mov")).start == start
