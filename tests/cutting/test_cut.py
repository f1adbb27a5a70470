"""Clips cut from real videos hold the frames and the sound they should, read back one by one."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.present import duration_of, present
from vidtag.core.errors import OutputError, ToolError, UserError, VerificationError
from vidtag.core.names import CutMode
from vidtag.core.records import Clip, Progress
from vidtag.cutting import cut as cutting
from vidtag.cutting import exact
from vidtag.cutting.cut import CutResult, clip_suffix, cut_clip
from vidtag.cutting.cut_plan import plan_cut
from vidtag.cutting.exact import exact_graph
from vidtag.cutting.sound_encoding import sound_chain
from vidtag.files import PARTIAL_PREFIX
from vidtag.media.container import open_media
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe

MILLISECOND = 0.001
SOURCES: dict[str, dict[str, Any]] = {
    "plain.mp4": {},
    "film.mp4": {"rate": Fraction(24000, 1001)},
    "ntsc.mp4": {"rate": Fraction(30000, 1001)},
    "fifty.mov": {"rate": 50},
    "ntsc60.mp4": {"rate": Fraction(60000, 1001)},
    "film.mkv": {"rate": Fraction(24000, 1001)},
    "uneven.mp4": {"rate": 30, "uneven": True, "count": 80},
    "uneven.mkv": {"rate": 30, "uneven": True, "count": 80},
    "late_sound.mp4": {"audio_starts": (1.5,)},
    "late_picture.mp4": {"picture_start": 0.4},
    "stream.ts": {"options": {"g": "40"}},
    "hevc.mp4": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": "log-level=none"},
    },
    "vp9.webm": {
        "codec": "libvpx-vp9",
        "audio_codec": "libopus",
        "options": {"deadline": "realtime", "cpu-used": "8"},
    },
    "av1.mp4": {"codec": "libsvtav1", "options": {"preset": "8"}},
    "mpeg4.avi": {"codec": "mpeg4", "audio_codec": "mp3"},
    "b_frames.mkv": {"options": {"preset": "medium", "bf": "4", "b-pyramid": "normal"}},
    "open_gop.mp4": {"options": {"preset": "medium", "bf": "3", "x264-params": "open-gop=1"}},
    "ten_bit.mkv": {"pixel_format": "yuv422p10le"},
    "full_colour.mp4": {"pixel_format": "yuv444p"},
    "mpeg2.mpg": {"codec": "mpeg2video", "audio_codec": "mp2", "options": {"bf": "2"}},
    "b_frames.avi": {"codec": "mpeg4", "audio_codec": "mp3", "options": {"bf": "2", "g": "50"}},
}


def make_clip(start: float, end: float, title: str = "") -> Clip:
    return Clip(start, end, (), 1.0, title)


def cut(source: Path, start: float, end: float, folder: Path, **options: Any) -> CutResult:
    media = probe(source)
    target = folder / f"clip{clip_suffix(media)}"
    return cut_clip(media, make_clip(start, end), target, **{"mode": CutMode.EXACT, **options})


def clock_zero(source: Path) -> float:
    """Timestamp of a file that is 0 on the clock."""
    with av.open(str(source)) as container:
        return (container.start_time or 0) / 1e6


def assert_matches(lab: Any, source: Path, result: CutResult, start: float, end: float) -> None:
    """The clip holds every frame and click of the source in its stretch, each at its time."""
    zero = clock_zero(source)
    every = lab.frames(source)
    planned = [f for f in every if start - 0.002 <= f.time - zero < end - 0.002]
    written = lab.frames(result.path)
    assert [f.number for f in written] == [f.number for f in planned]
    first = planned[0].time
    for got, meant in zip(written, planned, strict=True):
        assert got.time == pytest.approx(meant.time - first, abs=1.1 * MILLISECOND)
    assert result.start == pytest.approx(first - zero, abs=MILLISECOND)
    # A codec may swallow the attack of a click at the very start of a file.
    low, high = 0.05, result.duration - 0.03
    clicks = [t for t in lab.clicks(result.path) if low < t < high]
    meant_clicks = [t - first for t in lab.clicks(source) if low < t - first < high]
    assert meant_clicks
    assert clicks == pytest.approx(meant_clicks, abs=1.5 * MILLISECOND)


@pytest.mark.parametrize("name", SOURCES)
def test_clip_holds_the_planned_frames_and_sound(name: str, lab: Any, tmp_path: Path) -> None:
    source = lab.video(name, **SOURCES[name])
    start, end = 1.234, 3.21
    result = cut(source, start, end, tmp_path)
    assert_matches(lab, source, result, start, end)
    assert (result.planned_start, result.planned_end) == (start, end)
    with av.open(str(result.path)) as clip:
        video = clip.streams.video[0].codec_context
        special = {"ten_bit.mkv": ("hevc", "yuv422p10le"), "full_colour.mp4": ("h264", "yuv444p")}
        assert (video.name, video.pix_fmt) == special.get(name, ("h264", "yuv420p"))
        assert clip.streams.audio[0].codec_context.name == "aac"
        audio = clip.streams.audio[0]
        frame = float(1 / present(clip.streams.video[0].average_rate))
        assert float(duration_of(audio)) == pytest.approx(result.duration, abs=frame)
    assert os.listdir(tmp_path) == ["clip.mp4"]


@pytest.mark.parametrize("start", [0.0, 0.96, 1.0, 1.04, 2.0])
def test_clip_around_a_keyframe(start: float, lab: Any, tmp_path: Path) -> None:
    source = lab.video()
    assert_matches(lab, source, cut(source, start, start + 1, tmp_path), start, start + 1)


def test_start_given_as_a_rounded_float_still_takes_that_frame(lab: Any, tmp_path: Path) -> None:
    source = lab.video("ntsc.mp4", rate=Fraction(30000, 1001))
    seventh = 7 * 1001 / 30000
    result = cut(source, round(seventh + 0.0004, 3), 2.0, tmp_path)
    assert lab.frames(result.path)[0].number == 7
    result = cut(source, seventh + 0.01, 2.0, tmp_path)
    assert lab.frames(result.path)[0].number == 8


def test_one_frame(lab: Any, tmp_path: Path) -> None:
    result = cut(lab.video(), 2.0, 2.04, tmp_path)
    assert [f.number for f in lab.frames(result.path)] == [50]
    assert result.duration == pytest.approx(0.04)


def test_matroska_film_is_even_again(lab: Any, tmp_path: Path) -> None:
    source = lab.video("film.mkv", rate=Fraction(24000, 1001))
    result = cut(source, 1.0, 3.0, tmp_path)
    with av.open(str(result.path)) as clip:
        assert clip.streams.video[0].average_rate == Fraction(24000, 1001)
    gaps = {round(b.time - a.time, 6) for a, b in _pairs(lab.frames(result.path))}
    assert gaps == {round(1001 / 24000, 6)}


def test_late_sound_stays_late(lab: Any, tmp_path: Path) -> None:
    source = lab.video("late_sound.mp4", audio_starts=(1.5,))
    result = cut(source, 1.0, 3.0, tmp_path)
    sound, start = lab.sound(result.path)
    assert start == 0
    assert abs(sound[: int(0.49 * 48_000)]).max() < 0.01
    # Frame 40 is at 1.6 s, and clicks.
    assert lab.clicks(result.path)[0] == pytest.approx(0.6, abs=MILLISECOND)


def test_no_sound_in_this_stretch(lab: Any, tmp_path: Path) -> None:
    result = cut(lab.video("late_sound.mp4", audio_starts=(1.5,)), 0.0, 1.0, tmp_path)
    with av.open(str(result.path)) as clip:
        assert not clip.streams.audio
    assert "no sound" in result.note


def test_sound_that_ends_early_goes_on_as_silence(lab: Any, tmp_path: Path) -> None:
    source = lab.video("short_sound.mp4", audio_end=3.0)
    result = cut(source, 2.0, 4.0, tmp_path)
    sound, _ = lab.sound(result.path)
    assert sound.size >= 2 * 48_000
    assert abs(sound[int(1.05 * 48_000) :]).max() < 0.01


def test_the_chosen_track_comes_first(lab: Any, tmp_path: Path) -> None:
    source = lab.video("two_tracks.mp4", audio_starts=(0.0, 0.0))
    for track, tone, other in ((0, 1000.0, 3000.0), (1, 3000.0, 1000.0)):
        result = cut(source, 1.0, 3.0, tmp_path, audio_track=track)
        for number, (heard, silent) in enumerate([(tone, other), (other, tone)]):
            clicks = lab.clicks(result.path, heard, number)
            assert clicks[-1] == pytest.approx(1.8, abs=MILLISECOND)
            assert not lab.clicks(result.path, silent, number)


def test_an_absent_track_is_refused(lab: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no audio track 3"):
        cut(lab.video(), 1.0, 2.0, tmp_path, audio_track=3)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_picture_is_upright(rotation: int, lab: Any, tmp_path: Path) -> None:
    source = lab.video(f"turned{rotation}.mp4", rotation=rotation)
    result = cut(source, 1.0, 2.0, tmp_path)
    # The counter was drawn before turning: turned back, it must be readable.
    assert [f.number for f in lab.frames(result.path, -rotation // 90)] == list(range(25, 50))
    with av.open(str(result.path)) as clip:
        frame = next(clip.decode(video=0))
        assert frame.rotation == 0
        assert (frame.height > frame.width) == (rotation != 180)


def test_colours_are_kept(lab: Any, tmp_path: Path) -> None:
    source = lab.video("bt709.mp4", color=True)
    result = cut(source, 1.0, 2.0, tmp_path)
    with av.open(str(source)) as a, av.open(str(result.path)) as b:
        one, other = next(a.decode(video=0)), next(b.decode(video=0))
    for tag in ("colorspace", "color_primaries", "color_trc", "color_range"):
        assert getattr(one, tag) == getattr(other, tag) == 1


def test_odd_sizes_become_playable(lab: Any, tmp_path: Path) -> None:
    source = lab.video("odd.mp4", size=(321, 181), pixel_format="yuv444p")
    result = cut(source, 1.0, 2.0, tmp_path)
    with av.open(str(result.path)) as clip:
        frame = next(clip.decode(video=0))
    assert (frame.width, frame.height) == (320, 180)


@pytest.mark.parametrize(("name", "offset"), [("late.mkv", 7), ("hour.ts", 3600), ("late.mp4", 9)])
@pytest.mark.parametrize("mode", CutMode)
def test_a_clock_that_starts_late(
    mode: CutMode, name: str, offset: int, lab: Any, tmp_path: Path
) -> None:
    """Only the file's own clock is late: the clip is the same."""
    source = lab.folder / name
    if not source.exists():
        command = ["-i", file_url(lab.video()), "-c", "copy", "-output_ts_offset", str(offset)]
        run([*command, file_url(source)])
    result = cut(source, 0.7, 2.47, tmp_path, mode=mode)
    if mode is not CutMode.COPY:
        assert_matches(lab, source, result, 0.7, 2.47)
    assert_matches(lab, source, result, result.start, result.end)


