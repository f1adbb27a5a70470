"""Levels, pauses and onsets of made sounds."""

from __future__ import annotations

import numpy as np
import pytest

from vidtag.media import level
from vidtag.media.samples import Samples


def square_wave(seconds: float, amplitude: float) -> Samples:
    return np.resize(np.array([amplitude, -amplitude], np.float32), round(seconds * 16000)).astype(
        np.float32
    )


def speech_with_pause(pause: float, noise: float = 0.0) -> Samples:
    """A second of sound, a pause that holds so much noise, and a second of sound."""
    sound = square_wave(1.0, 0.1)
    return np.concatenate([sound, square_wave(pause, noise), sound])


def test_a_full_scale_square_wave_has_0_dbfs() -> None:
    levels = level.dbfs(level.frame_power(square_wave(0.05, 1.0)))
    np.testing.assert_allclose(levels, np.zeros(5), atol=1e-6)


def test_a_tenth_of_full_scale_lies_20_db_lower_and_silence_at_the_floor() -> None:
    assert level.dbfs(level.frame_power(square_wave(0.01, 0.1))) == pytest.approx([-20.0])
    assert level.dbfs(level.frame_power(np.zeros(160, np.float32))) == [level.SILENCE_DB]


def test_a_rest_shorter_than_a_frame_is_not_used() -> None:
    assert level.frame_power(np.ones(319, np.float32)).shape == (1,)
    assert level.frame_power(np.ones(100, np.float32)).shape == (0,)


def test_audible_is_what_reaches_the_level_for_one_frame() -> None:
    click = np.zeros(1600, np.float32)
    click[160:320] = 10 ** (level.AUDIBLE_DB / 20) * 1.01
    assert level.is_audible(click)
    assert not level.is_audible(click * np.float32(0.98))
    assert not level.is_audible(np.zeros(10, np.float32))


def test_a_pause_is_found_where_it_lies() -> None:
    found = level.find_pauses(speech_with_pause(0.3, 0.001), below=0.3, shortest=15)
    assert found.tolist() == [[100, 130]]


def test_a_shorter_pause_and_a_short_recording_hold_none() -> None:
    assert not len(level.find_pauses(speech_with_pause(0.1), below=0.3, shortest=15))
    assert level.find_pauses(square_wave(0.1, 0.1), below=0.3, shortest=15).shape == (0, 2)


def test_digital_silence_does_not_hide_the_pauses_with_noise() -> None:
    audio = np.concatenate([np.zeros(16000, np.float32), speech_with_pause(0.3, 1e-4)])
    assert [100 + 100, 100 + 130] in level.find_pauses(audio, below=0.3, shortest=15).tolist()


def test_the_quietest_run_is_the_first_or_the_last_of_equals() -> None:
    values = np.array([5.0, 1.0, 1.0, 5.0, 1.0, 1.0, 5.0])
    assert level.quietest(values, 2) == 1
    assert level.quietest(values, 2, last=True) == 4


def test_the_loudest_before_each_frame() -> None:
    levels = np.arange(30.0)
    np.testing.assert_array_equal(level.loudest_before(levels), [24.0, 25.0, 26.0, 27.0, 28.0])


def test_a_meter_gives_the_same_however_it_is_fed() -> None:
    audio = np.random.default_rng(3).normal(scale=0.1, size=4321).astype(np.float32)
    whole, pieces = level.LevelMeter(), level.LevelMeter()
    whole.feed(audio)
    for piece in np.split(audio, [1, 100, 177, 3000]):
        pieces.feed(piece)
    (levels, samples), (other, _) = whole.finish(), pieces.finish()
    assert samples == 4321
    assert len(levels) == 28
    np.testing.assert_array_equal(levels, other)
