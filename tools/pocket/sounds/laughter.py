"""Laughter: eight ways of laughing alone, groups and audiences of them, and one way held out."""

from __future__ import annotations

from collections.abc import Sequence

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
    room,
    saw,
)


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


def laugh_source_filter(rng: Rng, seconds: float) -> Array:
    """Voiced 'ha' calls: glottal source through formants, each led by an aspirated 'h'."""
    y = np.zeros(int(seconds * RATE))
    vowel, base, fall = (
        open_vowel(rng),
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
        source = saw(pitch) + rng.uniform(0.02, 0.12) * rng.standard_normal(voiced)
        call = peak(resonate(source, vowel)) * np.hanning(voiced) ** rng.uniform(0.4, 1)
        breath = peak(resonate(rng.standard_normal(aspired), vowel, 250)) * np.hanning(aspired)
        lay(y, strength * np.concatenate([breath * rng.uniform(0.08, 0.5), call]), time)
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
        lay(envelope, shape * strength, time)
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
    vowel = open_vowel(rng)
    for time, strength, number in _bouts(rng, seconds, rng.uniform(4, 8), rng.uniform(0.05, 0.25)):
        n = int(rng.uniform(0.05, 0.13) * RATE)
        noise = rng.standard_normal(n)
        inward = number % 2 and rng.random() < 0.3
        puff = resonate(noise, [f * (1.25 if inward else 1) for f in vowel], rng.uniform(180, 420))
        puff = peak(puff) * np.hanning(n) ** rng.uniform(0.4, 1)
        if rng.random() < 0.15:  # a snort: noise chopped at a low rate
            puff *= 0.5 + 0.5 * np.sign(
                np.sin(2 * np.pi * rng.uniform(25, 60) * np.arange(n) / RATE)
            )
        if rng.random() < 0.25:  # a trace of voice
            voice = saw(np.full(n, rng.uniform(120, 350)))
            puff += rng.uniform(0.2, 0.6) * peak(resonate(voice, vowel)) * np.hanning(n)
        lay(y, puff * strength, time)
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
    hiss = band_pass(rng.standard_normal(n), 1500, 6500) * rng.uniform(0.05, 0.35)
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
        source = voiced * peak(saw(pitch)) + (1.15 - voiced) * 0.25 * rng.standard_normal(m)
        lay(excitation, source * shape * strength, time)
        aspired = int(gap * RATE * rng.uniform(0.4, 1))
        lay(
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
            lay(excitation, 0.12 * rng.standard_normal(m) * np.linspace(0, 1, m) ** 2, time + 0.05)
            time += m / RATE + rng.uniform(0.1, 0.3)
            length, strength = rng.uniform(0.08, 0.2), rng.uniform(0.5, 1)
            left = int(rng.integers(2, 10))
    first, second = resonate(excitation, open_vowel(rng)), resonate(excitation, open_vowel(rng))
    drift = np.interp(np.arange(n), np.linspace(0, n, 6), rng.uniform(0, 1, 6))
    return peak(first) * drift + peak(second) * (1 - drift)


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
        hiss = band_pass(rng.standard_normal(m), 500, rng.uniform(2500, 7000))
        tone = peak(tone) + rng.uniform(0, 0.7) ** 2 * peak(hiss)
        calls.append(tone * np.sin(np.pi * np.linspace(0, 1, m) ** rng.uniform(0.4, 1)))
    time, spread, mean = 0.0, rng.uniform(0.05, 0.4), rng.uniform(0.12, 0.3)
    speed = 1.0
    while time < seconds - 0.06:
        call = calls[rng.integers(len(calls))]
        speed = float(np.clip(speed * rng.lognormal(-0.01, 0.06), 0.7, 1.4))
        lay(
            y,
            np.interp(np.arange(0, len(call) - 1, speed), np.arange(len(call)), call)
            * rng.uniform(0.35, 1),
            time,
        )
        time += mean * rng.lognormal(0, spread) + (
            rng.uniform(0.1, 0.5) if rng.random() < 0.08 else 0
        )
    return y


def laugh_chuckle(rng: Rng, seconds: float) -> Array:
    """Low and close-mouthed, never quite silent: a voice that goes on, shaken by the diaphragm,
    through a tract of serial resonators.
    """
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    rate = rng.uniform(3.5, 7) * np.exp(
        np.interp(t, np.linspace(0, seconds, 6), rng.normal(0, 0.15, 6))
    )
    shake = 0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(rate) / RATE)
    depth = np.interp(t, np.linspace(0, seconds, 7), rng.uniform(0.75, 1.0, 7))
    strength = np.interp(t, np.linspace(0, seconds, 7), rng.uniform(0.25, 1.0, 7))
    loud = (1 - depth + depth * shake ** rng.uniform(1, 4)) * strength
    base = np.exp(rng.uniform(np.log(85), np.log(300)))
    fall = np.linspace(1.1, rng.uniform(0.8, 1.0), n)
    pitch = base * fall * (1 + rng.uniform(0.02, 0.2) * shake)
    source = np.diff(np.cumsum(pitch / RATE) % 1.0, prepend=0.0) < 0  # one impulse a period
    voice = lfilter([1.0], [1, -rng.uniform(0.9, 0.97)], source.astype(float))
    breath = rng.standard_normal(n) * (1 - shake) * rng.uniform(0.0, 0.08)
    y = voice + breath
    for number, formant in enumerate(open_vowel(rng)):
        radius = np.exp(-np.pi * rng.uniform(60, 160) * (1 + 0.5 * number) / RATE)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        y = lfilter([sum(poles)], poles, y)
    return peak(np.diff(y, prepend=0.0)) * loud


def laugh_spectral(rng: Rng, seconds: float) -> Array:
    """Painted: random noise given, call by call, the spectrum of a voice and of a breath after it,
    with the lines of its harmonics.
    """
    hop, size = 80, 512
    count = int(seconds * RATE) // hop + 1
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    level = np.zeros((count, len(hertz)))
    vowel, base = open_vowel(rng), np.exp(rng.uniform(np.log(150), np.log(500)))
    width, lines = rng.uniform(120, 350), rng.uniform(0.3, 1.0)
    shape = sum(np.exp(-(((hertz - f) / width) ** 2)) * 0.6**k for k, f in enumerate(vowel))
    shape = shape + 0.03
    puff = np.exp(-(((hertz - rng.uniform(1200, 3500)) / 1500) ** 2)) * rng.uniform(0.02, 0.2)
    for time, strength, number in _bouts(rng, seconds, rng.uniform(3.5, 7), rng.uniform(0.05, 0.3)):
        length = max(4, int(rng.uniform(0.06, 0.16) * RATE / hop))
        first = int(time * RATE / hop)
        for i in range(min(length, count - first)):
            where = i / length
            pitch = base * 0.98**number * (1.15 - 0.3 * where)
            comb = (0.5 + 0.5 * np.cos(2 * np.pi * hertz / pitch)) ** 3
            voiced = shape * (1 - lines + lines * comb)
            level[first + i] += voiced * strength * np.sin(np.pi * (where + 0.5 / length)) ** 0.7
        after = slice(first + length, min(count, first + 2 * length))
        level[after] += puff * strength
    phases = np.exp(2j * np.pi * rng.random(level.shape))
    frames = np.fft.irfft(level * phases, size, axis=1) * np.hanning(size)
    y = np.zeros(count * hop + size)
    for i, frame in enumerate(frames):
        y[i * hop : i * hop + size] += frame
    return y[: int(seconds * RATE)]


def laugh_fof(rng: Rng, seconds: float) -> Array:
    """Held out. Formant wave functions: each pitch period a burst of damped sines, in irregular
    calls whose pitch walks at random.
    """
    y = np.zeros(int(seconds * RATE) + RATE)
    vowel = open_vowel(rng)
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
            lay(y, grain * strength * np.sin(np.pi * min(0.98, position + 0.1)) ** 0.7, now)
            now += 1 / pitch
        gap = rng.gamma(5, 0.018)
        whisper = int(gap * RATE * 0.8)
        lay(
            y,
            band_pass(rng.standard_normal(whisper + 8), 500, 5000) * 0.06 * np.hanning(whisper + 8),
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
        voice = peak(one[int(rng.integers(len(one)))](rng, length))
        if number and rng.random() < 0.6:  # the farther away, the duller
            voice = lfilter([1 - (a := rng.uniform(0.2, 0.75))], [1, -a], voice)
        lay(
            y, voice * np.exp(rng.uniform(np.log(0.15), 0)), rng.uniform(0, seconds - length + 0.01)
        )
    return y


SOLO = (
    laugh_source_filter, laugh_additive, laugh_breathy, laugh_giggle, laugh_vocoded,
    laugh_wavetable, laugh_chuckle, laugh_spectral,
)  # fmt: skip


def laugh_group(rng: Rng, seconds: float) -> Array:
    """Two to five people laughing."""
    return _crowd(rng, seconds, SOLO, int(rng.integers(2, 6)))


def laugh_audience(rng: Rng, seconds: float) -> Array:
    """A room full of laughter."""
    return room(_crowd(rng, seconds, SOLO, int(rng.integers(6, 22))), rng)


def laugh_fof_group(rng: Rng, seconds: float) -> Array:
    """Held out: several people by the held-out method."""
    return _crowd(rng, seconds, (laugh_fof,), int(rng.integers(2, 9)))
