"""Sound events by signal synthesis: each kind by several independent methods, none recorded.

A model that knows one way of making laughter knows that way and no laughter. So each kind has
several methods that share no code beyond filters, and for laughter and applause one further
method is held out: it is never trained on and serves only to measure with.

All functions return float32 mono at 16 kHz and draw every choice from the generator given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 16_000
LEVEL = 0.1
"""Root mean square of what ``make`` returns, where the sound sounds."""

Audio = npt.NDArray[np.float32]
Array = npt.NDArray[np.floating]
Rng = np.random.Generator
Method = Callable[[Rng, float], Array]
Split = Literal["train", "test", "heldout"]

EVENTS = ("Laughter", "Applause", "BGM", "Cry", "Cough", "Sneeze", "Breath")
SECONDS = {
    "Laughter": (0.7, 4.5),
    "Applause": (1.0, 6.0),
    "BGM": (2.0, 8.0),
    "Cry": (1.2, 4.0),
    "Cough": (0.35, 1.4),
    "Sneeze": (0.6, 1.1),
    "Breath": (0.4, 1.2),
}
"""Shortest and longest natural length of each kind."""


# ---------------------------------------------------------------- building blocks
def _band(x: Array, low: float, high: float, order: int = 2) -> Array:
    high = min(high, 0.98 * RATE / 2)
    return sosfilt(butter(order, [low / (RATE / 2), high / (RATE / 2)], "band", output="sos"), x)


def _resonate(x: Array, formants: Sequence[float], width: float = 90.0) -> Array:
    """Parallel two-pole resonators: a vocal tract."""
    y = np.zeros(len(x))
    for number, formant in enumerate(formants):
        radius = np.exp(-np.pi * width * (1 + 0.4 * number) / RATE)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        y += lfilter([1 - radius], poles, x) * 0.7**number
    return y


def _saw(pitch: Array) -> Array:
    """Differentiated sawtooth of a pitch contour in hertz: a simple glottal source."""
    return np.diff(1 - 2 * (np.cumsum(pitch / RATE) % 1.0), prepend=0.0)


def _vowel(rng: Rng) -> list[float]:
    vowels = ((780, 1250, 2550), (660, 1120, 2450), (560, 1750, 2500), (440, 880, 2400))
    tract = rng.uniform(0.86, 1.25)
    return [f * tract for f in vowels[rng.integers(len(vowels))]]


def _peak(x: Array) -> Array:
    return x / (np.abs(x).max() + 1e-9)


def _add(y: Array, x: Array, at: float) -> None:
    start = int(at * RATE)
    if 0 <= start < len(y):
        x = x[: len(y) - start]
        y[start : start + len(x)] += x


def _decay(seconds: float, constant: float) -> Array:
    return np.exp(-np.arange(int(seconds * RATE)) / (constant * RATE))


def _bouts(rng: Rng, seconds: float, rate: float, jitter: float) -> list[tuple[float, float, int]]:
    """Onsets of laugh calls: (time, strength, number within its bout), in bouts between breaths."""
    calls, time, number, strength = [], rng.uniform(0, 0.05), 0, 1.0
    length = rng.integers(3, 12)
    while time < seconds - 0.08:
        calls.append((time, strength, number))
        time += (1 / rate) * float(np.clip(rng.normal(1, jitter), 0.5, 1.9))
        strength *= rng.uniform(0.86, 1.03)
        number += 1
        if number >= length:
            time += rng.uniform(0.12, 0.45)
            length, number, strength = rng.integers(2, 12), 0, rng.uniform(0.6, 1.0)
    return calls


# ---------------------------------------------------------------- laughter
def laugh_source_filter(rng: Rng, seconds: float) -> Array:
    """Voiced 'ha' calls: glottal source through formants, each led by an aspirated 'h'."""
    y = np.zeros(int(seconds * RATE))
    vowel, base, fall = (
        _vowel(rng),
        np.exp(rng.uniform(np.log(110), np.log(420))),
        rng.uniform(0.93, 1),
    )
    for time, strength, number in _bouts(
        rng, seconds, rng.uniform(3.6, 6.6), rng.uniform(0.03, 0.2)
    ):
        voiced, aspired = int(rng.uniform(0.06, 0.15) * RATE), int(rng.uniform(0.02, 0.08) * RATE)
        pitch = (
            base * fall**number * np.linspace(rng.uniform(1, 1.25), rng.uniform(0.75, 1), voiced)
        )
        source = _saw(pitch) + rng.uniform(0.02, 0.12) * rng.standard_normal(voiced)
        call = _peak(_resonate(source, vowel)) * np.hanning(voiced) ** rng.uniform(0.4, 1)
        breath = _peak(_resonate(rng.standard_normal(aspired), vowel, 250)) * np.hanning(aspired)
        _add(y, strength * np.concatenate([breath * rng.uniform(0.08, 0.5), call]), time)
    return y


def laugh_additive(rng: Rng, seconds: float) -> Array:
    """Harmonics with vibrato under one continuous contour, gated into calls."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    envelope, contour = np.zeros(n), np.ones(n)
    for time, strength, number in _bouts(
        rng, seconds, rng.uniform(3.5, 7.5), rng.uniform(0.05, 0.25)
    ):
        length = int(rng.uniform(0.07, 0.17) * RATE)
        shape = np.sin(np.pi * np.linspace(0, 1, length) ** rng.uniform(0.5, 1.2)) ** rng.uniform(
            0.6, 2
        )
        _add(envelope, shape * strength, time)
        start = int(time * RATE)
        contour[start:] = rng.uniform(0.9, 1.12) * (1 - 0.02 * number)
    base = np.exp(rng.uniform(np.log(130), np.log(520)))
    wobble = 1 + rng.uniform(0, 0.04) * np.sin(2 * np.pi * rng.uniform(4, 9) * t)
    phase = 2 * np.pi * np.cumsum(base * lfilter([0.02], [1, -0.98], contour) * wobble) / RATE
    tilt, bump = rng.uniform(0.8, 1.8), rng.uniform(700, 2200)
    y = np.zeros(n)
    for k in range(1, min(28, int(7000 / base))):
        resonance = 1 + 2.5 * np.exp(-(((k * base - bump) / 350) ** 2))
        y += resonance * k**-tilt * np.sin(k * phase + rng.uniform(0, 6.28))
    return y * envelope + 0.05 * envelope * rng.standard_normal(n)


