"""Pieces of voices and whose they are to turns of speakers."""

from __future__ import annotations

from collections.abc import Sequence

from vidtag.core.cast import speaker_name
from vidtag.core.records import SpeakerTurn
from vidtag.listening.speakers.clustering import Assignment
from vidtag.listening.speakers.voice_stream import Piece
from vidtag.media.samples import SAMPLE_RATE

_PAUSE = 0.35
"""Seconds of silence that do not end a turn."""

_SHORTEST = 0.15
"""Seconds below which a stretch is no turn."""


def turns_of(
    pieces: Sequence[Piece], assignments: Sequence[Assignment | None]
) -> tuple[SpeakerTurn, ...]:
    """Turns of all speakers, in order of start; where two overlap, both speak."""
    heard = sorted(
        (one.speaker, piece.start, piece.end, piece.probability * one.probability)
        for piece, one in zip(pieces, assignments, strict=True)
        if one is not None
    )
    merged: list[list[float]] = []
    for speaker, first, last, probability in heard:
        start, end = first / SAMPLE_RATE, last / SAMPLE_RATE
        before = merged[-1] if merged else None
        if before and before[0] == speaker and start - before[2] <= _PAUSE:
            before[2] = max(before[2], end)
        else:
            before = [speaker, start, end, 0.0, 0.0]
            merged.append(before)
        before[3] += probability * (end - start)
        before[4] += end - start
    turns = [
        SpeakerTurn(speaker_name(int(speaker)), start, end, min(weighted / seconds, 1.0))
        for speaker, start, end, weighted, seconds in merged
        if end - start >= _SHORTEST
    ]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))
