"""How LISTEN is stopped from outside."""

from __future__ import annotations

from collections.abc import Callable

Stop = Callable[[], None]
"""Raises if the work is to stop, else returns at once. Called before every batch that goes through
a model, from any thread; what it raises ends LISTEN and reaches the caller."""


def never_stop() -> None:
    """For work that nobody stops."""
