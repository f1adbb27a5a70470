"""Frame rates and SMPTE timecode (ST 12-1), drop-frame included, in whole numbers."""

from __future__ import annotations

import re
from fractions import Fraction

from vidtag.core.errors import UserError

STANDARD_RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48000, 1001), Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60)),
    *(Fraction(100), Fraction(120000, 1001), Fraction(120)),
)
"""Frame rates that editing programs have."""

_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")
_SAME = 0.0002
"""Relative difference below which a measured rate is a standard one; NTSC differs by 0.001."""


def nominal(rate: Fraction) -> int:
    """Frames that timecode counts per second: 30 at 30000/1001."""
    return max(1, round(rate))


def can_drop(rate: Fraction) -> bool:
    """Whether drop-frame timecode keeps to the clock at a rate: at 29.97 and its multiples."""
    return nominal(rate) % 30 == 0 and rate == Fraction(nominal(rate) * 1000, 1001)


def usable_rate(rate: Fraction, variable: bool) -> Fraction:
    """The rate to count frames at: ``rate`` if timecode can, else the nearest standard one."""
    if rate <= 0:
        return Fraction(25)
    nearest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    countable = rate.denominator == 1 or (rate * 1001 / 1000).denominator == 1
    if variable or not countable or abs(nearest - rate) < rate * _SAME:
        return nearest
    return rate


def to_timecode(frame: int, rate: Fraction, *, drop: bool) -> str:
    """Timecode of a frame, ``HH:MM:SS:FF``, or ``HH:MM:SS;FF`` in drop-frame.

    Drop-frame leaves out the first two numbers of every minute (four at 59.94) but every tenth, so
    that timecode keeps to the clock. It begins anew after 24 hours.
    """
    base = nominal(rate)
    if drop:
        left_out = base // 15
        per_minute, per_ten = base * 60 - left_out, base * 600 - 9 * left_out
        tens, rest = divmod(frame % (per_ten * 144), per_ten)
        minutes = max(0, rest - left_out) // per_minute
        frame = frame % (per_ten * 144) + left_out * (9 * tens + minutes)
    seconds, frames = divmod(frame, base)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    mark = ";" if drop else ":"
    return f"{hours % 24:02d}:{minute:02d}:{second:02d}{mark}{frames:02d}"


def from_timecode(text: str, rate: Fraction) -> tuple[int, bool]:
    """Frame that a timecode names, and whether it is drop-frame (``;`` or ``.`` before the frames).

    Drop-frame is taken at its word wherever thirty or a multiple of it are counted, at 30 frames
    per second too: cameras write it there, though it does not keep to the clock.

    Raises:
        UserError: it is no timecode at this rate.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise UserError(f"{text!r} is not a timecode such as 01:00:00:00")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    drop = match[4] in ";.," and nominal(rate) % 30 == 0
    base = nominal(rate)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise UserError(f"{text!r} is not a timecode at {float(rate):.3f} frames per second")
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if drop:
        total = hours * 60 + minutes
        count -= base // 15 * (total - total // 10)
    return count, drop


def frame_named(text: str, rate: Fraction, *, drop: bool) -> int:
    """Frame that a timecode names, counted as drop-frame or not whatever its signs.

    Raises:
        UserError: it is no timecode at this rate.
    """
    parts = re.split("[:;]", text)
    return from_timecode(":".join(parts[:3]) + (";" if drop else ":") + parts[-1], rate)[0]
