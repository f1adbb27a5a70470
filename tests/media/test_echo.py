"""One's voice in another's channel is silenced; what is one's own is not."""

import numpy as np
import pytest

from tests.listening.speech.conftest import DATA, RATE, decode
from vidtag.media.echo import EchoGate, levels
from vidtag.media.level import highest_near


def room(sound, *, late=0.0, seed=4):
    """A sound as a second microphone has it: later, from all walls, in a telephone's band."""
    random = np.random.default_rng(seed)
    walls = random.normal(size=2400) * np.exp(-np.arange(2400) / 600) / 20
    way = np.concatenate((np.zeros(round(late * RATE)), [1.0], walls))
    size = 1 << (len(sound) + len(way)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(way, size)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 3400)] = 0
    return np.fft.irfft(spectrum, size)[: len(sound)]


@pytest.fixture(scope="module")
def two():
    """Two people by turns, for forty seconds; now and then both at once."""
    voices = [decode(DATA / f"{name}.opus") for name in ("en1", "zh2")]
    own = np.zeros((2, 40 * RATE))
    at, number = RATE // 2, 0
    while at < 34 * RATE:
        voice = voices[number % 2]
        own[number % 2, at : at + len(voice)] += voice[: own.shape[1] - at]
        at += len(voice) + (-RATE // 2 if number % 5 == 4 else RATE // 4)
        number += 1
    return own


def gated(channels):
    gate = EchoGate(2)
    found: list[list[np.ndarray]] = [[], []]
    for start in range(0, channels.shape[1], 20 * RATE):
        part = [one[start : start + 20 * RATE].astype(np.float32) for one in channels]
        for kept, one in zip(found, gate(part, [levels(each) for each in part]), strict=True):
            kept.append(one)
    return [np.concatenate(one) for one in found]


@pytest.mark.parametrize(("decibels", "late"), [(-20, 0.0), (-9, 0.0), (-9, 0.1), (-6, 0.25)])
def test_an_echo_is_silenced_and_what_is_said_over_it_is_not(two, decibels, late):
    factor = 10 ** (decibels / 20)
    echoes = np.stack([room(two[1], late=late), room(two[0], late=late)])
    noise = np.random.default_rng(2).normal(0, 2e-4, two.shape)
    heard = two + factor * echoes + noise
    for own, echoed, there, kept in zip(two, echoes, heard, gated(heard), strict=True):
        said, before, after = levels(own), levels(there), levels(kept)
        mine = (said > -40) & (said > levels(factor * echoed) + 3)
        echo = (before > -45) & (highest_near(said, 10) < -70)
        assert echo.sum() > 200
        assert (after[echo] > before[echo] - 10).mean() < 0.1
        assert (after[mine] < before[mine] - 10).mean() < 0.03


@pytest.mark.parametrize("decibels", [-12, -6])
def test_a_few_seconds_are_enough_to_know_what_a_microphone_hears_of_another(two, decibels):
    short = two[:, 2 * RATE : 6 * RATE]
    factor = 10 ** (decibels / 20)
    echoes = factor * np.stack([room(short[1], late=0.005), room(short[0], late=0.005)])
    heard = short + echoes + np.random.default_rng(2).normal(0, 2e-4, short.shape)
    found = 0
    for own, echoed, there, kept in zip(short, echoes, heard, gated(heard), strict=True):
        said, before, after = levels(own), levels(there), levels(kept)
        mine = (said > -40) & (said > levels(echoed) + 3)
        echo = (before > -45) & (highest_near(said, 10) < -70)
        found += int(echo.sum())
        assert (after[echo] > before[echo] - 10).sum() <= 0.2 * echo.sum()
        assert (after[mine] < before[mine] - 10).mean() < 0.05
    assert found > 40


def test_two_voices_of_a_few_seconds_without_an_echo_stay_as_they_are(two):
    short = two[:, 2 * RATE : 6 * RATE]
    for own, kept in zip(short, gated(short), strict=True):
        assert (levels(kept)[levels(own) > -40] < -60).sum() == 0


def test_two_voices_without_an_echo_stay_as_they_are(two):
    for own, kept in zip(two, gated(two), strict=True):
        lost = levels(kept)[levels(own) > -40] < -60
        assert lost.mean() < 0.01
