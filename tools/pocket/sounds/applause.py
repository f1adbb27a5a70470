"""Applause: eight ways of clapping, and one held out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.signal import fftconvolve, lfilter

from tools.pocket.sounds.acoustics import (
    RATE,
    Array,
    Rng,
    band_pass,
    decaying,
    lay,
    open_vowel,
    resonate,
    room,
    saw,
)


def _swell(rng: Rng, n: int) -> Array:
    """How a hall starts to clap and stops."""
    rise, fall = rng.uniform(0.05, 0.8) * RATE, rng.uniform(0.1, 1.5) * RATE
    steps = np.arange(n)
    return np.minimum(1, np.minimum((steps + 1) / rise, (n - steps) / fall))


def clap_noise(rng: Rng, seconds: float) -> Array:
    """People clapping one by one: each clap a short band of noise of that person's hands."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    for _ in range(int(np.exp(rng.uniform(np.log(2), np.log(40))))):
        rate, centre = rng.uniform(2.3, 5.2), np.exp(rng.uniform(np.log(600), np.log(2800)))
        m = int(0.03 * RATE)
        clap: Array = rng.standard_normal(m) * decaying(0.03, rng.uniform(0.0015, 0.008))[:m]
        clap = band_pass(clap, centre * 0.65, centre * rng.uniform(1.4, 2.4)) * rng.uniform(0.2, 1)
        begin, end = rng.uniform(0, 0.25) * seconds, seconds * rng.uniform(0.75, 1)
        time = begin + rng.uniform(0, 1 / rate)
        while time < end:
            lay(y, clap * rng.uniform(0.6, 1), time)
            time += rng.uniform(0.85, 1.15) / rate
    return y * _swell(rng, n)


def clap_modal(rng: Rng, seconds: float) -> Array:
    """Cupped hands: each clap a few damped modes and a click."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    t = np.arange(int(0.04 * RATE)) / RATE
    for _ in range(int(np.exp(rng.uniform(np.log(1), np.log(30))))):
        modes = np.exp(rng.uniform(np.log(500), np.log(4500), 4))
        clap = sum(
            rng.uniform(0.2, 1) * np.exp(-t / rng.uniform(0.002, 0.009)) * np.sin(2 * np.pi * f * t)
            for f in modes
        )
        clap += 0.8 * rng.standard_normal(len(t)) * np.exp(-t / 0.0015)
        period, strength = 1 / rng.uniform(2.5, 5), rng.uniform(0.2, 1)
        time = rng.uniform(0, period)
        while time < seconds:
            lay(y, clap * strength * rng.uniform(0.5, 1), time)
            time += period * rng.normal(1, 0.06)
    return y * _swell(rng, n)


def clap_granular(rng: Rng, seconds: float) -> Array:
    """A hall: thousands of grains at random times, drawn from a few dozen different hands."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    density = np.exp(rng.uniform(np.log(80), np.log(900)))
    for _ in range(24):
        hits = np.zeros(n)
        count = max(1, int(density * seconds / 24))
        hits[rng.integers(0, n, count)] = rng.exponential(1, count)
        low = np.exp(rng.uniform(np.log(400), np.log(1800)))
        grain = band_pass(
            rng.standard_normal(400) * decaying(0.025, rng.uniform(0.001, 0.006)), low, low * 3
        )
        y += fftconvolve(hits, grain)[:n]
    return y * _swell(rng, n)


