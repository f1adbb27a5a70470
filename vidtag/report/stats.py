"""Statistics of a document: shares of speech, counts of events, the longest pause. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from vidtag.core.intervals import Interval, merged
from vidtag.core.records import Document, Emotion, EventKind, EventSpan, Language, Segment

K = TypeVar("K")

BIN_SECONDS = (2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
"""Lengths of a bin, in seconds: round ones."""


@dataclass(frozen=True, slots=True)
class Share:
    """Seconds of speech, and their part (0 to 1) of all speech."""

    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Talk:
    """How much somebody speaks.

    Attributes:
        seconds: in which this person speaks, alone or not.
        share: part (0 to 1) of what all speak; where two talk at once, each does.
        angry: part (0 to 1) of this person's words' time that is angry.
    """

    seconds: float
    share: float
    angry: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Number and length of the events of a kind."""

    count: int
    seconds: float
    per_minute: float


NO_EVENTS = Tally(0, 0.0, 0.0)
"""The tally of a kind that does not occur."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The time between two words.

    Attributes:
        kinds: of the events in it; none where no event was found in it.
    """

    start: float
    end: float
    kinds: tuple[EventKind, ...]

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Bin:
    """One stretch of the recording: seconds of speech, of angry speech and of laughter in it."""

    start: float
    end: float
    speech: float
    anger: float
    laughter: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers about one document.

    Attributes:
        duration, speech: seconds of the recording, and of speech in it.
        languages, emotions: shares of speech, largest first.
        events: by kind; kinds that do not occur are absent.
        speakers: how much each speaks, in the order in which they are first heard.
        longest_pause: between two words, or None where there are not two.
        bins: equal stretches over the whole recording, the last one maybe shorter.
    """

    duration: float
    speech: float
    languages: dict[Language, Share]
    emotions: dict[Emotion, Share]
    events: dict[EventKind, Tally]
    speakers: dict[str, Talk]
    longest_pause: Pause | None
    bins: tuple[Bin, ...]

    @property
    def speech_share(self) -> float:
        """Part of the recording that is speech, 0 to 1."""
        return self.speech / self.duration if self.duration else 0.0


def measure(document: Document, most_bins: int = 60) -> Statistics:
    """Statistics of a document.

    Args:
        most_bins: bins are as short as they can be without becoming more than this.
    """
    duration = extent(document)
    segments = document.segments
    return Statistics(
        duration=duration,
        speech=sum(s.end - s.start for s in segments),
        languages=_shares(segments, lambda s: s.language),
        emotions=_shares(
            (s for s in segments if s.emotion is not Emotion.UNKNOWN), lambda s: s.emotion
        ),
        events=_tallies(document.events, duration),
        speakers=_talk(document),
        longest_pause=longest_pause(document),
        bins=_bins(document, duration, most_bins),
    )


def extent(document: Document) -> float:
    """Seconds at which everything has ended: damaged files claim to be shorter than they are."""
    ends = (*(s.end for s in document.segments), *(e.end for e in document.events))
    return max(document.media.duration, 0.0, *ends)


def longest_pause(document: Document) -> Pause | None:
    """The longest time between two words; the first of several as long."""
    spoken = merged((w.start, w.end) for w in document.words)
    gaps = [(a[1], b[0]) for a, b in pairwise(spoken)]
    if not gaps:
        return None
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    kinds = [e.kind for e in document.events if e.start < end and start < e.end]
    return Pause(start, end, tuple(dict.fromkeys(kinds)))


def step_of(duration: float, most: int, steps: Sequence[int] = BIN_SECONDS) -> float:
    """The shortest of ``steps`` that part ``duration`` into at most ``most`` stretches."""
    place = bisect_left(steps, duration / most)
    return float(steps[place]) if place < len(steps) else duration / most


def _shares(segments: Iterable[Segment], label: Callable[[Segment], K]) -> dict[K, Share]:
    seconds: defaultdict[K, float] = defaultdict(float)
    for segment in segments:
        seconds[label(segment)] += segment.end - segment.start
    total = sum(seconds.values())
    longest = sorted(seconds.items(), key=lambda item: -item[1])
    return {name: Share(part, part / total if total else 0.0) for name, part in longest}


def _talk(document: Document) -> dict[str, Talk]:
    spoken = {
        name: sum(
            end - start
            for start, end in merged((t.start, t.end) for t in document.turns if t.speaker == name)
        )
        for name in document.speakers
    }
    total = sum(spoken.values())
    found = {}
    for name, seconds in spoken.items():
        own = [segment for segment in document.segments if segment.speaker == name]
        said = sum(segment.end - segment.start for segment in own)
        anger = sum(s.end - s.start for s in own if s.emotion is Emotion.ANGRY)
        found[name] = Talk(
            seconds, seconds / total if total else 0.0, anger / said if said else 0.0
        )
    return found


def _tallies(events: Sequence[EventSpan], duration: float) -> dict[EventKind, Tally]:
    found = {}
    for kind in EventKind:
        spans = [event for event in events if event.kind is kind]
        if spans:
            rate = 60 * len(spans) / duration if duration else 0.0
            found[kind] = Tally(len(spans), sum(span.duration for span in spans), rate)
    return found


def _bins(document: Document, duration: float, most: int) -> tuple[Bin, ...]:
    if duration <= 0:
        return ()
    step = step_of(duration, most)
    edges = [0.0]
    while edges[-1] < duration:
        edges.append(min(duration, len(edges) * step))
    angry = (s for s in document.segments if s.emotion is Emotion.ANGRY)
    laughs = (e for e in document.events if e.kind is EventKind.LAUGHTER)
    rows = (
        _filled(edges, step, ((s.start, s.end) for s in document.segments)),
        _filled(edges, step, ((s.start, s.end) for s in angry)),
        _filled(edges, step, ((e.start, e.end) for e in laughs)),
    )
    return tuple(
        Bin(start, end, *row)
        for (start, end), row in zip(pairwise(edges), zip(*rows, strict=True), strict=True)
    )


def _filled(edges: Sequence[float], step: float, intervals: Iterable[Interval]) -> list[float]:
    """Seconds of each bin that intervals cover; overlapping ones count once."""
    filled = [0.0] * (len(edges) - 1)
    for start, end in merged(intervals):
        for number in range(max(0, int(start / step) - 1), len(filled)):
            if edges[number] >= end:
                break
            inside = min(end, edges[number + 1]) - max(start, edges[number])
            filled[number] += max(0.0, inside)
    return filled
