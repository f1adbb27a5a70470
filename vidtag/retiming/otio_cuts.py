"""OpenTimelineIO files, read by its library."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import opentimelineio as otio

from vidtag.core.errors import UserError
from vidtag.core.timecode import STANDARD_RATES
from vidtag.retiming.edit_model import Edit, Kept

_ALIKE = 0.001
"""Frames a second by which a rate may be rounded."""


def read_otio(text: str) -> Edit:
    """What a timeline is made of.

    Raises:
        UserError: it is no timeline.
    """
    try:
        timeline = otio.adapters.read_from_string(text, "otio_json")
    except (otio.exceptions.OTIOError, ValueError) as error:
        raise UserError("is no OpenTimelineIO file") from error
    if not isinstance(timeline, otio.schema.Timeline):
        raise UserError(f"holds no timeline, but a {type(timeline).__name__}")
    notes: list[str] = []
    kept = []
    rates = []
    for track in timeline.tracks:
        if not isinstance(track, otio.schema.Track) or not track.enabled:
            continue
        heard = track.kind == otio.schema.TrackKind.Audio
        for clip in track.find_clips():
            media = clip.media_reference
            if not clip.enabled or not isinstance(media, otio.schema.ExternalReference):
                continue
            name = unquote(PurePosixPath(media.target_url.replace("\\", "/")).name)
            speed = _speed(clip)
            if speed is None:
                notes.append(f"a clip of {name} changes its speed; it has no subtitles")
                continue
            source, place = clip.trimmed_range(), clip.range_in_parent()
            if clip.parent() is not track:
                place = clip.transformed_time_range(source, track)
            begin = media.available_range.start_time if media.available_range else None
            first = _seconds(source.start_time) - (_seconds(begin) if begin else 0)
            rates.append(_rate(place.start_time.rate))
            at, length = _seconds(place.start_time), _seconds(place.duration)
            kept.append(Kept(name, first, at, length, speed, heard))
    start = timeline.global_start_time
    rate = _rate(start.rate) if start else max(rates, default=Fraction(25))
    return Edit(rate, tuple(kept), tuple(dict.fromkeys(notes)))


def _speed(clip: Any) -> Fraction | None:
    speed = Fraction(1)
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and effect.time_scalar > 0:
            speed *= Fraction(effect.time_scalar).limit_denominator(1000)
        elif isinstance(effect, otio.schema.TimeEffect):
            return None
    return speed


def _rate(number: float) -> Fraction:
    """The exact rate of a rounded one."""
    nearest = min(STANDARD_RATES, key=lambda rate: abs(float(rate) - number))
    alike = abs(float(nearest) - number) < _ALIKE
    return nearest if alike else Fraction(number).limit_denominator(1001)


def _seconds(time: Any) -> Fraction:
    return Fraction(time.value).limit_denominator(1_000_000) / _rate(time.rate)
