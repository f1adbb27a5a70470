"""An edit found by its sound: quieter, coded again at another rate, in another order."""

import numpy as np
import pytest

from vidtag.retiming.by_sound import FRAME, find_stretches
from vidtag.retiming.fingerprints import fingerprints

RATE = 16_000


def talk(seconds, seed):
    """Sound with the ups and downs of speech: bands of noise that change every eighth second."""
    random = np.random.default_rng(seed)
    steps = int(seconds * 8)
    pieces = []
    for _ in range(steps):
        bins = RATE // 16 + 1
        louder = np.interp(np.arange(bins), np.linspace(0, bins, 60), random.uniform(-2, 0, 60))
        spectrum = 10**louder * (random.normal(size=bins) + 1j * random.normal(size=bins))
        pieces.append(np.fft.irfft(spectrum, RATE // 8) * random.uniform(0.3, 1))
    sound = np.concatenate(pieces)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def chunks(sound):
    return [sound[i : i + RATE] for i in range(0, len(sound), RATE)]


@pytest.fixture(scope="module")
def stretches():
    old = talk(60, 1)
    stranger = talk(4, 2)
    parts = [
        old[5 * RATE : 20 * RATE],
        stranger,
        old[40 * RATE : 52 * RATE],
        old[1 * RATE : 4 * RATE],
    ]
    new = 0.2 * np.concatenate(parts)
    noise = np.random.default_rng(3).normal(size=len(new)).astype(np.float32)
    new = np.round((new + 0.0005 * noise) * 2000) / 2000  # seven bits
    new_prints, levels = fingerprints(chunks(new.astype(np.float32)))
    old_prints, _ = fingerprints(chunks(old))
    return find_stretches(new_prints, levels, old_prints)


def test_stretches_are_found_in_the_order_of_the_new_cut(stretches):
    found = [
        (float(first * FRAME), float(last * FRAME), float((first + offset) * FRAME))
        for first, last, offset in stretches
    ]
    assert len(found) == 3
    for (start, end, source), (a, b, c) in zip(
        found, [(0, 15, 5), (19, 31, 40), (31, 34, 1)], strict=True
    ):
        assert start == pytest.approx(a, abs=0.06)
        assert end == pytest.approx(b, abs=0.15)
        assert source - start == pytest.approx(c - a, abs=0.02)


def test_what_has_nothing_in_common_has_no_stretches():
    one, levels = fingerprints(chunks(talk(10, 4)))
    other, _ = fingerprints(chunks(talk(10, 5)))
    assert find_stretches(one, levels, other) == []


def test_chunks_make_no_difference():
    sound = talk(6, 6)
    whole, _ = fingerprints([sound])
    parts, _ = fingerprints([sound[i : i + 777] for i in range(0, len(sound), 777)])
    assert np.array_equal(whole[: len(parts)], parts)
    assert abs(len(whole) - len(sound) / 256) <= 1
