"""Probability curves to spans with an onset and an offset. Pure functions.

The steps, each vectorised over the whole recording:

1. ``evidence``: what the witnesses say, joined (``pooling``). Where a kind is slow, as music is,
   its curve is averaged over some seconds.
2. Hysteresis: a run begins and ends where the evidence crosses ``off`` and counts only if it
   reaches ``on`` somewhere, so that a wavering curve makes one span, not ten. Where a kind lasts,
   it is the mean of some tenths of a second that has to reach ``on``. Beside a tagger a span that
   both witnesses have found goes on where SenseVoice alone is sure.
3. Edges: a window hears an event before its middle has reached it, so every run is wider than
   the sound; each end is moved inwards by the same share of the window.
4. Snapping: where the recording itself becomes loud or quiet near an edge, that is the edge.
5. Runs close together are one; what is then too short is dropped.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventKindSettings, EventsConfig
from vidtag.listening.events.pooling import paired, pooled
from vidtag.listening.events.scan import Curves
from vidtag.media.level import AUDIBLE_DB, FRAME_SECONDS, QUIET_BEFORE_ONSET, loudest_before

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

HELD = (EventKind.LAUGHTER, EventKind.APPLAUSE)
"""Kinds that go on under speech."""
_HOLDS = 0.7
"""From which on SenseVoice, the sensitive witness, alone carries a span on that both have found:
under speech a tagger hears little of it (docs/events.md)."""
_AFTER = 8
"""Frames after an onset of which the loudest counts."""
_NEAR_SECONDS = 0.25
"""Around what a laugh yields to: a window hears a cough before and after its middle is in it. And
around a moment in which a tagger is deaf to applause that it hears before and after."""
_RISE_DB = 8.0
"""The least rise of loudness that is taken for an edge."""
_FAR_DB = 12.0
"""A rise at the far end of the search must be larger by so much to win over one nearby."""


def find_spans(
    curves: Curves, config: EventsConfig, *, only: EventKind | None = None
) -> tuple[EventSpan, ...]:
    """Spans of all kinds or one, ordered by start; those of a kind neither touch nor overlap."""
    strength = evidence(curves, config)
    alone = None if curves.tagger is None else _alone(curves)
    spans: list[EventSpan] = []
    for kind, settings in config.wanted.items():
        if kind not in strength or only not in (None, kind):
            continue
        found = _track_kind(kind, strength[kind], strength[kind], curves, settings, config.snap)
        if found and alone is not None and kind in HELD:
            carried = np.clip(alone[kind] - (_HOLDS - settings.off), 0.0, 1.0)
            reach = np.maximum(strength[kind], carried)
            longer = _track_kind(kind, strength[kind], reach, curves, settings, config.snap)
            found = [span for span in longer if _touches(span, found)]
        spans += found
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.kind)))


def _alone(curves: Curves) -> Mapping[EventKind, Floats]:
    """What SenseVoice says by itself of each kind at each time; 0 where it was not asked."""
    own = paired(curves.kinds, curves.posteriors)
    if curves.unasked is not None:
        own = np.where(curves.unasked, 0.0, own)
    return dict(zip(curves.kinds, own.T, strict=True))


def _touches(span: EventSpan, found: Sequence[EventSpan]) -> bool:
    """Whether any of these, ordered and apart, lies over a span."""
    place = bisect_left(found, span.start, key=lambda other: other.end)
    return place < len(found) and found[place].start < span.end


def evidence(curves: Curves, config: EventsConfig) -> Mapping[EventKind, Floats]:
    """How strongly each kind is heard at each time, ``[n]`` between 0 and 1: what ``pooling`` makes
    of the witnesses' words, averaged where a kind is slow.
    """
    own, second = curves.posteriors, curves.tagger
    strength = (
        paired(curves.kinds, own)
        if second is None
        else pooled(
            curves.kinds,
            own,
            second.posteriors,
            second.kinds,
            config.tagger,
            near=round(_NEAR_SECONDS / curves.hop),
        )
    )
    return {
        kind: _smoothed(values, config.wanted[kind].smooth / curves.hop)
        if kind in config.wanted
        else values
        for kind, values in zip(curves.kinds, strength.T, strict=True)
    }


def _smoothed(values: Floats, rows: float) -> Floats:
    """Running mean over about so many rows; at the ends over what there is."""
    half = round(rows / 2)
    if half == 0 or not len(values):
        return values
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    means: Floats = np.clip((sums[last] - sums[first]) / (last - first), 0.0, 1.0)
    return means


def _track_kind(
    kind: EventKind,
    strength: Floats,
    reach: Floats,
    curves: Curves,
    settings: EventKindSettings,
    snap: float,
) -> list[EventSpan]:
    """Spans of one kind: where ``reach`` stays at ``off`` and ``strength`` comes to ``on``."""
    sustained = _smoothed(strength, settings.sustain / curves.hop)
    first, last = _runs(strength, reach, sustained, settings.on, settings.off)
    if not len(first):
        return []
    trim = settings.edge * curves.windows[curves.kinds.index(kind)]
    start = _crossing(reach, first, -1, settings.off) * curves.hop + trim
    end = _crossing(reach, last, 1, settings.off) * curves.hop - trim
    # Where the curve is up at either end of the recording, the sound was there all along.
    start = np.where(first == 0, 0.0, start)
    end = np.where(last == len(strength) - 1, curves.duration, end)
    middle = (start + end) / 2
    start, end = np.minimum(start, middle), np.maximum(end, middle)
    if snap > 0 and len(curves.loudness):
        length = len(curves.loudness) * FRAME_SECONDS
        start = np.minimum(_snap(curves.loudness, start, snap), middle)
        end = length - _snap(curves.loudness[::-1], length - end, snap)
        end = np.maximum(end, middle)
    start = np.minimum.accumulate(np.clip(start, 0.0, curves.duration)[::-1])[::-1]
    end = np.maximum.accumulate(np.clip(end, 0.0, curves.duration))

    apart = start[1:] - end[:-1] > settings.merge_gap
    opening = np.flatnonzero(np.concatenate([[True], apart]))
    closing = np.append(opening[1:], len(first)) - 1
    peaks = np.maximum.reduceat(strength, first)  # between runs it is lower than in any
    sums = np.concatenate([[0.0], np.cumsum(strength)])
    spans = []
    for a, b in zip(opening, closing, strict=True):
        peak = float(peaks[a : b + 1].max())
        mean = float(sums[last[b] + 1] - sums[first[a]]) / float(last[b] + 1 - first[a])
        span = EventSpan(kind, float(start[a]), float(end[b]), peak, min(mean, peak))
        long_enough = span.duration > 0 and span.duration >= settings.min_duration
        if long_enough and _audible(curves.loudness, span):
            spans.append(span)
    return spans


def _audible(loudness: npt.NDArray[np.float32], span: EventSpan) -> bool:
    """Whether anything in a span is loud enough to be heard; the model also judges room tone."""
    first, last = (round(time / FRAME_SECONDS) for time in (span.start, span.end))
    inside = loudness[first : last + 1]
    return not len(inside) or float(inside.max()) >= AUDIBLE_DB


def _runs(
    strength: Floats, reach: Floats, sustained: Floats, on: float, off: float
) -> tuple[Indices, Indices]:
    """First and last index of each run whose reach stays at ``off`` or above, and in which strength
    comes to ``on``, by itself and sustained.
    """
    up = np.concatenate([[False], reach >= min(on, off), [False]])
    change = np.flatnonzero(up[1:] != up[:-1])
    first, last = change[::2], change[1::2] - 1
    reached = np.concatenate([[0], np.cumsum(np.minimum(sustained, strength) >= on)])
    counts = reached[last + 1] > reached[first]
    return first[counts], last[counts]


def _crossing(curve: Floats, inside: Indices, step: int, level: float) -> Floats:
    """Where, in rows, the curve crosses ``level`` between ``inside`` and the row outside it."""
    outside = np.clip(inside + step, 0, len(curve) - 1)
    drop = curve[inside] - curve[outside]
    share = (curve[inside] - level) / np.where(drop > 0, drop, 1.0)
    return inside + step * np.clip(share, 0.0, 1.0)


def _snap(loudness: npt.NDArray[np.float32], times: Floats, reach: float) -> Floats:
    """Move each onset to the nearest clear rise of loudness within ``reach`` seconds, if any.

    A rise is clear where the quarter second before is quieter throughout; thus the pauses within
    a laugh, which are shorter, are not taken for its beginning.
    """
    steps = round(reach / FRAME_SECONDS)
    at = np.round(times / FRAME_SECONDS).astype(np.intp)
    offsets = np.arange(-steps, steps + 1)
    places = np.clip(at[:, None] + offsets, 0, len(loudness) - 1)
    around = np.clip(
        at[:, None] + np.arange(-steps - QUIET_BEFORE_ONSET, steps + _AFTER), 0, len(loudness) - 1
    )
    levels = loudness[around].astype(np.float64)
    before = loudest_before(levels[:, : 1 - _AFTER])
    after = sliding_window_view(levels[:, QUIET_BEFORE_ONSET:], _AFTER, axis=1).max(axis=-1)
    here = levels[:, QUIET_BEFORE_ONSET : len(offsets) + QUIET_BEFORE_ONSET]
    clear = (after - before >= _RISE_DB) & (here - before >= _RISE_DB / 2)
    merit = np.where(clear, after - before - _FAR_DB * np.abs(offsets) / max(steps, 1), -np.inf)
    best = merit.argmax(axis=1)
    rows = np.arange(len(times))
    found = np.isfinite(merit[rows, best])
    return np.where(found, places[rows, best] * FRAME_SECONDS, times)
