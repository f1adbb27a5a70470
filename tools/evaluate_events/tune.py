"""Searches the settings of each kind on tracks that are not those it is reported on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product
from typing import Any

from tools.evaluate_events.score import score
from tools.evaluate_events.tracks import Track
from vidtag.core.records import EventKind
from vidtag.core.settings import EventKindConfig, EventKindSettings, EventsConfig
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.track import find_spans

ON = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
OFF = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
GRID: dict[str, tuple[float, ...]] = {
    "on": ON,
    "off": OFF,
    "min_duration": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0),
    "merge_gap": (0.3, 0.5, 0.65, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0),
    "edge": (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
    "sustain": (0.0, 0.3, 0.5, 0.7, 1.0, 1.5),
    "smooth": (0.0, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 4.0, 6.0),
}
ROUNDS = 2
ALARMS = 0.5
"""False alarms an hour that cost nothing. What is tuned to one an hour has more on other tracks."""
ALARM_PRICE = 0.02
"""F1 that a further one an hour is worth."""
EDGE_PRICE = 0.4
"""F1 that one second of error at onsets, or offsets, in the median, is worth ..."""
WORST_EDGE = 0.3
"""... but no more than so many seconds: music has no sharp edges."""


def tune(
    kind: EventKind, tracks: Sequence[Track], curves: Sequence[Curves], config: EventsConfig
) -> EventKindSettings:
    """The best settings of one kind: first both thresholds together, then a parameter at a time.

    What is maximised is the mean of F1 at IoU 0.5 and 0.3, less ``ALARM_PRICE`` for every false
    alarm an hour above ``ALARMS`` and ``EDGE_PRICE`` for the error of the edges.
    """
    best = config.wanted[kind]
    value = _value(kind, tracks, curves, config, best)
    levels = [dict(zip(("on", "off"), pair, strict=True)) for pair in product(ON[::2], OFF[::2])]
    steps = [{name: number} for name, grid in GRID.items() for number in grid]
    for change in [*levels, *steps * ROUNDS]:
        row = replace(best, **change)
        slow = [one.smooth > config.window for one in (row, best)]
        if row.off > row.on or row == best or slow[0] != slow[1]:
            continue  # slow kinds are scanned differently: their curves would be other ones
        reached = _value(kind, tracks, curves, config, row)
        if reached > value + 1e-9:
            best, value = row, reached
    return best


def with_row(config: EventsConfig, kind: EventKind, row: EventKindSettings) -> EventsConfig:
    """The same settings with another row for one kind."""
    return config.model_copy(
        update={"kinds": {**config.kinds, kind: EventKindConfig(**asdict(row))}}
    )


def _value(
    kind: EventKind,
    tracks: Sequence[Track],
    curves: Sequence[Curves],
    config: EventsConfig,
    row: EventKindSettings,
) -> float:
    alone = with_row(config, kind, row)
    found = [find_spans(c, alone, only=kind) for c in curves]
    figures: dict[str, Any] = score(tracks, found, [kind])[kind.value]
    alarms = figures["false_alarms_per_hour"] or 0.0
    f1 = ((figures["f1_50"] or 0.0) + (figures["f1_30"] or 0.0)) / 2
    edges = sum(
        min(WORST_EDGE, figures[edge]["median"]) if figures[edge] else WORST_EDGE
        for edge in ("onset", "offset")
    )
    return f1 - ALARM_PRICE * max(0.0, alarms - ALARMS) - EDGE_PRICE * edges
