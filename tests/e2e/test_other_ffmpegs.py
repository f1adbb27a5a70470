"""Cuts, reels, social clips, burned subtitles and tracks with the ffmpegs that people have.

``python -m tools.other_ffmpegs FOLDER`` fetches them, ``VIDTAG_OTHER_FFMPEGS`` names the folder.
Without it only the machine's own is tested.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.present import duration_of, time_of
from vidtag.core.errors import ToolError
from vidtag.core.names import CutMode, Framing
from vidtag.core.records import Clip, Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.cutting.cut import cut_clip
from vidtag.films.reel import make_reel
from vidtag.films.social import SocialLook, make_social
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.ffmpeg_program import PROGRAM_VARIABLE, find_ffmpeg
from vidtag.media.probe import probe
from vidtag.media.shots import shot_changes
from vidtag.subtitles.burn import burn_in
from vidtag.subtitles.mux import mux

ROOT = Path(__file__).parent.parent.parent
FOLDER = os.environ.get("VIDTAG_OTHER_FFMPEGS")
VERSIONS = ("4.4", "5.1", "6.0", "7.0", "7.1", "8.0", "8.1")
DRAWING = "draw subtitles and titles"
CUES = (Cue(1.0, 2.0, ("Hello",), language=Language.EN),)


@pytest.fixture(params=["own", *VERSIONS])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ffmpeg of that version is the one that vidtag uses."""
    name: str = request.param
    if name != "own":
        program = Path(FOLDER or "/nowhere", name, "ffmpeg")
        if not program.exists():
            pytest.skip(f"ffmpeg {name} is not in VIDTAG_OTHER_FFMPEGS")
        monkeypatch.setenv(PROGRAM_VARIABLE, str(program))
        assert find_ffmpeg().version.removeprefix("n").startswith(name)
    return name


def test_every_job_can_be_done(version: str) -> None:
    without_libass = {"4.4", "7.1", "8.1"}  # as they are built
    expected = [DRAWING] if version in without_libass else []
    assert [job for job, _ in find_ffmpeg().failed] == expected


@pytest.mark.parametrize("name", ["plain.mp4", "uneven.mkv", "stream.ts"])
def test_an_exact_cut_holds_its_frames_and_lasts_as_long(
    version: str, name: str, lab: Any, tmp_path: Path
) -> None:
    source = lab.video(name, uneven=name == "uneven.mkv", count=80)
    done = cut_clip(
        probe(source), Clip(1.2, 2.4, (), 1.0, ""), tmp_path / "a.mp4", mode=CutMode.EXACT
    )
    if name == "plain.mp4":
        assert lab.numbers(done.path) == list(range(30, 60))
        with av.open(str(done.path)) as clip:
            video = clip.streams.video[0]
            assert float(duration_of(video)) == pytest.approx(1.2, abs=1e-3)
    else:
        numbers = lab.numbers(done.path)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert done.duration == pytest.approx(1.2, abs=0.09)


def test_a_reel_and_a_social_clip_hold_every_frame(version: str, lab: Any, tmp_path: Path) -> None:
    media = probe(lab.video())
    clips = [tmp_path / "1.mp4", tmp_path / "2.mp4"]
    for number, clip in enumerate(clips):
        cut_clip(media, Clip(2.0 * number, 2.0 * number + 1.6, (), 1.0, ""), clip)
    reel = make_reel(clips, tmp_path / "reel.mp4", cross_fade=0.2)
    numbers = lab.numbers(reel.path)
    assert numbers[:35] == list(range(35))
    assert numbers[41:] == list(range(56, 90))
    for framing in Framing:
        make_social(clips[0], tmp_path / f"{framing}.mp4", look=SocialLook(framing=framing))
        with av.open(str(tmp_path / f"{framing}.mp4")) as file:
            assert sum(1 for _ in file.decode(video=0)) == 40


def test_subtitles_are_burned_and_put_into_tracks(version: str, lab: Any, tmp_path: Path) -> None:
    media = probe(lab.video())
    mux(media, CUES, tmp_path / "track.mp4", SubtitlesConfig())
    with av.open(str(tmp_path / "track.mp4")) as file:
        stream = file.streams.subtitles[0]
        packets = [packet for packet in file.demux(stream) if packet.size > 2]
        assert float(time_of(packets[0])) == pytest.approx(1.0, abs=0.01)
        assert b"Hello" in bytes(packets[0])
    if DRAWING in dict(find_ffmpeg().failed):
        with pytest.raises(ToolError, match="this ffmpeg lacks a filter"):
            burn_in(media, CUES, tmp_path / "burned.mp4", SubtitlesConfig())
        return
    burn_in(media, CUES, tmp_path / "burned.mp4", SubtitlesConfig())
    with av.open(str(tmp_path / "burned.mp4")) as file:
        pictures = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    assert len(pictures) == 150
    low = [int((picture[100:] > 240).sum()) for picture in pictures]
    assert min(low[25:50]) > max(*low[:25], *low[50:])


def test_shots_are_found(version: str, tmp_path: Path) -> None:
    film = tmp_path / "two.mp4"
    two = ("smptebars=rate=25:duration=2", "testsrc2=size=320x240:rate=25:duration=2")
    inputs = [word for one in two for word in ("-f", "lavfi", "-i", one)]
    graph = "[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]concat=n=2"
    run([*inputs, "-filter_complex", graph, "-c:v", "libx264", file_url(film)])
    assert shot_changes(probe(film)) == pytest.approx((2.0,), abs=0.001)


@pytest.mark.parametrize("old", ["4.4", pytest.param("7.0", marks=pytest.mark.long)])
def test_the_main_job_from_end_to_end(old: str, tmp_path: Path) -> None:
    program = Path(FOLDER or "/nowhere", old, "ffmpeg")
    if not program.exists():
        pytest.skip(f"ffmpeg {old} is not in VIDTAG_OTHER_FFMPEGS")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "vidtag", "run", str(ROOT / "samples" / "demo.mp4")),
            *("--model", "pocket", "-o", str(tmp_path / "out")),
        ],
        env=os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # One without libass is passed over, and that is said once; a whole one is not.
    assert done.stderr.count("is used instead") == (1 if old == "4.4" else 0)
    assert any((tmp_path / "out").rglob("*reel*.mp4"))
