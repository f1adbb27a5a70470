"""Time expressions of TTML (https://www.w3.org/TR/ttml2/#timing-value-time-expression)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_CLOCK = re.compile(r"(\d{1,9}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,12})|:(\d{1,5})(?:\.(\d{1,5}))?)?")
_OFFSET = re.compile(r"(\d{1,18}(?:\.\d{1,12})?)(h|ms|m|s|f|t)")
_DEFAULT_RATE = 30
_RATE = re.compile(r"\d{1,6}")
_MULTIPLIER = re.compile(r"(\d{1,6})[\s:]+(\d{1,6})")


@dataclass(frozen=True, slots=True)
class TtmlClock:
    """What a file's frames and ticks last.

    Attributes:
        nominal: frames counted to a second of a time with frames.
        rate: frames that pass in a second.
        ticks: in a second.
        smpte: whether times with frames are timecodes, which count frames throughout.
        drop: whether these timecodes leave out numbers (29.97 drop-frame).
        said: whether the file gives a frame rate.
    """

    nominal: int
    rate: Fraction
    ticks: Fraction
    sub_frames: int
    smpte: bool
    drop: bool
    said: bool

    @classmethod
    def of(cls, root: dict[str, str]) -> TtmlClock:
        """The clock that the attributes of ``tt`` describe."""
        said = _RATE.fullmatch(root.get("frameRate", "").strip())
        nominal = int(said[0]) if said and int(said[0]) else _DEFAULT_RATE
        multiplier = _MULTIPLIER.fullmatch(root.get("frameRateMultiplier", "").strip())
        factor = Fraction(1)
        if multiplier and int(multiplier[1]) and int(multiplier[2]):
            factor = Fraction(int(multiplier[1]), int(multiplier[2]))
        rate = nominal * factor
        subs = _RATE.fullmatch(root.get("subFrameRate", "").strip())
        sub_frames = int(subs[0]) if subs and int(subs[0]) else 1
        tick = root.get("tickRate", "").strip()
        if tick.isascii() and tick.isdecimal() and int(tick[:18]):
            ticks = Fraction(int(tick[:18]))
        else:
            ticks = rate * sub_frames if said else Fraction(1)
        return cls(
            nominal,
            rate,
            ticks,
            sub_frames,
            root.get("timeBase") == "smpte",
            root.get("dropMode", "").startswith("drop"),
            said is not None,
        )

    def seconds(self, expression: str) -> Fraction | None:
        """Seconds of a time expression; None if it is none."""
        text = expression.strip()
        if found := _OFFSET.fullmatch(text):
            metric = {
                "h": Fraction(3600),
                "m": Fraction(60),
                "s": Fraction(1),
                "ms": Fraction(1, 1000),
                "f": 1 / self.rate,
                "t": 1 / self.ticks,
            }
            return Fraction(found[1]) * metric[found[2]]
        found = _CLOCK.fullmatch(text)
        if found is None:
            return None
        whole = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
        if found[4]:
            return whole + Fraction(f"0.{found[4]}")
        frames = int(found[5] or 0) + Fraction(int(found[6] or 0), self.sub_frames)
        if not self.smpte:
            return whole + frames / self.rate
        counted = whole * self.nominal + frames
        if self.drop:
            minutes = int(found[1]) * 60 + int(found[2])
            counted -= 2 * (minutes - minutes // 10)
        return counted / self.rate