def test_where_the_picture_has_ended_the_sound_is_cut_alone(lab: Any, tmp_path: Path) -> None:
    source = lab.video("short_picture.mp4", count=50, audio_end=6.0)
    result = cut(source, 3.0, 5.0, tmp_path, mode=CutMode.SMART)
    assert (result.start, result.end) == (3.0, 5.0)
    assert result.note == "there is no picture in this stretch"
    with av.open(str(result.path)) as clip:
        assert not clip.streams.video
        assert present(clip.duration) / 1e6 == pytest.approx(2.0, abs=0.025)


def test_a_video_without_sound(lab: Any, tmp_path: Path) -> None:
    result = cut(lab.video("silent.mp4", audio_starts=()), 1.0, 2.0, tmp_path)
    assert [f.number for f in lab.frames(result.path)] == list(range(25, 50))
    with av.open(str(result.path)) as clip:
        assert not clip.streams.audio
    assert not result.note


@pytest.mark.parametrize("name", ["sound.m4a", "sound.mp3", "sound.ogg", "sound.wav"])
def test_sound_alone_makes_an_audio_clip(name: str, lab: Any, tmp_path: Path) -> None:
    codec = {"mp3": "mp3", "ogg": "libopus", "wav": "pcm_s16le", "m4a": "aac"}[name[-3:]]
    source = lab.video(name, picture=False, audio_codec=codec)
    result = cut(source, 1.3, 3.7, tmp_path)
    assert result.path.name == "clip.m4a"
    assert (result.start, result.end) == pytest.approx((1.3, 3.7), abs=1e-4)
    zero = clock_zero(source)
    meant = [t - zero - 1.3 for t in lab.clicks(source) if 1.3 < t - zero < 3.69]
    assert lab.clicks(result.path) == pytest.approx(meant, abs=MILLISECOND)
    with av.open(str(result.path)) as clip:
        assert present(clip.duration) / 1e6 == pytest.approx(2.4, abs=0.025)


