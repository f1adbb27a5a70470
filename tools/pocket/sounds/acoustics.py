"""What every synthesis is built of, and the way from a source to a microphone.

All functions work on mono samples at 16 kHz and draw every choice from the generator given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 16_000

Audio = npt.NDArray[np.float32]
Array = npt.NDArray[np.floating]
Rng = np.random.Generator
Method = Callable[[Rng, float], Array]


def band_pass(x: Array, low: float, high: float, order: int = 2) -> Array:
    high = min(high, 0.98 * RATE / 2)
    return sosfilt(butter(order, [low / (RATE / 2), high / (RATE / 2)], "band", output="sos"), x)


def resonate(x: Array, formants: Sequence[float], width: float = 90.0) -> Array:
    """Parallel two-pole resonators: a vocal tract."""
    y = np.zeros(len(x))
    for number, formant in enumerate(formants):
        radius = np.exp(-np.pi * width * (1 + 0.4 * number) / RATE)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        y += lfilter([1 - radius], poles, x) * 0.7**number
    return y


def saw(pitch: Array) -> Array:
    """Differentiated sawtooth of a pitch contour in hertz: a simple glottal source."""
    return np.diff(1 - 2 * (np.cumsum(pitch / RATE) % 1.0), prepend=0.0)


def open_vowel(rng: Rng) -> list[float]:
    vowels = ((780, 1250, 2550), (660, 1120, 2450), (560, 1750, 2500), (440, 880, 2400))
    tract = rng.uniform(0.86, 1.25)
    return [f * tract for f in vowels[rng.integers(len(vowels))]]


def peak(x: Array) -> Array:
    return x / (np.abs(x).max() + 1e-9)


def lay(y: Array, x: Array, at: float) -> None:
    start = int(at * RATE)
    if 0 <= start < len(y):
        x = x[: len(y) - start]
        y[start : start + len(x)] += x


def decaying(seconds: float, constant: float) -> Array:
    return np.exp(-np.arange(int(seconds * RATE)) / (constant * RATE))


# ---------------------------------------------------------------- the way to the microphone
def room(audio: Array, rng: Rng, direct: float | None = None) -> Array:
    """Reverberation: an exponentially decaying response, duller with time; same length.

    Args:
        direct: what comes straight from the source against what the walls return, in dB of energy;
            None draws it as in a hall, where an audience sits all around: about -5.
    """
    t60 = np.exp(rng.uniform(np.log(0.12), np.log(1.2)))
    t = np.arange(int(t60 * RATE)) / RATE
    tail = lfilter([1 - (a := rng.uniform(0.1, 0.7))], [1, -a], rng.standard_normal(len(t)))
    response = tail * np.exp(-6.9 * t / t60) * rng.uniform(0.02, 0.25)
    if direct is not None:
        response *= 10 ** (-direct / 20) / np.sqrt(np.sum(response[1:] ** 2))
    response[0] = 1.0
    return fftconvolve(audio, response)[: len(audio)].astype(audio.dtype)


def band(audio: Array, rng: Rng) -> Array:
    """A recording band: telephone, small loudspeaker, distance, presence."""
    low, high = rng.choice([20, 80, 150, 300]), rng.choice([3400, 4500, 6000, 7600])
    return band_pass(audio, float(low), float(high)).astype(audio.dtype)
