"""What real recordings fooled the pocket model with: seven classes, each by two methods.

As with events, the two methods of a class share no code beyond filters: one lays pulses, strokes
or drops one by one, the other shapes a spectrum or a source.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.signal import lfilter

from tools.pocket.sounds.acoustics import (
    RATE,
    Array,
    Method,
    Rng,
    band_pass,
    lay,
    open_vowel,
    peak,
    resonate,
    saw,
)


def _fading(n: int, constant: float) -> Array:
    return np.exp(-np.arange(n) / (constant * RATE))


def _wander(rng: Rng, n: int, a_second: float, low: float, high: float) -> Array:
    """A slow random curve of ``n`` samples, with so many knots a second."""
    knots = max(2, round(n / RATE * a_second) + 1)
    curve: Array = np.interp(np.arange(n), np.linspace(0, n, knots), rng.uniform(low, high, knots))
    return curve


def _painted(rng: Rng, loudness: Array) -> Array:
    """Noise whose short-time spectrum is given: ``[frames, 257]``, 16 ms apart, phases random."""
    frames = np.fft.irfft(
        loudness * np.exp(2j * np.pi * rng.random(loudness.shape)), 512, axis=1
    ) * np.hanning(512)
    y = np.zeros(256 * (len(frames) + 1))
    for number, frame in enumerate(frames):
        y[256 * number : 256 * number + 512] += frame
    return y


# ---------------------------------------------------------------- engines
def engine_strokes(rng: Rng, seconds: float) -> Array:
    """Motors, chain saws, rotors: one burst a stroke, each cylinder a little different."""
    n = int(seconds * RATE)
    speed = np.exp(rng.uniform(np.log(8), np.log(110)))
    m = int(rng.uniform(0.008, 0.05) * RATE)
    low = np.exp(rng.uniform(np.log(60), np.log(900)))
    strokes = [
        band_pass(rng.standard_normal(m), low, low * rng.uniform(2, 9)) * _fading(m, 0.008)
        for _ in range(int(rng.integers(1, 5)))
    ]
    revs = _wander(rng, n, rng.uniform(0.3, 2), 0.7, 1.4)
    y, time, number = np.zeros(n), 0.0, 0
    while time < seconds:
        lay(y, strokes[number % len(strokes)] * rng.uniform(0.7, 1), time)
        time += rng.uniform(0.96, 1.04) / (speed * revs[min(n - 1, int(time * RATE))])
        number += 1
    return y + rng.uniform(0, 0.1) * np.abs(y).max() * rng.standard_normal(n)


def engine_harmonics(rng: Rng, seconds: float) -> Array:
    """Motors by their harmonics, which rattle: noise that the turning of the shaft lets through."""
    n = int(seconds * RATE)
    turns = (
        np.cumsum(np.exp(rng.uniform(np.log(12), np.log(160))) * _wander(rng, n, 1.5, 0.75, 1.3))
        / RATE
    )
    y = np.zeros(n)
    for order in range(1, int(rng.integers(8, 30))):
        y += rng.exponential(1) / order**0.7 * np.sin(2 * np.pi * (order * turns + rng.random()))
    gate = (0.5 + 0.5 * np.sin(2 * np.pi * turns * rng.choice([0.5, 1.0, 2.0]))) ** rng.uniform(
        1, 6
    )
    rattle = band_pass(rng.standard_normal(n), rng.uniform(300, 1500), rng.uniform(3000, 7500))
    return peak(y) + rng.uniform(0.2, 2) * peak(rattle * gate)


# ---------------------------------------------------------------- rain
def rain_bubbles(rng: Rng, seconds: float) -> Array:
    """Rain on water and leaves: thousands of tiny ringing bubbles, no bed of noise."""
    n = int(seconds * RATE)
    y = np.zeros(n)
    sizes = []
    for _ in range(24):
        t = np.arange(int(rng.uniform(0.004, 0.02) * RATE)) / RATE
        pitch = np.exp(rng.uniform(np.log(900), np.log(7000)))
        rise = rng.uniform(0, 12)
        sizes.append(
            np.sin(2 * np.pi * pitch * t * (1 + rise * t)) * np.exp(-t * rng.uniform(150, 900))
        )
    for at in rng.uniform(0, seconds, int(seconds * np.exp(rng.uniform(np.log(60), np.log(900))))):
        lay(y, sizes[rng.integers(len(sizes))] * rng.exponential(1), at)
    return y


def rain_painted(rng: Rng, seconds: float) -> Array:
    """A downpour on a roof: a broad spectrum whose bands flicker each by themselves."""
    frames = max(2, round(seconds * RATE / 256))
    hertz = np.linspace(0, RATE / 2, 257)
    slope = np.exp(
        -(((np.log2(hertz + 50) - np.log2(rng.uniform(1200, 5000))) / rng.uniform(1, 3)) ** 2)
    )
    flicker = rng.gamma(shape := rng.uniform(0.6, 4), 1 / shape, (frames, 33))
    return _painted(rng, slope * np.repeat(flicker, 8, axis=1)[:, :257])


# ---------------------------------------------------------------- sea
def sea_waves(rng: Rng, seconds: float) -> Array:
    """Waves that rise, break and run out in hiss, over a rumble."""
    n = int(seconds * RATE)
    y = rng.uniform(0.05, 0.4) * band_pass(rng.standard_normal(n), 60, rng.uniform(200, 600))
    time = -rng.uniform(0, 3)
    while time < seconds:
        rise, fall = rng.uniform(0.3, 2.5), rng.uniform(0.8, 4)
        m = int((rise + fall) * RATE)
        t = np.arange(m) / RATE
        swell = np.where(t < rise, (t / rise) ** 2, np.exp(-(t - rise) / (fall / 3)))
        water = band_pass(rng.standard_normal(m), rng.uniform(150, 500), rng.uniform(1500, 5000))
        foam = band_pass(rng.standard_normal(m), 2500, 7500) * np.clip(t / rise, 0, 1)
        wave = (water + rng.uniform(0.1, 1) * foam) * swell * rng.uniform(0.4, 1)
        first = int(time * RATE)
        lay(y, wave[max(0, -first) :], max(0.0, time))
        time += rng.uniform(1.5, 5)
    return y


def sea_painted(rng: Rng, seconds: float) -> Array:
    """Surf as a spectrum that tilts: dark between the waves, bright where one breaks."""
    frames = max(2, round(seconds * RATE / 256))
    pace = np.cumsum(_wander(rng, frames * 256, 0.5, 0.08, 0.4)[::256]) * 256 / RATE
    height = (0.5 + 0.5 * np.sin(2 * np.pi * (pace + rng.random()))) ** rng.uniform(1, 4)
    octave = np.log2(np.linspace(0, RATE / 2, 257) / 100 + 1)
    tilt = -rng.uniform(4, 9) + rng.uniform(2, 6) * height[:, None]
    loud = 10 ** ((tilt * octave + rng.uniform(6, 25) * height[:, None]) / 20)
    return _painted(rng, loud * rng.rayleigh(0.8, loud.shape))


# ---------------------------------------------------------------- animals
def animal_calls(rng: Rng, seconds: float) -> Array:
    """Cocks, dogs, cats, cattle: a throat whose pitch climbs, breaks and falls."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3)
    pitch, length = (
        np.exp(rng.uniform(np.log(110), np.log(1100))),
        np.exp(rng.uniform(np.log(0.08), 0.3)),
    )
    tract = [f * rng.uniform(0.8, 1.7) for f in open_vowel(rng)]
    shape = rng.uniform(0.6, 1.8, int(rng.integers(3, 7)))
    rough, harsh = rng.uniform(0, 0.6), rng.uniform(1, 6)
    while time < seconds:
        m = int(length * rng.uniform(0.8, 1.2) * RATE)
        contour = np.interp(
            np.arange(m), np.linspace(0, m, len(shape)), shape * rng.uniform(0.95, 1.05)
        )
        growl = 1 + rough * np.sin(2 * np.pi * rng.uniform(25, 90) * np.arange(m) / RATE)
        source = saw(pitch * contour) * growl + rng.uniform(0.02, 0.3) * rng.standard_normal(m)
        loud = np.minimum(1, np.minimum(np.arange(m), m - np.arange(m)) / (0.02 * RATE + 1))
        lay(y, np.tanh(harsh * peak(resonate(source, tract, 140))) * loud, time)
        time += m / RATE + rng.exponential(0.35)
    return y


