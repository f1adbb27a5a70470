"""What in a document makes a highlight: events, emotional passages, points that are made; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vidtag.core.cast import heard_before
from vidtag.core.records import Document, Emotion, Passage, Reason, Segment, join_words
from vidtag.core.settings import HighlightsConfig
from vidtag.select.points import (
    SUFFICIENT_EMOTIONS,
    SUPPORTING_EMOTIONS,
    makes_point,
)
from vidtag.select.talk import exchanges, speeches
from vidtag.select.word_index import sentences

_PASSAGE_GAP = 2.0
"""Seconds between two segments of one emotion up to which they are one passage."""

_PHRASE_TRUST = 0.8
"""Probability that a phrase makes the point, if its words were recognised correctly."""

_EMOTION_TRUST = 0.6
"""Probability that an emotion alone means the point, if it was recognised correctly."""


def find_reasons(document: Document, settings: HighlightsConfig) -> tuple[Reason, ...]:
    """Everything in a document that makes a highlight by the settings, ordered by start."""
    least = settings.emotion_probability
    found: list[Reason] = [
        event
        for event in document.events
        if event.kind in settings.kinds and not (event.canned and settings.canned == "leave-out")
    ]
    for emotion in settings.emotions:
        label = emotion.label
        found += (_passage(run, label, 1.0) for run in _runs(document.segments, emotion, least))
    for point in settings.points:
        found += _points(document.segments, point, settings)
        for emotion in sorted(SUFFICIENT_EMOTIONS.get(point, ())):
            runs = _runs(document.segments, emotion, least)
            found += (_passage(run, point, _EMOTION_TRUST) for run in runs)
    if settings.turns:
        found += speeches(document.segments)
    if among := {name.casefold() for name in settings.speakers}:
        found = [
            reason for reason in found if (speaker_of(reason, document) or "").casefold() in among
        ]
    if settings.exchanges:
        found += exchanges(document, tuple(among))
    return tuple(sorted(found, key=lambda why: (why.start, why.end, why.label, why.peak, why.mean)))


def speaker_of(reason: Reason, document: Document) -> str | None:
    """Who says a passage, or what an event is about."""
    if isinstance(reason, Passage):
        return reason.speaker
    return heard_before(document, reason.start)


def _runs(segments: Iterable[Segment], emotion: Emotion, least: float) -> Iterator[list[Segment]]:
    """Successive segments in one emotion of at least a probability; any other segment ends a run.

    So does a gap of more than ``_PASSAGE_GAP``, and another speaker.
    """
    run: list[Segment] = []
    for segment in segments:
        matches = segment.emotion is emotion and segment.emotion_probability >= least
        other = bool(run) and segment.speaker != run[-1].speaker
        if run and (not matches or other or segment.start - run[-1].end > _PASSAGE_GAP):
            yield run
            run = []
        if matches:
            run.append(segment)
    if run:
        yield run


def _passage(run: Sequence[Segment], label: str, trust: float) -> Passage:
    """The passage that a run of segments makes; ``trust`` scales its probability."""
    lengths = [max(segment.end - segment.start, 1e-3) for segment in run]
    probabilities = [segment.emotion_probability for segment in run]
    weighted = sum(p * length for p, length in zip(probabilities, lengths, strict=True))
    mean = weighted / sum(lengths)
    words = [word for segment in run for word in segment.words]
    start = min((word.start for word in words), default=run[0].start)
    end = max((word.end for word in words), default=run[-1].end)
    peak = trust * max(probabilities)
    return Passage(label, start, max(end, start), peak, trust * mean, run[0].speaker)


def _points(
    segments: Iterable[Segment], point: str, settings: HighlightsConfig
) -> Iterator[Passage]:
    """Sentences that make a point."""
    own = settings.phrases.get(point, ())
    for segment in segments:
        supported = (
            segment.emotion in SUPPORTING_EMOTIONS.get(point, ())
            and segment.emotion_probability >= settings.emotion_probability
        )
        by_emotion = segment.emotion_probability * _EMOTION_TRUST if supported else 0.0
        for words in sentences(segment.words):
            if makes_point(join_words(words), point, segment.language, own):
                by_phrase = _PHRASE_TRUST * sum(word.probability for word in words) / len(words)
                probability = 1.0 - (1.0 - by_phrase) * (1.0 - by_emotion)
                start, end = words[0].start, max(word.end for word in words)
                end = max(end, start)
                yield Passage(point, start, end, probability, probability, segment.speaker)
