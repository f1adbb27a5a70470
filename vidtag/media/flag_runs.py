"""Stretches of arrays in which something stays as it is; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Run = tuple[int, int]
"""Half-open: the first place of a stretch, and the first after it."""


def runs(flags: npt.NDArray[np.bool_]) -> list[Run]:
    """Runs of true flags, shape ``(places,)``."""
    edges = np.flatnonzero(np.diff(np.pad(flags.astype(np.int8), 1)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def equal_runs(values: npt.NDArray[Any]) -> Iterator[Run]:
    """Runs of equal values, shape ``(places,)``, which together are all of it."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    yield from itertools.pairwise(edges)
