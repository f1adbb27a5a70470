"""Real media files, made on the fly: pips at known times, so that clocks can be measured."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from vidtag.media.ffmpeg import file_url
from vidtag.media.samples import SAMPLE_RATE

PIP_SECONDS = 0.02


def pip_wave(rate: int, hertz: float = 1000.0) -> np.ndarray:
    """A short tone that rises and falls: its middle can be found to a fraction of a millisecond."""
    time = np.arange(round(PIP_SECONDS * rate)) / rate
    return 0.6 * np.hanning(len(time)) * np.sin(2 * np.pi * hertz * time)


def pips(times: Sequence[float], length: float, rate: int = 48_000) -> np.ndarray:
    """Silence with a pip beginning at each of ``times`` (seconds)."""
    samples = np.zeros(round(length * rate))
    shape = pip_wave(rate)
    for time in times:
        start = round(time * rate)
        samples[start : start + len(shape)] += shape[: len(samples) - start]
    return samples


def write_wav(path: Path, channels: np.ndarray | Sequence[np.ndarray], rate: int = 48_000) -> Path:
    """Write channels (each -1 to 1) as 16-bit PCM."""
    data = np.atleast_2d(np.asarray(channels))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(data))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((data.T * 32767).round().astype("<i2").tobytes())
    return path


def found_pips(samples: np.ndarray) -> list[float]:
    """When pips begin in 16 kHz samples, by matched filtering."""
    shape = pip_wave(SAMPLE_RATE)
    match = np.abs(np.correlate(samples, shape, mode="valid")) / np.sum(shape**2)
    times = []
    while match.size and match.max() > 0.3:
        best = int(match.argmax())
        times.append(best / SAMPLE_RATE)
        match[max(0, best - 800) : best + 800] = 0
    return sorted(times)


@pytest.fixture
def picture() -> list[str]:
    """Arguments for a small picture input without a length."""
    return ["-f", "lavfi", "-i", "testsrc=s=64x48:r=25"]


@pytest.fixture
def tone_video(tmp_path: Path, ffmpeg_cli: Callable[..., None], picture: list[str]) -> Path:
    """Six seconds of picture, index at the front, with pips at 1, 2.5 and 5 s."""
    noise = np.random.default_rng(1).normal(0, 0.003, 6 * 48_000)
    sound = write_wav(tmp_path / "pips.wav", pips([1, 2.5, 5], 6) + noise)
    video = tmp_path / "pips.mp4"
    ffmpeg_cli(
        *picture, "-i", file_url(sound), "-t", "6", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", file_url(video),
    )  # fmt: skip
    return video
