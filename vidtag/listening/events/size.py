"""How many people laugh: one, some, or the house. Pure.

One voice is periodic; the more laugh at once, the more their pitches blur into noise. How loud a
laugh is tells nothing, since the nearest microphone decides that. A laugh of breath alone has no
pitch either, but goes up and down in syllables, which many people fill up for each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventSpan, Size, Word
from vidtag.listening.events.texture import VOICE_SECONDS
from vidtag.media.level import FRAME_SECONDS, dbfs

_LEAST_SECONDS = 0.5
"""Of laughter that nobody speaks over; less tells nothing."""
_LOUD_DB = 8.0
"""How far below the loudest a voice still stands out from the noise of the room."""
_HEARD_DB = 25.0
"""How far below the loudest the pauses of a laugh are still part of it."""
_SYLLABLE, _PHRASE = 5, 51
"""Frames that a level is the mean of, and over which it is compared with its mean: shorter and
longer than a syllable of laughter."""
_HOUSE, _ONE = 0.48, 0.68
"""How voiced the house is at most, and one person at least (docs/events.md)."""
_MOVES = 6.5
"""Decibels by which the level of the house moves at most."""


def size_of(
    span: EventSpan,
    loudness: npt.NDArray[np.float32],
    voicing: npt.NDArray[np.float16],
    words: Sequence[Word] = (),
) -> Size | None:
    """How many people laugh in a span; None where that can't be told.

    Args:
        loudness: level of each 10 ms of the recording, in dBFS.
        voicing: see ``Texture``.
        words: that are said during the span; what they cover is not looked at.
    """
    first, last = (round(time / FRAME_SECONDS) for time in (span.start, span.end))
    levels = loudness[first:last].astype(np.float64)
    free = np.ones(len(levels), bool)
    for word in words:
        begin, end = (round(time / FRAME_SECONDS) - first for time in (word.start, word.end))
        free[max(0, begin) : max(0, end)] = False
    if free.sum() * FRAME_SECONDS < _LEAST_SECONDS:
        return None
    smooth = dbfs(_running_mean(10 ** (levels / 10), _SYLLABLE))
    top = float(np.quantile(smooth[free], 0.95))
    at = (first + np.flatnonzero(free & (smooth > top - _LOUD_DB))) * FRAME_SECONDS / VOICE_SECONDS
    answers = np.unique(np.round(at).astype(np.intp))
    answers = answers[answers < len(voicing)]
    if not len(answers):
        return None
    voiced = float(np.median(voicing[answers]))
    if voiced >= _HOUSE:
        return Size.ONE if voiced >= _ONE else Size.SOME
    heard = free & (smooth > top - _HEARD_DB)
    moved = float(np.std((smooth - _running_mean(smooth, _PHRASE))[heard]))
    return Size.HOUSE if moved <= _MOVES else None


def _running_mean(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    padded = np.pad(values, width // 2, "edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid")