def test_a_clip_past_the_end_is_shortened_and_says_so(lab: Any, tmp_path: Path) -> None:
    result = cut(lab.video(), 5.0, 60.0, tmp_path)
    assert result.end == pytest.approx(6.0)
    assert result.note == "ends at 6.000 s, where the file does"
    assert lab.frames(result.path)[-1].number == 149


@pytest.mark.parametrize(("start", "end"), [(2.0, 2.0), (3.0, 2.0), (60.0, 70.0), (2.01, 2.02)])
def test_an_empty_clip_is_refused(start: float, end: float, lab: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="empty"):
        cut(lab.video(), start, end, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_index_comes_first_so_that_clips_start_at_once(lab: Any, tmp_path: Path) -> None:
    data = cut(lab.video(), 1.0, 2.0, tmp_path).path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_progress_is_reported(lab: Any, tmp_path: Path) -> None:
    reported: list[Progress] = []
    cut(lab.video(), 1.0, 4.0, tmp_path, on_progress=reported.append)
    assert reported
    assert {p.stage for p in reported} == {"cut"}
    assert all(0 <= p.done <= p.total == 3.0 for p in reported)


def test_names_ffmpeg_could_misread(lab: Any, tmp_path: Path) -> None:
    folder = tmp_path / "100%d: 'it's' [笑]"
    folder.mkdir()
    source = folder / "-talk, 50%;.mp4"
    source.write_bytes(lab.video().read_bytes())
    result = cut_clip(probe(source), make_clip(1, 2, "笑: 'a' = b; c\\d"), folder / "out 'x'.mp4")
    assert len(lab.frames(result.path)) == 25
    with av.open(str(result.path)) as clip:
        assert clip.metadata["title"] == "笑: 'a' = b; c\\d"


def _wrong_by_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:

    def shifted(plan: Any, *others: Any) -> Any:
        clip = make_clip(float(plan.start) + 0.04, float(plan.end) + 0.04)
        with open_media(plan.media.path) as source:
            return exact_graph(plan_cut(source, plan.media, clip), *others)

    monkeypatch.setattr(cutting, "exact_graph", shifted)


def test_a_clip_wrong_by_one_frame_never_appears(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lab.video()
    _wrong_by_a_frame(monkeypatch)
    with pytest.raises(VerificationError, match="is not the source's frame"):
        cut(source, 1.0, 2.0, tmp_path)
    assert not list(tmp_path.iterdir())


def test_sound_shifted_against_the_picture_never_appears(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(source: Any, plan: Any, sound: Any) -> Any:
        late_chain = sound_chain(source, plan, sound).filter("adelay", 70)
        return late_chain.filter("atrim", end=float(plan.length))

    monkeypatch.setattr(exact, "sound_chain", late)
    with pytest.raises(VerificationError, match="shifted"):
        cut(lab.video("plain.mov", audio_codec="pcm_s16le"), 1.0, 3.0, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", CutMode)
def test_a_writer_that_is_stopped_leaves_the_other_clips(
    mode: CutMode, lab: Any, tmp_path: Path
) -> None:
    media = probe(lab.video())
    done = cut_clip(media, make_clip(1, 2), tmp_path / "done.mp4")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        with pytest.raises((OutputError, ToolError)):
            cut_clip(media, make_clip(0, 6), tmp_path / "broken.mp4", mode=mode)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["done.mp4"]
    assert len(lab.frames(done.path)) == 25


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 56 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=56k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("mode", CutMode)
def test_a_full_disk_leaves_the_other_clips(mode: CutMode, lab: Any, small_disk: Path) -> None:
    media = probe(lab.video())
    done = cut_clip(media, make_clip(1, 1.5), small_disk / "done.mp4")
    with pytest.raises(OutputError, match="disk is full"):
        cut_clip(media, make_clip(0, 6), small_disk / "broken.mp4", mode=mode)
    assert [p.name for p in small_disk.iterdir()] == ["done.mp4"]
    assert len(lab.frames(done.path)) == 13


def test_ctrl_c_leaves_nothing(lab: Any, tmp_path: Path) -> None:
    source = lab.video("long.mp4", count=1500, size=(640, 360))
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from vidtag.core.names import CutMode
        from vidtag.cutting.cut import cut_clip
        from vidtag.media.probe import probe
        from vidtag.core.records import Clip
        clip, target = Clip(0, 60, (), 1.0, ""), Path({str(tmp_path)!r}, "c.mp4")
        cut_clip(probe({str(source)!r}), clip, target, mode=CutMode.EXACT)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not any(p.name.startswith(PARTIAL_PREFIX) for p in tmp_path.iterdir()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors, process.returncode
    assert not list(tmp_path.iterdir())


def _pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    return list(itertools.pairwise(items))
