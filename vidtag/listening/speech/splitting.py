"""Several languages or emotions in one stretch, each given a segment of its own.

Speech is joined before it is recognised, and the model gives one language and one emotion for all
of it. A splitter finds stretches in which another language hides, another one those with another
emotion. Both work the same way: only what is in doubt is recognised by itself, neighbours with the
same label are joined again, and if more than one group is left, each becomes a segment. A group
that has the label of the whole, and was read surely, keeps what was read there; others are
recognised as a whole, if they were not yet.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from vidtag.core.records import Emotion, Language
from vidtag.listening.speech import ctc
from vidtag.listening.speech.recognition import Recognition, Token
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

_FEWEST_TOKENS = 1.5
"""A part with fewer tokens a second may be in a language that the whole was not read in."""

_ALL_HAN, _LEAST_KANA = 5, 0.25
"""So many characters of Japanese have so much kana, or they may be Chinese."""

_AS_SURE = 0.02
"""Parts that are each sure of a language of their own are believed if their tokens' mean log
probability is at most so much lower than the whole's."""

_CLEAR = 0.96
"""What is left of a reading where other languages or emotions are taken out is read again if the
mean probability of its tokens is below this: what is foreign confuses what is beside it."""

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
    """A stretch and what was recognised in it.

    Attributes:
        lead: samples by which the recognised sound began before the stretch, where this is a part
            of a longer reading.
    """

    stretch: Stretch
    recognition: Recognition
    lead: int = 0

    def tokens_in(self, part: Span) -> list[Token]:
        """Tokens that begin within a part of the stretch."""
        first = self.stretch.start - self.lead
        return [
            token
            for token in self.recognition.tokens
            if part[0] <= first + _sample(token.start) < part[1]
        ]

    def cut(self, part: Stretch) -> RecognisedStretch:
        """What was read in a part of the stretch; the language and the emotion are the whole's."""
        if part == self.stretch:
            return self
        tokens = tuple(self.tokens_in((part.start, part.end)))
        lead = self.lead + part.start - self.stretch.start
        return RecognisedStretch(part, replace(self.recognition, tokens=tokens, rich_text=""), lead)


class Splitter(Protocol):
    """Labels the parts of a stretch, by language or by emotion."""

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Parts of a stretch in order, each with whether to recognise it by itself; none if the
        whole has one label for sure."""

    def finer(self, part: RecognisedStretch) -> Mapping[Stretch, bool]:
        """The same of a part that was recognised by itself, if it has several labels in turn."""

    def home(self, whole: RecognisedStretch) -> Hashable:
        """The label of what is not in doubt; None if everything is."""

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """A part's label, recognised by itself or not; None if it is too uncertain for one."""

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether groups of parts with one label are better than the whole, all recognised."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a stretch, and the reading that tells its label: its own, or one around it."""

    part: Stretch
    reading: RecognisedStretch
    label: Hashable


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
    within = {part: splitter.finer(reading) for part, reading in readings.items()}
    read(part for parts in within.values() for part, alone in parts.items() if alone)

    def pieces(parts: Mapping[Stretch, bool], around: RecognisedStretch) -> Iterator[_Piece]:
        for part, alone in parts.items():
            if alone and (finer := within.get(part)):
                yield from pieces(finer, readings[part])
            else:
                own = readings[part] if alone else None
                label = splitter.label(around, part, own)
                tells = own is not None and splitter.home(own) == label
                yield _Piece(part, own if own is not None and tells else around, label)

    joined = [
        _join([*pieces(parts, whole)], whole, splitter.home(whole))
        for whole, parts in zip(recognised, candidates, strict=True)
    ]
    read(group for groups in joined for group, reading in groups if len(groups) > 1 and not reading)
    result: list[RecognisedStretch] = []
    for whole, groups in zip(recognised, joined, strict=True):
        own = [reading or readings[group] for group, reading in groups] if len(groups) > 1 else []
        result += own if own and splitter.accepts(own, whole) else [whole]
    return result


def join(parts: Sequence[Stretch], labels: Sequence[Hashable]) -> list[tuple[Stretch, Hashable]]:
    """Join neighbouring parts of the same label; parts without one (None) go with a neighbour."""
    joined: list[tuple[Stretch, Hashable]] = []
    for part, label in zip(parts, labels, strict=True):
        before, current = joined[-1] if joined else (None, None)
        if before and (label is None or current is None or label == current):
            both = Stretch(before.start, part.end, before.parts + part.parts)
            joined[-1] = both, label if current is None else current
        else:
            joined.append((part, label))
    return joined


