"""What a break after each unit costs, and what it costs not to break there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vidtag.core.records import Language
from vidtag.subtitles.layout.arrays import Bools, Floats, Ints
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.taste import WeightTable
from vidtag.subtitles.layout.unit import Role, Unit

RULE = 1e6
"""Cost of a broken rule; more the further it is missed."""
UGLY = 1e3
"""Cost of a line or cue that ends badly."""

_PRICED = (Break.CLAUSE, Break.CONJUNCTION, Break.PHRASE, Break.PLAIN, Break.POOR)
_NAMES = ("clause", "conjunction", "phrase", "plain", "poor")
_SWITCH_INSIDE = 60.0
"""For a change of language or speaker inside a cue."""
_MARKER_INSIDE = 300.0
"""For a marker that shares a cue with speech: it would be read before it is heard."""
_LABEL_INSIDE = 8.0
"""The same for a label in front of words that begin no cue."""
_TWO_RULES = 100 * RULE
"""For two languages in a cue that write Han characters by different rules: a cue has one."""
_SHOT_INSIDE = 12.0
BAD_CUE = 2 * UGLY
"""Cost of a cue that ends badly: the viewer waits for the rest, where a line shows it at once."""

_NEVER = 1e9

_FREE_PAUSE = 0.25
"""Seconds between words that nobody takes for a pause."""
_CLEAR_PAUSE = 0.6
"""Seconds of pause at which a cue may end even in mid-sentence."""
_LONG_PAUSE = 1.6
"""Seconds of pause that no cue may span: it would give away what comes after."""


_HAN = frozenset({Language.ZH, Language.YUE, Language.JA, Language.KO})


class BoundaryCosts(NamedTuple):
    """Costs at the place after each unit.

    Attributes:
        cue: of ending the cue there.
        line: of ending the line there.
        inner: of ending no cue there.
        must_end: 1 where the line must end, else 0.
    """

    cue: Floats
    line: Floats
    inner: Floats
    must_end: Ints


def boundary_costs(
    units: Sequence[Unit],
    weights: WeightTable,
    start: Floats,
    end: Floats,
    marker: Bools,
    in_frame: Ints,
    changes: Ints,
    other_speaker: Bools,
) -> BoundaryCosts:
    """Costs at every boundary between two units, and after the last.

    Args:
        weights: what each language's breaks cost.
        start, end: of the units, in seconds.
        marker: whether each is a marker.
        in_frame: their in-times.
        changes: frames of shot changes.
        other_speaker: whether another speaker begins after each.
    """
    after = np.array([unit.after for unit in units])
    tag = np.array([unit.role is Role.TAG for unit in units])
    pause = np.append(start[1:], 0.0) - np.where(marker, start, end)
    before_marker = np.append(marker[1:], False)
    other_language = [a.language is not b.language for a, b in pairwise(units)]
    # A marker wider than a line is in pieces, which stay together.
    whole = marker & (after != Break.BAD)
    # A marker's line is its own; languages never share one, nor do speakers.
    must_end = np.array([*other_language, False]) | marker | before_marker | other_speaker
    switch = must_end & ~marker & ~before_marker

    by_kind = _of_breaks(weights, after, "", BAD_CUE)
    odds = np.array([unit.odds for unit in units])
    cue = by_kind = by_kind + weights.of("odds") * np.maximum(0.0, -odds)
    eased = 1 - 0.5 * (pause - _FREE_PAUSE) / (_CLEAR_PAUSE - _FREE_PAUSE)
    cue = np.where(pause > _FREE_PAUSE, cue * eased, cue)
    # A marker that falls into a sentence goes on top of its second half.
    cue = np.where(before_marker & ~marker, by_kind, cue)
    cue = np.where((pause >= _CLEAR_PAUSE) | whole | switch, 0.0, cue)
    line = _of_breaks(weights, after, "_line", UGLY)
    line = np.where(must_end, 0.0, line + weights.of("odds_line") * np.maximum(0.0, -odds))

    inner = weights.of("pause") * np.maximum(0.0, pause - _FREE_PAUSE)
    inner += RULE / 10 * (pause >= _LONG_PAUSE)
    inner += _TWO_RULES * np.array([*map(_have_other_rules, units, units[1:]), False])
    inner += _SWITCH_INSIDE * switch + _MARKER_INSIDE * (whole | (before_marker & ~marker))
    inner += _LABEL_INSIDE * np.append(tag[1:], False)
    inner += weights.of("sentence_inside") * ((after == Break.SENTENCE) & ~must_end)
    inner += weights.of("clause_inside") * ((after == Break.CLAUSE) & ~must_end)
    inner += weights.of("odds") * np.where(must_end, 0.0, np.maximum(0.0, odds))
    following = np.append(in_frame[1:], in_frame[-1])
    inner += _SHOT_INSIDE * (
        np.searchsorted(changes, in_frame, "right") < np.searchsorted(changes, following, "right")
    )
    # A tag is never parted from what it stands before, but by the end of a line that is full.
    cue, line = np.where(tag, _NEVER, cue), np.where(tag, BAD_CUE, line)
    inner, must_end = np.where(tag, 0.0, inner), must_end & ~tag
    cue[-1], line[-1], inner[-1], must_end[-1] = 0.0, 0.0, 0.0, False
    return BoundaryCosts(cue, line, inner, must_end.astype(np.int64))


def _have_other_rules(before: Unit, after: Unit) -> bool:
    return before.language is not after.language and {before.language, after.language} <= _HAN


def speaker_changes(units: Sequence[Unit]) -> Bools:
    """Whether another speaker begins after each unit.

    What nobody known says lies between speakers, and a marker, which has a line to itself, parts
    them anyway.
    """
    changes = np.zeros(len(units), bool)
    last: str | None = None
    for number, unit in enumerate(units):
        if unit.role is Role.MARKER:
            last = None
        elif unit.speaker is not None:
            changes[number - 1] = last not in (None, unit.speaker)
            last = unit.speaker
    changes[-1] = False
    return changes


def _of_breaks(weights: WeightTable, after: Ints, suffix: str, bad: float) -> Floats:
    """What breaks after units cost, by how good each is."""
    costs = np.zeros(len(after))
    for kind, name in zip(_PRICED, _NAMES, strict=True):
        costs = np.where(after == kind, weights.of(name + suffix), costs)
    return np.where(after == Break.BAD, bad, costs)
