"""The sounds of the show, each by a method and a seed of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.demo.rundown import Hear
from tools.pocket import sounds

Audio = NDArray[np.float32]
_FRAME = sounds.RATE // 50
_FADE = 1.6
"""Seconds in which music fades out."""
_TURN = 0.8
"""Seconds in which music is turned down."""
_AUDIBLE = 0.1
"""A sound begins and ends where it passes this share of its loud parts' level (20 dB below)."""


def make(item: Hear) -> Audio:
    """A sound at its level, with the turns of its volume.

    Raises:
        ValueError: its kind has no such method.
    """
    known = {
        m.__name__: m for m in (*sounds.METHODS[item.kind], *sounds.HELDOUT.get(item.kind, ()))
    }
    if item.method not in known:
        raise ValueError(f"{item.kind} has no method {item.method!r}; it has {sorted(known)}")
    raw = known[item.method](np.random.default_rng(item.seed), item.seconds)
    audio = np.asarray(raw * (item.level / _loud(raw)), np.float32)
    edge = sounds.RATE // 200
    audio[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    audio[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    if item.kind == "BGM":
        audio *= _volume(item, len(audio))
    return np.clip(audio, -0.9, 0.9)


def audible(audio: Audio) -> tuple[float, float]:
    """First and last second at which a sound can be heard."""
    levels = _levels(audio)
    heard = np.flatnonzero(levels > _AUDIBLE * np.quantile(levels, 0.9))
    return heard[0] * _FRAME / sounds.RATE, (heard[-1] + 1) * _FRAME / sounds.RATE


def _levels(audio: NDArray[np.floating]) -> NDArray[np.floating]:
    whole = audio[: len(audio) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return np.asarray(np.sqrt((whole**2).mean(axis=1)))


def _loud(audio: NDArray[np.floating]) -> float:
    """Level of a sound without its pauses."""
    levels = _levels(audio)
    loud = levels[levels > 0.1 * levels.max()]
    return float(np.sqrt((loud**2).mean()))


def _volume(item: Hear, samples: int) -> Audio:
    seconds = np.arange(samples) / sounds.RATE
    volume = np.clip((samples / sounds.RATE - seconds) / _FADE, 0, 1)
    if item.low:
        when, level = item.low
        share = np.clip((seconds - when) / _TURN, 0, 1)
        volume = volume * (1 - share * (1 - level / item.level))
    return volume.astype(np.float32)
