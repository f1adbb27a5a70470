"""What lies between samples: against points that the Fourier transform makes."""

from __future__ import annotations

import numpy as np
import pytest

from vidtag.films.true_peak import Sound, limit, true_peaks


def between(sound: Sound) -> Sound:
    """Four points per sample of sound that repeats itself: highest absolute value of each four."""
    spectrum = np.fft.rfft(sound, axis=0)
    points = np.fft.irfft(spectrum, 4 * len(sound), axis=0) * 4
    highest: Sound = np.abs(points).reshape(len(sound), 4, -1).max(axis=(1, 2))
    return highest


def soft_noise(count: int) -> Sound:
    """Noise below 20 kHz whose loudness rises and falls, samples x 2."""
    spectrum = np.fft.rfft(np.random.default_rng(4).normal(size=(count, 2)), axis=0)
    spectrum[round(len(spectrum) * 20 / 24) :] = 0
    swell = 0.05 + 0.3 * np.sin(np.arange(count) * 2 * np.pi / count * 3) ** 2
    sound: Sound = np.fft.irfft(spectrum, count, axis=0) * swell[:, None]
    return sound


@pytest.mark.parametrize("count", [960, 4_800, 5_003])
def test_peaks_between_samples(count: int) -> None:
    sound = soft_noise(count)
    inner = slice(100, -100)
    assert true_peaks(sound)[inner] == pytest.approx(between(sound)[inner], abs=0.03)


def test_where_nothing_is_loud_no_loud_point_is_missed() -> None:
    sound = soft_noise(48_000)
    every = true_peaks(sound)
    for above in (0.2, 0.5, 0.9):
        some = true_peaks(sound, above)
        loud = every > above
        assert loud.any()
        assert some[loud] == pytest.approx(every[loud], abs=1e-9)
        assert (some <= every + 1e-9).all()


def test_limited_sound_is_as_loud_as_allowed_and_else_as_it_was() -> None:
    sound = soft_noise(48_000)
    limited = limit(sound, 0.5)
    assert 0.45 < between(limited).max() < 0.51
    far = np.flatnonzero(np.convolve(between(sound) > 0.49, np.ones(1_001), "same") == 0)
    assert far.size
    assert limited[far] == pytest.approx(sound[far], abs=1e-12)
    assert limit(sound, 10) is sound


@pytest.mark.parametrize("count", [0, 1, 5])
def test_hardly_any_sound(count: int) -> None:
    assert true_peaks(np.full((count, 2), 0.5)).shape == (count,)
