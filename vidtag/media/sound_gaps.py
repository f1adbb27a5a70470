"""Silence that stands for nothing: time at which a file holds neither sound nor anything else.

A muted microphone leaves the picture going on, which explains a gap. Where all streams are silent
at once, a recording was paused, or the file's times are damaged: a few frames of an AVI with one
wrong number in its header last for ten hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vidtag.core.clock import clock
from vidtag.media.timed_samples import TimedSamples

LEAST = 2.0
"""Seconds of a gap that counts: cameras and networks lose less every day."""

WORTH_TELLING = 10.0
"""Seconds of gaps, all together, that are told."""

_MOST = 4096
"""Gaps that are kept, and stretches of other streams: a damaged file may have one per packet."""


class SoundGaps:
    """Finds the gaps of a sound that nothing else in the file explains."""

    def __init__(self) -> None:
        self._gaps: list[tuple[float, float]] = []
        self._others: list[list[float]] = []  # stretches of other streams, in stored order

    def watching(self, parts: Iterable[TimedSamples]) -> Iterator[TimedSamples]:
        """The same parts, which have times that never go back; gaps between them are noted."""
        end = 0.0
        for part in parts:
            begin = end if part.time is None else part.time
            if begin - end >= LEAST and len(self._gaps) < _MOST:
                self._gaps.append((end, begin))
            end = begin + part.duration
            yield part

    def other(self, begin: float, end: float) -> None:
        """A packet of another stream of sound or picture, from ``begin`` to ``end`` in seconds."""
        if self._others:
            last = self._others[-1]
            if last[0] - LEAST / 4 <= begin <= last[1] + LEAST / 4:
                last[0], last[1] = min(last[0], begin), max(last[1], end)
                return
        if len(self._others) < _MOST:
            self._others.append([begin, end])

    def note(self) -> str | None:
        """One line on the gaps that nothing explains; None where they are not worth it."""
        gaps = [gap for gap in self._gaps if not self._explained(*gap)]
        total = sum(end - begin for begin, end in gaps)
        if total < WORTH_TELLING:
            return None
        begin, end = max(gaps, key=lambda gap: gap[1] - gap[0])
        where = f"from {clock(begin)} to {clock(end)}"
        if len(gaps) > 1:
            where = f"in {len(gaps)} places, the longest {where}"
        return (
            f"for {clock(total)} there is nothing in the file ({where}), which counts as silence: "
            "recording was paused there, or the file is damaged"
        )

    def _explained(self, begin: float, end: float) -> bool:
        inner = begin + LEAST / 4, end - LEAST / 4
        return any(first < inner[1] and last > inner[0] for first, last in self._others)
