"""How samples are varied anew at each sight, on their log-mel features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

BINS = 80


@dataclass(frozen=True)
class Variation:
    """How much.

    Attributes:
        speakers: share of sentences said by another speaker.
        stretch, uneven: of the mel axis: logarithm of the largest factor, and deviation in bins.
        turned: deviation of the matrix that turns a cepstrum, at most.
        noise: share with another noise behind it.
        bands: rows of bins missing, at most.
        moments: share in which moments are missing.
    """

    speakers: float
    stretch: float
    uneven: float
    turned: float
    noise: float
    bands: int
    moments: float


STRONG = Variation(2 / 3, 0.14, 1.2, 0.18, noise=0.25, bands=2, moments=0.6)
GENTLE = Variation(1 / 3, 0.10, 0.7, 0.10, noise=0.12, bands=1, moments=0.25)
"""For the end of training: nearer to what will be heard."""

SPEAKERS = 600
TURNED = 14
"""Cepstral coefficients of a speaker that are another's."""


def speakers(how: Variation) -> tuple[Tensor, Tensor]:
    """What makes one speaker's log-mel spectra another's, as matrices (SPEAKERS, BINS, BINS).

    The first stretch the mel axis, evenly as a longer or shorter vocal tract does, and a little
    unevenly. The second turn the cepstrum, from which a linear transform near the identity leads
    from any speaker to about any other (constrained MLLR: Gales, "Maximum likelihood linear
    transformations for HMM-based speech recognition", 1998); the level is left out of it.
    """
    rng = np.random.default_rng(0)
    bins = np.arange(BINS)
    cosines = np.cos(np.pi * np.arange(BINS)[:, None] * (bins + 0.5) / BINS)
    cosines *= np.where(bins == 0, BINS, BINS / 2)[:, None] ** -0.5
    number = np.arange(1, TURNED + 1)
    # A coefficient's deviation falls with its number; neighbours are mixed more than strangers.
    reach = (1 + number / 4) / (1 + number[:, None] / 4)
    reach = reach.clip(max=1.0) * np.exp(-np.abs(number - number[:, None]) / 2)
    warps = np.tile(np.eye(BINS), (SPEAKERS, 1, 1))
    turns = warps.copy()
    for i in range(round(SPEAKERS * how.speakers)):
        knots = rng.normal(0, rng.uniform(0, how.uneven), 7)
        factor = np.exp(rng.uniform(-how.stretch, how.stretch))
        at = bins * factor + np.interp(bins, np.linspace(0, BINS, 7), knots)
        at = np.clip(at, 0, BINS - 1.001)
        low = at.astype(int)
        warps[i] = 0
        warps[i, low, bins] = 1 - (at - low)
        warps[i, low + 1, bins] = at - low
        mixed = np.eye(BINS)
        part = slice(1, TURNED + 1)
        mixed[part, part] += rng.uniform(0, how.turned) * rng.normal(size=reach.shape) * reach
        turns[i] = cosines.T @ mixed @ cosines
    return torch.from_numpy(warps).float(), torch.from_numpy(turns).float()


COLOURS = (0.0, 0.25, 0.6, 0.6, 0.5, 0.4, 0.3)
"""How strong the waves along the mel axis are that colour a sample: none, half a one, one ...
The first is its loudness, drawn apart; the second, brighter or duller, also tells emotions, so
there is little of it.
"""
_WAVES = torch.cos(
    torch.pi * torch.arange(len(COLOURS))[:, None] * (torch.arange(BINS) + 0.5) / BINS
)


def colours(count: int, rng: np.random.Generator) -> Tensor:
    """What is added to the spectra of so many samples, (count, BINS)."""
    waves = rng.normal(0, COLOURS, (count, len(COLOURS))) * rng.random((count, 1))
    waves[:, 0] = rng.uniform(-1.5, 1.5, count)
    return torch.from_numpy(waves).float() @ _WAVES


def pace(frames: Tensor, acted: Tensor, rng: np.random.Generator) -> Tensor:
    """Faster above 1, (samples,). Acted voices tell an emotion by their pace, so theirs hardly
    changes.
    """
    count = len(frames)
    own = np.where(acted, rng.uniform(0.94, 1.06, count), rng.uniform(0.87, 1.15, count))
    return torch.from_numpy(np.where((rng.random(count) < 0.4) | (frames.numpy() < 60), 1.0, own))


def missing(
    count: int, frames: int, how: Variation, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """A few bins missing in each sample, and in many a few moments.

    Returns:
        Which bins, (count, BINS), and which of the ``frames``, (count, frames).
    """
    bins = _stretches(rng.integers(0, how.bands + 1, count), BINS, (1, 15), rng)
    most = np.where(rng.random(count) < how.moments, frames // 100, 0)
    return bins, _stretches(rng.integers(0, most + 1), frames, (2, 12), rng)


def _stretches(
    numbers: npt.NDArray[np.integer], size: int, lengths: tuple[int, int], rng: np.random.Generator
) -> Tensor:
    """For each of so many rows of ``size`` places, that number of stretches of some length."""
    out = torch.zeros(len(numbers), size, dtype=torch.bool)
    at = torch.arange(size)
    for k in range(int(numbers.max(initial=0))):
        first = torch.from_numpy(rng.integers(0, size, len(numbers)))[:, None]
        length = torch.from_numpy(rng.integers(lengths[0], lengths[1] + 1, len(numbers)))[:, None]
        out |= (at >= first) & (at < first + length) & torch.from_numpy(numbers > k)[:, None]
    return out
