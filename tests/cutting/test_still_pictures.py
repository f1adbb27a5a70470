"""A picture that stands still is shown until the next one comes: slides, single frames, covers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.builders.videos import draw
from tests.cutting.test_cut import cut
from vidtag.core.names import CutMode
from vidtag.media.probe import probe

ENCODED = [CutMode.SMART, CutMode.EXACT]


def slides(
    target: Path, times: list[float], length: float, codec: str = "libx264", gap: int = 100
) -> Path:
    """Frames 0, 1, 2 ... shown at given times, beside a sweeping tone of a given length."""
    frame: Any
    with av.open(str(target), "w") as out:
        video: Any = out.add_stream(codec, rate=25, options={"g": str(gap), "bf": "0"})
        video.width, video.height = 320, 180
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        sound: Any = out.add_stream("aac", rate=48_000, layout="mono")
        t = np.arange(round(length * 48_000)) / 48_000
        tone = (0.4 * np.sin(2 * np.pi * (300 + 10 * t) * t)).astype(np.float32)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(draw(number, 320, 180), format="rgb24")
            frame = frame.reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        for at in range(0, tone.size, 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, at : at + 1024], "fltp", "mono")
            frame.sample_rate, frame.pts = 48_000, at
            out.mux(sound.encode(frame))
        out.mux(sound.encode())
    return target


def shown(lab: Any, path: Path) -> list[tuple[int, float]]:
    """Number and time of every frame of a clip."""
    return [(seen.number, round(seen.time, 2)) for seen in lab.frames(path)]


def lengths(path: Path) -> tuple[float, ...]:
    """Seconds of picture and of sound."""
    with av.open(str(path)) as clip:
        streams: Any = clip.streams
        return tuple(float(s.duration * s.time_base) for s in streams)


@pytest.mark.parametrize("mode", ENCODED)
@pytest.mark.parametrize("gap", [100, 1])
@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (10.0, 14.0, [(1, 0.0)]),  # within one slide
        (6.0, 9.5, [(0, 0.0), (1, 2.0)]),  # over a change
        (8.0, 17.0, [(1, 0.0), (2, 8.0)]),  # from a change on
        (15.9, 26.0, [(1, 0.0), (2, 0.1), (3, 8.1)]),
        (15.98, 23.0, [(2, 0.0)]),
        (26.0, 29.5, [(3, 0.0)]),  # the last slide, while the sound goes on
        (22.0, 29.5, [(2, 0.0), (3, 2.0)]),
    ],
)
def test_a_frame_every_eight_seconds(
    start: float, end: float, expected: Any, gap: int, mode: CutMode, lab: Any, tmp_path: Path
) -> None:
    source = slides(tmp_path / "slides.mp4", [0, 8, 16, 24], 30, gap=gap)
    result = cut(source, start, end, tmp_path, mode=mode)
    assert shown(lab, result.path) == expected
    assert (result.start, result.end) == pytest.approx((start, end), abs=0.021)
    assert lengths(result.path) == pytest.approx((end - start, end - start), abs=0.03)
    assert not result.note


@pytest.mark.parametrize("mode", ENCODED)
def test_a_single_frame_under_a_talk(mode: CutMode, lab: Any, tmp_path: Path) -> None:
    source = slides(tmp_path / "still.mkv", [0], 12)
    result = cut(source, 5.0, 9.0, tmp_path, mode=mode)
    assert result.has_picture == (probe(source).video is not None)
    if result.has_picture:
        assert shown(lab, result.path) == [(0, 0.0)]
    assert lengths(result.path) == pytest.approx([4.0] * (1 + result.has_picture), abs=0.03)


def test_a_single_frame_that_lasts_is_a_picture(lab: Any, tmp_path: Path) -> None:
    plain = slides(tmp_path / "plain.mp4", [0, 12.0], 12)
    source = tmp_path / "still.mp4"
    with av.open(str(plain)) as one, av.open(str(source), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in one.streams}
        for packet in one.demux():
            if packet.size and not (packet.stream.type == "video" and packet.pts):
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    media = probe(source)
    assert media.video is not None
    assert media.video.duration == pytest.approx(12.0, abs=0.05)
    result = cut(source, 5.0, 9.0, tmp_path)
    assert shown(lab, result.path) == [(0, 0.0)]
    assert lengths(result.path) == pytest.approx((4.0, 4.0), abs=0.03)


def test_a_cover_in_a_track_of_its_own_is_no_picture(tmp_path: Path) -> None:
    source = slides(tmp_path / "podcast.mp4", [0], 12, codec="mjpeg")
    assert probe(source).video is None
    result = cut(source, 5.0, 9.0, tmp_path)
    assert result.path.name == "clip.m4a"
    assert lengths(result.path) == pytest.approx([4.0], abs=0.03)


def test_a_moving_picture_that_ends_within_the_clip_stands_still(lab: Any, tmp_path: Path) -> None:
    source = lab.video("short_picture.mp4", count=50, audio_end=6.0)
    result = cut(source, 1.0, 4.0, tmp_path)
    assert [seen.number for seen in lab.frames(result.path)] == list(range(25, 50))
    assert lengths(result.path) == pytest.approx((3.0, 3.0), abs=0.03)
    assert not result.note


def test_a_moving_picture_begins_on_its_frames(lab: Any, tmp_path: Path) -> None:
    """At ten frames a second a clip waits for the next one, as at any rate that moves."""
    source = lab.video("slow.mp4", rate=10, count=60)
    result = cut(source, 1.03, 3.03, tmp_path)
    assert [seen.number for seen in lab.frames(result.path)] == list(range(11, 31))
