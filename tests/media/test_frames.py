"""Frames of real files at given times: the right one, and the last where none follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vidtag.media.container import clock_zero
from vidtag.media.ffmpeg import file_url
from vidtag.media.frames import OpenVideo, open_video
from vidtag.media.probe import probe


@pytest.fixture(params=["mp4", "ts", "mkv", "avi"])
def film(request: pytest.FixtureRequest, tmp_path: Path, ffmpeg_cli: Callable[..., None]) -> Path:
    """Six seconds at 25 frames a second with a keyframe every two seconds."""
    path = tmp_path / f"film.{request.param}"
    codec = ["mpeg4"] if request.param == "avi" else ["libx264", "-preset", "ultrafast", "-bf", "2"]
    source = ["-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-t", "6"]
    ffmpeg_cli(*source, "-c:v", *codec, "-g", "50", "-pix_fmt", "yuv420p", file_url(path))
    return path


def shown_at(video: OpenVideo, time: float, most_before: int | None = None) -> float:
    """When the frame that is found for a time is shown."""
    frame = video.frame_at(time, most_before=most_before)
    assert frame is not None
    assert frame.time is not None
    return frame.time - float(clock_zero(video.container))


def test_the_first_frame_at_or_after_a_time(film: Path) -> None:
    with open_video(probe(film)) as video:
        for time in (0.0, 3.5, 1.98, 4.0, 0.01):
            assert time - 0.001 <= shown_at(video, time) < time + 0.041


def test_the_last_frame_where_none_follows(film: Path) -> None:
    with open_video(probe(film)) as video:
        assert shown_at(video, 5.99) == pytest.approx(5.96, abs=0.002)
        assert shown_at(video, 7.5) == pytest.approx(5.96, abs=0.002)


def test_a_frame_before_is_good_enough_after_so_many(film: Path) -> None:
    with open_video(probe(film)) as video:
        assert 2.0 <= shown_at(video, 3.9, most_before=5) < 3.0
