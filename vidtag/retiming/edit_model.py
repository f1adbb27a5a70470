"""What an edit keeps of its sources, on the clock of the new cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Kept:
    """A stretch of a source that stands in the new cut.

    Attributes:
        source: name of the file it is from.
        first: seconds of the source, from its beginning, that it begins with.
        at: seconds of the new cut that it begins at.
        length: seconds of the new cut that it lasts.
        speed: seconds of the source in one of the new cut.
        heard: whether it is sound; else picture.
    """

    source: str
    first: Fraction
    at: Fraction
    length: Fraction
    speed: Fraction = Fraction(1)
    heard: bool = False

    @property
    def last(self) -> Fraction:
        """Seconds of the source that it ends at."""
        return self.first + self.length * self.speed

    @property
    def end(self) -> Fraction:
        """Seconds of the new cut that it ends at."""
        return self.at + self.length

    def since(self, at: Fraction) -> Kept:
        """What is left of it from a time of the new cut on."""
        gone = at - self.at
        return replace(self, first=self.first + gone * self.speed, at=at, length=self.length - gone)

    def moved(self, seconds: Fraction) -> Fraction:
        """A time of the source on the clock of the new cut."""
        return self.at + (seconds - self.first) / self.speed


@dataclass(frozen=True, slots=True)
class Edit:
    """What a new cut is made of.

    Attributes:
        rate: frames a second of the new cut.
        kept: in any order.
        notes: what was in the file that is not kept track of.
    """

    rate: Fraction
    kept: tuple[Kept, ...]
    notes: tuple[str, ...] = ()
