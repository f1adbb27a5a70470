"""Spans of speech to stretches that are recognised in one piece; pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vidtag.core.settings import VadConfig
from vidtag.listening.speech.vad import Span
from vidtag.media.samples import SAMPLE_RATE

PADDING = round(0.15 * SAMPLE_RATE)
"""Added at both ends: detectors need a moment to be sure, and a cut onset costs the first word."""

LONGEST_JOINED_GAP = round(1.5 * SAMPLE_RATE)
"""Spans further apart are not joined: what follows a long silence is often another speaker or
language, and the silence would be paid for."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Audio to recognise in one piece, in samples, and the padded spans it was joined from.

    The first part begins and the last part ends with the stretch; parts do not overlap.
    """

    start: int
    end: int
    parts: tuple[Span, ...]


class StretchBuilder:
    """Joins and pads spans as they come.

    Spans are joined while the whole stays within ``merge_length_s``, as FunASR's ``merge_vad``
    does; but never over a gap longer than ``LONGEST_JOINED_GAP``.
    """

    def __init__(self, config: VadConfig) -> None:
        self._longest = round(config.merge_length_s * SAMPLE_RATE) if config.merge_vad else 0
        self._waiting: list[Span] = []
        self._before = 0

    def lookback(self, settled: int) -> int:
        """First sample that a span to come may be padded with."""
        return max(settled - PADDING, self._before)

    @property
    def needed(self) -> int | None:
        """First sample of what waits to be joined; None if nothing does."""
        if not self._waiting:
            return None
        return max(self._waiting[0][0] - PADDING, self._before)

    def feed(self, spans: Sequence[Span], settled: int) -> list[Stretch]:
        """Take the next spans; give the stretches that nothing can be joined to any more.

        Args:
            spans: in order, not overlapping.
            settled: no span to come begins before this sample.
        """
        self._waiting += spans
        groups = self._groups()
        done: list[Stretch] = []
        while groups:
            group = groups[0]
            if len(groups) == 1:
                if settled < group[-1][1] + LONGEST_JOINED_GAP:
                    break
                after = settled
            else:
                after = groups[1][0][0]
            done.append(self._pad(group, after))
            groups = groups[1:]
        self._waiting = [span for group in groups for span in group]
        return done

    def finish(self, total: int) -> list[Stretch]:
        """The stream ended after ``total`` samples: give what is left."""
        done = self.feed([], total + LONGEST_JOINED_GAP)
        return [_clip(stretch, total) for stretch in done]

    def _groups(self) -> list[list[Span]]:
        groups: list[list[Span]] = []
        for span in self._waiting:
            if groups and self._joins(groups[-1], span):
                groups[-1].append(span)
            else:
                groups.append([span])
        return groups

    def _joins(self, group: list[Span], span: Span) -> bool:
        return (
            span[1] - group[0][0] <= self._longest and span[0] - group[-1][1] <= LONGEST_JOINED_GAP
        )

    def _pad(self, group: list[Span], after: int) -> Stretch:
        """Pad each span by ``PADDING``, but by no more than half the gap to its neighbour."""
        starts = [max(group[0][0] - PADDING, self._before)]
        ends = []
        for left, right in itertools.pairwise(group):
            pad = min(PADDING, (right[0] - left[1]) // 2)
            ends.append(left[1] + pad)
            starts.append(right[0] - pad)
        ends.append(group[-1][1] + min(PADDING, (after - group[-1][1]) // 2))
        self._before = ends[-1]
        return Stretch(starts[0], ends[-1], tuple(zip(starts, ends, strict=True)))


def _clip(stretch: Stretch, total: int) -> Stretch:
    parts = tuple((start, min(end, total)) for start, end in stretch.parts)
    return Stretch(stretch.start, min(stretch.end, total), parts)
