"""Several languages or emotions in one stretch, each given a segment of its own.

Speech is joined before it is recognised, and the model gives one language and one emotion for all
of it. A splitter finds stretches in which another language hides, another one those with another
emotion. Both work the same way: parts that may differ are recognised by themselves, neighbours with
the same label are joined again, and if more than one group is left, each is recognised as a whole
and becomes a segment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vidtag.core.records import Emotion, Language
from vidtag.listening.speech import ctc, richtext
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.vad import Span
from vidtag.listening.speech.window_emotions import WindowEmotions
from vidtag.media import level
from vidtag.media.samples import SAMPLE_RATE, Samples

_SURE_LANGUAGE = 0.9
"""Below this language probability a stretch may hold two languages."""

_SURE_TOKENS = 0.88
"""A part whose tokens' mean probability is below this may be in another language than the whole;
or it may be noisy: it is recognised again by itself, and the surer reading is kept."""

_OWN_SCRIPT = 2 / 3
"""A part with a smaller share of tokens in its language's script may be in another language."""

_AS_SURE = 0.02
"""Parts that are each sure of a language of their own are believed if their tokens' mean log
probability is at most so much lower than the whole's."""

_HINT = 0.4
"""Windows that give another emotion so much, on average, make a part worth hearing by itself."""

_SHORT_PART = round(1.0 * SAMPLE_RATE)
"""Parts shorter than this do not decide about a language or an emotion by themselves."""

_BREATH = 15
"""Quiet frames (0.15 s) at which a stretch may be split where languages change; less than what
parts spans, because speakers who change language pause for less."""

_QUIET = 1 / 3
"""How far from the quietest to the loudest, in decibels, a pause reaches; more than at the edges of
words, because only a place to split at is looked for, and soft ends of words do no harm."""


@dataclass(frozen=True, slots=True)
class RecognisedStretch:
    """A stretch and what was recognised in it."""

    stretch: Stretch
    recognition: Recognition

    def tokens_in(self, part: Span) -> list[richtext.Piece]:
        """Tokens that begin within a part of the stretch."""
        return [
            token
            for token in self.recognition.tokens
            if part[0] <= self.stretch.start + _sample(token.start) < part[1]
        ]


class Splitter(Protocol):
    """Labels the parts of a stretch, by language or by emotion."""

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Parts of a stretch in order, each with whether to recognise it by itself; none if the
        whole has one label for sure."""

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """A part's label, recognised by itself or not; None if it is too uncertain for one."""

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether groups of parts with one label are better than the whole, all recognised."""


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
    groups = [
        join([*parts], [splitter.label(whole, part, readings.get(part)) for part in parts])
        for whole, parts in zip(recognised, candidates, strict=True)
    ]
    read(group for joined in groups if len(joined) > 1 for group in joined)
    result: list[RecognisedStretch] = []
    for whole, joined in zip(recognised, groups, strict=True):
        own = [readings[group] for group in joined] if len(joined) > 1 else []
        result += own if own and splitter.accepts(own, whole) else [whole]
    return result


def join(parts: Sequence[Stretch], labels: Sequence[Hashable]) -> list[Stretch]:
    """Join neighbouring parts of the same label; parts without one (None) go with a neighbour."""
    joined: list[Stretch] = []
    current: Hashable = None
    for part, label in zip(parts, labels, strict=True):
        if joined and (label is None or current is None or label == current):
            before = joined[-1]
            joined[-1] = Stretch(before.start, part.end, before.parts + part.parts)
        else:
            joined.append(part)
            current = None
        current = label if current is None else current
    return joined


class LanguageSplitter:
    """Splits where the language changes.

    Args:
        audio: gives the samples of a span.
    """

    def __init__(self, audio: Callable[[int, int], Samples]) -> None:
        self._audio = audio

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """All parts, if the model was torn, or one of them reads like another language."""
        if not whole.recognition.tokens:
            return {}
        torn = whole.recognition.language_probability < _SURE_LANGUAGE
        fine = self._fine_parts(whole.stretch, torn)
        if len(fine) > 1 and (torn or any(_foreign(whole, part) for part in fine)):
            return {_alone(part): True for part in fine}
        return {}

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """The language, if the part is long enough, and sure of it."""
        assert alone is not None
        recognition = alone.recognition
        if (
            not recognition.tokens
            or recognition.language is Language.NOSPEECH
            or recognition.language_probability < _SURE_LANGUAGE
            or part.end - part.start < _SHORT_PART
        ):
            return None
        return recognition.language

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether readings of the parts are as sure of their tokens as the reading of the whole."""
        parts = certainty(one.recognition for one in groups)
        return parts > certainty([whole.recognition]) - _AS_SURE

    def _fine_parts(self, stretch: Stretch, torn: bool) -> list[Span]:
        """Parts of a stretch, themselves parted at their pauses; where there are none, and the
        stretch is torn, at its quietest moment."""
        fine: list[Span] = []
        for start, end in stretch.parts:
            pauses = _pauses(self._audio(start, end)) if end - start >= 2 * _SHORT_PART else []
            edges = [start, *(start + pause for pause in pauses), end]
            fine += itertools.pairwise(edges)
        if len(fine) == 1 and torn and stretch.end - stretch.start >= 2 * _SHORT_PART:
            quarter = (stretch.end - stretch.start) // 4
            start, end = stretch.start + quarter, stretch.end - quarter
            middle = start + _quietest(self._audio(start, end))
            return [(stretch.start, middle), (middle, stretch.end)]
        return fine


