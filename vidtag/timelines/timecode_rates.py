"""Timelines counted at rates that have timecode, for formats that count in it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from vidtag.core.timecode import STANDARD_RATES
from vidtag.timelines.model import Cut, Marker, MediaReference, Timeline

Spanned = TypeVar("Spanned", Cut, Marker)

_FACTORS = (1, 2, 3, 4, 5, 6, Fraction(1, 2), Fraction(1, 4), Fraction(1, 5), Fraction(1, 8))
_RATES_WITH_TIMECODE = frozenset(rate for rate in STANDARD_RATES if rate <= 60)
_OTHER_RATE = Fraction(30)
"""Frames per second for rates that no factor brings to one with timecode."""


def at_timecode_rates(timeline: Timeline) -> Timeline:
    """The timeline counted at rates that have timecode: 30 a second where a file has 15,
    60 where it has 120.
    """
    cuts = []
    for cut in timeline.cuts:
        reference = _reference_at_timecode_rate(cut.reference)
        factor = reference.rate / cut.reference.rate
        marks = tuple(_scaled(mark, factor) for mark in cut.markers)
        cuts.append(replace(_scaled(cut, factor), reference=reference, markers=marks))
    rate = _timecode_rate(timeline.rate)
    start = round(timeline.start * rate / timeline.rate)
    return replace(timeline, rate=rate, start=start, cuts=tuple(cuts))


def _timecode_rate(rate: Fraction) -> Fraction:
    multiples = (rate * factor for factor in _FACTORS if rate * factor in _RATES_WITH_TIMECODE)
    return next(multiples, _OTHER_RATE)


def _reference_at_timecode_rate(reference: MediaReference) -> MediaReference:
    rate = _timecode_rate(reference.rate)
    own = reference.timecode_rate if reference.timecode_rate in _RATES_WITH_TIMECODE else rate
    factor = rate / reference.rate
    frames = max(1, round(reference.frames * factor))
    start = round(reference.start * factor)
    return replace(reference, rate=rate, frames=frames, start=start, timecode_rate=own)


def _scaled(span: Spanned, factor: Fraction) -> Spanned:
    frames = max(1, round(span.frames * factor))
    return replace(span, first=round(span.first * factor), frames=frames)