def animal_modulated(rng: Rng, seconds: float) -> Array:
    """Birds, frogs, insects, yelps: tones that modulate each other, in rows."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3)
    carrier = np.exp(rng.uniform(np.log(300), np.log(4500)))
    ratio, index = (
        rng.choice([0.5, 1.0, 2.0, 0.02, 0.05]) * rng.uniform(0.98, 1.02),
        rng.uniform(0.5, 8),
    )
    length, pause = rng.uniform(0.03, 0.5), rng.exponential(0.25) + 0.03
    bend = rng.uniform(-0.5, 0.5)
    while time < seconds:
        for _ in range(int(rng.integers(1, 7))):
            m = int(length * rng.uniform(0.85, 1.15) * RATE)
            turns = np.cumsum(carrier * (1 + bend * np.linspace(-1, 1, m))) / RATE
            call = np.sin(2 * np.pi * turns + index * np.sin(2 * np.pi * ratio * turns))
            lay(y, call * np.hanning(m) ** 0.5 * rng.uniform(0.5, 1), time)
            time += (m / RATE) * rng.uniform(1.05, 1.6)
        time += pause * rng.uniform(0.6, 2)
    return y


# ---------------------------------------------------------------- clicks
def clicks_modal(rng: Rng, seconds: float) -> Array:
    """Clocks, mice, ratchets, keyboards: tick and tock, damped modes, at a pace or in runs."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.2)
    t = np.arange(int(0.04 * RATE)) / RATE
    sounds = [
        sum(
            rng.uniform(0.2, 1) * np.sin(2 * np.pi * f * t) * np.exp(-t / rng.uniform(0.001, 0.01))
            for f in np.exp(rng.uniform(np.log(700), np.log(7500), 4))
        )
        for _ in range(int(rng.integers(1, 4)))
    ]
    period, loose = np.exp(rng.uniform(np.log(0.06), np.log(1.1))), rng.choice([0.01, 0.05, 0.5])
    number = 0
    while time < seconds:
        lay(y, sounds[number % len(sounds)] * rng.uniform(0.7, 1), time)
        time += period * np.exp(rng.normal(0, loose))
        number += 1
    return y


