"""A document without what people wrote anew, and with what they wrote in its place. Pure."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from vidtag.core.edits import KeptCue
from vidtag.core.intervals import Interval, merged
from vidtag.core.records import Cue, CueKind, Document, Language, Segment, Word, join_words
from vidtag.subtitles.characters import without_labels

_SPACED = (Language.EN, Language.KO)
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DASH = re.compile(r"^\s*[-–—‐‑－]\s?")
_TOKEN = re.compile(f"[{_CJK}][^\\w\\s]*|[^\\s{_CJK}]+")
"""A character of Chinese or Japanese, or a run of others, each with the punctuation after it."""


def without(document: Document, intervals: Sequence[Interval]) -> Document:
    """The document without the words and events of some intervals."""
    inside = _Inside(intervals)
    segments = (_with_words(s, _left_of(s, inside)) for s in document.segments)
    events = tuple(event for event in document.events if not inside.holds(event.start))
    return replace(document, segments=tuple(s for s in segments if s.words), events=events)


def rewritten(document: Document, covered: Sequence[Interval], cues: Iterable[KeptCue]) -> Document:
    """The document with the words of some cues in place of those that were said in intervals.

    A word that stayed the same keeps its time, and so does one that took another's place; the
    others share the time between those.
    """
    inside = _Inside(covered)
    segments = list(document.segments)
    if not segments:
        return document
    words = [_left_of(segment, inside) for segment in segments]
    starts = [segment.start for segment in segments]
    spoken = (kept for kept in cues if kept.cue.kind is CueKind.SPEECH)
    for kept in (part for whole in spoken for part in _by_speaker(whole, segments, starts)):
        start, end = kept.source or (kept.cue.start, kept.cue.end)
        place = max(0, bisect_right(starts, start + 1e-6) - 1)
        said = [word for word in segments[place].words if start <= _middle(word) <= end]
        words[place] += _written(kept, said, (start, end), segments[place].language)
    made = (
        _with_words(segment, sorted(own, key=lambda word: word.start))
        for segment, own in zip(segments, words, strict=True)
    )
    return replace(document, segments=tuple(segment for segment in made if segment.words))


def without_dash(line: str) -> str:
    """A line without the dash that says that another speaks."""
    return _DASH.sub("", line)


def _by_speaker(
    kept: KeptCue, segments: Sequence[Segment], starts: Sequence[float]
) -> Iterator[KeptCue]:
    """A cue in which two speak as one for each, with that speaker's words, and without a dash."""
    cue = kept.cue
    if kept.source is None or len(cue.speakers) != len(cue.lines):
        yield kept
        return
    start, end = kept.source
    first = max(0, bisect_right(starts, start + 1e-6) - 1)
    here = [s for s in segments[first : bisect_right(starts, end)] if s.end > start]
    for line, speaker in zip(cue.lines, cue.speakers, strict=True):
        own = [segment for segment in here if segment.speaker == speaker]
        source = (max(start, own[0].start), min(end, own[-1].end)) if own else kept.source
        text = without_dash(line)
        yield replace(kept, cue=replace(cue, lines=(text,), markers=(), speakers=()), source=source)


def _written(
    kept: KeptCue, said: Sequence[Word], interval: Interval, language: Language
) -> list[Word]:
    """The words of a cue, at the times of those that were said."""
    cue = kept.cue
    spoken = (line for n, line in enumerate(cue.lines) if n not in cue.markers)
    text = "\n".join(map(without_labels, spoken))
    spaced = (cue.language or language) in _SPACED
    tokens = list(_TOKEN.finditer(text))
    texts = [token[0] for token in tokens]
    times: list[Interval | None] = [None] * len(texts)
    probable = [1.0] * len(texts)
    matcher = difflib.SequenceMatcher(None, [w.text for w in said], texts, autojunk=False)
    for what, first, last, begin, finish in matcher.get_opcodes():
        if what == "equal" or (what == "replace" and last - first == finish - begin):
            for word, number in zip(said[first:last], range(begin, finish), strict=True):
                times[number] = (word.start, word.end)
                probable[number] = word.probability if what == "equal" else 1.0
    full = _filled(times, interval)
    made = []
    for number, (token, (start, end)) in enumerate(zip(tokens, full, strict=True)):
        parted = number > 0 and text[token.start() - 1].isspace()
        new_line = parted and "\n" in text[tokens[number - 1].end() : token.start()]
        space = (number == 0 and spaced) or (parted and (spaced or not new_line))
        made.append(Word(token[0], start, end, probable[number], space))
    return made


def _filled(times: Sequence[Interval | None], interval: Interval) -> list[Interval]:
    """Times for all: those without any share the time between their neighbours evenly."""
    full: list[Interval] = []
    number = 0
    while number < len(times):
        known = times[number]
        if known is not None:
            full.append(known)
            number += 1
            continue
        stop = number
        while stop < len(times) and times[stop] is None:
            stop += 1
        after = times[stop] if stop < len(times) else None
        begin = full[-1][1] if full else interval[0]
        finish = max(begin, after[0] if after else interval[1])
        each = (finish - begin) / (stop - number)
        full += [(begin + k * each, begin + (k + 1) * each) for k in range(stop - number)]
        number = stop
    return full


def words_of_lines(cue: Cue, said: Sequence[Word]) -> list[list[Word]]:
    """The words of each line of a cue that is no marker, at the times of those that were said."""
    lines = [line for number, line in enumerate(cue.lines) if number not in cue.markers]
    words = iter(_written(KeptCue("", cue), said, (cue.start, cue.end), Language.EN))
    return [[next(words) for _ in _TOKEN.finditer(line)] for line in lines]


class _Inside:
    """Whether a time lies in one of some intervals."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._intervals = merged(intervals)
        self._starts = [start for start, _ in self._intervals]

    def holds(self, time: float) -> bool:
        place = bisect_right(self._starts, time) - 1
        return place >= 0 and time <= self._intervals[place][1]

    def touch(self, start: float, end: float) -> bool:
        """Whether a stretch shares any time with one of the intervals."""
        place = bisect_right(self._starts, end) - 1
        return place >= 0 and start <= self._intervals[place][1]


def _left_of(segment: Segment, inside: _Inside) -> list[Word]:
    """The words of a segment whose middle lies in none of the intervals."""
    if not inside.touch(segment.start, segment.end):
        return list(segment.words)
    return [word for word in segment.words if not inside.holds(_middle(word))]


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _with_words(segment: Segment, words: Sequence[Word]) -> Segment:
    own = tuple(words)
    if own == segment.words:
        return segment
    if own:
        own = (replace(own[0], space_before=False), *own[1:])
    start = min((segment.start, *(word.start for word in own)))
    end = max((segment.end, *(word.end for word in own)))
    return replace(segment, words=own, text=join_words(own), start=start, end=end)
