"""Another speaker from a synthesiser's: the WORLD vocoder takes speech apart and puts it together
with another melody, vocal tract, breathiness and rhythm.

The synthesisers that sound least like machines have two to four voices each. A network learns those
by heart; speakers that are others in every sentence it cannot.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from tools.pocket.sounds import RATE

FRAME_MS = 10.0
Array = npt.NDArray[np.float64]
Times = Callable[[Array], Array]


@functools.cache
def _world() -> types.ModuleType:
    """pyworld, which asks setuptools for its own version; newer ones no longer answer."""
    if "pkg_resources" not in sys.modules:
        stand_in = types.ModuleType("pkg_resources")
        stand_in.get_distribution = lambda _: types.SimpleNamespace(version="")  # type: ignore[attr-defined]
        sys.modules["pkg_resources"] = stand_in
        try:
            import pyworld
        finally:
            del sys.modules["pkg_resources"]
    import pyworld

    return pyworld


def another_speaker(audio: npt.NDArray[np.floating], seed: int) -> tuple[Array, Times]:
    """The same words by a speaker that the seed draws.

    Args:
        audio: mono, 16 kHz.

    Returns:
        The sound, and a function from seconds in ``audio`` to seconds in it.
    """
    world, rng = _world(), np.random.default_rng(seed)
    audio = np.ascontiguousarray(audio, np.float64)
    rough, at = world.dio(audio, RATE, frame_period=FRAME_MS, speed=4)
    pitch = world.stonemask(audio, rough, at, RATE)
    envelope = world.cheaptrick(audio, pitch, at, RATE)
    noisiness = world.d4c(audio, pitch, at, RATE)

    source, times = _rhythm(len(at), rng)
    nearest = np.rint(source).astype(int)
    pitch = _melody(pitch[nearest], rng)
    envelope = _tract(envelope[nearest], rng)
    noisiness = np.clip(noisiness[nearest] ** np.exp(rng.uniform(-0.8, 0.8)), 1e-6, 1.0)
    made = world.synthesize(
        pitch, np.ascontiguousarray(envelope), np.ascontiguousarray(noisiness), RATE, FRAME_MS
    )
    return made, times


def _smooth(rng: np.random.Generator, count: int, step: int, spread: float) -> Array:
    """A random curve with a knot every ``step`` places."""
    knots = max(2, count // step + 2)
    return np.interp(np.arange(count), np.linspace(0, count, knots), rng.normal(0, spread, knots))


def _rhythm(frames: int, rng: np.random.Generator) -> tuple[Array, Times]:
    """Which old frame each new one is, some sounds drawn out and others hurried."""
    pace = np.exp(_smooth(rng, frames, 12, rng.uniform(0.0, 0.18)) + rng.uniform(-0.14, 0.14))
    ends = np.concatenate([[0.0], np.cumsum(pace)])[:-1]  # where each old frame lands
    source = np.interp(np.arange(int(ends[-1]) + 1), ends, np.arange(frames))
    second = FRAME_MS / 1000

    def times(old: Array) -> Array:
        return np.interp(old / second, np.arange(frames), ends) * second

    return source, times


def _melody(pitch: Array, rng: np.random.Generator) -> Array:
    """Another height, a livelier or flatter movement, and some of its own."""
    voiced = pitch > 0
    if not voiced.any():
        return pitch
    logs = np.log(pitch[voiced])
    height = rng.uniform(np.log(72), np.log(270))
    move = (logs - logs.mean()) * rng.uniform(0.2, 1.7)
    own = _smooth(rng, len(pitch), 30, rng.uniform(0.0, 0.12))[voiced]
    fall = np.linspace(1, -1, len(pitch))[voiced] * rng.uniform(-0.03, 0.14)
    out = np.zeros(len(pitch))
    out[voiced] = np.exp(np.clip(height + move + own + fall, np.log(60), np.log(450)))
    return out


def _tract(envelope: Array, rng: np.random.Generator) -> Array:
    """A vocal tract of another length, its parts not in the same proportion, and another timbre."""
    bins = envelope.shape[1]
    at = np.arange(bins) / (bins - 1)
    proportions = rng.normal(0, rng.uniform(0, 0.07), 7)  # of it, by about one formant each
    factor = np.exp(
        rng.uniform(-0.19, 0.19) + np.interp(at**0.5, np.linspace(0, 1, 7), proportions)
    )
    where = np.maximum.accumulate(np.clip(at * factor * (bins - 1), 0, bins - 1.001))
    low = where.astype(int)
    part = where - low
    logs = np.log(envelope + 1e-12)
    warped = logs[:, low] * (1 - part) + logs[:, low + 1] * part
    colour = np.interp(at**0.5, np.linspace(0, 1, 8), rng.normal(0, rng.uniform(0, 0.9), 8))
    # Statistical voices have flat formants, those of recorded diphones sharp ones.
    blur = rng.uniform(-0.35, 0.5)
    return np.exp((1 - blur) * warped + blur * uniform_filter1d(warped, 15, axis=1) + colour)
