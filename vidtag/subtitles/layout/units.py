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
from dataclasses import replace
from enum import Enum
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from vidtag.core.records import Document, Emotion, EventKind, EventSpan, Language, Segment, Word
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import (
    clean,
    full_width,
    half_widths,
    runs_on,
    script_language,
    spaced,
)
from vidtag.subtitles.layout import breaks, markers
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.ruler import Ruler

_PATIENCE = 1.0
"""A marker whose sound begins so many seconds before the speaker stops waits for that."""

_EARLY = 0.4
"""A marker amid speech may come so many seconds before its sound, at a better place."""

_NEAR_UNITS = 12
"""Units before and after an onset among which a better place is looked for."""

_ALONE = 1.0
"""Seconds without speech that make room for a marker of its own."""

_AGAIN = 1.0
"""Seconds of quiet within which a sound that comes again is still the same event."""

_TOGETHER = 1.0
"""Markers that begin within so many seconds share a line."""


_WIDE_END = "）】』」"
"""Full-width brackets bring their own space."""


class Role(Enum):
    """What a unit is."""

    SPEECH = "speech"
    MARKER = "marker"
    TAG = "tag"


class Unit(NamedTuple):
    """What is never broken.

    Attributes:
        words: its words, cleaned, with mended times.
        text: their text, without the space before.
        language: whose rules it follows.
        label: language to show it under, as recognised.
        role: speech, a marker with a line of its own, or a tag in front of speech.
        emotion: emotion to show it with.
        space: whether a space parts it from the unit before, on the same line.
        after: how good a break after it is.
    """

    words: tuple[Word, ...]
    text: str
    language: Language
    label: Language
    role: Role = Role.SPEECH
    emotion: Emotion | None = None
    space: bool = False
    after: Break = Break.SENTENCE

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
        row = list(_with_markers(row, document.events, config, ruler))
    return tuple(piece for unit in row for piece in _fitting(unit, ruler))


def _spoken(segments: Sequence[Segment], config: SubtitlesConfig) -> Iterator[Unit]:
    """Speech as units, with clean texts and mended times."""
    shown = [[(text, w) for w in s.words if (text := clean(w.text))] for s in segments]
    times = iter(_mended([pair for words in shown for pair in words]))
    before = ""
    for segment, words in zip(segments, shown, strict=True):
        if words:
            yield from _segment_units(
                segment, words, list(islice(times, len(words))), before, config
            )
            before = words[-1][0]


def _segment_units(
    segment: Segment,
    words: Sequence[tuple[str, Word]],
    times: Sequence[tuple[float, float]],
    before: str,
    config: SubtitlesConfig,
) -> Iterator[Unit]:
    texts = [text for text, _ in words]
    language = script_language("".join(texts), segment.language)
    spaces = [
        bool(before),
        *(
            word.space_before or runs_on(left, text)
            for left, (text, word) in zip(texts, words[1:], strict=False)
        ),
    ]
    if language in (Language.ZH, Language.YUE, Language.JA):
        texts = [full_width(text) for text in texts]
        spaces = [
            spaced(left, text, language, space)
            for left, text, space in zip([before, *texts], texts, spaces, strict=False)
        ]
    groups: list[list[Word]] = []
    inside = breaks.together(texts, spaces, language)
    for text, space, held, (_, word), (start, end) in zip(
        texts, spaces, inside, words, times, strict=True
    ):
        # Most words are fine as they are; to make none anew saves a third of the time.
        if (text, start, end, space) != (word.text, word.start, word.end, word.space_before):
            word = Word(text, start, end, word.probability, space)
        if held and groups:
            groups[-1].append(word)
        else:
            groups.append([word])
    label = segment.language if segment.language in markers.LANGUAGE_NAMES else language
    emotion = markers.shown_emotion(segment, config.emotion_probability)
    written = [_text(group) for group in groups]
    for group, text, following in zip(groups, written, [*written[1:], ""], strict=True):
        # Recognition parts segments at pauses, not at sentences; only punctuation tells.
        after = breaks.quality(text, following, language)
        after = after if following else min(after, Break.PLAIN)
        yield Unit(
            tuple(group), text, language, label, Role.SPEECH, emotion, group[0].space_before, after
        )