def _join(
    pieces: Sequence[_Piece], whole: RecognisedStretch, home: Hashable
) -> list[tuple[Stretch, RecognisedStretch | None]]:
    """Groups of pieces with one label, each with what was read there; None if it is to be read."""
    readings = [*((piece.reading, piece.label) for piece in pieces), (whole, home)]
    groups = join([piece.part for piece in pieces], [piece.label for piece in pieces])
    return [
        (
            group,
            next(
                (
                    reading.cut(group)
                    for reading, its_label in readings
                    if its_label == label is not None
                    and reading.stretch.start <= group.start
                    and group.end <= reading.stretch.end
                    and (reading.stretch == group or _clear(reading.cut(group)))
                ),
                None,
            ),
        )
        for group, label in groups
    ]


class LanguageSplitter:
    """Splits where the language changes.

    Args:
        audio: gives the samples of a span.
    """

    def __init__(self, audio: Callable[[int, int], Samples]) -> None:
        self._audio = audio

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """All parts, if the model was torn; else those that read like another language."""
        if not whole.recognition.tokens:
            return {}
        return _in_doubt(whole, self._fine_parts(whole.stretch, _torn(whole)))

    def finer(self, part: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Several foreign parts in a row may have several languages, too."""
        return _in_doubt(part, part.stretch.parts) if part.recognition.tokens else {}

    def home(self, whole: RecognisedStretch) -> Hashable:
        """The language, if the model was not torn."""
        return None if _torn(whole) else whole.recognition.language

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """The whole's language, if it was not in doubt; else its own, if the part is long enough,
        and sure of it."""
        if alone is None:
            return self.home(whole)
        recognition = alone.recognition
        if (
            not recognition.tokens
            or recognition.language is Language.NOSPEECH
            or _torn(alone)
            or _short((part.start, part.end))
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

    def finer(self, part: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Nothing: each part is recognised by itself."""
        return {}

    def home(self, whole: RecognisedStretch) -> Hashable:
        """The emotion of the whole."""
        return _emotion(whole.recognition)

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """The part's own emotion, if it is sure of one; else that of the whole."""
        if _short((part.start, part.end)):
            return None
        if alone is None or not alone.recognition.tokens:
            return self.home(whole)
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
        if _short(part):
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


def _torn(reading: RecognisedStretch) -> bool:
    return reading.recognition.language_probability < _SURE_LANGUAGE


def _in_doubt(reading: RecognisedStretch, parts: Sequence[Span]) -> Mapping[Stretch, bool]:
    """Runs of parts, in turn in doubt and not; every part by itself if all are in doubt; nothing if
    none is. Short parts go with what is before them, or at the beginning with what follows."""
    torn = _torn(reading)
    known = [torn or _foreign(reading, part) for part in parts if not _short(part)]
    if len(parts) < 2 or not any(known):
        return {}
    if all(known):
        return {_alone(part): True for part in parts}
    found = iter(known)
    doubts, last = [], known[0]
    for part in parts:
        last = last if _short(part) else next(found)
        doubts.append(last)
    runs = itertools.groupby(zip(parts, doubts, strict=True), key=lambda pair: pair[1])
    grouped = [([part for part, _ in run], doubt) for doubt, run in runs]
    return {Stretch(run[0][0], run[-1][1], tuple(run)): doubt for run, doubt in grouped}


def _clear(cut: RecognisedStretch) -> bool:
    """Whether a part of a longer reading was read so surely that reading it again gives no more."""
    return math.exp(certainty([cut.recognition])) >= _CLEAR


def _short(part: Span) -> bool:
    return part[1] - part[0] < _SHORT_PART


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
    if len(tokens) < _FEWEST_TOKENS * (part[1] - part[0]) / SAMPLE_RATE:
        return True
    if sum(token.probability for token in tokens) / len(tokens) < _SURE_TOKENS:
        return True
    written = [c for token in tokens if (c := next(filter(str.isalpha, token.piece), None))]
    scripts = _SCRIPTS.get(one.recognition.language)
    if not written or scripts is None:
        return False
    if one.recognition.language is Language.JA and len(written) >= _ALL_HAN:
        kana = sum(_KANA[0] <= c <= _KANA[1] for c in written)
        if kana < len(written) * _LEAST_KANA:
            return True
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
