"""Clips say where they come from, so that editing programs link them to their source again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from tests.builders.timecode_tracks import set_timecode_track
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe

TAGS = {
    "creation_time": "2024-05-06T07:08:09.000000Z",
    "make": "Kamera & Söhne",
    "model": "K-1",
    "location": "+48.1372+011.5756/",
}


def source(folder: Path, rate: str, timecode: str | None = "10:00:00:00") -> Path:
    """Four seconds of picture and sound, with a timecode track and what a camera writes."""
    file = folder / "source.mov"
    tags = [word for key, value in TAGS.items() for word in ("-metadata", f"{key}={value}")]
    command = [
        *(find_ffmpeg().path, "-nostdin", "-v", "error", "-y"),
        *("-f", "lavfi", "-i", f"testsrc=s=64x48:r={rate}", "-f", "lavfi", "-i", "sine"),
        *("-t", "4", "-c:v", "libx264", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", *tags),
        *(() if timecode is None else ("-timecode", timecode)),
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return file


def tags_of(file: Path) -> tuple[dict[str, str], str | None]:
    """What FFmpeg reads of a file: its tags, and the timecode of its timecode track."""
    with av.open(str(file)) as container:
        codes = [s.metadata.get("timecode") for s in container.streams if s.type == "data"]
        return dict(container.metadata), next(iter(codes), None)


@pytest.mark.parametrize("mode", CutMode)
def test_a_clip_goes_on_with_the_timecode_of_its_source(mode: CutMode, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    cut_clip(probe(source(tmp_path, "25")), Clip(1.0, 3.0, (), 0, "t"), clip, mode=mode)
    tags, timecode = tags_of(clip)
    assert timecode == "10:00:01:00"
    assert tags["title"] == "t"
    assert {key: tags[key] for key in TAGS} == TAGS
    video = probe(clip).video
    assert video is not None
    assert (video.timecode, video.timecode_rate) == ("10:00:01:00", 25)


@pytest.mark.parametrize(
    ("rate", "clock", "drop", "number", "expected"),
    [
        ("50", (25, 1), False, 900_012, "10:00:01:12"),
        ("30", (30, 1), True, 1_793_106, "16:37:11;02"),
        ("60000/1001", (30000, 1001), True, 107_892, "01:00:01;00"),
    ],
)
def test_it_counts_at_the_rate_of_the_source(
    rate: str, clock: tuple[int, int], drop: bool, number: int, expected: str, tmp_path: Path
) -> None:
    file, clip = source(tmp_path, rate), tmp_path / "clip.mp4"
    ticks, length = clock
    base = round(ticks / length)
    set_timecode_track(file, number=number, ticks=ticks, length=length, base=base, drop=drop)
    cut_clip(probe(file), Clip(1.0, 3.0, (), 0, ""), clip, mode=CutMode.EXACT)
    video = probe(clip).video
    assert video is not None
    assert video.timecode == expected
    assert tags_of(clip)[1] == expected


def test_camera_and_place_are_left_off_where_they_are_not_wanted(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    media = probe(source(tmp_path, "25"))
    cut_clip(media, Clip(1.0, 3.0, (), 0, ""), clip, strip_metadata=True)
    tags, timecode = tags_of(clip)
    assert not {"make", "model", "location"} & set(tags)
    assert b"K-1" not in clip.read_bytes()
    assert (tags["creation_time"], timecode) == (TAGS["creation_time"], "10:00:01:00")


def test_a_source_without_timecode_gives_clips_without(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    cut_clip(probe(source(tmp_path, "25", None)), Clip(1.0, 3.0, (), 0, ""), clip)
    tags, timecode = tags_of(clip)
    assert timecode is None
    assert tags["make"] == TAGS["make"]
