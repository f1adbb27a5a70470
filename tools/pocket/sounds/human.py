"""The small human sounds: crying, coughs, sneezes, breaths."""

from __future__ import annotations

import numpy as np

from tools.pocket.sounds.acoustics import (
    RATE,
    Array,
    Rng,
    band_pass,
    lay,
    open_vowel,
    peak,
    resonate,
    saw,
)


def cry_source_filter(rng: Rng, seconds: float) -> Array:
    """Wails of a child or an adult, with gasps between them."""
    parts: list[Array] = []
    base, vowel = rng.uniform(260, 620), open_vowel(rng)
    while sum(map(len, parts)) < seconds * RATE:
        n = int(rng.uniform(0.5, 1.4) * RATE)
        t = np.linspace(0, 1, n)
        tremor = 1 + 0.03 * np.sin(2 * np.pi * rng.uniform(5, 9) * np.arange(n) / RATE)
        pitch = base * (1 + 0.2 * np.sin(np.pi * t**0.7) - 0.15 * t) * tremor
        wail = peak(resonate(saw(pitch) + 0.04 * rng.standard_normal(n), vowel))
        wail *= np.minimum(1, np.minimum(t / 0.1, (1 - t) / 0.2))
        m = int(rng.uniform(0.12, 0.4) * RATE)
        gasp = (
            peak(band_pass(rng.standard_normal(m), 800, 4500))
            * np.hanning(m)
            * rng.uniform(0.05, 0.3)
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
        lay(y, peak(sob) * np.sin(np.pi * t**0.5), time)
        time += m / RATE + rng.uniform(0.15, 0.5)
    return y


def cough_burst(rng: Rng, seconds: float) -> Array:
    """One to four coughs: burst, noisy throat, voiced end."""
    n = int(seconds * RATE)
    y, time, vowel = np.zeros(n), 0.0, open_vowel(rng)
    while time < seconds - 0.2:
        m = int(rng.uniform(0.2, 0.4) * RATE)
        t = np.arange(m) / RATE
        burst = peak(resonate(rng.standard_normal(m), vowel, 420)) * np.exp(
            -t / rng.uniform(0.025, 0.07)
        )
        voice: Array = saw(
            rng.uniform(90, 280) * np.linspace(1.15, 0.7, m)
        ) + 0.3 * rng.standard_normal(m)
        voice = peak(resonate(voice, vowel)) * np.exp(-(((t - 0.1) / rng.uniform(0.04, 0.09)) ** 2))
        lay(y, (burst + rng.uniform(0.1, 0.6) * voice) * rng.uniform(0.5, 1), time)
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
        bright = (
            band_pass(noise, 1200, 5500) * np.exp(-t / 0.05) + band_pass(noise, 300, 1500) * 0.8
        )
        lay(y, bright * envelope, time)
        time += m / RATE + rng.uniform(0.05, 0.35)
    return y


def sneeze_burst(rng: Rng, seconds: float) -> Array:
    """A drawn breath with a rising 'ah', then 'choo'."""
    lead, blow = int(seconds * 0.45 * RATE), int(seconds * 0.5 * RATE)
    inhale = (
        band_pass(rng.standard_normal(lead), 900, 3800)
        * np.linspace(0, 1, lead) ** 2
        * rng.uniform(0.1, 0.3)
    )
    half = lead // 2
    ah = resonate(saw(rng.uniform(160, 400) * np.linspace(0.9, 1.3, half)), open_vowel(rng))
    inhale[-half:] += peak(ah) * np.hanning(half) * rng.uniform(0.2, 0.6)
    t = np.arange(blow) / RATE
    choo = peak(band_pass(rng.standard_normal(blow), rng.uniform(1500, 2600), 7600)) * np.exp(
        -t / rng.uniform(0.06, 0.16)
    )
    oo = resonate(saw(rng.uniform(160, 380) * np.linspace(1.1, 0.6, blow)), (360, 900, 2400))
    return np.concatenate([inhale, choo + 0.4 * peak(oo) * np.exp(-(((t - 0.12) / 0.08) ** 2))])


def sneeze_noise(rng: Rng, seconds: float) -> Array:
    """A sneeze held short: gasp, silence, a hiss that falls in pitch."""
    gasp, still = int(seconds * rng.uniform(0.2, 0.4) * RATE), int(rng.uniform(0.02, 0.1) * RATE)
    hiss = max(1600, int(seconds * RATE) - gasp - still)
    breath = (
        peak(band_pass(rng.standard_normal(gasp), 700, 3000))
        * np.linspace(0, 1, gasp) ** 1.5
        * rng.uniform(0.1, 0.35)
    )
    t = np.linspace(0, 1, hiss)
    high = peak(band_pass(rng.standard_normal(hiss), 3000, 7700)) * np.exp(-t * 9)
    low = peak(band_pass(rng.standard_normal(hiss), 700, 3000)) * t * np.exp(-t * 7) * 4
    return np.concatenate([breath, np.zeros(still), high + low])


def breath_noise(rng: Rng, seconds: float) -> Array:
    """One breath, in or out."""
    n = int(seconds * RATE)
    low = rng.uniform(400, 1500)
    return band_pass(rng.standard_normal(n), low, low * rng.uniform(2, 5)) * np.hanning(
        n
    ) ** rng.uniform(0.5, 1.5)


def breath_tract(rng: Rng, seconds: float) -> Array:
    """A breath through an open mouth."""
    n = int(seconds * RATE)
    shape = np.interp(np.linspace(0, 1, n), [0, rng.uniform(0.2, 0.7), 1], [0, 1, 0])
    return resonate(rng.standard_normal(n), open_vowel(rng), rng.uniform(250, 500)) * shape
