"""Transport streams whose clock jumps, forward, back, or over its 33 bits: times go on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.conftest import found_pips, pips, write_wav
from vidtag.core.media_streams import AudioStream, Media, VideoStream
from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.media.audio import stream_audio
from vidtag.media.extent import measure
from vidtag.media.jumps import MISSING, SteadyClock
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE
from vidtag.media.shots import shot_changes
from vidtag.media.steady import steady
from vidtag.report.thumbnails import picture as thumbnail

Cli = Callable[..., None]
LENGTH = 3.0
AT = 1.0
"""Seconds into a part at which a pip begins, and a second of white picture."""
FRAME = 0.04
RAGGED = 0.1
"""Seconds by which sound and picture of a part may not begin and end together."""
EXACT = 0.01
WRAP = 2**33 / 90_000


def samples_of(media: Media) -> np.ndarray:
    return np.concatenate(list(stream_audio(media)))


@pytest.fixture
def joined(tmp_path: Path, ffmpeg_cli: Cli) -> Callable[..., Path]:
    """A stream of parts that begin at these times of their clocks."""
    sound = write_wav(tmp_path / "in.wav", pips([AT], LENGTH))
    whole = tmp_path / "part.mp4"
    flash = f"color=black:s=64x48:r=25:d={LENGTH},drawbox=color=white:t=fill"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", f"{flash}:enable='between(t,{AT},{AT + 0.99})'", "-i", sound),
        *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-c:a", "aac", whole),
    )

    def make(*starts: float, kind: str = "ts") -> Path:
        parts = []
        for number, start in enumerate(starts):
            part = tmp_path / f"{number}.{kind}"
            codecs = ("-c", "copy") if kind == "ts" else ("-c:v", "mpeg2video", "-c:a", "mp2")
            ffmpeg_cli("-i", whole, *codecs, "-output_ts_offset", f"{start:.6f}", part)
            parts.append(part.read_bytes())
        path = tmp_path / f"joined.{kind}"
        path.write_bytes(b"".join(parts))
        return path

    return make


JOINED = {
    "forward": (0, 500),
    "back": (500, 0),
    "back by less than it lasted": (0, 0, 0),
    "a day on, and back": (0, 90_000, 7),
    "through the wrap": (WRAP - 2.4,),
    "through the wrap, and back": (WRAP - 2.4, 0),
    "to the wrap, and through it": (10, WRAP - 2.4),
}


@pytest.mark.parametrize("how", JOINED)
def test_sound_picture_and_length_go_on(joined: Callable[..., Path], how: str) -> None:
    starts = JOINED[how]
    media = probe(joined(*starts))
    assert media.clock_jumps == (len(starts) > 1)
    assert media.duration == pytest.approx(LENGTH * len(starts), abs=RAGGED * len(starts))
    assert media.video is not None
    streams: list[VideoStream | AudioStream] = [media.video, *media.audio]
    for stream in streams:
        assert stream.duration is not None
        if media.clock_jumps:
            assert stream.start + stream.duration == pytest.approx(media.duration, abs=RAGGED)
    samples = samples_of(media)
    assert len(samples) / SAMPLE_RATE == pytest.approx(media.duration, abs=RAGGED)
    sounds, shots = found_pips(samples), shot_changes(media)
    assert len(sounds) == len(starts)
    assert len(shots) == 2 * len(starts)
    flashes = shots[::2]
    assert np.diff(flashes) == pytest.approx(LENGTH, abs=RAGGED)
    # In each part they are as far from each other as in the first.
    apart = np.subtract(sounds, flashes)
    assert apart == pytest.approx(apart[0], abs=EXACT)
    assert abs(apart[0]) <= 1024 / 48_000 + EXACT, "the priming of the encoder"


@pytest.mark.parametrize("starts", [(0, 500), (500, 0), (0, 0)])
def test_program_streams_too(joined: Callable[..., Path], starts: tuple[float, ...]) -> None:
    media = probe(joined(*starts, kind="mpg"))
    assert media.clock_jumps
    assert media.duration == pytest.approx(LENGTH * len(starts), abs=RAGGED * len(starts))
    sounds = found_pips(samples_of(media))
    assert np.diff(sounds) == pytest.approx(LENGTH, abs=2 * RAGGED)
    assert shot_changes(media)[::2] == pytest.approx(sounds, abs=0.06)


@pytest.mark.parametrize("how", ["forward", "back", "back by less than it lasted"])
def test_clips_and_pictures_are_of_the_same_time_as_the_sound(
    joined: Callable[..., Path], how: str, tmp_path: Path
) -> None:
    starts = JOINED[how]
    media = probe(joined(*starts))
    flash = shot_changes(media)[-2]
    assert flash > LENGTH, "of the last part"
    cut = cut_clip(media, Clip(flash - 0.4, flash + 0.6, (), 1.0, "flash"), tmp_path / "clip.mp4")
    assert (cut.start, cut.end) == pytest.approx((flash - 0.4, flash + 0.6), abs=FRAME)
    clip = probe(cut.path)
    (shot,) = shot_changes(clip)
    assert shot == pytest.approx(flash - cut.start, abs=FRAME)
    (pip,) = found_pips(samples_of(clip))
    assert pip == pytest.approx(shot, abs=1024 / 48_000 + EXACT)
    import io

    from PIL import Image

    for time, brightness in ((flash - 0.2, 0), (flash + 0.3, 255)):
        shown = thumbnail(media, time)
        assert shown is not None
        with Image.open(io.BytesIO(shown)) as image:
            assert np.asarray(image.convert("L")).mean() == pytest.approx(brightness, abs=25)


def test_sound_that_is_missing_for_long_is_no_jump(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    """The picture goes on meanwhile, so the clock did not jump."""
    sound = write_wav(tmp_path / "in.wav", pips([1, 20], 21))
    path = tmp_path / "hole.ts"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", "color=s=64x48:r=10:d=21", "-i", sound),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
        *("-bsf:a", f"noise=drop='between(pts*tb,2,{4 + MISSING})'", path),
    )
    media = probe(path)
    assert not media.clock_jumps
    first, second = found_pips(samples_of(media))
    assert second - first == pytest.approx(19, abs=EXACT)


def test_a_steady_file_is_its_own_copy(joined: Callable[..., Path]) -> None:
    media = probe(joined(3))
    with steady(media) as same:
        assert same is media
    jumping = probe(joined(3, 0))
    with steady(jumping) as copy:
        assert not copy.clock_jumps
        assert copy.path != jumping.path
        assert copy.duration == pytest.approx(jumping.duration, abs=1e-3)
        assert Path(copy.path).exists()
        with steady(jumping) as shared:
            assert shared is copy
        assert Path(copy.path).exists()
    assert not Path(copy.path).exists()


parts = st.lists(
    st.tuples(st.floats(0, WRAP), st.integers(40, 400), st.integers(0, 30)), min_size=1, max_size=5
)


@given(parts=parts, lag=st.floats(0, 1.0))
def test_every_part_follows_all_before_it(parts: list[tuple[float, int, int]], lag: float) -> None:
    """A picture of 25 frames a second, and sound that is stored ``lag`` later than it is heard,
    so that where a part is cut off, the sound ends earlier."""
    clock = SteadyClock()
    step, frame = 0.04, 1024 / 48_000
    begins = []
    played = [0.0, 0.0]
    for start, frames, _ in parts:
        packets = [(number * step, 0, number * step) for number in range(frames)]
        number = 0
        while number * frame + lag < frames * step:
            packets.append((number * frame + lag, 1, number * frame))
            number += 1
        first = None
        for _, stream, time in sorted(packets):
            duration = (step, frame)[stream]
            shift = clock.shift(stream, start + time, duration)
            first = shift if first is None else first
            shown = start + time + shift
            # A jump forward by little is a hole in the recording, which stays as long as it is.
            assert shown >= played[stream] - MISSING
            assert shift == pytest.approx(first, abs=1e-6), "streams of a part stay together"
            played[stream] = shown + duration
        begins.append(start + (first or 0.0))
    for before, (one, other) in zip(parts, itertools.pairwise(begins), strict=False):
        assert one + before[1] * step - 1e-6 <= other <= one + before[1] * step + 2 * MISSING


@pytest.mark.parametrize("wrong", [7000.0, 2.0, 0.0, 1.5])
def test_a_single_wrong_time_changes_nothing_after_it(wrong: float) -> None:
    clock = SteadyClock()
    shifts = [
        clock.shift(0, wrong if number == 50 else number * 0.04, 0.04) for number in range(100)
    ]
    assert [round(shift, 6) for number, shift in enumerate(shifts) if number != 50] == [0.0] * 99


def test_random_times_cost_bounded_time() -> None:
    clock = SteadyClock()
    times = np.random.default_rng(0).uniform(0, WRAP, 20_000)
    ends = [time + clock.shift(0, time, 0.02) for time in times.tolist()]
    assert np.diff(ends).min() >= -0.1


def test_measuring_finds_where_each_stream_ends(joined: Callable[..., Path]) -> None:
    extent = measure(joined(5, 0))
    assert extent.clock_jumps
    assert len(extent.ends) == 2
    assert max(extent.ends.values()) == extent.duration == pytest.approx(2 * LENGTH, abs=2 * RAGGED)
