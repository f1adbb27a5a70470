"""Talk that makes a highlight by itself: somebody at length, or two in quick turn; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from vidtag.core.records import Document, Passage, Segment, SpeakerTurn
from vidtag.core.settings.show_sections import EXCHANGE, TURN

_LEAST = 8.0
"""Seconds that somebody speaks at length for."""

_PAUSE = 2.0
"""Seconds of silence that do not end what somebody says."""

_LONG = 20.0
"""Seconds of a speech that are worth 63 % of an endless one."""

_ANSWER = 1.0
"""Seconds within which an answer comes in an exchange."""

_LONGEST = 6.0
"""Seconds of the longest turn of an exchange."""

_TURNS = 4
"""Turns that an exchange has at least."""


def speeches(segments: Sequence[Segment]) -> Iterator[Passage]:
    """What one person says at length, without anybody else between."""
    run: list[Segment] = []
    for segment in (*segments, None):
        goes_on = (
            run
            and segment is not None
            and segment.speaker == run[-1].speaker
            and segment.start - run[-1].end <= _PAUSE
        )
        if run and not goes_on:
            length = run[-1].end - run[0].start
            if run[0].speaker and length >= _LEAST:
                sure = -math.expm1(-length / _LONG)
                yield Passage(TURN, run[0].start, run[-1].end, sure, sure, run[0].speaker)
            run = []
        if segment is not None:
            run.append(segment)


def exchanges(document: Document, among: Sequence[str]) -> Iterator[Passage]:
    """Two people who speak in quick turn.

    Args:
        among: who must take part, folded as ``str.casefold`` does it.
    """
    run: list[SpeakerTurn] = []
    for turn in (*_whole_turns(document.turns), None):
        if turn is not None and _answers(turn, run):
            run.append(turn)
            continue
        people = {one.speaker.casefold() for one in run}
        if len(run) >= _TURNS and people.issuperset(among):
            sure = -math.expm1(-(len(run) - 2) / _TURNS)
            end = max(one.end for one in run)
            yield Passage(EXCHANGE, run[0].start, end, sure, sure)
        # The last turn before may be the first of the next exchange.
        run = run[-1:] if turn is not None and _answers(turn, run[-1:]) else []
        run += [turn] if turn is not None and turn.duration <= _LONGEST else []


def _answers(turn: SpeakerTurn, run: Sequence[SpeakerTurn]) -> bool:
    """Whether a turn goes on with an exchange."""
    if not run or turn.duration > _LONGEST or turn.start - run[-1].end > _ANSWER:
        return False
    people = {one.speaker for one in run}
    return turn.speaker != run[-1].speaker and len(people | {turn.speaker}) == 2


def _whole_turns(turns: Sequence[SpeakerTurn]) -> list[SpeakerTurn]:
    """Turns, those of one speaker with but a breath between made one."""
    whole: list[SpeakerTurn] = []
    for turn in turns:
        before = whole[-1] if whole else None
        if before and before.speaker == turn.speaker and turn.start - before.end <= _ANSWER:
            sure = min(before.probability, turn.probability)
            whole[-1] = SpeakerTurn(turn.speaker, before.start, max(before.end, turn.end), sure)
        else:
            whole.append(turn)
    return whole
