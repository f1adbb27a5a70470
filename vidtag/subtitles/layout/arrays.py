"""Arrays with an element per unit, and what is often done with them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.float64)


def running_sum(values: NDArray[Number]) -> NDArray[Number]:
    """Sums of the first 0, 1, 2, ... values: one more element than there are values."""
    return np.concatenate((np.zeros(1, values.dtype), np.cumsum(values)))
