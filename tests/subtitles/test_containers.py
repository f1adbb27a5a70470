"""Videos whose streams do not all fit into the container that subtitles are to be in."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidtag.core.errors import ToolError
from vidtag.core.records import Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.media.ffmpeg_errors import explain
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe
from vidtag.subtitles.burn import burn_in
from vidtag.subtitles.mux import mux

CONFIG = SubtitlesConfig()
CUES = (Cue(0.5, 1.5, ("Hello there",), language=Language.EN),)
REAL = Path(__file__).parents[3] / "shared" / "real"
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=3")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=300:duration=3")


def ffmpeg(*arguments: object) -> None:
    command = [find_ffmpeg().path, "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """An MKV with sound MP4 can't hold, a default ASS track, and a font."""
    srt = tmp_path / "old.srt"
    srt.write_text("1\n00:00:00,200 --> 00:00:01,000\nOld words\n\n", encoding="utf-8")
    font = tmp_path / "font.ttf"
    font.write_bytes(b"\0\1\0\0" + bytes(200))
    file = tmp_path / "full.mkv"
    ffmpeg(
        *PICTURE, *SOUND, "-i", srt, "-map", "0:v", "-map", "1:a", "-map", "2:s",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "pcm_mulaw", "-c:s", "ass",
        "-disposition:s:0", "default", "-attach", font,
        "-metadata:s:t", "mimetype=application/x-truetype-font",
        "-metadata:s:t", "filename=font.ttf", file,
    )  # fmt: skip
    return file


def streams(path: Path) -> list[tuple[str, str, bool]]:
    """Type, codec and whether it is a default, of every stream."""
    found: list[tuple[str, str, bool]] = []
    with av.open(str(path)) as file:
        for stream in file.streams:
            context = stream.codec_context
            codec = context.codec.canonical_name if context else ""
            found.append((stream.type, codec, bool(stream.disposition & 1)))
    return found


def test_an_mp4_takes_what_it_can_hold_and_says_what_it_can_not(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    notes = mux(probe(full), CUES, target, CONFIG)
    found = streams(target)
    assert [kind for kind, *_ in found] == ["video", "audio", "subtitle", "subtitle"]
    assert [codec for _, codec, _ in found] == ["h264", "aac", "mov_text", "mov_text"]
    assert [default for kind, _, default in found if kind == "subtitle"] == [True, False]
    assert any("pcm_mulaw" in note for note in notes)
    assert any("fonts" in note for note in notes)


def test_an_mkv_keeps_fonts_and_has_one_default(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    assert mux(probe(full), CUES, target, CONFIG) == ()
    found = streams(target)
    assert [kind for kind, *_ in found] == [
        "video", "audio", "subtitle", "subtitle", "attachment",
    ]  # fmt: skip
    assert found[1][1] == "pcm_mulaw"
    assert [default for kind, _, default in found if kind == "subtitle"] == [True, False]


def test_text_of_mp4_becomes_text_of_mkv_and_back(full: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mkv"
    mux(probe(full), CUES, first, CONFIG)
    mux(probe(first), CUES, second, CONFIG)
    assert [codec for kind, codec, _ in streams(second) if kind == "subtitle"] == [
        "ass", "subrip", "subrip",
    ]  # fmt: skip


def test_sound_that_mp4_can_not_hold_is_encoded_when_burning(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    notes = burn_in(probe(full), CUES, target, CONFIG)
    assert any("audio track 0 (pcm_mulaw) is encoded" in note for note in notes)
    assert any("subtitle tracks of the source are left out" in note for note in notes)
    assert [codec for _, codec, _ in streams(target)] == ["h264", "aac"]


def test_letters_are_burned_into_square_pixels(tmp_path: Path) -> None:
    wide, plain = tmp_path / "wide.mp4", tmp_path / "plain.mp4"
    for path, size, shape in ((wide, "480x360", "4/3"), (plain, "640x360", "1")):
        ffmpeg(
            "-f", "lavfi", "-i", f"color=gray:s={size}:r=25:d=2", "-vf", f"setsar={shape}",
            "-c:v", "libx264", "-pix_fmt", "yuv420p", path,
        )  # fmt: skip
    widths = []
    for path in (wide, plain):
        target = tmp_path / f"burned-{path.name}"
        burn_in(probe(path), CUES, target, CONFIG)
        video = probe(target).video
        assert video is not None
        assert video.sample_aspect_ratio == Fraction(1)
        with av.open(str(target)) as file:
            shown = [f.to_ndarray(format="gray") for f in file.decode(video=0) if f.time == 1.0]
        assert shown[0].shape == (360, 640)
        bright = np.flatnonzero((shown[0] > 200).any(axis=0))
        widths.append(bright[-1] - bright[0])
    assert widths[0] == pytest.approx(widths[1], abs=2)


def test_trimmed_frames_stay_trimmed(tmp_path: Path) -> None:
    whole, trimmed, target = tmp_path / "whole.mp4", tmp_path / "t.mp4", tmp_path / "out.mkv"
    ffmpeg(*PICTURE, "-c:v", "libx264", "-g", 75, "-bf", 0, "-pix_fmt", "yuv420p", whole)
    ffmpeg("-ss", 1, "-i", whole, "-c", "copy", trimmed)
    notes = mux(probe(trimmed), CUES, target, CONFIG)
    assert any("trimmed" in note for note in notes)
    counts = []
    for path in (trimmed, target):
        with av.open(str(path)) as file:
            counts.append(sum(1 for _ in file.decode(video=0)))
    assert counts == [50, 50]


def test_the_real_cause_is_told() -> None:
    lines = [
        "[mp4 @ 0x55ba19a924c0] Could not find tag for codec ass in stream #2, codec not "
        "currently supported in container",
        "[out#0/mp4 @ 0x55ba19ae9e00] Could not write header (incorrect codec parameters ?)",
        "[out#0/mp4 @ 0x55ba19ae9e00] Nothing was written into output file",
    ]
    assert explain(lines).startswith("Could not find tag for codec ass")


def test_a_picture_that_webm_can_not_hold(full: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"Only VP8 or VP9 or AV1"):
        mux(probe(full), CUES, tmp_path / "out.webm", CONFIG)
    assert not (tmp_path / "out.webm").exists()


@pytest.mark.skipif(not REAL.exists(), reason="the real files are not here")
def test_real_trim_stays_trimmed(tmp_path: Path) -> None:
    source, target = REAL / "media" / "edit_t2997.mp4", tmp_path / "out.mkv"
    mux(probe(source), CUES, target, CONFIG)
    counts = []
    for path in (source, target):
        with av.open(str(path)) as file:
            counts.append(sum(1 for _ in file.decode(video=0)))
    assert counts[0] == counts[1]
