"""Sound as arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono sound at ``SAMPLE_RATE``, shape ``(samples,)``, within -1 to 1."""
