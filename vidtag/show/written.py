"""The record of what a writer did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        files: in the order they were written.
        notes: what the user should know about them.
        failures: what could not be made, and why; the rest was made all the same.
    """

    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Several records as one."""
        parts = tuple(parts)
        return cls(
            tuple(chain.from_iterable(part.files for part in parts)),
            tuple(chain.from_iterable(part.notes for part in parts)),
            tuple(chain.from_iterable(part.failures for part in parts)),
        )
