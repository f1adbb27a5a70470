"""What in a document makes a highlight: events, emotional passages, points that are made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vidtag.core.records import Document, Emotion, Passage, Reason, Segment
from vidtag.core.settings import HighlightsConfig
from vidtag.select.points import BACKED_BY, PHRASES, TOLD_BY, tells
from vidtag.select.word_index import sentences

_SAME_MOOD = 2.0
"""Seconds between two segments of one emotion up to which they are one passage."""

_PHRASE = 0.8
"""How surely a phrase tells a point, if its words were heard right."""

_MOOD = 0.6
"""How surely an emotion tells a point by itself, if it was heard right."""


def reasons(document: Document, config: HighlightsConfig) -> tuple[Reason, ...]:
    """Everything in a document that makes a highlight by the settings, ordered by start."""
    found: list[Reason] = [event for event in document.events if event.kind in config.kinds]
    for emotion in config.emotions:
        found += _passages(document.segments, emotion, emotion.value.lower(), 1.0, config)
    for name in config.points:
        found += _points(document.segments, name, config)
        for emotion in sorted(TOLD_BY.get(name, ())):
            found += _passages(document.segments, emotion, name, _MOOD, config)
    return tuple(sorted(found, key=lambda why: (why.start, why.end, why.label, why.peak, why.mean)))


def _passages(
    segments: Iterable[Segment],
    emotion: Emotion,
    label: str,
    trust: float,
    config: HighlightsConfig,
) -> Iterator[Passage]:
    """Stretches of speech in one emotion; a segment in another one ends them."""
    run: list[Segment] = []
    for segment in segments:
        felt = segment.emotion is emotion
        if felt and segment.emotion_probability < config.emotion_probability:
            felt = False
        if run and (not felt or segment.start - run[-1].end > _SAME_MOOD):
            yield _passage(run, label, trust)
            run = []
        if felt:
            run.append(segment)
    if run:
        yield _passage(run, label, trust)


def _passage(run: Sequence[Segment], label: str, trust: float) -> Passage:
    lengths = [max(segment.end - segment.start, 1e-3) for segment in run]
    sure = [segment.emotion_probability for segment in run]
    mean = sum(p * length for p, length in zip(sure, lengths, strict=True)) / sum(lengths)
    words = [word for segment in run for word in segment.words]
    start = min((word.start for word in words), default=run[0].start)
    end = max((word.end for word in words), default=run[-1].end)
    return Passage(label, start, max(end, start), trust * max(sure), trust * mean)


def _points(segments: Iterable[Segment], name: str, config: HighlightsConfig) -> Iterator[Passage]:
    """Sentences that hold a phrase of a point."""
    known, own = PHRASES.get(name, {}), config.phrases.get(name, ())
    for segment in segments:
        phrases = (*known.get(segment.language, ()), *own)
        backed = segment.emotion in BACKED_BY.get(name, ())
        if backed and segment.emotion_probability < config.emotion_probability:
            backed = False
        mood = segment.emotion_probability * _MOOD if backed else 0.0
        for words in sentences(segment.words):
            text = "".join((" " if w.space_before else "") + w.text for w in words)
            if tells(text, phrases):
                heard = sum(word.probability for word in words) / len(words)
                sure = 1.0 - (1.0 - _PHRASE * heard) * (1.0 - mood)
                end = max(word.end for word in words)
                yield Passage(name, words[0].start, max(end, words[0].start), sure, sure)