def laugh_breathy(rng: Rng, seconds: float) -> Array:
    """Unvoiced laughter: panted noise through a tract, in and out, with a snort here and there."""
    y = np.zeros(int(seconds * RATE))
    vowel = _vowel(rng)
    for time, strength, number in _bouts(rng, seconds, rng.uniform(4, 8), rng.uniform(0.05, 0.25)):
        n = int(rng.uniform(0.05, 0.13) * RATE)
        noise = rng.standard_normal(n)
        inward = number % 2 and rng.random() < 0.3
        puff = _resonate(noise, [f * (1.25 if inward else 1) for f in vowel], rng.uniform(180, 420))
        puff = _peak(puff) * np.hanning(n) ** rng.uniform(0.4, 1)
        if rng.random() < 0.15:  # a snort: noise chopped at a low rate
            puff *= 0.5 + 0.5 * np.sign(
                np.sin(2 * np.pi * rng.uniform(25, 60) * np.arange(n) / RATE)
            )
        if rng.random() < 0.25:  # a trace of voice
            voice = _saw(np.full(n, rng.uniform(120, 350)))
            puff += rng.uniform(0.2, 0.6) * _peak(_resonate(voice, vowel)) * np.hanning(n)
        _add(y, puff * strength, time)
    return y


def laugh_giggle(rng: Rng, seconds: float) -> Array:
    """High, fast and frequency-modulated: children and held-back giggles, squeals and wheezes."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    rate = rng.uniform(5.5, 10)
    rhythm = (
        np.cumsum(
            np.clip(
                1 + 0.12 * np.interp(t, t[:: RATE // 8], rng.standard_normal(len(t[:: RATE // 8]))),
                0.5,
                1.6,
            )
        )
        * rate
        / RATE
    )
    gate = np.clip(np.sin(2 * np.pi * rhythm), 0, 1) ** rng.uniform(0.5, 1.5)
    pauses = np.interp(
        t,
        np.linspace(0, seconds, max(3, int(seconds * 2.5))),
        rng.uniform(0, 1.6, max(3, int(seconds * 2.5))),
    )
    gate = gate * np.clip(pauses, 0.15, 1)
    base = rng.uniform(320, 780)
    pitch = base * (1 + 0.15 * gate - rng.uniform(0, 0.2) * (t / seconds))
    index = rng.uniform(0.8, 2.5)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.sin(phase + index * np.sin(phase) + rng.uniform(0, 0.6) * np.sin(2 * phase))
    hiss = _band(rng.standard_normal(n), 1500, 6500) * rng.uniform(0.05, 0.35)
    return gate * (voice + hiss)


def laugh_vocoded(rng: Rng, seconds: float) -> Array:
    """Pulses with a share of noise through one tract whose vowel drifts: long calls first, then
    shorter and weaker ones at irregular intervals, and a breath drawn in at the end.
    """
    n = int(seconds * RATE)
    excitation, time = np.zeros(n), rng.uniform(0, 0.06)
    base, roughness = np.exp(rng.uniform(np.log(95), np.log(460))), rng.uniform(0.005, 0.06)
    voiced, length = rng.uniform(0.3, 1.0), rng.uniform(0.08, 0.24)
    gap, strength, left = rng.uniform(0.04, 0.14), 1.0, int(rng.integers(3, 14))
    while time < seconds - 0.1:
        m = int(length * rng.lognormal(0, 0.25) * RATE) + 64
        shape = np.interp(
            np.linspace(0, 1, m),
            [0, rng.uniform(0.05, 0.3), rng.uniform(0.4, 0.8), 1],
            [0, 1, 0.8, 0],
        )
        pitch = base * rng.lognormal(0, 0.06) * (1.1 - rng.uniform(0, 0.35) * np.linspace(0, 1, m))
        pitch = pitch * (1 + roughness * np.repeat(rng.standard_normal(m // 64 + 1), 64)[:m])
        source = voiced * _peak(_saw(pitch)) + (1.15 - voiced) * 0.25 * rng.standard_normal(m)
        _add(excitation, source * shape * strength, time)
        aspired = int(gap * RATE * rng.uniform(0.4, 1))
        _add(
            excitation,
            0.1 * rng.uniform(0.2, 1) * rng.standard_normal(aspired) * np.hanning(aspired),
            time + m / RATE,
        )
        time += m / RATE + gap * rng.lognormal(0, 0.35)
        length, strength, left = (
            max(0.05, length * rng.uniform(0.88, 1.0)),
            strength * 0.95,
            left - 1,
        )
        if left <= 0:
            m = int(rng.uniform(0.15, 0.4) * RATE)
            _add(excitation, 0.12 * rng.standard_normal(m) * np.linspace(0, 1, m) ** 2, time + 0.05)
            time += m / RATE + rng.uniform(0.1, 0.3)
            length, strength = rng.uniform(0.08, 0.2), rng.uniform(0.5, 1)
            left = int(rng.integers(2, 10))
    first, second = _resonate(excitation, _vowel(rng)), _resonate(excitation, _vowel(rng))
    drift = np.interp(np.arange(n), np.linspace(0, n, 6), rng.uniform(0, 1, 6))
    return _peak(first) * drift + _peak(second) * (1 - drift)


def laugh_wavetable(rng: Rng, seconds: float) -> Array:
    """One or two short calls, made from a random spectrum, replayed over and over at other speeds
    and strengths, as irregularly as may be.
    """
    y = np.zeros(int(seconds * RATE))
    calls = []
    for _ in range(int(rng.integers(1, 4))):
        m = int(rng.uniform(0.07, 0.2) * RATE)
        hertz = np.exp(rng.uniform(np.log(120), np.log(600)))
        count = max(2, min(30, int(6500 / hertz)))
        knots = rng.uniform(-24, 0, 9)
        gains = np.interp(np.arange(1, count + 1) * hertz, np.linspace(0, 7000, 9), knots)
        gains -= rng.uniform(0, 5) * np.log2(np.arange(1, count + 1))
        glide = 1 + rng.uniform(-0.25, 0.2) * np.linspace(0, 1, m)
        phase = 2 * np.pi * np.cumsum(hertz * glide) / RATE
        tone = sum(
            10 ** (g / 20) * np.sin(k * phase + rng.uniform(0, 6.28))
            for k, g in enumerate(gains, 1)
        )
        hiss = _band(rng.standard_normal(m), 500, rng.uniform(2500, 7000))
        tone = _peak(tone) + rng.uniform(0, 0.7) ** 2 * _peak(hiss)
        calls.append(tone * np.sin(np.pi * np.linspace(0, 1, m) ** rng.uniform(0.4, 1)))
    time, spread, mean = 0.0, rng.uniform(0.05, 0.4), rng.uniform(0.12, 0.3)
    speed = 1.0
    while time < seconds - 0.06:
        call = calls[rng.integers(len(calls))]
        speed = float(np.clip(speed * rng.lognormal(-0.01, 0.06), 0.7, 1.4))
        _add(
            y,
            np.interp(np.arange(0, len(call) - 1, speed), np.arange(len(call)), call)
            * rng.uniform(0.35, 1),
            time,
        )
        time += mean * rng.lognormal(0, spread) + (
            rng.uniform(0.1, 0.5) if rng.random() < 0.08 else 0
        )
    return y


def laugh_fof(rng: Rng, seconds: float) -> Array:
    """Held out. Formant wave functions: each pitch period a burst of damped sines, in irregular
    calls whose pitch walks at random.
    """
    y = np.zeros(int(seconds * RATE) + RATE)
    vowel = _vowel(rng)
    t = np.arange(int(0.018 * RATE)) / RATE
    grain = sum(
        0.75**k * np.exp(-np.pi * (70 + 50 * k) * t) * np.sin(2 * np.pi * f * t)
        for k, f in enumerate([*vowel, 3400])
    ) * np.minimum(1, t / 0.001)
    base, time = np.exp(rng.uniform(np.log(120), np.log(380))), 0.0
    pitch = base
    while time < seconds - 0.1:
        length, strength = rng.gamma(6, 0.018), rng.uniform(0.4, 1)
        now = time
        while now < time + length:
            position = (now - time) / length
            pitch = base * (1.15 - 0.3 * position) * rng.normal(1, 0.015)
            _add(y, grain * strength * np.sin(np.pi * min(0.98, position + 0.1)) ** 0.7, now)
            now += 1 / pitch
        gap = rng.gamma(5, 0.018)
        whisper = int(gap * RATE * 0.8)
        _add(
            y,
            _band(rng.standard_normal(whisper + 8), 500, 5000) * 0.06 * np.hanning(whisper + 8),
            now,
        )
        time = now + gap + (rng.uniform(0.1, 0.4) if rng.random() < 0.13 else 0)
        base *= rng.normal(0.985, 0.04)
        base = float(np.clip(base, 90, 520))
    return y[: int(seconds * RATE)]


def _crowd(rng: Rng, seconds: float, one: Sequence[Method], people: int) -> Array:
    """Several people at once, each at a distance of his own, joining and leaving."""
    y = np.zeros(int(seconds * RATE))
    for number in range(people):
        length = seconds if number == 0 else seconds * rng.uniform(0.4, 1.0)
        voice = _peak(one[rng.integers(len(one))](rng, length))
        if number and rng.random() < 0.6:  # the farther away, the duller
            voice = lfilter([1 - (a := rng.uniform(0.2, 0.75))], [1, -a], voice)
        _add(
            y, voice * np.exp(rng.uniform(np.log(0.15), 0)), rng.uniform(0, seconds - length + 0.01)
        )
    return y


_SOLO_LAUGHS = (
    laugh_source_filter, laugh_additive, laugh_breathy, laugh_giggle, laugh_vocoded,
    laugh_wavetable,
)  # fmt: skip


def laugh_group(rng: Rng, seconds: float) -> Array:
    """Two to five people laughing."""
    return _crowd(rng, seconds, _SOLO_LAUGHS, int(rng.integers(2, 6)))


def laugh_audience(rng: Rng, seconds: float) -> Array:
    """A room full of laughter."""
    return room(_crowd(rng, seconds, _SOLO_LAUGHS, int(rng.integers(6, 22))), rng)


def laugh_fof_group(rng: Rng, seconds: float) -> Array:
    """Held out: several people by the held-out method."""
    return _crowd(rng, seconds, (laugh_fof,), int(rng.integers(2, 9)))


# ---------------------------------------------------------------- applause
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
        clap = rng.standard_normal(m) * _decay(0.03, rng.uniform(0.0015, 0.008))[:m]
        clap = _band(clap, centre * 0.65, centre * rng.uniform(1.4, 2.4)) * rng.uniform(0.2, 1)
        begin, end = rng.uniform(0, 0.25) * seconds, seconds * rng.uniform(0.75, 1)
        time = begin + rng.uniform(0, 1 / rate)
        while time < end:
            _add(y, clap * rng.uniform(0.6, 1), time)
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
            _add(y, clap * strength * rng.uniform(0.5, 1), time)
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
        grain = _band(
            rng.standard_normal(400) * _decay(0.025, rng.uniform(0.001, 0.006)), low, low * 3
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
        burst = rng.standard_normal(480) * _decay(0.03, rng.uniform(0.002, 0.006))
        hands.append(_band(burst, low, low * rng.uniform(1.8, 3)) * rng.uniform(0.2, 1))
    for beat in np.arange(rng.uniform(0, 0.1), seconds, period):
        for hand in hands:
            _add(y, hand * rng.uniform(0.6, 1), max(0.0, beat + rng.normal(0, spread)))
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
            whoop = _resonate(_saw(rng.uniform(250, 500) * (1 + 0.5 * arch)), _vowel(rng))
        else:
            whoop = np.sin(2 * np.pi * np.cumsum(rng.uniform(1400, 2600) * (1 + 0.2 * arch)) / RATE)
        _add(
            y,
            whoop / (whoop.std() + 1e-9) * arch * rng.uniform(0.15, 0.6),
            rng.uniform(0, seconds - length),
        )
    return y[:n]


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
    bed = _band(rng.standard_normal(n), 500, 5000)
    y = fftconvolve(hits, response)[:n]
    return (y / (y.std() + 1e-9) + rng.uniform(0, 0.4) * bed) * _swell(rng, n)


# ---------------------------------------------------------------- music
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
            b = 0.0
            while b < 4:
                length = rng.choice([0.5, 0.5, 1.0, 1.5])
                pitch = scale[rng.integers(len(scale))] + 12 * rng.integers(1, 3)
                notes.append((time + b * beat, length * beat, root * 2 ** (pitch / 12), 0.7))
                b += length
        time += 4 * beat
        bar += 1
    return notes


def _play(rng: Rng, seconds: float, tone: Callable[[float, float], Array]) -> Array:
    y = np.zeros(int(seconds * RATE))
    for time, length, hertz, strength in _notes(rng, seconds):
        if time < seconds:
            _add(y, tone(hertz, min(length, seconds - time)) * strength, time)
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
    snare = (
        _band(rng.standard_normal(len(k)), 900, 6000) + 0.5 * np.sin(2 * np.pi * 190 * k)
    ) * np.exp(-k / 0.05)
    if rng.random() < 0.3:  # a drum machine's handclap: music, not applause
        snare = sum(
            np.pad(_band(rng.standard_normal(len(k)), 800, 3500) * np.exp(-k / 0.012), (d, 0))[
                : len(k)
            ]
            for d in (0, 160, 320)
        )
    hat = _band(rng.standard_normal(len(k)), 5000, 7800) * np.exp(-k / 0.015)
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
                _add(y, hit, number * step)
    return y / (y.std() + 1e-9)


# ---------------------------------------------------------------- the small human sounds
def cry_source_filter(rng: Rng, seconds: float) -> Array:
    """Wails of a child or an adult, with gasps between them."""
    parts: list[Array] = []
    base, vowel = rng.uniform(260, 620), _vowel(rng)
    while sum(map(len, parts)) < seconds * RATE:
        n = int(rng.uniform(0.5, 1.4) * RATE)
        t = np.linspace(0, 1, n)
        tremor = 1 + 0.03 * np.sin(2 * np.pi * rng.uniform(5, 9) * np.arange(n) / RATE)
        pitch = base * (1 + 0.2 * np.sin(np.pi * t**0.7) - 0.15 * t) * tremor
        wail = _peak(_resonate(_saw(pitch) + 0.04 * rng.standard_normal(n), vowel))
        wail *= np.minimum(1, np.minimum(t / 0.1, (1 - t) / 0.2))
        m = int(rng.uniform(0.12, 0.4) * RATE)
        gasp = (
            _peak(_band(rng.standard_normal(m), 800, 4500)) * np.hanning(m) * rng.uniform(0.05, 0.3)
        )
        parts += [wail, gasp]
    return np.concatenate(parts)[: int(seconds * RATE)]


def cry_additive(rng: Rng, seconds: float) -> Array:
    """Sobs: long falling harmonics that break into short catches of breath."""
    n = int(seconds * RATE)
    y, time = np.zeros(n), 0.0
    base = rng.uniform(280, 560)
    while time < seconds - 0.2:
        m = int(rng.uniform(0.35, 1.1) * RATE)
        t = np.linspace(0, 1, m)
        phase = (
            2
            * np.pi
            * np.cumsum(base * (1.25 - rng.uniform(0.25, 0.5) * t) * (1 + 0.02 * np.sin(40 * t)))
            / RATE
        )
        sob = sum(k ** -rng.uniform(0.6, 1.3) * np.sin(k * phase) for k in range(1, 12))
        if rng.random() < 0.4:
            sob *= 0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(7, 12) * np.arange(m) / RATE)
        _add(y, _peak(sob) * np.sin(np.pi * t**0.5), time)
        time += m / RATE + rng.uniform(0.15, 0.5)
    return y


def cough_burst(rng: Rng, seconds: float) -> Array:
    """One to four coughs: burst, noisy throat, voiced end."""
    n = int(seconds * RATE)
    y, time, vowel = np.zeros(n), 0.0, _vowel(rng)
    while time < seconds - 0.2:
        m = int(rng.uniform(0.2, 0.4) * RATE)
        t = np.arange(m) / RATE
        burst = _peak(_resonate(rng.standard_normal(m), vowel, 420)) * np.exp(
            -t / rng.uniform(0.025, 0.07)
        )
        voice = _saw(rng.uniform(90, 280) * np.linspace(1.15, 0.7, m)) + 0.3 * rng.standard_normal(
            m
        )
        voice = _peak(_resonate(voice, vowel)) * np.exp(
            -(((t - 0.1) / rng.uniform(0.04, 0.09)) ** 2)
        )
        _add(y, (burst + rng.uniform(0.1, 0.6) * voice) * rng.uniform(0.5, 1), time)
        time += m / RATE + rng.uniform(0.03, 0.25)
    return y


def cough_dry(rng: Rng, seconds: float) -> Array:
    """A dry cough: two filtered explosions close together, brightening then dulling."""
    n = int(seconds * RATE)
    y, time = np.zeros(n), 0.0
    while time < seconds - 0.18:
        m = int(rng.uniform(0.16, 0.3) * RATE)
        t = np.arange(m) / RATE
        envelope = np.exp(-t / 0.02) + rng.uniform(0.3, 0.7) * np.exp(
            -(((t - rng.uniform(0.06, 0.1)) / 0.04) ** 2)
        )
        noise = rng.standard_normal(m)
        bright = _band(noise, 1200, 5500) * np.exp(-t / 0.05) + _band(noise, 300, 1500) * 0.8
        _add(y, bright * envelope, time)
        time += m / RATE + rng.uniform(0.05, 0.35)
    return y


def sneeze_burst(rng: Rng, seconds: float) -> Array:
    """A drawn breath with a rising 'ah', then 'choo'."""
    lead, blow = int(seconds * 0.45 * RATE), int(seconds * 0.5 * RATE)
    inhale = (
        _band(rng.standard_normal(lead), 900, 3800)
        * np.linspace(0, 1, lead) ** 2
        * rng.uniform(0.1, 0.3)
    )
    half = lead // 2
    ah = _resonate(_saw(rng.uniform(160, 400) * np.linspace(0.9, 1.3, half)), _vowel(rng))
    inhale[-half:] += _peak(ah) * np.hanning(half) * rng.uniform(0.2, 0.6)
    t = np.arange(blow) / RATE
    choo = _peak(_band(rng.standard_normal(blow), rng.uniform(1500, 2600), 7600)) * np.exp(
        -t / rng.uniform(0.06, 0.16)
    )
    oo = _resonate(_saw(rng.uniform(160, 380) * np.linspace(1.1, 0.6, blow)), (360, 900, 2400))
    return np.concatenate([inhale, choo + 0.4 * _peak(oo) * np.exp(-(((t - 0.12) / 0.08) ** 2))])


def sneeze_noise(rng: Rng, seconds: float) -> Array:
    """A sneeze held short: gasp, silence, a hiss that falls in pitch."""
    gasp, still = int(seconds * rng.uniform(0.2, 0.4) * RATE), int(rng.uniform(0.02, 0.1) * RATE)
    hiss = max(1600, int(seconds * RATE) - gasp - still)
    breath = (
        _peak(_band(rng.standard_normal(gasp), 700, 3000))
        * np.linspace(0, 1, gasp) ** 1.5
        * rng.uniform(0.1, 0.35)
    )
    t = np.linspace(0, 1, hiss)
    high = _peak(_band(rng.standard_normal(hiss), 3000, 7700)) * np.exp(-t * 9)
    low = _peak(_band(rng.standard_normal(hiss), 700, 3000)) * t * np.exp(-t * 7) * 4
    return np.concatenate([breath, np.zeros(still), high + low])


def breath_noise(rng: Rng, seconds: float) -> Array:
    """One breath, in or out."""
    n = int(seconds * RATE)
    low = rng.uniform(400, 1500)
    return _band(rng.standard_normal(n), low, low * rng.uniform(2, 5)) * np.hanning(
        n
    ) ** rng.uniform(0.5, 1.5)


def breath_tract(rng: Rng, seconds: float) -> Array:
    """A breath through an open mouth."""
    n = int(seconds * RATE)
    shape = np.interp(np.linspace(0, 1, n), [0, rng.uniform(0.2, 0.7), 1], [0, 1, 0])
    return _resonate(rng.standard_normal(n), _vowel(rng), rng.uniform(250, 500)) * shape


METHODS: Mapping[str, tuple[Method, ...]] = {
    "Laughter": (
        *_SOLO_LAUGHS,
        laugh_group,
        laugh_group,
        laugh_group,
        laugh_audience,
        laugh_audience,
    ),
    "Applause": (clap_noise, clap_modal, clap_granular, clap_rhythmic, clap_cheered),
    "BGM": (music_additive, music_fm, music_plucked, music_pad, drums),
    "Cry": (cry_source_filter, cry_additive),
    "Cough": (cough_burst, cough_dry),
    "Sneeze": (sneeze_burst, sneeze_noise),
    "Breath": (breath_noise, breath_tract),
}
HELDOUT: Mapping[str, tuple[Method, ...]] = {
    "Laughter": (laugh_fof, laugh_fof_group),
    "Applause": (clap_texture,),
}
"""Methods that nothing is ever trained on."""


def make(kind: str, rng: Rng, seconds: float | None = None, split: Split = "train") -> Audio:
    """One sound event.

    Args:
        kind: one of ``EVENTS``.
        seconds: length; None draws a natural one. Short kinds may come out a little shorter.
        split: ``heldout`` takes methods that were never trained on, where there are any;
            ``train`` and ``test`` differ only in the generators that callers give.
    """
    methods = HELDOUT.get(kind, METHODS[kind]) if split == "heldout" else METHODS[kind]
    length = float(rng.uniform(*SECONDS[kind])) if seconds is None else seconds
    sound = methods[rng.integers(len(methods))](rng, length)
    return _levelled(_coloured(sound, rng))


def _coloured(x: Array, rng: Rng) -> Array:
    """As another body or another microphone would colour it: a smooth random spectrum."""
    spectrum = np.fft.rfft(x)
    octaves = np.log2(np.fft.rfftfreq(len(x), 1 / RATE) + 60)
    gains = rng.normal(0, rng.uniform(0, 5), 8)
    curve = np.interp(octaves, np.linspace(np.log2(60), np.log2(8060), 8), gains)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(x))


def _levelled(x: Array) -> Audio:
    loud = np.abs(x) > 0.02 * np.abs(x).max()
    rms = np.sqrt(np.mean(x[loud] ** 2)) if loud.any() else 1.0
    y = np.clip(x * (LEVEL / (rms + 1e-9)), -1, 1)
    fade = min(80, len(y) // 2)  # 5 ms, so that no edge clicks
    y[:fade] *= np.linspace(0, 1, fade)
    y[len(y) - fade :] *= np.linspace(1, 0, fade)
    return y.astype(np.float32)


# ---------------------------------------------------------------- what is none of these
def _typing(rng: Rng, seconds: float) -> Array:
    y, time = np.zeros(int(seconds * RATE)), 0.0
    while time < seconds:
        low = rng.uniform(1200, 3000)
        key = _band(
            rng.standard_normal(480) * _decay(0.03, rng.uniform(0.001, 0.004)), low, low * 2.2
        )
        _add(y, key * rng.uniform(0.3, 1), time)
        time += rng.gamma(2, 0.07)
    return y


def _rain(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    bed = _band(rng.standard_normal(n), rng.uniform(300, 1500), 7500)
    drops = (rng.random(n) < rng.uniform(20, 200) / RATE) * rng.exponential(1, n)
    ping = np.sin(2 * np.pi * rng.uniform(1500, 4500) * np.arange(160) / RATE) * _decay(0.01, 0.002)
    return bed + rng.uniform(0, 4) * fftconvolve(drops, ping)[:n]


def _knocks(rng: Rng, seconds: float) -> Array:
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.4)
    t = np.arange(int(0.1 * RATE)) / RATE
    f = rng.uniform(90, 420)
    while time < seconds:
        knock = np.sin(2 * np.pi * f * t) * np.exp(-t / rng.uniform(0.01, 0.03))
        _add(y, knock + 0.2 * rng.standard_normal(len(t)) * np.exp(-t / 0.004), time)
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
        _add(y, np.sin(2 * np.pi * f * (t + sweep * t**2)) * np.hanning(len(t)) ** 0.1, time)
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
            _resonate(_saw(pitch) + 0.05 * rng.standard_normal(n), _vowel(rng))
            * loud
            * rng.uniform(0.3, 1)
        )
    return room(y, rng)


def _steps(rng: Rng, seconds: float) -> Array:
    y, time, period = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.3), rng.uniform(0.35, 0.7)
    while time < seconds:
        m = int(rng.uniform(0.05, 0.12) * RATE)
        _add(y, _band(rng.standard_normal(m), 80, rng.uniform(400, 2500)) * np.hanning(m), time)
        time += period * rng.uniform(0.92, 1.08)
    return y


def _engine(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    rate = rng.uniform(15, 60) * np.linspace(1, rng.uniform(0.7, 1.4), n)
    pulse = np.clip(np.sin(2 * np.pi * np.cumsum(rate) / RATE), 0, 1) ** rng.uniform(2, 8)
    return lfilter([0.2], [1, -0.8], pulse * rng.standard_normal(n)) + 0.3 * _saw(rate * 2)


def _rustle(rng: Rng, seconds: float) -> Array:
    n = int(seconds * RATE)
    knots = max(4, int(seconds * 18))
    crackle = np.interp(np.arange(n), np.linspace(0, n, knots), rng.exponential(1, knots) ** 2)
    return _band(rng.standard_normal(n), 1500, 7500) * crackle


def _barks(rng: Rng, seconds: float) -> Array:
    """Dogs, gulls, geese: harsh voiced bursts, at a pace that laughter could have."""
    y, time = np.zeros(int(seconds * RATE)), rng.uniform(0, 0.2)
    pitch, length, period = rng.uniform(180, 900), rng.uniform(0.06, 0.25), rng.uniform(0.2, 0.7)
    tract = [f * rng.uniform(0.7, 1.6) for f in (700, 1500, 2900)]
    while time < seconds:
        m = int(length * rng.uniform(0.9, 1.1) * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, m) ** 0.6)
        source = _saw(pitch * (0.75 + 0.5 * arch)) + 0.15 * rng.standard_normal(m)
        _add(y, np.tanh(3 * _peak(_resonate(source, tract, 160))) * arch, time)
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
        _add(y, np.sin(2 * np.pi * sweep) * np.hanning(m) * rng.uniform(0.5, 1), time)
        time += period * rng.uniform(0.9, 1.1) + (
            rng.uniform(0.2, 0.8) if rng.random() < 0.2 else 0
        )
    return y


def _scrubbing(rng: Rng, seconds: float) -> Array:
    """Sawing, scrubbing, a train: noise that comes and goes two to eight times a second."""
    n = int(seconds * RATE)
    rate, low = rng.uniform(1.5, 8), rng.uniform(300, 2500)
    gate = np.clip(np.sin(2 * np.pi * rate * np.arange(n) / RATE + rng.uniform(0, 6)) + 0.3, 0, 2)
    return _band(rng.standard_normal(n), low, low * rng.uniform(1.8, 4)) * gate ** rng.uniform(
        0.5, 2
    )


def _roar(rng: Rng, seconds: float) -> Array:
    """A stadium that cheers: roaring noise in the range of voices, whistles, nobody clapping."""
    n = int(seconds * RATE)
    knots = max(4, int(seconds * 2))
    swell = np.interp(np.arange(n), np.linspace(0, n, knots), rng.uniform(0.3, 1, knots))
    y = _band(rng.standard_normal(n), rng.uniform(250, 500), rng.uniform(1200, 2500)) * swell
    y = _peak(_resonate(y, _vowel(rng), 300) + 0.2 * y)
    for _ in range(int(rng.integers(0, 4))):
        m = int(min(seconds, rng.uniform(0.3, 1.0)) * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, m))
        pitch = rng.uniform(1400, 3000) * (1 + rng.uniform(0.05, 0.3) * arch)
        whistle = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * arch * rng.uniform(0.05, 0.3)
        _add(y, whistle, rng.uniform(0, max(0.01, seconds - m / RATE)))
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
        _add(y, click * rng.uniform(0.8, 1), time)
        time += period * rng.uniform(0.98, 1.02)
    return y


def _crackle(rng: Rng, seconds: float) -> Array:
    """Fire, frying, old records: sparse clicks that no hands make, over a faint bed."""
    n = int(seconds * RATE)
    hits = (rng.random(n) < np.exp(rng.uniform(np.log(8), np.log(150))) / RATE) * rng.exponential(
        1, n
    )
    pop = _band(rng.standard_normal(64) * _decay(0.004, 0.0006)[:64], 1500, 7500)
    return fftconvolve(hits, pop)[:n] + rng.uniform(0, 0.02) * rng.standard_normal(n)


NEGATIVES: tuple[Method, ...] = (
    _typing, _rain, _knocks, _hum, _beeps, _noise, _murmur, _steps, _engine, _rustle, _barks,
    _chirps, _scrubbing, _roar, _ticking, _crackle,
)  # fmt: skip


def negative(rng: Rng, seconds: float) -> Audio:
    """A sound that is no event: what laughter and applause must not be taken for."""
    sound = NEGATIVES[rng.integers(len(NEGATIVES))](rng, seconds)
    return _levelled(_coloured(sound, rng))


# ---------------------------------------------------------------- the way to the microphone
def room(audio: Array, rng: Rng) -> Array:
    """Reverberation: an exponentially decaying response, duller with time; same length."""
    t60 = np.exp(rng.uniform(np.log(0.12), np.log(1.2)))
    t = np.arange(int(t60 * RATE)) / RATE
    tail = lfilter([1 - (a := rng.uniform(0.1, 0.7))], [1, -a], rng.standard_normal(len(t)))
    response = tail * np.exp(-6.9 * t / t60) * rng.uniform(0.02, 0.25)
    response[0] = 1.0
    return fftconvolve(audio, response)[: len(audio)].astype(audio.dtype)


def band(audio: Array, rng: Rng) -> Array:
    """A recording band: telephone, small loudspeaker, distance, presence."""
    low, high = rng.choice([20, 80, 150, 300]), rng.choice([3400, 4500, 6000, 7600])
    return _band(audio, float(low), float(high)).astype(audio.dtype)
