"""What fails for all videos alike, as a storage that is gone or a disk that is full, fails none.

Work pauses, longer from one attempt to the next, and goes on when it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from vidtag.core.errors import VidtagError

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds."""


@dataclass(slots=True)
class Outage:
    """One that goes on, of one kind of step.

    Args:
        patience: seconds after which the batch ends.
        clock: seconds, from any starting point.
    """

    patience: float
    clock: Callable[[], float] = time.monotonic
    _since: float | None = None
    _until: float = 0.0
    _pause: float = _FIRST_PAUSE / 2

    @property
    def paused(self) -> bool:
        """Whether the next attempt is still to wait."""
        return self.clock() < self._until

    def met(self, error: VidtagError) -> float | None:
        """An attempt has failed; gives the seconds to the next, if they begin now.

        Raises:
            VidtagError: it has gone on for too long.
        """
        now = self.clock()
        if self._since is None:
            self._since = now
        if now < self._until:  # it was begun before the pause
            return None
        if now - self._since >= self.patience:
            raise VidtagError(
                f"{error.cause}, for all videos alike and for {now - self._since:.0f} s",
                path=error.path,
                remedy=(f"{error.remedy}, and " if error.remedy else "")
                + "run it again: what is done stays done",
            ) from error
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._until = now + self._pause
        return self._pause
