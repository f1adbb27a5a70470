"""A document as a row of units: the smallest pieces subtitles are made of.

A unit is what may not be broken: a word, a Chinese word of several characters, a Japanese phrase,
a marker. Everything a cue costs is known per unit and adds up, in whole numbers where it can be:
sizes so that exactly full lines are seen as such, times in frames so that every rule about frames
is exact.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from vidtag.config import SubtitlesConfig
from vidtag.subtitles import breaks, markers
from vidtag.subtitles.breaks import Break
from vidtag.subtitles.ruler import Ruler
from vidtag.subtitles.text import clean, full_width, half_widths, script_language, spaced
from vidtag.types import Document, Emotion, EventSpan, Language, Segment, Word

_PATIENCE = 1.0
"""A marker whose sound begins so many seconds before the speaker stops waits for that."""

_EARLY = 0.4
"""A marker amid speech may come so many seconds before its sound, at a better place."""

_NEAR_UNITS = 12
"""Units before and after an onset among which a better place is looked for."""

_ALONE = 1.0
"""Seconds without speech that make room for a marker of its own."""


class Role(Enum):
    """What a unit is."""

    SPEECH = "speech"
    MARKER = "marker"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is never broken.

    Attributes:
        words: its words, cleaned, with mended times.
        language: whose rules it follows.
        label: language to show it under, as recognised.
        role: speech, a marker with a line of its own, or a tag in front of speech.
        emotion: emotion to show it with.
        space: whether a space parts it from the unit before, on the same line.
        after: how good a break after it is.
    """

    words: tuple[Word, ...]
    language: Language
    label: Language
    role: Role = Role.SPEECH
    emotion: Emotion | None = None
    space: bool = False
    after: Break = Break.SENTENCE

    @property
    def text(self) -> str:
        """Its text, without the space before."""
        return _text(self.words)

    @property
    def start(self) -> float:
        """Onset in seconds."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """End of its sound in seconds."""
        return self.words[-1].end


def _text(words: Sequence[Word]) -> str:
    if len(words) == 1:
        return words[0].text
    first, *rest = words
    return first.text + "".join((" " if w.space_before else "") + w.text for w in rest)


def units_of(document: Document, config: SubtitlesConfig, ruler: Ruler) -> tuple[Unit, ...]:
    """All that subtitles show, in order: speech, with markers and tags where they belong."""
    row = list(_spoken(document.segments, config))
    if config.language_tags or config.emotion_tags:
        row = list(_tagged(row, config))
    if config.event_markers:
        row = list(_with_markers(row, document.events, config))
    return tuple(piece for unit in row for piece in _fitting(unit, ruler))


def _spoken(segments: Sequence[Segment], config: SubtitlesConfig) -> Iterator[Unit]:
    """Speech as units, with clean texts and mended times."""
    shown = [[(text, w) for w in s.words if (text := clean(w.text))] for s in segments]
    times = iter(_mended([(text, word) for words in shown for text, word in words]))
    before = ""
    for segment, words in zip(segments, shown, strict=True):
        if words:
            timed = [(text, word, *next(times)) for text, word in words]
            yield from _segment_units(segment, timed, before, config)
            before = words[-1][0]


def _segment_units(
    segment: Segment,
    timed: Sequence[tuple[str, Word, float, float]],
    before: str,
    config: SubtitlesConfig,
) -> Iterator[Unit]:
    texts = [text for text, _, _, _ in timed]
    language = script_language("".join(texts), segment.language)
    if language in (Language.ZH, Language.YUE, Language.JA):
        texts = [full_width(text) for text in texts]
    asked = [bool(before), *(word.space_before for _, word, _, _ in timed[1:])]
    spaces = [
        spaced(left, text, language, space)
        for left, text, space in zip([before, *texts], texts, asked, strict=False)
    ]
    groups: list[list[Word]] = []
    inside = breaks.together(texts, spaces, language)
    for text, space, held, (_, word, start, end) in zip(texts, spaces, inside, timed, strict=True):
        shown = Word(text, start, end, word.probability, space)
        if held and groups:
            groups[-1].append(shown)
        else:
            groups.append([shown])
    label = segment.language if segment.language in markers.LANGUAGE_NAMES else language
    emotion = markers.shown_emotion(segment, config.emotion_probability)
    written = [_text(group) for group in groups]
    for index, group in enumerate(groups):
        # Recognition parts segments at pauses, not at sentences; only punctuation tells.
        following = written[index + 1] if index + 1 < len(groups) else ""
        after = breaks.quality(written[index], following, language)
        after = after if following else min(after, Break.PLAIN)
        space = group[0].space_before
        yield Unit(tuple(group), language, label, Role.SPEECH, emotion, space, after)


def _mended(words: Sequence[tuple[str, Word]]) -> list[tuple[float, float]]:
    """Times put right: finite, never backward, words one after another.

    Words that all begin at one moment share the time until the next one that begins later (or
    until the last of them ends), by their length.
    """
    starts: list[float] = []
    latest = 0.0
    for _, word in words:
        if math.isfinite(word.start):
            latest = max(latest, word.start)
        starts.append(latest)
    ends = [word.end if math.isfinite(word.end) else 0.0 for _, word in words]
    first = 0
    while first < len(words):
        last = first + 1
        while last < len(words) and starts[last] == starts[first]:
            last += 1
        if last - first > 1:
            begin = starts[first]
            until = max(begin, *ends[first:last])
            if last < len(words) and (until == begin or until > starts[last]):
                until = starts[last]
            total = sum(len(text) for text, _ in words[first:last])
            done = 0
            for index in range(first, last):
                starts[index] = begin + (until - begin) * done / total
                done += len(words[index][0])
                ends[index] = begin + (until - begin) * done / total
        first = last
    following = [*starts, math.inf][1:]
    return [
        (start, min(max(start, end), later))
        for start, end, later in zip(starts, ends, following, strict=True)
    ]


def _fitting(unit: Unit, ruler: Ruler) -> Iterator[Unit]:
    """A unit, cut into pieces if it is wider than a line: word by word, then by characters."""
    if ruler.size(unit.text, unit.language) <= ruler.full:
        yield unit
        return
    pieces: list[list[Word]] = []
    for word in (part for whole in unit.words for part in _pieces(whole, unit.language, ruler)):
        joined = _text([*pieces[-1], word]) if pieces else ""
        if pieces and ruler.size(joined, unit.language) <= ruler.full:
            pieces[-1].append(word)
        else:
            pieces.append([word])
    for index, words in enumerate(pieces):
        yield replace(
            unit,
            words=tuple(words),
            space=words[0].space_before if index else unit.space,
            after=unit.after if index == len(pieces) - 1 else Break.BAD,
        )


def _pieces(word: Word, language: Language, ruler: Ruler) -> Iterator[Word]:
    """A word, cut by characters if it is wider than a line; its time is shared out."""
    if ruler.size(word.text, language) <= ruler.full:
        yield word
        return
    cuts = [0]
    filled = 0
    for cluster, index in _clusters(word.text):
        wide = ruler.size(cluster, language)
        if filled and filled + wide > ruler.full:
            cuts.append(index)
            filled = 0
        filled += wide
    cuts.append(len(word.text))
    seconds = (word.end - word.start) / len(word.text)
    for begin, end in pairwise(cuts):
        text = word.text[begin:end]
        if not text.strip():
            continue
        parted = " " in word.text[max(0, begin - 1) : begin + 1]
        yield replace(
            word,
            text=text.strip(),
            start=word.start + begin * seconds,
            end=word.start + end * seconds,
            space_before=parted if begin else word.space_before,
        )


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """Characters with the marks that combine with them, each with its index.

    At most eight marks stay with a character, so that no heap of them makes an endless unit.
    """
    begin = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or (
            (half_widths(text[index]) and text[index - 1] != "\u200d") or index - begin > 8
        ):
            yield text[begin:index], begin
            begin = index


def _tagged(units: Sequence[Unit], config: SubtitlesConfig) -> Iterator[Unit]:
    """Units, with a tag in front wherever the language or the emotion changes."""
    label: Language | None = None
    emotion: Emotion | None = None
    for unit in units:
        tags = []
        if config.language_tags and unit.label is not label:
            tags.append(markers.language_label(unit.label))
        if config.emotion_tags and unit.emotion is not emotion and unit.emotion:
            tags.append(markers.emotion_label(unit.emotion, unit.label))
        label, emotion = unit.label, unit.emotion
        shown = [tag for tag in tags if tag]
        for index, tag in enumerate(shown):
            word = Word(tag, unit.start, unit.start, 1.0)
            yield replace(
                unit,
                words=(word,),
                role=Role.TAG,
                space=unit.space if index == 0 else True,
                after=Break.BAD,
            )
        yield replace(unit, space=True) if shown else unit


def _with_markers(
    speech: Sequence[Unit], events: Sequence[EventSpan], config: SubtitlesConfig
) -> Iterator[Unit]:
    """Speech with every event as a marker at its place in the row."""
    starts = [unit.start for unit in speech]
    placed: list[tuple[int, Unit]] = []
    for event in sorted(events, key=lambda e: (e.start, e.kind)):
        start = _marker_start(speech, starts, event)
        place = bisect_left(starts, start)
        language = _passage(speech, place, start)
        text = clean(markers.event_label(event.kind, language, config.marker_wording))
        if text:
            word = Word(text, start, max(start, event.end), event.mean)
            unit = Unit((word,), script_language(text, language), language, Role.MARKER)
            placed.append((place, unit))
    done = 0
    for place, unit in sorted(placed, key=lambda item: (item[0], item[1].start)):
        yield from speech[done:place]
        done = place
        yield unit
    yield from speech[done:]


def _marker_start(speech: Sequence[Unit], starts: Sequence[float], event: EventSpan) -> float:
    """When the marker of an event appears: at its onset, but if somebody is just finishing and it
    goes on alone after that, when they stop; if they go on talking, at a good break nearby.
    """
    index = bisect_right(starts, event.start) - 1
    for place in range(index, len(speech)):
        finished = speech[place].end if place >= 0 else event.start
        if finished > event.start + _PATIENCE:
            break
        following = starts[place + 1] if place + 1 < len(speech) else math.inf
        stop = max(event.start, finished)
        if min(event.end, following) - stop >= _ALONE:
            return stop
    return _between_sentences(speech, index, event.start)


def _between_sentences(speech: Sequence[Unit], index: int, onset: float) -> float:
    """The moment near an onset during speech at which a new line disturbs least."""
    best = max(0.0, onset)
    price = math.inf
    for place in range(max(0, index - _NEAR_UNITS), min(len(speech), index + _NEAR_UNITS)):
        start = speech[place].start
        if not -_EARLY <= start - onset <= _PATIENCE:
            continue
        before = speech[place - 1].after if place else Break.SENTENCE
        if (cost := before + abs(start - onset)) < price:
            best, price = start, cost
    return best


def _passage(speech: Sequence[Unit], place: int, time: float) -> Language:
    """Language spoken nearest to a moment."""
    near = speech[max(0, place - 1) : place + 1]
    if not near:
        return Language.EN
    return min(near, key=lambda unit: max(unit.start - time, time - unit.end)).label
