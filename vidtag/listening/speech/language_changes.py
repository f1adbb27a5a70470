"""Where the language changes within a stretch: what may be in another one, and what it is in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence

from vidtag.core.records import Language
from vidtag.listening.speech.splitting import (
    SHORT_PART,
    RecognisedStretch,
    alone,
    certainty,
    is_short,
)
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.vad import Span
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

_BREATH = 15
"""Quiet frames (0.15 s) at which a stretch may be split where languages change; less than what
parts spans, because speakers who change language pause for less."""

_QUIET = 1 / 3
"""How far from the quietest to the loudest, in decibels, a pause reaches; more than at the edges of
words, because only a place to split at is looked for, and soft ends of words do no harm."""


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
            or is_short((part.start, part.end))
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
            pauses = _pauses(self._audio(start, end)) if end - start >= 2 * SHORT_PART else []
            edges = [start, *(start + pause for pause in pauses), end]
            fine += itertools.pairwise(edges)
        if len(fine) == 1 and torn and stretch.end - stretch.start >= 2 * SHORT_PART:
            quarter = (stretch.end - stretch.start) // 4
            start, end = stretch.start + quarter, stretch.end - quarter
            middle = start + _quietest(self._audio(start, end))
            return [(stretch.start, middle), (middle, stretch.end)]
        return fine


def _torn(reading: RecognisedStretch) -> bool:
    return reading.recognition.language_probability < _SURE_LANGUAGE


def _in_doubt(reading: RecognisedStretch, parts: Sequence[Span]) -> Mapping[Stretch, bool]:
    """Runs of parts, in turn in doubt and not; every part by itself if all are in doubt; nothing if
    none is. Short parts go with what is before them, or at the beginning with what follows."""
    torn = _torn(reading)
    known = [torn or _foreign(reading, part) for part in parts if not is_short(part)]
    if len(parts) < 2 or not any(known):
        return {}
    if all(known):
        return {alone(part): True for part in parts}
    found = iter(known)
    doubts, last = [], known[0]
    for part in parts:
        last = last if is_short(part) else next(found)
        doubts.append(last)
    runs = itertools.groupby(zip(parts, doubts, strict=True), key=lambda pair: pair[1])
    grouped = [([part for part, _ in run], doubt) for doubt, run in runs]
    return {Stretch(run[0][0], run[-1][1], tuple(run)): doubt for run, doubt in grouped}


def _quietest(audio: Samples) -> int:
    """Middle of the quietest 0.2 s."""
    return (level.quietest(level.frame_power(audio), 20) + 10) * level.FRAME


def _pauses(audio: Samples) -> list[int]:
    """Middles of the pauses of at least ``_BREATH``, in samples; ``SHORT_PART`` lies between."""
    found: list[int] = []
    for first, last in level.find_pauses(audio, below=_QUIET, shortest=_BREATH).tolist():
        middle = (first + last) // 2 * level.FRAME
        before = found[-1] if found else 0
        if middle - before >= SHORT_PART:
            found.append(middle)
    while found and len(audio) - found[-1] < SHORT_PART:
        found.pop()
    return found


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
