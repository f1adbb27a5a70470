"""Frames per second of pictures whose files do not say, or say something else than they hold."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.present import present
from vidtag.media.frame_rate import rate_of_frames
from vidtag.media.probe import probe
from vidtag.timelines.model import media_reference

MILLISECOND, QUICKTIME = Fraction(1, 1000), Fraction(1, 600)
RATES = [
    *(Fraction(n, 1001) for n in (24000, 30000, 60000)),
    *map(Fraction, (12, 15, 24, 25, 30, 50, 60)),
]


def shown(rate: Fraction, time_base: Fraction, count: int, first: int = 0) -> list[int]:
    """Times of frames as a clock that rounds has them."""
    return [first + round(number / rate / time_base) for number in range(count)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("declared", [None, Fraction(1000)])
def test_files_without_a_rate_have_that_of_their_frames(
    rate: Fraction, declared: Fraction | None
) -> None:
    times = shown(rate, MILLISECOND, 240)
    assert rate_of_frames([times, times[::-1]], MILLISECOND, declared) == rate


def test_a_second_of_frames_tells_as_well() -> None:
    assert rate_of_frames([shown(Fraction(30), MILLISECOND, 30)], MILLISECOND, Fraction(1000)) == 30
    assert rate_of_frames([[0, 40]], MILLISECOND, Fraction(1000)) == 25


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("time_base", [MILLISECOND, QUICKTIME])
def test_a_mean_of_rounded_times_is_the_rate_they_were_taken_at(
    rate: Fraction, time_base: Fraction
) -> None:
    times = shown(rate, time_base, 240)
    mean = Fraction(239) / ((times[-1] - times[0]) * time_base)
    assert rate_of_frames([times], time_base, mean) == rate


def test_dropped_frames_do_not_slow_it_down() -> None:
    times = shown(Fraction(25), MILLISECOND, 240)
    held = times[:100] + times[150:]
    assert rate_of_frames([held], MILLISECOND, Fraction(1000)) == 25


def test_what_a_file_declares_is_kept_where_frames_do_not_contradict_it() -> None:
    fields = shown(Fraction(50), Fraction(1, 90_000), 240)
    assert rate_of_frames([fields], Fraction(1, 90_000), Fraction(25)) == 25
    uneven = [0, 304, 380, 488, 536, 600, 636]
    assert rate_of_frames([uneven], MILLISECOND, Fraction(2775, 188)) == Fraction(2775, 188)
    assert rate_of_frames([[7]], MILLISECOND, Fraction(24)) == 24
    assert rate_of_frames([], MILLISECOND, None) == 25


@pytest.mark.parametrize("frames", [10, 30])
def test_a_file_that_is_declared_to_have_1000_has_the_rate_of_its_frames(
    frames: int, tmp_path: Path, ffmpeg_cli: Callable[..., None]
) -> None:
    """FLV says no rate, and a stream whose own is far off leaves FFmpeg with its clock's."""
    file = tmp_path / "short.flv"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", "testsrc=s=64x48:r=30", "-frames:v", str(frames)),
        *("-vf", "settb=1/1000", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-x264-params", "force-cfr=0:bframes=0"),
        *("-bsf:v", "h264_metadata=tick_rate=1200", "-flvflags", "no_metadata", file),
    )
    with av.open(str(file)) as container:
        assert container.streams.video[0].average_rate == 1000
    video = probe(file).video
    assert video is not None
    assert (video.frame_rate, video.variable_frame_rate) == (30, False)


def test_a_timeline_of_flv_that_begins_late_is_as_long_as_its_frames(
    tmp_path: Path, ffmpeg_cli: Callable[..., None]
) -> None:
    """FFmpeg writes into FLV when it ends, which a file that begins late lasts not that long."""
    file = tmp_path / "late.flv"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-frames:v", "50", "-c:v", "libx264"),
        *("-pix_fmt", "yuv420p", "-bf", "0", "-output_ts_offset", "1", file),
    )
    media = probe(file)
    assert media.duration == pytest.approx(2.0, abs=0.04)
    assert media_reference(media).frames in (49, 50)


REAL = Path(__file__).parents[3] / "shared/real/media/ax_sample.flv"


@pytest.mark.skipif(not REAL.exists(), reason="this file is not part of the project")
def test_a_real_file_that_declares_1000() -> None:
    media = probe(REAL)
    assert media.video is not None
    assert media.video.frame_rate == 30
    # 30 frames; the sound goes on for 90 ms.
    assert media_reference(media).frames == 33


def test_frames_that_an_edit_list_hides_do_not_slow_it_down(lab: Any, tmp_path: Path) -> None:
    """A phone's trim leaves every second frame before the beginning, for the decoder."""
    source = lab.video("every.mp4", rate=30, count=90, options={"g": "90", "bf": "0"})
    target = tmp_path / "trimmed.mov"
    with av.open(str(source)) as one, av.open(str(target), "w") as out:
        stream = one.streams.video[0]
        track = out.add_stream_from_template(stream)
        track.time_base = QUICKTIME
        kept = [p for p in one.demux(stream) if p.size]
        hidden = kept[:30:2]
        for number, packet in enumerate([*hidden, *kept[30:]], -len(hidden)):
            packet.time_base = QUICKTIME
            packet.pts = packet.dts = number * (40 if number < 0 else 20)
            packet.duration = 40 if number < 0 else 20
            packet.stream = track
            out.mux_one(packet)
    with av.open(str(target)) as written:
        assert any(packet.is_discard for packet in written.demux(video=0))
        assert present(written.streams.video[0].average_rate) < 26
    video = probe(target).video
    assert video is not None
    assert (video.frame_rate, video.variable_frame_rate) == (30, False)
