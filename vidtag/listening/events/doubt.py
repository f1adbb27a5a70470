"""Which spans to ask a user about: where an answer teaches most. Pure functions.

Candidates are what is found already, what falls short of it, and the doubtful ends of what is
found. An answer teaches most near the threshold, and where the witnesses disagree; kinds take
turns, and of each some sure ones are among the first, so that a scale that is off shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventKindConfig, EventKindSettings, EventsConfig
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.track import evidence, find_spans
from vidtag.listening.events.tuning import Part, log_odds, probability

Floats = npt.NDArray[np.float64]

_REACH = 3.0
"""Log odds below ``on`` down to which spans are worth a question, and below ``off`` for ends."""
_LEAST = 0.02
_LEAST_END = 0.5
"""Seconds of an end that can be heard by itself."""
_SURE = 4
"""Every how many questions of a kind one is about a sure span, in turn of the strongest and the
weakest."""
_DISAGREE = 0.1
"""What a difference of 1 between the witnesses' log odds counts for, where doubt is 0 to 0.25."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be asked about.

    Attributes:
        part: ``whole`` is a span by itself, which ``on`` decides about; ``end`` is where a span
            may go on or be over already, which ``off`` does.
        strength: of both witnesses: the highest of a whole span, the median of an end.
        model: SenseVoice's probability, alike.
        tagger: the tagger's; None if it doesn't know the kind, or there is none.
    """

    kind: EventKind
    start: float
    end: float
    part: Part
    strength: float
    model: float
    tagger: float | None = None


def candidates(curves: Curves, config: EventsConfig) -> tuple[Candidate, ...]:
    """All spans that are found, those that are not far from it, and their doubtful ends, by start.

    Args:
        config: settings that act, without tuning.
    """
    strengths = evidence(curves, config)
    spans: list[tuple[EventSpan, Part]] = [(span, "whole") for span in find_spans(curves, config)]
    sure = find_spans(curves, _at(config, lambda row: (row.on, row.on)))
    for span in find_spans(curves, _at(config, _lowered)):
        cores = [core for core in sure if core.kind is span.kind and _meet(core, span)]
        if not any(other.kind is span.kind and _meet(other, span) for other, _ in spans):
            spans.append((span, "whole"))
        elif cores:
            spans += [
                (replace(span, start=start, end=end), "end")
                for start, end in ((span.start, cores[0].start), (cores[-1].end, span.end))
                if end - start >= _LEAST_END
            ]
    spans.sort(key=lambda row: (row[0].start, row[0].end, row[0].kind))
    return tuple(_candidate(span, part, curves, strengths[span.kind]) for span, part in spans)


def _meet(one: EventSpan, other: EventSpan) -> bool:
    return one.start < other.end and other.start < one.end


def _lowered(row: EventKindSettings) -> tuple[float, float]:
    """The thresholds at which everything is found that is worth a question."""
    on, off = (max(_LEAST, probability(log_odds(p) - _REACH)) for p in (row.on, row.off))
    return on, off


def _at(
    config: EventsConfig, thresholds: Callable[[EventKindSettings], tuple[float, float]]
) -> EventsConfig:
    """The same settings with other values of ``on`` and ``off``."""
    kinds: dict[EventKind, EventKindConfig | None] = dict(config.kinds)
    for kind, row in config.wanted.items():
        on, off = thresholds(row)
        given = asdict(replace(row, on=on, off=min(on, off), sustain=0.0))
        kinds[kind] = EventKindConfig.model_validate(given)
    return config.model_copy(update={"kinds": kinds})


def _candidate(span: EventSpan, part: Part, curves: Curves, strength: Floats) -> Candidate:
    first = min(math.floor(span.start / curves.hop), len(strength) - 1)
    there = strength[first : math.ceil(span.end / curves.hop) + 1]
    order = np.argsort(there, kind="stable")
    at = first + int(order[-1] if part == "whole" else order[len(order) // 2])
    tagger = None
    if curves.tagger is not None and span.kind in curves.tagger.kinds:
        tagger = float(curves.tagger.posteriors[at, tuple(EventKind).index(span.kind)])
    return Candidate(
        span.kind,
        round(span.start, 3),
        round(span.end, 3),
        part,
        round(float(strength[at]), 5),
        round(float(curves.curve(span.kind)[at]), 5),
        None if tagger is None else round(tagger, 6),
    )


def most_doubtful(
    every: Sequence[Candidate], config: EventsConfig, count: int
) -> tuple[Candidate, ...]:
    """As many as are to be asked about, those that teach most first."""
    waiting = {
        kind: sorted(
            (one for one in every if one.kind is kind),
            key=lambda one: (-_doubt(one, config), one.start),
        )
        for kind in config.wanted
    }
    asked: list[Candidate] = []
    number = 0
    while len(asked) < count and any(waiting.values()):
        for kind in [kind for kind, rows in waiting.items() if rows]:
            rows = waiting[kind]
            chosen = rows[0]
            if number % _SURE == _SURE - 1:
                strongest = number // _SURE % 2 == 0
                order = [(one.strength, -one.start) for one in rows]
                chosen = rows[order.index(max(order) if strongest else min(order))]
            rows.remove(chosen)
            asked.append(chosen)
        number += 1
    return tuple(asked[:count])


def _doubt(one: Candidate, config: EventsConfig) -> float:
    row = config.wanted[one.kind]
    threshold = row.on if one.part == "whole" else row.off
    over = probability(log_odds(one.strength) - log_odds(threshold))
    apart = 0.0
    if one.tagger is not None:
        shift = config.tagger.settings_of(one.kind).shift
        apart = min(4.0, abs(log_odds(one.model) - log_odds(one.tagger) - shift))
    return over * (1 - over) * (1 + _DISAGREE * apart)
