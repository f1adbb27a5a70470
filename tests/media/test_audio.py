"""The sound of real files: on time, the right track and channel, in any container."""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.media.conftest import found_pips, pips, write_wav
from vidtag.core.errors import InputError, MediaError
from vidtag.core.records import Channel
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

Cli = Callable[..., None]
WHEN = [1.0, 2.5, 5.0]
EXACT = 0.01  # seconds a pip may be off


def listen(path: Path, **options: object) -> np.ndarray:
    chunks = list(stream_audio(probe(path), **options))  # type: ignore[arg-type]
    return np.concatenate(chunks)


def assert_pips(samples: np.ndarray, expected: list[float]) -> None:
    assert found_pips(samples) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("wav", "pcm_s16le"), ("wav", "pcm_u8"), ("wav", "pcm_s24le"), ("wav", "pcm_f32le"),
        ("w64", "pcm_s16le"), ("aiff", "pcm_s16be"), ("flac", "flac"), ("mp3", "libmp3lame"),
        ("aac", "aac"), ("m4a", "aac"), ("m4a", "alac"), ("ogg", "libvorbis"),
        ("opus", "libopus"), ("mka", "aac"), ("webm", "libopus"), ("mp4", "libmp3lame"),
        ("wma", "wmav2"), ("ac3", "ac3"),
    ],
)  # fmt: skip
def test_audio_file_of_any_kind_is_on_time(
    suffix: str, codec: str, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    sound = write_wav(tmp_path / "in.wav", pips(WHEN, 6))
    file = tmp_path / f"out.{suffix}"
    ffmpeg_cli("-i", sound, "-c:a", codec, file)
    media = probe(file)
    samples = listen(file)
    # Raw ADTS and AC-3 carry no encoder delay, and Windows Media's is in no header: what a player
    # plays is late by it, and so are the samples.
    delay = {"aac": 1024 / 48_000, "ac3": 256 / 48_000, "wma": 2048 / 48_000}.get(suffix, 0.0)
    assert media.video is None
    assert_pips(samples, [time + delay for time in WHEN])
    assert len(samples) / SAMPLE_RATE == pytest.approx(6, abs=0.1)
    assert media.duration == pytest.approx(6, abs=0.1)
    assert samples.dtype == np.float32
    assert 0.3 < np.abs(samples).max() <= 1


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_sample_rate_is_on_time(rate: int, tmp_path: Path) -> None:
    samples = listen(write_wav(tmp_path / "in.wav", pips(WHEN, 6, rate), rate))
    assert found_pips(samples) == pytest.approx(WHEN, abs=0.0005)
    assert len(samples) == 6 * SAMPLE_RATE


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts", "flv"])
def test_audio_that_starts_late_is_late(
    suffix: str, tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    sound = write_wav(tmp_path / "in.wav", pips([0.5, 2], 3), 48_000)
    file = tmp_path / f"late.{suffix}"
    ffmpeg_cli(
        *picture, "-itsoffset", "1.075", "-i", sound, "-map", "0:v", "-map", "1:a", "-t", "4",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0",
        "-c:a", "libmp3lame" if suffix == "flv" else "aac", "-ar", "44100", file,
    )  # fmt: skip
    media = probe(file)
    samples = listen(file)
    # The priming of the encoder, 23 ms of silence, is part of the track where it starts late.
    priming = {"ts": 1024 / 44_100, "flv": 1105 / 44_100}.get(suffix, 0.0)
    start = media.video.start if media.video else 0.0
    assert found_pips(samples) == pytest.approx([1.575 + start, 3.075 + start], abs=EXACT + priming)
    assert media.audio[0].start == pytest.approx(1.075 + start, abs=0.05)
    assert not samples[: SAMPLE_RATE // 2].any()


def test_edit_list_that_skips_the_beginning(
    tmp_path: Path, tone_video: Path, ffmpeg_cli: Cli
) -> None:
    file = tmp_path / "edited.mp4"
    ffmpeg_cli("-ss", "2.2", "-i", tone_video, "-c", "copy", file)
    media = probe(file)
    assert media.video is not None
    # The copy begins at a keyframe before 2.2 s and hides the rest with an edit list.
    assert_pips(listen(file), [0.3, 2.8])
    assert media.duration == pytest.approx(3.8, abs=0.1)


def test_transport_stream_starts_at_zero(tmp_path: Path, tone_video: Path, ffmpeg_cli: Cli) -> None:
    file = tmp_path / "shifted.ts"
    ffmpeg_cli("-i", tone_video, "-c", "copy", "-output_ts_offset", "3600", file)
    media = probe(file)
    assert media.duration == pytest.approx(6, abs=0.2)
    first = min(media.audio[0].start, media.video.start if media.video else 9)
    assert first == pytest.approx(0, abs=1e-5)
    lead = media.video.start if media.video else 0.0
    assert found_pips(listen(file)) == pytest.approx([t + lead for t in WHEN], abs=0.03)


def test_tracks(tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    first = write_wav(tmp_path / "a.wav", pips([1], 3))
    second = write_wav(tmp_path / "b.wav", pips([2], 3))
    file = tmp_path / "two.mkv"
    ffmpeg_cli(
        *picture, "-i", first, "-i", second, "-map", "0:v", "-map", "1:a", "-map", "2:a",
        "-t", "3", "-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0", "language=eng",
        "-metadata:s:a:1", "language=jpn", "-metadata:s:a:1", "title=解説",
        "-disposition:a:0", "0", "-disposition:a:1", "default", file,
    )  # fmt: skip
    media = probe(file)
    assert [(s.track, s.language, s.title) for s in media.audio] == [
        (0, "eng", None),
        (1, "jpn", "解説"),
    ]
    assert_pips(listen(file, track=0), [1])
    assert_pips(listen(file, track=1), [2])
    assert_pips(listen(file), [2])  # the default track
    with pytest.raises(InputError, match=r"no audio track 2.*track 0 \(eng\), track 1 \(jpn\)"):
        next(stream_audio(media, track=2))


def test_channels(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "lr.wav", [pips([1], 4), pips([3], 4)])
    assert_pips(listen(file, channel=Channel.LEFT), [1])
    assert_pips(listen(file, channel=Channel.RIGHT), [3])
    mix = listen(file)
    assert_pips(mix, [1, 3])
    assert np.abs(mix).max() == pytest.approx(0.3, abs=0.02)
    mono = write_wav(tmp_path / "mono.wav", pips([2], 4))
    assert np.array_equal(listen(mono, channel=Channel.LEFT), listen(mono))
    assert np.array_equal(listen(mono, channel=Channel.RIGHT), listen(mono))


def test_surround(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    times = {"FL": 0.5, "FR": 1.0, "FC": 1.5, "LFE": 2.0, "BL": 2.5, "BR": 3.0}
    source = write_wav(tmp_path / "six.wav", [pips([t], 4) for t in times.values()])
    file = tmp_path / "six.mkv"
    ffmpeg_cli("-i", source, "-af", "aformat=channel_layouts=5.1", "-c:a", "flac", file)
    mix = listen(file)
    level = {n: np.abs(mix[int(t * 16000) : int(t * 16000) + 400]).max() for n, t in times.items()}
    assert level["FC"] > level["FL"] > level["BL"] > 0.05
    assert level["FL"] == pytest.approx(level["FR"], rel=0.01)
    assert level["LFE"] < 0.001
    assert_pips(listen(file, channel=Channel.LEFT), [0.5])
    assert_pips(listen(file, channel=Channel.RIGHT), [1.0])


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mkv", "pcm_s16le"), ("mkv", "libopus"), ("mp4", "aac"), ("ts", "aac")]
)
def test_gaps_become_silence_and_do_not_drift(
    suffix: str, codec: str, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    """Packets are dropped, as by a recorder that could not keep up; times stay."""
    sound = write_wav(tmp_path / "in.wav", pips([0.5, 1.5, 3.5, 5.5], 6))
    file = tmp_path / f"gaps.{suffix}"
    drop = "noise=drop='between(pts*tb,2,3)+between(pts*tb,4,4.3)+between(pts*tb,4.6,4.63)'"
    ffmpeg_cli("-i", sound, "-c:a", codec, "-bsf:a", drop, file)
    samples = listen(file)
    priming = 1024 / 48_000 if suffix == "ts" else 0.0
    shift = found_pips(samples)[0] - 0.5
    assert shift == pytest.approx(priming, abs=EXACT + priming)
    assert found_pips(samples) == pytest.approx(
        [t + shift for t in (0.5, 1.5, 3.5, 5.5)], abs=EXACT
    )
    assert len(samples) / SAMPLE_RATE == pytest.approx(6, abs=0.1)


def test_overlaps_are_cut(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    """Timestamps jump back by 0.4 s: the doubled time is heard once."""
    sound = write_wav(tmp_path / "in.wav", pips([0.5, 1.5, 3.5, 5.5], 6))
    file = tmp_path / "back.mkv"
    ffmpeg_cli(
        "-i", sound, "-c:a", "pcm_s16le", "-bsf:a", "setts=ts='if(gt(N,30),TS-0.4/TB,TS)'", file
    )
    samples = listen(file)
    at = next(t for t in found_pips(samples) if t > 2)
    jump = 3.5 - at
    assert jump == pytest.approx(0.4, abs=EXACT)
    assert found_pips(samples)[-1] == pytest.approx(5.1, abs=EXACT)
    assert len(samples) / SAMPLE_RATE == pytest.approx(5.6, abs=0.1)


def test_jittering_timestamps_leave_the_sound_alone(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    sound = write_wav(tmp_path / "in.wav", pips(WHEN, 6))
    steady, jittery = tmp_path / "steady.mkv", tmp_path / "jittery.mkv"
    ffmpeg_cli("-i", sound, "-c:a", "pcm_s16le", steady)
    # Every third packet is 15 ms late.
    late = "setts=ts='TS+0.015/TB*not(mod(N,3))*gt(N,0)'"
    ffmpeg_cli("-i", sound, "-c:a", "pcm_s16le", "-bsf:a", late, jittery)
    assert np.array_equal(listen(jittery), listen(steady))


def test_transport_stream_whose_clock_restarts(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    """Two recordings glued together: the second follows the first, as ffmpeg and players do it."""
    sound = write_wav(tmp_path / "in.wav", pips([1.5], 3))
    for name, offset in (("a", "1000"), ("b", "0")):
        ffmpeg_cli("-i", sound, "-c:a", "mp2", "-output_ts_offset", offset, tmp_path / f"{name}.ts")
    both = tmp_path / "both.ts"
    both.write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    samples = listen(both)
    assert len(samples) / SAMPLE_RATE == pytest.approx(6, abs=0.1)
    assert found_pips(samples) == pytest.approx([1.5, 4.5], abs=0.06)


def test_sample_rate_changes_in_the_middle(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    one = write_wav(tmp_path / "a.wav", pips([1], 3, 44_100), 44_100)
    two = write_wav(tmp_path / "b.wav", pips([1], 3, 22_050), 22_050)
    for name, source in (("a", one), ("b", two)):
        ffmpeg_cli("-i", source, "-c:a", "aac", tmp_path / f"{name}.aac")
    both = tmp_path / "both.aac"
    both.write_bytes((tmp_path / "a.aac").read_bytes() + (tmp_path / "b.aac").read_bytes())
    found = found_pips(listen(both))
    assert found == pytest.approx([1 + 1024 / 44_100, 4 + 2 * 1024 / 44_100 + 0.023], abs=0.06)


def test_cover_art_is_no_video(tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    sound = write_wav(tmp_path / "in.wav", pips(WHEN, 6))
    cover, file = tmp_path / "cover.jpg", tmp_path / "song.m4a"
    ffmpeg_cli(*picture, "-frames:v", "1", "-pix_fmt", "yuvj420p", cover)
    ffmpeg_cli("-i", sound, "-i", cover, "-c:v", "copy", "-disposition:v", "attached_pic", file)
    assert probe(file).video is None
    assert_pips(listen(file), WHEN)


@pytest.mark.parametrize(
    "name",
    ["a b's \"c\".mp4", "-y.mp4", "line\nbreak.mp4", "笑い😀.mp4", "100%d.mp4", "a:b,c;[x].mp4",
     "pipe:1.mp4", "http:x.mp4"],
)  # fmt: skip
def test_the_name_of_a_file_does_not_matter(
    name: str, tone_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tone_video.parent)
    tone_video.rename(name)
    assert_pips(listen(Path(name)), WHEN)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chunk=st.floats(0.01, 8))
def test_chunks_make_no_difference(chunk: float, tone_video: Path) -> None:
    media = probe(tone_video)
    chunks = list(stream_audio(media, chunk_seconds=chunk))
    assert {len(c) for c in chunks[:-1]} <= {round(chunk * SAMPLE_RATE)}
    assert 0 < len(chunks[-1]) <= round(chunk * SAMPLE_RATE)
    assert np.array_equal(np.concatenate(chunks), np.concatenate(list(stream_audio(media))))


def test_cut_off_file_gives_what_there_is_and_then_raises(
    tmp_path: Path, tone_video: Path, ffmpeg_cli: Cli
) -> None:
    for suffix in ("mp4", "mkv", "wav", "flac"):
        whole = tmp_path / f"whole.{suffix}"
        options = () if suffix in ("wav", "flac") else ("-c", "copy", "-movflags", "+faststart")
        ffmpeg_cli("-i", tone_video, *options, whole)
        data = whole.read_bytes()
        cut = tmp_path / f"cut.{suffix}"
        cut.write_bytes(data[: len(data) * 6 // 10])
        chunks = []
        with pytest.raises(MediaError, match=r"was cut off: it ends at 0:0\d") as caught:
            for chunk in stream_audio(probe(cut), chunk_seconds=0.5):
                chunks.append(chunk)
        assert caught.value.path == str(cut)
        assert found_pips(np.concatenate(chunks))[:2] == pytest.approx(WHEN[:2], abs=EXACT), suffix


def test_damage_in_the_middle_is_survived(tone_video: Path) -> None:
    data = bytearray(tone_video.read_bytes())
    middle = len(data) * 6 // 10
    data[middle : middle + 3000] = os.urandom(3000)
    tone_video.write_bytes(data)
    samples = listen(tone_video)
    assert len(samples) / SAMPLE_RATE == pytest.approx(6, abs=0.1)
    assert found_pips(samples)[0] == pytest.approx(1, abs=EXACT)
    assert found_pips(samples)[-1] == pytest.approx(5, abs=EXACT)


def test_whole_files_are_not_called_cut_off(
    tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    """Sound much shorter than the picture is no damage."""
    sound = write_wav(tmp_path / "in.wav", pips([1], 2))
    for suffix in ("mp4", "mkv", "ts", "avi"):
        file = tmp_path / f"short.{suffix}"
        ffmpeg_cli(*picture, "-i", sound, "-t", "8", "-c:v", "mpeg4", "-c:a", "libmp3lame", file)
        assert len(listen(file)) / SAMPLE_RATE == pytest.approx(2, abs=0.15)


def test_track_without_a_sample(tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    file = tmp_path / "hollow.wav"
    write_wav(file, np.zeros(0))
    with pytest.raises(InputError, match="holds no sound"):
        listen(file)


def test_closing_early_closes_the_file(tone_video: Path) -> None:
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else None
    if before is None:
        pytest.skip("open files are listed on Linux only")
    chunks = stream_audio(probe(tone_video), chunk_seconds=0.1)
    next(chunks)
    assert any(
        os.path.realpath(f"/proc/self/fd/{fd}") == str(tone_video)
        for fd in os.listdir("/proc/self/fd")
    )
    assert isinstance(chunks, Generator)
    chunks.close()
    gc.collect()
    assert set(os.listdir("/proc/self/fd")) <= before


def test_memory_does_not_grow_with_length(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    peaks = []
    for minutes in (1, 4):
        file = tmp_path / f"{minutes}.flac"
        ffmpeg_cli("-f", "lavfi", "-i", "sine=r=16000", "-t", f"{60 * minutes}", file)
        media = probe(file)
        tracemalloc.start()
        total = sum(len(chunk) for chunk in stream_audio(media))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == 60 * minutes * SAMPLE_RATE
    assert peaks[1] < peaks[0] * 1.2


def test_long_gap_costs_no_memory(tmp_path: Path, ffmpeg_cli: Cli) -> None:
    sound = write_wav(tmp_path / "in.wav", pips([0.5], 1))
    file = tmp_path / "hole.mkv"
    ffmpeg_cli("-i", sound, "-c:a", "pcm_s16le", "-bsf:a", "setts=ts='TS+3600/TB*gt(N,6)'", file)
    media = probe(file)
    tracemalloc.start()
    total = sum(len(chunk) for chunk in stream_audio(media))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total / SAMPLE_RATE == pytest.approx(3601, abs=0.1)
    assert peak < 20e6
