"""What is none of the events, and might be taken for one."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, lfilter

from tools.pocket.sounds.acoustics import (
    RATE,
    Array,
    Method,
    Rng,
    band_pass,
    decaying,
    lay,
    open_vowel,
    peak,
    resonate,
    room,
    saw,
)


def _typing(rng: Rng, seconds: float) -> Array:
    y, time = np.zeros(int(seconds * RATE)), 0.0
    while time < seconds:
        low = rng.uniform(1200, 3000)
        key = band_pass(
            rng.standard_normal(480) * decaying(0.03, rng.uniform(0.001, 0.004)), low, low * 2.2
        )
        lay(y, key * rng.uniform(0.3, 1), time)
        time += rng.gamma(2, 0.07)
    return y


def _rain(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    bed = band_pass(rng.standard_normal(n), rng.uniform(300, 1500), 7500)
    drops = (rng.random(n) < rng.uniform(20, 200) / RATE) * rng.exponential(1, n)
    ping = np.sin(2 * np.pi * rng.uniform(1500, 4500) * np.arange(160) / RATE) * decaying(
        0.01, 0.002
    )
    return bed + rng.uniform(0, 4) * fftconvolve(drops, ping)[:n]


def _knocks(rng: Rng, seconds: float) -> Array:
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.4)
    t = np.arange(int(0.1 * RATE)) / RATE
    f = rng.uniform(90, 420)
    while time < seconds:
        knock = np.sin(2 * np.pi * f * t) * np.exp(-t / rng.uniform(0.01, 0.03))
        lay(y, knock + 0.2 * rng.standard_normal(len(t)) * np.exp(-t / 0.004), time)
        time += rng.uniform(0.12, 0.6)
    return y


def _hum(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    f = rng.choice([50.0, 60.0, 100.0, 120.0]) * rng.uniform(0.99, 1.01)
    tone = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * f * k * t) for k in range(1, 9))
    return tone + rng.uniform(0.1, 1) * lfilter([0.1], [1, -0.9], rng.standard_normal(n))


def _beeps(rng: Rng, seconds: float) -> Array:
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3)
    f, length, gap = rng.uniform(400, 3000), rng.uniform(0.05, 0.5), rng.uniform(0.1, 0.8)
    t = np.arange(int(length * RATE)) / RATE
    while time < seconds:
        sweep = rng.choice([0.0, 0.0, 0.3])
        lay(y, np.sin(2 * np.pi * f * (t + sweep * t**2)) * np.hanning(len(t)) ** 0.1, time)
        time += length + gap
    return y


def _noise(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    colour = lfilter([1], [1, -rng.uniform(0, 0.98)], rng.standard_normal(n))
    if rng.random() < 0.5:  # wind, surf, traffic: slow swells
        knots = max(2, int(seconds * 2))
        colour *= np.interp(np.arange(n), np.linspace(0, n, knots), rng.uniform(0.2, 1, knots))
    return colour


def _murmur(rng: Rng, seconds: float) -> Array:
    """A crowd that talks or cheers, without clapping and without laughing."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    for _ in range(int(rng.integers(8, 20))):
        knots = max(3, int(seconds * rng.uniform(3, 6)))
        pitch = np.interp(
            np.arange(n),
            np.linspace(0, n, knots),
            rng.uniform(90, 330) * rng.uniform(0.85, 1.15, knots),
        )
        loud = np.interp(np.arange(n), np.linspace(0, n, 2 * knots), rng.uniform(0, 1, 2 * knots))
        y += (
            resonate(saw(pitch) + 0.05 * rng.standard_normal(n), open_vowel(rng))
            * loud
            * rng.uniform(0.3, 1)
        )
    return room(y, rng)


def _steps(rng: Rng, seconds: float) -> Array:
    y, time, period = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3), rng.uniform(0.35, 0.7)
    while time < seconds:
        m = int(rng.uniform(0.05, 0.12) * RATE)
        lay(y, band_pass(rng.standard_normal(m), 80, rng.uniform(400, 2500)) * np.hanning(m), time)
        time += period * rng.uniform(0.92, 1.08)
    return y