def clap_rhythmic(rng: Rng, seconds: float) -> Array:
    """Everybody in time, not quite together."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    period, spread = 1 / rng.uniform(1.5, 3.2), rng.uniform(0.005, 0.04)
    hands = []
    for _ in range(int(rng.integers(5, 30))):
        low = rng.uniform(500, 2000)
        burst = rng.standard_normal(480) * decaying(0.03, rng.uniform(0.002, 0.006))
        hands.append(band_pass(burst, low, low * rng.uniform(1.8, 3)) * rng.uniform(0.2, 1))
    for beat in np.arange(rng.uniform(0, 0.1), seconds, period):
        for hand in hands:
            lay(y, hand * rng.uniform(0.6, 1), max(0.0, beat + rng.normal(0, spread)))
    return y * _swell(rng, n)


def clap_cheered(rng: Rng, seconds: float) -> Array:
    """Applause with whoops and whistles in it, below the clapping."""
    claps = (clap_granular, clap_noise)[rng.integers(2)](rng, seconds)
    n = len(claps)
    y = claps / (claps.std() + 1e-9)
    for _ in range(int(rng.integers(1, 5))):
        length = min(seconds, rng.uniform(0.4, 1.4))
        m = int(length * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, m))
        if rng.random() < 0.5:
            whoop = resonate(saw(rng.uniform(250, 500) * (1 + 0.5 * arch)), open_vowel(rng))
        else:
            whoop = np.sin(2 * np.pi * np.cumsum(rng.uniform(1400, 2600) * (1 + 0.2 * arch)) / RATE)
        lay(
            y,
            whoop / (whoop.std() + 1e-9) * arch * rng.uniform(0.15, 0.6),
            rng.uniform(0, seconds - length),
        )
    return y[:n]


def clap_hall(rng: Rng, seconds: float) -> Array:
    """A large hall: a few people nearby, and the many far away as a bed of noise that flickers."""
    n = int(seconds * RATE)
    near = (clap_noise, clap_modal, clap_rhythmic)[rng.integers(3)](rng, seconds)
    low = rng.uniform(300, 900)
    bed = band_pass(rng.standard_normal(n), low, low * rng.uniform(3, 9))
    steps = max(8, int(seconds * rng.uniform(20, 80)))
    bed *= np.interp(np.arange(n), np.linspace(0, n, steps), rng.gamma(rng.uniform(1, 6), 1, steps))
    bed *= _swell(rng, n)
    share = rng.uniform(0.1, 0.8)
    y = (1 - share) * near / (near.std() + 1e-9) + share * bed / (bed.std() + 1e-9)
    return room(y, rng) if rng.random() < 0.7 else y


def clap_close(rng: Rng, seconds: float) -> Array:
    """One to six people near the microphone: the slap of the palms and the air pressed out between
    them, the same hands alike each time, with the first echoes of the walls.
    """
    n = int(seconds * RATE)
    y = np.zeros(n)
    t = np.arange(int(0.05 * RATE)) / RATE
    for _ in range(int(rng.integers(1, 7))):
        cavity = np.exp(rng.uniform(np.log(450), np.log(1800)))
        slap = band_pass(rng.standard_normal(len(t)), 1500, 7500) * np.exp(
            -t / rng.uniform(0.0008, 0.003)
        )
        air = np.sin(2 * np.pi * cavity * t + rng.uniform(0, 6)) * np.exp(
            -t / rng.uniform(0.003, 0.012)
        )
        hands = slap + rng.uniform(0.3, 2) * air
        period, time = 1 / rng.uniform(2, 5), rng.uniform(0, 0.3)
        while time < seconds:
            lay(y, lfilter([1], [1, -rng.uniform(0, 0.4)], hands) * rng.uniform(0.5, 1), time)
            time += period * rng.normal(1, rng.uniform(0.02, 0.1))
    for _ in range(int(rng.integers(0, 6))):
        late = int(rng.uniform(0.004, 0.05) * RATE)
        y[late:] += y[:-late] * rng.uniform(-0.4, 0.4)
    return y


def clap_painted(rng: Rng, seconds: float) -> Array:
    """A large crowd painted in time and frequency: noise whose bands each flicker on their own,
    with the peaks of single claps standing out.
    """
    n = int(seconds * RATE)
    y = np.zeros(n)
    edges = np.geomspace(rng.uniform(250, 600), rng.uniform(4500, 7700), int(rng.integers(4, 9)))
    centre = rng.uniform(np.log(700), np.log(2500))
    for low, high in pairwise(edges):
        steps = max(8, int(seconds * rng.uniform(30, 160)))
        flicker = rng.gamma(rng.uniform(0.4, 3), 1, steps)
        curve = np.interp(np.arange(n), np.linspace(0, n, steps), flicker)
        weight = np.exp(-(((np.log(low * high) / 2 - centre) / rng.uniform(0.5, 1.2)) ** 2))
        band = band_pass(rng.standard_normal(n), low, high)
        y += weight * band / (band.std() + 1e-9) * curve
    return y * _swell(rng, n)


def clap_texture(rng: Rng, seconds: float) -> Array:
    """Held out. Poisson impulses through one measured-like response with a room's tail, on a bed
    of noise whose spectrum breathes.
    """
    n = int(seconds * RATE)
    rate = np.exp(rng.uniform(np.log(15), np.log(300)))
    hits = (rng.random(n) < rate / RATE) * rng.lognormal(0, 0.5, n)
    k = np.arange(int(0.12 * RATE)) / RATE
    response = rng.standard_normal(len(k)) * (
        np.exp(-k / 0.003) + rng.uniform(0.02, 0.1) * np.exp(-k / 0.03)
    )
    spectrum = np.fft.rfft(response)
    f = np.fft.rfftfreq(len(k), 1 / RATE)
    shape = sum(
        np.exp(-((np.log((f + 1) / rng.uniform(700, 2500))) ** 2) / rng.uniform(0.1, 0.6))
        for _ in range(3)
    )
    response = np.fft.irfft(spectrum * shape, len(k))
    bed = band_pass(rng.standard_normal(n), 500, 5000)
    y = fftconvolve(hits, response)[:n]
    return (y / (y.std() + 1e-9) + rng.uniform(0, 0.4) * bed) * _swell(rng, n)
