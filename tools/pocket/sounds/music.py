"""Music: little pieces played by five kinds of instrument."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from tools.pocket.sounds.acoustics import RATE, Array, Rng, band_pass, lay


def _notes(rng: Rng, seconds: float) -> list[tuple[float, float, float, float]]:
    """A little piece: (time, length, hertz, strength) of chords, bass and melody."""
    beat = 60 / rng.uniform(66, 150)
    root = 55 * 2 ** rng.uniform(0.5, 1.8)
    scale = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))[rng.integers(3)]
    degrees = rng.permutation(len(scale))[:4]
    notes, time, bar = [], 0.0, 0
    chords, melody = rng.random() < 0.8, rng.random() < 0.8
    while time < seconds:
        d = int(degrees[bar % 4])
        if chords or not melody:
            for step in (0, 2, 4):
                pitch = scale[(d + step) % len(scale)] + 12 * ((d + step) // len(scale))
                for b in (0, 2) if rng.random() < 0.6 else (0,):
                    notes.append((time + b * beat, 2 * beat, root * 2 ** (pitch / 12), 0.5))
        if melody:
            now = 0.0
            while now < 4:
                length = float(rng.choice([0.5, 0.5, 1.0, 1.5]))
                pitch = scale[int(rng.integers(len(scale)))] + 12 * int(rng.integers(1, 3))
                notes.append((time + now * beat, length * beat, root * 2 ** (pitch / 12), 0.7))
                now += length
        time += 4 * beat
        bar += 1
    return notes


def _play(rng: Rng, seconds: float, tone: Callable[[float, float], Array]) -> Array:
    y = np.zeros(int(seconds * RATE))
    for time, length, hertz, strength in _notes(rng, seconds):
        if time < seconds:
            lay(y, tone(hertz, min(length, seconds - time)) * strength, time)
    if rng.random() < 0.5:
        y = y / (y.std() + 1e-9) + drums(rng, seconds) * rng.uniform(0.3, 1.2)
    return y


def music_additive(rng: Rng, seconds: float) -> Array:
    """Organ- and piano-like tones of a few partials."""
    partials = np.arange(1, 8) ** -rng.uniform(1, 2.2)
    decay, attack = rng.uniform(0.15, 1.5), rng.choice([0.004, 0.02, 0.15])

    def tone(hertz: float, length: float) -> Array:
        t = np.arange(int(length * RATE)) / RATE
        wave = sum(
            p * np.sin(2 * np.pi * hertz * (k + 1) * t)
            for k, p in enumerate(partials)
            if hertz * (k + 1) < 7500
        )
        return (
            wave
            * np.exp(-t / decay)
            * np.minimum(1, t / attack)
            * np.minimum(1, (length - t) / 0.02)
        )

    return _play(rng, seconds, tone)


def music_fm(rng: Rng, seconds: float) -> Array:
    """Bells, brass and electric pianos by frequency modulation."""
    ratio, index, decay = (
        rng.choice([0.5, 1.0, 1.41, 2.0, 3.5]),
        rng.uniform(0.5, 4),
        rng.uniform(0.2, 1.2),
    )

    def tone(hertz: float, length: float) -> Array:
        t = np.arange(int(length * RATE)) / RATE
        fade = np.exp(-t / decay)
        wave = np.sin(2 * np.pi * hertz * t + index * fade * np.sin(2 * np.pi * hertz * ratio * t))
        return wave * fade * np.minimum(1, t / 0.006) * np.minimum(1, (length - t) / 0.02)

    return _play(rng, seconds, tone)


def music_plucked(rng: Rng, seconds: float) -> Array:
    """Plucked strings: noise in a delay line that dulls it."""
    damping = rng.uniform(0.985, 0.998)

    def tone(hertz: float, length: float) -> Array:
        n, period = int(length * RATE), max(4, round(RATE / hertz))
        pluck = np.zeros(n)
        pluck[: min(period, n)] = rng.uniform(-1, 1, min(period, n))
        loop = np.zeros(period + 2)
        loop[0], loop[period], loop[period + 1] = 1, -damping / 2, -damping / 2
        return lfilter([1], loop, pluck)

    return _play(rng, seconds, tone)


def music_pad(rng: Rng, seconds: float) -> Array:
    """Slow strings: detuned saws behind a filter that opens and closes."""

    def tone(hertz: float, length: float) -> Array:
        n = int(length * RATE)
        wave = sum(
            2 * ((np.arange(n) * hertz * d / RATE + rng.random()) % 1) - 1
            for d in (0.995, 1, 1.006)
        )
        swell = np.sin(np.pi * np.linspace(0, 1, n)) ** 0.5
        return lfilter([0.12], [1, -0.88], wave) * swell

    return _play(rng, seconds, tone)


def drums(rng: Rng, seconds: float) -> Array:
    """A drum loop."""
    y = np.zeros(int(seconds * RATE))
    step = 60 / rng.uniform(70, 150) / 4
    k = np.arange(int(0.15 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (rng.uniform(45, 60) * k + 4 * (1 - np.exp(-k * 45)))) * np.exp(
        -k / 0.06
    )
    snare: Array = (
        band_pass(rng.standard_normal(len(k)), 900, 6000) + 0.5 * np.sin(2 * np.pi * 190 * k)
    ) * np.exp(-k / 0.05)
    if rng.random() < 0.3:  # a drum machine's handclap: music, not applause
        snare = sum(  # type: ignore[assignment]  # mypy fears that there is nothing to add
            np.pad(band_pass(rng.standard_normal(len(k)), 800, 3500) * np.exp(-k / 0.012), (d, 0))[
                : len(k)
            ]
            for d in (0, 160, 320)
        )
    hat = band_pass(rng.standard_normal(len(k)), 5000, 7800) * np.exp(-k / 0.015)
    pattern = [
        (kick, rng.random(16) < 0.2),
        (snare, rng.random(16) < 0.12),
        (hat, rng.random(16) < 0.6),
    ]
    pattern[0][1][[0, 8]] = True
    pattern[1][1][[4, 12]] = True
    for number in range(int(seconds / step) + 1):
        for hit, where in pattern:
            if where[number % 16]:
                lay(y, hit, number * step)
    return y / (y.std() + 1e-9)
