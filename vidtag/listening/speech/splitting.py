"""Several languages or emotions in one stretch, each given a segment of its own.

Speech is joined before it is recognised, and the model gives one language and one emotion for all
of it. A splitter finds stretches in which another language hides, another one those with another
emotion. Both work the same way: only what is in doubt is recognised by itself, neighbours with the
same label are joined again, and if more than one group is left, each becomes a segment. A group
that has the label of the whole, and was read surely, keeps what was read there; others are
recognised as a whole, if they were not yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from vidtag.listening.speech import ctc
from vidtag.listening.speech.recognition import Recognition, Token
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.vad import Span
from vidtag.media.samples import SAMPLE_RATE

_CLEAR = 0.96
"""What is left of a reading where other languages or emotions are taken out is read again if the
mean probability of its tokens is below this: what is foreign confuses what is beside it."""

SHORT_PART = round(1.0 * SAMPLE_RATE)
"""Parts shorter than this do not decide about a language or an emotion by themselves."""


@dataclass(frozen=True, slots=True)
class RecognisedStretch:
    """A stretch and what was recognised in it.

    Attributes:
        lead: samples by which the recognised sound began before the stretch, where this is a part
            of a longer reading.
    """

    stretch: Stretch
    recognition: Recognition
    lead: int = 0

    def tokens_in(self, part: Span) -> list[Token]:
        """Tokens that begin within a part of the stretch."""
        first = self.stretch.start - self.lead
        return [
            token
            for token in self.recognition.tokens
            if part[0] <= first + _sample(token.start) < part[1]
        ]

    def cut(self, part: Stretch) -> RecognisedStretch:
        """What was read in a part of the stretch; the language and the emotion are the whole's."""
        if part == self.stretch:
            return self
        tokens = tuple(self.tokens_in((part.start, part.end)))
        lead = self.lead + part.start - self.stretch.start
        return RecognisedStretch(part, replace(self.recognition, tokens=tokens, rich_text=""), lead)


class Splitter(Protocol):
    """Labels the parts of a stretch, by language or by emotion."""

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Parts of a stretch in order, each with whether to recognise it by itself; none if the
        whole has one label for sure."""

    def finer(self, part: RecognisedStretch) -> Mapping[Stretch, bool]:
        """The same of a part that was recognised by itself, if it has several labels in turn."""

    def home(self, whole: RecognisedStretch) -> Hashable:
        """The label of what is not in doubt; None if everything is."""

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """A part's label, recognised by itself or not; None if it is too uncertain for one."""

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether groups of parts with one label are better than the whole, all recognised."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a stretch, and the reading that tells its label: its own, or one around it."""

    part: Stretch
    reading: RecognisedStretch
    label: Hashable


def split(
    recognised: Sequence[RecognisedStretch],
    splitter: Splitter,
    recognise: Callable[[Sequence[Stretch]], Sequence[RecognisedStretch]],
) -> list[RecognisedStretch]:
    """The same speech, split where its label changes."""
    readings: dict[Stretch, RecognisedStretch] = {}

    def read(stretches: Iterable[Stretch]) -> None:
        if new := [stretch for stretch in stretches if stretch not in readings]:
            readings.update(zip(new, recognise(new), strict=True))

    candidates = [splitter.parts(whole) for whole in recognised]
    read(part for parts in candidates for part, alone in parts.items() if alone)
    within = {part: splitter.finer(reading) for part, reading in readings.items()}
    read(part for parts in within.values() for part, alone in parts.items() if alone)

    def pieces(parts: Mapping[Stretch, bool], around: RecognisedStretch) -> Iterator[_Piece]:
        for part, alone in parts.items():
            if alone and (finer := within.get(part)):
                yield from pieces(finer, readings[part])
            else:
                own = readings[part] if alone else None
                label = splitter.label(around, part, own)
                tells = own is not None and splitter.home(own) == label
                yield _Piece(part, own if own is not None and tells else around, label)

    joined = [
        _join([*pieces(parts, whole)], whole, splitter.home(whole))
        for whole, parts in zip(recognised, candidates, strict=True)
    ]
    read(group for groups in joined for group, reading in groups if len(groups) > 1 and not reading)
    result: list[RecognisedStretch] = []
    for whole, groups in zip(recognised, joined, strict=True):
        own = [reading or readings[group] for group, reading in groups] if len(groups) > 1 else []
        result += own if own and splitter.accepts(own, whole) else [whole]
    return result


def join(parts: Sequence[Stretch], labels: Sequence[Hashable]) -> list[tuple[Stretch, Hashable]]:
    """Join neighbouring parts of the same label; parts without one (None) go with a neighbour."""
    joined: list[tuple[Stretch, Hashable]] = []
    for part, label in zip(parts, labels, strict=True):
        before, current = joined[-1] if joined else (None, None)
        if before and (label is None or current is None or label == current):
            both = Stretch(before.start, part.end, before.parts + part.parts)
            joined[-1] = both, label if current is None else current
        else:
            joined.append((part, label))
    return joined


def _join(
    pieces: Sequence[_Piece], whole: RecognisedStretch, home: Hashable
) -> list[tuple[Stretch, RecognisedStretch | None]]:
    """Groups of pieces with one label, each with what was read there; None if it is to be read."""
    readings = [*((piece.reading, piece.label) for piece in pieces), (whole, home)]
    groups = join([piece.part for piece in pieces], [piece.label for piece in pieces])
    return [
        (
            group,
            next(
                (
                    reading.cut(group)
                    for reading, its_label in readings
                    if its_label == label is not None
                    and reading.stretch.start <= group.start
                    and group.end <= reading.stretch.end
                    and (reading.stretch == group or _clear(reading.cut(group)))
                ),
                None,
            ),
        )
        for group, label in groups
    ]


def certainty(recognitions: Iterable[Recognition]) -> float:
    """Mean log probability of all tokens."""
    tokens = [token for recognition in recognitions for token in recognition.tokens]
    if not tokens:
        return -math.inf
    return sum(math.log(max(token.probability, 1e-9)) for token in tokens) / len(tokens)


def is_short(part: Span) -> bool:
    """Whether a part does not decide about a label by itself."""
    return part[1] - part[0] < SHORT_PART


def _clear(cut: RecognisedStretch) -> bool:
    """Whether a part of a longer reading was read so surely that reading it again gives no more."""
    return math.exp(certainty([cut.recognition])) >= _CLEAR


def alone(part: Span) -> Stretch:
    """A part as a stretch of its own."""
    return Stretch(*part, (part,))


def _sample(frame: int) -> int:
    return round(frame * ctc.FRAME_SECONDS * SAMPLE_RATE)
