"""From a user's answers about spans to thresholds and shifts of a show. Pure functions.

Of each kind two numbers are fitted, each by itself, in log odds: how far ``on``, the level at which
a sound becomes an event, is from the default, and ``off``, down to which it goes on. Each answer
pulls, a "no" up and a "yes" down, the more the further it contradicts; a prior holds both at the
default, so that few answers move little. The loss is convex and each answer has a term of its own,
so their order plays no part, and one more "no" can only raise a threshold.

What both move by is the scale of the show's sound. Where a tagger's word counts it becomes its
``shift``, so that the scan looks closer where it should, and the thresholds move by the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vidtag.core.errors import ConfigError
from vidtag.core.records import EventKind
from vidtag.core.settings import (
    EventKindConfig,
    EventsConfig,
    ListenerConfig,
    TaggerKindConfig,
    TunedEventsConfig,
    TunedKindConfig,
)

_SPREAD = 0.5
"""Standard deviation of the prior, in log odds: how far shows differ from each other."""
_SOFTNESS = 1.0
"""Log odds over which answers go from mostly no to mostly yes."""
_GOING_ON = 4.0
"""What a "yes" about an end counts for: a span that is too long is still one, a span that is cut
short, or in pieces, is none. Measured (docs/events.md)."""
_FURTHEST = 6.0
"""Log odds beyond which neither a strength nor a threshold is told apart from certainty."""
_LARGEST_SHIFT = 10.0


Part = Literal["whole", "end"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a user said of a span.

    Attributes:
        part: ``whole`` if it is about a span, ``end`` if about where one begins or ends.
        strength: what was heard there, with the settings before tuning, between 0 and 1.
        yes: whether it is such an event.
    """

    kind: EventKind
    part: Part
    strength: float
    yes: bool


@dataclass(frozen=True, slots=True)
class Untuned:
    """What acted on one kind when it was labelled.

    Attributes:
        shift, weight: of the tagger's word; None where it doesn't count.
    """

    on: float
    off: float
    shift: float | None = None
    weight: float | None = None


def untuned(config: EventsConfig) -> dict[EventKind, Untuned]:
    """What acts on each kind that is looked for; ``config`` has nothing left open."""
    rows = {}
    for kind, row in config.wanted.items():
        tagger = config.tagger.settings_of(kind)
        counts = config.tagger.acts and tagger.weight > 0
        shift, weight = (tagger.shift, tagger.weight) if counts else (None, None)
        rows[kind] = Untuned(row.on, row.off, shift, weight)
    return rows


def fit(
    answers: Iterable[Answered], before: Mapping[EventKind, Untuned]
) -> dict[EventKind, TunedKindConfig]:
    """What answers teach, of each kind that they are about.

    Args:
        before: what acted when the strengths were measured; answers about other kinds say nothing.
    """
    by_kind: dict[EventKind, list[Answered]] = {}
    for answer in answers:
        by_kind.setdefault(answer.kind, []).append(answer)
    return {kind: _fitted(row, by_kind[kind]) for kind, row in before.items() if kind in by_kind}


def _fitted(row: Untuned, answers: Sequence[Answered]) -> TunedKindConfig:
    on, off = log_odds(row.on), log_odds(row.off)
    on_moves = threshold_move(on, [one for one in answers if one.part == "whole"])
    ends = [one for one in answers if one.part == "end"]
    off_moves = threshold_move(off, ends, yes_counts=_GOING_ON)
    on, off = on + on_moves, off + off_moves
    before, shift = row.shift, row.shift
    if before is not None and row.weight and on_moves * off_moves > 0:
        both = min(on_moves, off_moves, key=abs)
        shift = round(min(_LARGEST_SHIFT, max(-_LARGEST_SHIFT, before - both / row.weight)), 3)
        done = (before - shift) * row.weight
        on, off = on - done, off - done
    return TunedKindConfig(
        on=round(probability(on), 4), off=round(probability(min(on, off)), 4), shift=shift
    )


def threshold_move(
    threshold: float, answers: Sequence[Answered], *, yes_counts: float = 1.0
) -> float:
    """How far answers move a threshold, all in log odds: where the prior and all answers together
    are least contradicted.

    Args:
        yes_counts: what a "yes" weighs, where a "no" weighs 1.
    """
    said = [(log_odds(answer.strength), answer.yes) for answer in answers]

    def slope(move: float) -> float:
        """Of the loss, which grows with ``move``: it is 0 at the least."""
        pulls = []
        for strength, yes in said:
            over = probability((strength - threshold - move) / _SOFTNESS)
            pulls.append((yes_counts * (1 - over) if yes else -over) / _SOFTNESS)
        return math.fsum([*pulls, move / _SPREAD**2])

    low, high = -_FURTHEST, _FURTHEST
    for _ in range(60):
        middle = (low + high) / 2
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def log_odds(probability: float) -> float:
    """Of a probability, as far as ``_FURTHEST``."""
    floor = 1 / (1 + math.exp(_FURTHEST))
    clipped = min(max(probability, floor), 1 - floor)
    return math.log(clipped / (1 - clipped))


def probability(odds: float) -> float:
    """Of log odds."""
    return 1 / (1 + math.exp(-odds))


def tuned(config: EventsConfig) -> EventsConfig:
    """The same settings with what was learnt of the show in place of the defaults.

    What is set besides holds: a kind with ``on`` or ``off`` of its own keeps both, and a shift too.
    """
    if config.tuned is None:
        return config
    kinds, shifts = dict(config.kinds), dict(config.tagger.kinds)
    for kind, learnt in config.tuned.kinds.items():
        own = kinds.get(kind, EventKindConfig())
        if own is not None and own.on is None and own.off is None:
            kinds[kind] = own.model_copy(update={"on": learnt.on, "off": learnt.off})
        given = shifts.get(kind, TaggerKindConfig())
        if given.shift is None and learnt.shift is not None:
            shifts[kind] = given.model_copy(update={"shift": learnt.shift})
    tagger = config.tagger.model_copy(update={"kinds": shifts})
    return config.model_copy(update={"kinds": kinds, "tagger": tagger, "tuned": None})


def check_tuned(
    learnt: TunedEventsConfig | None, digests: Mapping[str, str], absent: Sequence[str] = ()
) -> None:
    """Refuse what was learnt of another model's word or another tagger's.

    Args:
        digests: of what listens now; see ``listening.models.digests``.
        absent: parts that are not on this machine, and can't be compared.

    Raises:
        ConfigError: something else listens now.
    """
    if learnt is None:
        return
    rows = (("model", "model.weights", learnt.model), ("tagger", "tagger.model", learnt.tagger))
    for part, role, before in rows:
        now = digests.get(role)
        if part not in absent and now != (before.digest if before else None):
            raise ConfigError(
                f"the events were tuned {_heard_by(part, before)}, and {_now(part, now)}",
                path=learnt.file or None,
                remedy="label the show again with 'vidtag events label', or take events.tuned out",
            )


def _heard_by(part: str, before: ListenerConfig | None) -> str:
    if before is None:
        return "without a sound tagger"
    return f"{'with the model' if part == 'model' else 'beside the sound tagger'} {before.name}"


def _now(part: str, digest: str | None) -> str:
    if digest is None:
        return f"no {part} listens now"
    return f"another {part} listens now ({digest})"
