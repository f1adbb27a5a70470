"""Sound events by signal synthesis: each kind by several independent methods, none recorded.

A model that knows one way of making laughter knows that way and no laughter. So each kind has
several methods that share no code beyond filters, and for laughter and applause one further
method is held out: it is never trained on and serves only to measure with.

All functions return float32 mono at 16 kHz and draw every choice from the generator given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from tools.pocket.sounds import applause, human, laughter, music
from tools.pocket.sounds.acoustics import RATE, Array, Audio, Method, Rng, band, room
from tools.pocket.sounds.hard import HARD
from tools.pocket.sounds.negatives import NEGATIVES

__all__ = [
    "EVENTS", "HARD", "HELDOUT", "LEVEL", "METHODS", "NEGATIVES", "RATE", "SECONDS", "Audio", "Rng",
    "Split", "band", "hard_negative", "make", "negative", "room",
]  # fmt: skip

LEVEL = 0.1
"""Root mean square of what ``make`` returns, where the sound sounds."""

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

METHODS: Mapping[str, tuple[Method, ...]] = {
    "Laughter": (
        *laughter.SOLO,
        laughter.laugh_group,
        laughter.laugh_group,
        laughter.laugh_group,
        laughter.laugh_audience,
        laughter.laugh_audience,
    ),
    "Applause": (
        applause.clap_noise,
        applause.clap_modal,
        applause.clap_granular,
        applause.clap_rhythmic,
        applause.clap_cheered,
        applause.clap_hall,
        applause.clap_close,
        applause.clap_painted,
    ),
    "BGM": (
        music.music_additive,
        music.music_fm,
        music.music_plucked,
        music.music_pad,
        music.drums,
    ),
    "Cry": (human.cry_source_filter, human.cry_additive),
    "Cough": (human.cough_burst, human.cough_dry),
    "Sneeze": (human.sneeze_burst, human.sneeze_noise),
    "Breath": (human.breath_noise, human.breath_tract),
}
HELDOUT: Mapping[str, tuple[Method, ...]] = {
    "Laughter": (laughter.laugh_fof, laughter.laugh_fof_group),
    "Applause": (applause.clap_texture,),
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


def negative(rng: Rng, seconds: float) -> Audio:
    """A sound that is no event: what laughter and applause must not be taken for."""
    sound = NEGATIVES[rng.integers(len(NEGATIVES))](rng, seconds)
    return _levelled(_coloured(sound, rng))


def hard_negative(rng: Rng, seconds: float, name: str | None = None) -> Audio:
    """A sound like the real ones that fooled the model; ``name`` is one of ``HARD``, or any."""
    methods = HARD[name or tuple(HARD)[rng.integers(len(HARD))]]
    sound = methods[rng.integers(len(methods))](rng, seconds)
    return _levelled(_coloured(sound, rng))
