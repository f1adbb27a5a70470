"""What frame rate the times of a subtitle file were made for."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from vidtag.core.bounded_values import exact_number
from vidtag.core.errors import UserError
from vidtag.subtitles.layout.frame_grid import AUDIO_ONLY_FRAME_RATE

RATES = (
    AUDIO_ONLY_FRAME_RATE,
    *(Fraction(24000, 1001), Fraction(24), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(50), Fraction(60000, 1001), Fraction(60), Fraction(48)),
)
"""Rates that times are compared with; the first that fits counts, so 25 comes before 50."""

MOST_FRAMES = 1000
"""Frames a second that no video has more of."""

_MOST_TIMES = 20_000
_AGREE = 0.95
_MOST_CHANCE = 1e-4
"""Probability that times made for no rate agree with one, beyond which none is named."""

_MILLISECOND, _CENTISECOND = 0.00105, 0.0055


def shown_rate(times: Iterable[float]) -> Fraction | None:
    """The rate on whose frames nearly all times lie; None if there is none, or too few to tell.

    Files have milliseconds or hundredths of a second, rounded or cut off, so a time lies beside
    its frame by up to one of them.
    """
    several = sorted(set(times))[:_MOST_TIMES]
    precisions = [_MILLISECOND]
    if all(abs(time * 100 - round(time * 100)) < 1e-4 for time in several):
        precisions.append(_CENTISECOND)
    for precision in precisions:
        for rate in RATES:
            chance = min(1.0, 2 * precision * float(rate))
            if chance ** (len(several) * _AGREE) > _MOST_CHANCE:
                continue
            frames = [time * float(rate) for time in several]
            near = sum(abs(frame - round(frame)) <= precision * float(rate) for frame in frames)
            if near >= _AGREE * len(several):
                return rate
    return None


def rate_of(text: str) -> Fraction:
    """A rate as people write it: 25, 23.976, 29.97, 24000/1001.

    Raises:
        UserError: it is no rate from 1 to ``MOST_FRAMES``.
    """
    try:
        rate = exact_number(text.replace(",", "."))
    except ValueError:
        rate = Fraction(0)
    if not 1 <= rate <= MOST_FRAMES:
        raise UserError(
            f"'{text}' is no frame rate", remedy="give one such as 25, 23.976 or 24000/1001"
        )
    if rate.denominator == 1:
        return rate
    whole = Fraction(-(-rate.numerator // rate.denominator))
    ntsc = whole * 1000 / 1001
    return ntsc if abs(rate - ntsc) < Fraction(1, 100) else rate
