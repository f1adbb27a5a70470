"""Sound as arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono sound at ``SAMPLE_RATE``, shape ``(samples,)``, within -1 to 1."""

SAMPLE_RATE = 16_000
"""Samples per second of all sound between ``media`` and the models."""

CHUNK_SECONDS = 60.0
"""Seconds of sound that LISTEN takes at once: with less, the event pass waits for itself."""
