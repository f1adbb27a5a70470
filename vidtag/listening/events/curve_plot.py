"""A picture of what the event pass heard: curves, thresholds and spans over the sound.

Made for tuning: a hump that stays under its dashed line is a miss by the threshold, a span
without a sound in the waveform above it a false alarm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vidtag.core.clock import fine_clock
from vidtag.core.display import EVENT_LINE_COLOURS
from vidtag.core.errors import UserError
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventsConfig
from vidtag.figures import check_figure_path, save_figure
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.track import evidence
from vidtag.media.level import FRAME_SECONDS

_ROW_SECONDS = 60.0
"""Sound in one row of the picture, unless there would be too many rows."""
_MOST_ROWS = 20
_LANE_INCHES = 0.42
_SOUND_INCHES = 0.5
_QUIET_DB, _LOUD_DB = -60.0, 0.0
_OF_INTEREST = 0.1
"""A kind that never becomes likelier than this, and has no span, gets no lane."""


def draw(
    path: Path,
    curves: Curves,
    spans: Sequence[EventSpan],
    config: EventsConfig,
    *,
    title: str = "",
    start: float = 0.0,
    end: float | None = None,
) -> None:
    """Write the picture; its format follows the suffix of ``path``.

    Rows follow each other like lines of text. Each has the level of the sound (-60 to 0 dB of full
    scale) and a lane per kind of event that was at all likely: the strength that is compared
    with the thresholds, the model's own probability where it differs, ``on`` dashed, ``off``
    dotted, and the spans as bars.

    Args:
        start, end: the part of the recording to draw, in seconds.

    Raises:
        UserError: the part is empty, the format unknown, or matplotlib missing.
        OutputError: the file cannot be written.
    """
    check_figure_path(path)
    to = "on" if end is None else f"to {end:g} s"
    end = curves.duration if end is None else min(end, curves.duration)
    if not 0 <= start < end:
        raise UserError(
            f"there is no sound from {start:g} s {to}",
            remedy=f"the recording is {curves.duration:.1f} s long",
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [span for span in spans if span.end > start and span.start < end]
    strength = evidence(curves, config)
    inside = (curves.times >= start) & (curves.times <= end)
    kinds = [
        kind
        for kind in curves.kinds
        if any(span.kind is kind for span in shown)
        or strength[kind][inside].max(initial=0.0) > _OF_INTEREST
    ]
    seconds = max(min(_ROW_SECONDS, end - start), (end - start) / _MOST_ROWS)
    rows = max(1, math.ceil((end - start) / seconds - 1e-9))
    heights = [_SOUND_INCHES, *[_LANE_INCHES] * len(kinds)]
    tall = 0.65 + rows * (sum(heights) + 0.35)
    figure = Figure(figsize=(12, tall), facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        rows, 1, hspace=0.35 / sum(heights), left=0.08, right=0.98, top=1 - 0.4 / tall,
        bottom=0.25 / tall,
    )  # fmt: skip
    for row in range(rows):
        lanes = grid[row].subgridspec(len(heights), 1, height_ratios=heights, hspace=0.12)
        left = start + row * seconds
        axes = [figure.add_subplot(lanes[i]) for i in range(len(heights))]
        for one in axes:
            one.set_xlim(left, left + seconds)
            one.tick_params(labelsize=7, length=2)
            one.tick_params(labelbottom=one is axes[-1])
            for side in ("top", "right"):
                one.spines[side].set_visible(False)
        axes[-1].xaxis.set_major_formatter(lambda seconds, _: fine_clock(seconds))
        _draw_sound(axes[0], curves, left, left + seconds)
        for one, kind in zip(axes[1:], kinds, strict=True):
            _draw_kind(one, kind, curves, strength[kind], shown, config)
    if title:
        figure.text(0.08, 1 - 0.25 / tall, title, fontsize=10, parse_math=False)
    save_figure(figure, path, dpi=110, svg_text=True)


def _draw_sound(axes: Any, curves: Curves, left: float, right: float) -> None:
    """The level, as a band whose height is the loudest 10 ms under each pixel."""
    first, last = (int(time / FRAME_SECONDS) for time in (left, right))
    levels = curves.loudness[first:last]
    step = max(1, len(levels) // 2000)
    loudest = levels[: len(levels) // step * step].reshape(-1, step).max(axis=1)
    height = np.clip((loudest - _QUIET_DB) / (_LOUD_DB - _QUIET_DB), 0, 1)
    times = left + np.arange(len(height)) * step * FRAME_SECONDS
    axes.fill_between(times, -height, height, color="#868e96", linewidth=0)
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([])
    _name(axes, "sound", "#495057")


def _draw_kind(
    axes: Any,
    kind: EventKind,
    curves: Curves,
    strength: Any,
    spans: Sequence[EventSpan],
    config: EventsConfig,
) -> None:
    colour, settings = EVENT_LINE_COLOURS[kind], config.wanted[kind]
    own = curves.curve(kind)
    axes.fill_between(curves.times, strength, color=colour, alpha=0.18, linewidth=0)
    axes.plot(curves.times, strength, color=colour, linewidth=1)
    if np.abs(strength - own).max(initial=0.0) > 0.01:
        axes.plot(curves.times, own, color=colour, linewidth=0.6, alpha=0.6)
    axes.axhline(settings.on, color=colour, linewidth=0.7, linestyle="--")
    axes.axhline(settings.off, color=colour, linewidth=0.7, linestyle=":")
    for span in spans:
        if span.kind is kind:
            axes.axvspan(span.start, span.end, ymin=0.9, ymax=1, color=colour, linewidth=0)
            axes.axvspan(span.start, span.end, color=colour, alpha=0.1, linewidth=0)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 1])
    _name(axes, kind.value, colour)


def _name(axes: Any, name: str, colour: str) -> None:
    axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8, color=colour)
