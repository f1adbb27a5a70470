"""Chapters of files: read back by FFmpeg from videos, and by the reader of WebVTT."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from tests.builders.documents import make_document
from tests.builders.present import present
from vidtag.core.records import Clip, Cue, EventKind, EventSpan
from vidtag.core.settings import SubtitlesConfig
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe
from vidtag.subtitles.mux import mux
from vidtag.subtitles.reading.subtitle_file import read_cues
from vidtag.timelines.build import DocumentTimelines
from vidtag.timelines.chapters import chapters_text, ffmetadata_text, webvtt_text
from vidtag.timelines.formats import timeline_files

STARTS = [(0.4, "A = B; #1 \\ [CHAPTER]\nEND=0"), (3.25, "R&D <b>1 --> 2</b>"), (5.5, "終わり；")]
TITLES = ["A = B; #1 \\ [CHAPTER] END=0", *(title for _, title in STARTS[1:])]
TIMES = [(0, 3.25), (3.25, 5.5), (5.5, 8.0)]
"""When they begin and end in a video of eight seconds: there is no gap before the first."""
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8)
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def ffmpeg(*arguments: object) -> None:
    command = [find_ffmpeg().path, "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=120)


def chapters_of(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as file:
        return [
            (
                float(one["start"] * present(one["time_base"])),
                float(one["end"] * present(one["time_base"])),
                one["metadata"]["title"],
            )
            for one in file.chapters()
        ]


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
def test_a_video_has_them_and_keeps_them(suffix: str, tmp_path: Path) -> None:
    source, target, again = (tmp_path / f"{name}{suffix}" for name in ("source", "a", "b"))
    ffmpeg(*PICTURE, *(VP9 if suffix == ".webm" else H264), source)
    text, _ = ffmetadata_text(STARTS, 8.0, "Start")
    cues = (Cue(1.0, 2.0, ("Hello",)),)
    mux(probe(source), cues, target, SubtitlesConfig(), clean=cues, chapters=text)
    mux(probe(target), cues, again, SubtitlesConfig())
    for path in (target, again):
        found = chapters_of(path)
        assert [title for *_, title in found] == TITLES
        assert [(start, end) for start, end, _ in found] == [
            pytest.approx(span, abs=0.0011) for span in TIMES
        ]


def test_new_ones_take_the_place_of_the_videos_own_wherever_its_clock_begins(
    tmp_path: Path,
) -> None:
    source, target = tmp_path / "source.mkv", tmp_path / "out.mkv"
    old = tmp_path / "old.txt"
    old.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=2\nEND=6\ntitle=Old\n", "utf-8")
    ffmpeg(*PICTURE, "-i", old, *H264, "-output_ts_offset", 5, source)
    assert [title for *_, title in chapters_of(source)] == ["Old"]
    text, _ = ffmetadata_text(STARTS, 8.0, "Start")
    mux(probe(source), (), target, SubtitlesConfig(), chapters=text)
    assert [round(start, 2) for start, *_ in chapters_of(target)] == [0, 3.25, 5.5]


def test_a_webvtt_track_has_the_same(tmp_path: Path) -> None:
    text, note = webvtt_text(STARTS, 8.0, "Start")
    assert note == ""
    path = tmp_path / "chapters.vtt"
    path.write_text(present(text), "utf-8")
    cues = read_cues(path)
    assert [(cue.start, cue.end) for cue in cues] == TIMES
    assert [cue.lines for cue in cues] == [(title,) for title in TITLES]


def test_hours_and_an_opening_are_told() -> None:
    text, _ = webvtt_text([(3725.0625, "late")], 40_000.0, "Start")
    assert present(text).splitlines()[2:] == [
        *("1", "00:00:00.000 --> 01:02:05.062", "Start", ""),
        *("2", "01:02:05.062 --> 11:06:40.000", "late"),
    ]


@pytest.mark.parametrize("starts", [[], [(0.2, "all of it")], [(7.6, "its last breath")]])
def test_one_chapter_is_none_and_why(starts: list[tuple[float, str]]) -> None:
    for made in (webvtt_text, ffmetadata_text):
        text, note = made(starts, 8.0, "Start")
        assert text is None
        assert "nothing was found that parts the video" in note


def test_highlights_put_into_another_order_lose_no_chapter() -> None:
    laugh = EventSpan(EventKind.LAUGHTER, 21, 22, 0.9, 0.9)
    clips = [Clip(at, at + 5, (laugh,), 0.9, f"at {at}") for at in (60.0, 20.0, 40.0)]
    timelines = DocumentTimelines.of(make_document((), (laugh,), duration=100.0), clips)
    (file,), _ = timeline_files(timelines, ["chapters"])
    assert file.text == "0:00 Start\n0:20 at 20.0\n0:40 at 40.0\n1:00 at 60.0\n"
    assert chapters_text([(20, "a"), (29, "b"), (40, "c")], 49.0, "Start")[0] is None