@dataclass(frozen=True, slots=True)
class EmotionSplitter:
    """Splits where the emotion of the voice changes; neutral and unknown are one.

    Attributes:
        windows: emotions of windows of the same sound, which tell the parts worth recognising by
            themselves.
        least: probability that a part, recognised by itself, must give its emotion.
    """

    windows: WindowEmotions
    least: float

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """The parts that were joined; those are recognised in which windows hint at another
        emotion, and those so short that they fell between windows."""
        if len(whole.stretch.parts) == 1 or not whole.recognition.tokens:
            return {}
        own = _emotion(whole.recognition)
        again = {_alone(part): self._may_differ(part, own) for part in whole.stretch.parts}
        return again if any(again.values()) else {}

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """The part's own emotion, if it is sure of one; else that of the whole."""
        if part.end - part.start < _SHORT_PART:
            return None
        if alone is None or not alone.recognition.tokens:
            return _emotion(whole.recognition)
        recognition = alone.recognition
        known = recognition.emotion is not Emotion.UNKNOWN
        sure = known and recognition.emotion_probability >= self.least
        return _emotion(recognition if sure else whole.recognition)

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether neighbours still differ, and none lost its text."""
        emotions = [_emotion(one.recognition) for one in groups]
        differ = all(before is not after for before, after in itertools.pairwise(emotions))
        return differ and all(one.recognition.tokens for one in groups)

    def _may_differ(self, part: Span, own: Emotion) -> bool:
        if part[1] - part[0] < _SHORT_PART:
            return False
        hint = self.windows.mean_within(part)
        if hint is None:
            return True
        return any(
            probability >= _HINT and emotion not in (own, Emotion.UNKNOWN)
            for emotion, probability in zip(Emotion, hint.tolist(), strict=True)
        )


def certainty(recognitions: Iterable[Recognition]) -> float:
    """Mean log probability of all tokens."""
    tokens = [token for recognition in recognitions for token in recognition.tokens]
    if not tokens:
        return -math.inf
    return sum(math.log(max(token.probability, 1e-9)) for token in tokens) / len(tokens)


def _alone(part: Span) -> Stretch:
    return Stretch(*part, (part,))


def _emotion(recognition: Recognition) -> Emotion:
    unknown = recognition.emotion is Emotion.UNKNOWN
    return Emotion.NEUTRAL if unknown else recognition.emotion


def _quietest(audio: Samples) -> int:
    """Middle of the quietest 0.2 s."""
    return (level.quietest(level.frame_power(audio), 20) + 10) * level.FRAME


def _pauses(audio: Samples) -> list[int]:
    """Middles of the pauses of at least ``_BREATH``, in samples; ``_SHORT_PART`` lies between."""
    found: list[int] = []
    for first, last in level.find_pauses(audio, below=_QUIET, shortest=_BREATH).tolist():
        middle = (first + last) // 2 * level.FRAME
        before = found[-1] if found else 0
        if middle - before >= _SHORT_PART:
            found.append(middle)
    while found and len(audio) - found[-1] < _SHORT_PART:
        found.pop()
    return found


def _sample(frame: int) -> int:
    return round(frame * ctc.FRAME_SECONDS * SAMPLE_RATE)


def _foreign(one: RecognisedStretch, part: Span) -> bool:
    """Whether a part reads as if it were of another language than the whole."""
    tokens = one.tokens_in(part)
    if not tokens:
        return True
    if sum(token.probability for token in tokens) / len(tokens) < _SURE_TOKENS:
        return True
    written = [c for token in tokens if (c := next(filter(str.isalpha, token.piece), None))]
    scripts = _SCRIPTS.get(one.recognition.language)
    if not written or scripts is None:
        return False
    own = sum(any(low <= c <= high for low, high in scripts) for c in written)
    return own < len(written) * _OWN_SCRIPT


_LATIN = ("A", "\u024f")
_HAN = ("\u3400", "\u9fff")
_KANA = ("\u3041", "\u30ff")
_SCRIPTS = {
    Language.ZH: (_HAN,),
    Language.YUE: (_HAN,),
    Language.JA: (_KANA, _HAN),
    Language.KO: (("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7a3")),
    Language.EN: (_LATIN,),
}