def clicks_filtered(rng: Rng, seconds: float) -> Array:
    """Crackling, pebbles, plastic: impulses through one resonant body, in swarms."""
    n = int(seconds * RATE)
    rate = np.exp(rng.uniform(np.log(5), np.log(120))) * _wander(rng, n, 3, 0, 2)
    hits = (rng.random(n) < rate / RATE) * rng.normal(0, 1, n) * rng.exponential(1, n)
    body = np.exp(rng.uniform(np.log(900), np.log(6500), 3)).tolist()
    return resonate(hits, body, rng.uniform(150, 1200)) + rng.uniform(
        0, 0.01
    ) * rng.standard_normal(n)


# ---------------------------------------------------------------- percussion
def percussion_modal(rng: Rng, seconds: float) -> Array:
    """Wood, metal, glass and skin that is struck, dropped or shaken: bars and plates that ring."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3)
    while time < seconds:
        pitch, ring = (
            np.exp(rng.uniform(np.log(80), np.log(2500))),
            np.exp(rng.uniform(np.log(0.01), np.log(0.4))),
        )
        t = np.arange(int(min(1.0, 5 * ring) * RATE)) / RATE
        modes = (
            np.array([1.0, 2.76, 5.4, 8.93])
            if rng.random() < 0.5
            else np.array([1, 1.59, 2.14, 2.3])
        )
        gap, strength = rng.uniform(0.08, 0.5), rng.uniform(0.3, 1)
        for _ in range(int(rng.integers(1, 8))):  # a row of strokes, or a thing that bounces
            hit = sum(
                rng.uniform(0.1, 1) * np.sin(2 * np.pi * pitch * k * t) * np.exp(-t * k**0.5 / ring)
                for k in modes
                if pitch * k < RATE / 2
            )
            lay(y, hit * strength, time)
            time += gap
            gap, strength = gap * rng.uniform(0.7, 1.02), strength * rng.uniform(0.6, 1)
        time += rng.exponential(0.4)
    return y


def percussion_noise(rng: Rng, seconds: float) -> Array:
    """Doors, boxes, steps, gunshots, fireworks: thumps and bangs of noise, each with its echo."""
    n = int(seconds * RATE)
    y, time = np.zeros(n), rng.uniform(0, 0.3)
    while time < seconds:
        long = np.exp(rng.uniform(np.log(0.02), np.log(0.5)))
        m = int(min(1.2, 4 * long) * RATE)
        dull = lfilter([1 - (a := rng.uniform(0.2, 0.98))], [1, -a], rng.standard_normal(m))
        bang = peak(dull) * _fading(m, long)
        bang[: m // 4] += rng.uniform(0, 0.5) * rng.standard_normal(m // 4) * _fading(m // 4, 0.004)
        for _ in range(int(rng.choice([1, 1, 2, 4, 6]))):
            lay(y, bang * rng.uniform(0.5, 1), time)
            time += rng.uniform(0.1, 0.6)
        time += rng.exponential(0.5)
    return y


# ---------------------------------------------------------------- fire
def fire_snaps(rng: Rng, seconds: float) -> Array:
    """Burning wood: snaps of any strength, by a power law, in gusts over a low roar."""
    n = int(seconds * RATE)
    y = rng.uniform(0.02, 0.4) * peak(
        band_pass(rng.standard_normal(n), 40, rng.uniform(200, 1500)) * _wander(rng, n, 4, 0.3, 1)
    )
    often = np.exp(rng.uniform(np.log(4), np.log(60)))
    gusts = _wander(rng, n, rng.uniform(1, 6), 0, 1) ** 2
    for at in np.flatnonzero(rng.random(n) < often * gusts / RATE):
        m = int(rng.uniform(0.001, 0.02) * RATE)
        low = rng.uniform(400, 4000)
        snap = band_pass(rng.standard_normal(m + 64), low, min(7800, low * rng.uniform(1.5, 6)))
        lay(y, snap[:m] * _fading(m, m / RATE / 4) * min(8.0, 0.2 * rng.pareto(1.5)), at / RATE)
    return y


def fire_painted(rng: Rng, seconds: float) -> Array:
    """Flames and embers as a spectrum: dark noise that flutters, with bright frames at random."""
    frames = max(2, round(seconds * RATE / 256))
    octave = np.log2(np.linspace(0, RATE / 2, 257) / 100 + 1)
    flutter = rng.gamma(shape := rng.uniform(1, 5), 1 / shape, (frames, 1))
    dark = 10 ** (-rng.uniform(2, 6) * octave / 20) * flutter
    bright = (rng.random((frames, 1)) < rng.uniform(0.05, 0.5)) * rng.exponential(1, (frames, 1))
    around = rng.uniform(1, 6, (frames, 1))
    ember = np.exp(-(((octave - around) / rng.uniform(0.3, 2)) ** 2))
    return _painted(rng, dark + rng.uniform(0.3, 3) * bright * ember)


HARD: Mapping[str, tuple[Method, ...]] = {
    "engine": (engine_strokes, engine_harmonics),
    "rain": (rain_bubbles, rain_painted),
    "sea": (sea_waves, sea_painted),
    "animal": (animal_calls, animal_modulated),
    "click": (clicks_modal, clicks_filtered),
    "percussion": (percussion_modal, percussion_noise),
    "fire": (fire_snaps, fire_painted),
}
