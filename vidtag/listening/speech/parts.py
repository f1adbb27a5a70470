"""Several languages or emotions in one stretch, each given a segment of its own.

Speech is joined before it is recognised, and the model has one answer for all of it. Two questions
are asked of what it heard: does another language hide in here, does another emotion? Both go the
same way: parts that may differ are heard by themselves, neighbours that agree are joined again, and
if more than one group is left, each is heard as a whole and becomes a segment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vidtag.core.records import SAMPLE_RATE, Emotion, Language
from vidtag.listening.speech import ctc, richtext
from vidtag.listening.speech.moods import Moods
from vidtag.listening.speech.sensevoice import Recognition, Waveform
from vidtag.listening.speech.shape import Stretch
from vidtag.listening.speech.vad import Span
from vidtag.media import level

_SURE_LANGUAGE = 0.9
"""Below this language probability a stretch may hold two languages."""

_SURE_TOKENS = 0.88
"""A part whose tokens' mean probability is below this may be in another language than the whole;
or it may be noisy: it is heard again by itself, and the surer reading is kept."""

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
class Heard:
    """A stretch and what was heard in it."""

    stretch: Stretch
    recognition: Recognition

    def tokens_in(self, part: Span) -> list[richtext.Piece]:
        """Tokens that begin within a part of the stretch."""
        return [
            token
            for token in self.recognition.tokens
            if part[0] <= self.stretch.start + _sample(token.start) < part[1]
        ]


class Question(Protocol):
    """What parts of a stretch may differ in."""

    def parts(self, one: Heard) -> Mapping[Stretch, bool]:
        """Parts of a stretch in order, and which to hear by themselves; none if all is clear."""

    def answer(self, one: Heard, part: Stretch, alone: Heard | None) -> Hashable:
        """A part's answer, heard by itself or not; None if it cannot tell."""

    def believes(self, split: Sequence[Heard], whole: Heard) -> bool:
        """Whether groups of parts that agree are better than the whole, now that both are heard."""


def split(
    heard: Sequence[Heard],
    question: Question,
    hear: Callable[[Sequence[Stretch]], Sequence[Heard]],
) -> list[Heard]:
    """The same speech, parted where its answers to a question differ."""
    readings: dict[Stretch, Heard] = {}

    def listen(stretches: Iterable[Stretch]) -> None:
        if new := [stretch for stretch in stretches if stretch not in readings]:
            readings.update(zip(new, hear(new), strict=True))

    asked = [question.parts(one) for one in heard]
    listen(part for parts in asked for part, again in parts.items() if again)
    groups = [
        join([*parts], [question.answer(one, part, readings.get(part)) for part in parts])
        for one, parts in zip(heard, asked, strict=True)
    ]
    listen(group for joined in groups if len(joined) > 1 for group in joined)
    result: list[Heard] = []
    for one, joined in zip(heard, groups, strict=True):
        own = [readings[group] for group in joined] if len(joined) > 1 else []
        result += own if own and question.believes(own, one) else [one]
    return result


def join(parts: Sequence[Stretch], answers: Sequence[Hashable]) -> list[Stretch]:
    """Join neighbouring parts that agree; parts that cannot tell (None) go with a neighbour."""
    joined: list[Stretch] = []
    current: Hashable = None
    for part, answer in zip(parts, answers, strict=True):
        if joined and (answer is None or current is None or answer == current):
            before = joined[-1]
            joined[-1] = Stretch(before.start, part.end, before.parts + part.parts)
        else:
            joined.append(part)
            current = None
        current = answer if current is None else current
    return joined


class Languages:
    """Which language is spoken.

    Args:
        audio: gives the samples of a span.
    """

    def __init__(self, audio: Callable[[int, int], Waveform]) -> None:
        self._audio = audio

    def parts(self, one: Heard) -> Mapping[Stretch, bool]:
        """All parts, if the model was torn, or one of them reads like another language."""
        if not one.recognition.tokens:
            return {}
        torn = one.recognition.language_probability < _SURE_LANGUAGE
        fine = self._fine_parts(one.stretch, torn)
        if len(fine) > 1 and (torn or any(_foreign(one, part) for part in fine)):
            return {_alone(part): True for part in fine}
        return {}

    def answer(self, one: Heard, part: Stretch, alone: Heard | None) -> Hashable:
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

    def believes(self, split: Sequence[Heard], whole: Heard) -> bool:
        """Whether readings of the parts are as sure of their tokens as the reading of the whole."""
        parts = certainty(one.recognition for one in split)
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
class Emotions:
    """Which emotion the voice has; neutral and unknown are one.

    Attributes:
        moods: what windows of the same sound said, which tells the parts worth hearing.
        sure: probability that a part must give its emotion, heard by itself.
    """

    moods: Moods
    sure: float

    def parts(self, one: Heard) -> Mapping[Stretch, bool]:
        """The parts that were joined; those are heard in which windows hint at another emotion, and
        those so short that they fell between windows."""
        if len(one.stretch.parts) == 1 or not one.recognition.tokens:
            return {}
        own = _mood(one.recognition)
        again = {_alone(part): self._may_differ(part, own) for part in one.stretch.parts}
        return again if any(again.values()) else {}

    def answer(self, one: Heard, part: Stretch, alone: Heard | None) -> Hashable:
        """The part's own emotion, if it is sure of one; else that of the whole."""
        if part.end - part.start < _SHORT_PART:
            return None
        if alone is None or not alone.recognition.tokens:
            return _mood(one.recognition)
        recognition = alone.recognition
        known = recognition.emotion is not Emotion.UNKNOWN
        sure = known and recognition.emotion_probability >= self.sure
        return _mood(recognition if sure else one.recognition)

    def believes(self, split: Sequence[Heard], whole: Heard) -> bool:
        """Whether neighbours still differ, and none lost its text."""
        moods = [_mood(one.recognition) for one in split]
        differ = all(before is not after for before, after in itertools.pairwise(moods))
        return differ and all(one.recognition.tokens for one in split)

    def _may_differ(self, part: Span, own: Emotion) -> bool:
        if part[1] - part[0] < _SHORT_PART:
            return False
        hint = self.moods.within(part)
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


def _mood(recognition: Recognition) -> Emotion:
    unknown = recognition.emotion is Emotion.UNKNOWN
    return Emotion.NEUTRAL if unknown else recognition.emotion


def _quietest(audio: Waveform) -> int:
    """Middle of the quietest 0.2 s."""
    return (level.quietest(level.frame_power(audio), 20) + 10) * level.FRAME


def _pauses(audio: Waveform) -> list[int]:
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


def _foreign(one: Heard, part: Span) -> bool:
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