def _mended(words: Sequence[tuple[str, Word]]) -> list[tuple[float, float]]:
    """Times put right: finite, never backward, words one after another.

    Words that all begin at one moment share the time until the next one that begins later (or
    until the last of them ends), by their length.
    """
    starts = np.array([word.start for _, word in words])
    ends = np.array([word.end for _, word in words])
    starts = np.maximum.accumulate(np.where(np.isfinite(starts), starts, 0.0).clip(0.0))
    ends = np.where(np.isfinite(ends), ends, 0.0)
    later = np.append(starts[1:], np.inf)
    # Runs of words that begin at one moment, as their first word and the word after them.
    together = np.flatnonzero(starts == later)
    for first in together[np.diff(together, prepend=-2) > 1]:
        last = first + 1
        while last < len(words) and starts[last] == starts[first]:
            last += 1
        begin = starts[first]
        until = max(begin, ends[first:last].max())
        if last < len(words) and (until == begin or until > starts[last]):
            until = starts[last]
        lengths = np.cumsum([0, *(len(text) for text, _ in words[first:last])])
        edges = begin + (until - begin) * lengths / lengths[-1]
        starts[first:last], ends[first:last] = edges[:-1], edges[1:]
    later = np.append(starts[1:], np.inf)
    ends = np.minimum(np.maximum(starts, ends), later)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


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
        yield unit._replace(
            words=tuple(words),
            text=_text(words),
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
            yield unit._replace(
                words=(word,),
                text=tag,
                role=Role.TAG,
                space=unit.space if index == 0 else True,
                after=Break.BAD,
            )
        yield unit._replace(space=True) if shown else unit


def _with_markers(
    speech: Sequence[Unit],
    events: Sequence[EventSpan],
    config: SubtitlesConfig,
    ruler: Ruler,
) -> Iterator[Unit]:
    """Speech with every event as a marker at its place in the row."""
    starts = [unit.start for unit in speech]
    placed: list[tuple[int, Unit]] = []
    onset = -math.inf
    place, start = 0, 0.0
    for event in _lasting(events):
        if event.start - onset >= _TOGETHER:
            onset = event.start
            start = _marker_start(speech, starts, event)
            place = bisect_left(starts, start)
        language = _passage(speech, place, start)
        text = clean(markers.event_label(event.kind, language, config.marker_wording))
        if text:
            word = Word(text, start, max(start, event.end), event.mean)
            unit = Unit((word,), text, script_language(text, language), language, Role.MARKER)
            placed.append((place, unit))
    placed.sort(key=lambda item: (item[0], item[1].start))
    done = 0
    for index, (place, unit) in enumerate(placed):
        following = placed[index + 1] if index + 1 < len(placed) else None
        if following and following[0] == place:
            both = _side_by_side(unit, following[1], ruler)
            if both is not None:
                placed[index + 1] = place, both
                continue
        yield from speech[done:place]
        done = place
        yield unit
    yield from speech[done:]


def _lasting(events: Sequence[EventSpan]) -> list[EventSpan]:
    """Events in order; one that comes again at once has not ended for the viewer."""
    kept: list[EventSpan] = []
    latest: dict[EventKind, int] = {}
    for event in sorted(events, key=lambda e: (e.start, e.kind)):
        number = latest.get(event.kind)
        if number is not None and event.start - kept[number].end < _AGAIN:
            before = kept[number]
            kept[number] = replace(before, end=max(before.end, event.end))
            continue
        latest[event.kind] = len(kept)
        kept.append(event)
    return kept


def _side_by_side(first: Unit, second: Unit, ruler: Ruler) -> Unit | None:
    """Two markers on one line, if they begin together and fit."""
    one, other = first.words[0], second.words[0]
    same = first.language is second.language and other.start == one.start
    joined = one.text + ("" if one.text[-1] in _WIDE_END else " ") + other.text
    if not same or ruler.size(joined, first.language) > ruler.full:
        return None
    word = replace(one, text=joined, end=max(one.end, other.end))
    return first._replace(words=(word,), text=joined)


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
        alone = following if finished <= event.start else min(event.end, following)
        if alone - stop >= _ALONE:
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