def _engine(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    rate = rng.uniform(15, 60) * np.linspace(1, rng.uniform(0.7, 1.4), n)
    pulse = np.clip(np.sin(2 * np.pi * np.cumsum(rate) / RATE), 0, 1) ** rng.uniform(2, 8)
    return lfilter([0.2], [1, -0.8], pulse * rng.standard_normal(n)) + 0.3 * saw(rate * 2)


def _rustle(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    knots = max(4, int(seconds * 18))
    crackle = np.interp(np.arange(n), np.linspace(0, n, knots), rng.exponential(1, knots) ** 2)
    return band_pass(rng.standard_normal(n), 1500, 7500) * crackle


def _barks(rng: Rng, seconds: float) -> Array:
    """Dogs, gulls, geese: harsh voiced bursts, at a pace that laughter could have."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.2)
    pitch, length, period = rng.uniform(180, 900), rng.uniform(0.06, 0.25), rng.uniform(0.2, 0.7)
    tract = [f * rng.uniform(0.7, 1.6) for f in (700, 1500, 2900)]
    while time < seconds:
        m = int(length * rng.uniform(0.9, 1.1) * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, m) ** 0.6)
        source = saw(pitch * (0.75 + 0.5 * arch)) + 0.15 * rng.standard_normal(m)
        lay(y, np.tanh(3 * peak(resonate(source, tract, 160))) * arch, time)
        time += period * rng.uniform(0.92, 1.15) + (0.7 if rng.random() < 0.15 else 0)
    return y


def _chirps(rng: Rng, seconds: float) -> Array:
    """Birds and crickets: whistled sweeps in quick rows."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.2)
    pitch, length, period = rng.uniform(1500, 5000), rng.uniform(0.03, 0.15), rng.uniform(0.06, 0.3)
    bend = rng.uniform(-0.4, 0.4)
    while time < seconds:
        m = int(length * RATE)
        sweep = np.cumsum(pitch * (1 + bend * np.linspace(-1, 1, m))) / RATE
        lay(y, np.sin(2 * np.pi * sweep) * np.hanning(m) * rng.uniform(0.5, 1), time)
        time += period * rng.uniform(0.9, 1.1) + (
            rng.uniform(0.2, 0.8) if rng.random() < 0.2 else 0
        )
    return y


def _scrubbing(rng: Rng, seconds: float) -> Array:
    """Sawing, scrubbing, a train: noise that comes and goes two to eight times a second."""
    n = int(seconds * RATE)
    rate, low = rng.uniform(1.5, 8), rng.uniform(300, 2500)
    gate = np.clip(np.sin(2 * np.pi * rate * np.arange(n) / RATE + rng.uniform(0, 6)) + 0.3, 0, 2)
    return band_pass(rng.standard_normal(n), low, low * rng.uniform(1.8, 4)) * gate ** rng.uniform(
        0.5, 2
    )


def _roar(rng: Rng, seconds: float) -> Array:
    """A stadium that cheers: roaring noise in the range of voices, whistles, nobody clapping."""
    n = int(seconds * RATE)
    knots = max(4, int(seconds * 2))
    swell: Array = np.interp(np.arange(n), np.linspace(0, n, knots), rng.uniform(0.3, 1, knots))
    roar = band_pass(rng.standard_normal(n), rng.uniform(250, 500), rng.uniform(1200, 2500)) * swell
    y: Array = peak(resonate(roar, open_vowel(rng), 300) + 0.2 * roar)
    for _ in range(int(rng.integers(0, 4))):
        m = int(min(seconds, rng.uniform(0.3, 1.0)) * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, m))
        pitch = rng.uniform(1400, 3000) * (1 + rng.uniform(0.05, 0.3) * arch)
        whistle = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * arch * rng.uniform(0.05, 0.3)
        lay(y, whistle, rng.uniform(0, max(0.01, seconds - m / RATE)))
    return y


def _ticking(rng: Rng, seconds: float) -> Array:
    """Clocks, printers, wheels on rails: the same click at an even pace, slow or fast."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.2)
    period, m = 1 / np.exp(rng.uniform(np.log(1), np.log(14))), int(0.05 * RATE)
    t = np.arange(m) / RATE
    click = sum(
        rng.uniform(0.2, 1) * np.sin(2 * np.pi * f * t) * np.exp(-t / rng.uniform(0.002, 0.012))
        for f in rng.uniform(800, 6000, 3)
    )
    click += rng.uniform(0, 1) * rng.standard_normal(m) * np.exp(-t / 0.002)
    while time < seconds:
        lay(y, click * rng.uniform(0.8, 1), time)
        time += period * rng.uniform(0.98, 1.02)
    return y


def _crackle(rng: Rng, seconds: float) -> Array:
    """Fire, frying, old records: sparse clicks that no hands make, over a faint bed."""
    n = int(seconds * RATE)
    hits = (rng.random(n) < np.exp(rng.uniform(np.log(8), np.log(150))) / RATE) * rng.exponential(
        1, n
    )
    pop = band_pass(rng.standard_normal(64) * decaying(0.004, 0.0006)[:64], 1500, 7500)
    return fftconvolve(hits, pop)[:n] + rng.uniform(0, 0.02) * rng.standard_normal(n)


NEGATIVES: tuple[Method, ...] = (
    _typing, _rain, _knocks, _hum, _beeps, _noise, _murmur, _steps, _engine, _rustle, _barks,
    _chirps, _scrubbing, _roar, _ticking, _crackle,
    _crackle, _rain, _typing, _steps, _barks,
)  # fmt: skip
"""The last row a second time: those are taken most often for laughter or applause."""
