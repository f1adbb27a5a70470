"""A stream of audio to segments with words, in bounded memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vidtag.config import Config
from vidtag.errors import UserError
from vidtag.speech import ctc, edges, richtext
from vidtag.speech.edges import Pauses
from vidtag.speech.sensevoice import Recognition, SenseVoice, Waveform, check_waveform
from vidtag.speech.shape import Shaper, Stretch
from vidtag.speech.vad import Span, make_vad
from vidtag.types import SAMPLE_RATE, Language, Segment, Word, join_words

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

_SHORT_PART = round(1.0 * SAMPLE_RATE)
"""Parts shorter than this do not decide about a language by themselves."""

_BREATH = 15
"""Quiet hundredths of a second at which a stretch may be split where languages change; less than
what parts spans, because speakers who change language pause for less."""

_HOLD = 0.3
"""A word lasts at most so long past the end of its last token: CTC marks a token where it
is sure of it, not how long it is spoken."""


class SpeechStream:
    """Recognises speech while audio is fed to it; sample 0 is time 0.

    Only audio that is still needed is kept: that of an unfinished span, of spans that may yet be
    joined, and of stretches that wait for their batch to fill.

    Raises (all methods):
        UserError: a block is not a one-dimensional float32 array of finite samples.
    """

    def __init__(self, model: SenseVoice, config: Config) -> None:
        self._model = model
        self._language = config.model.language
        self._itn = config.model.itn
        self._batch_seconds = config.recognition.batch_size_s
        self._draws_words = config.recognition.word_times == "drawn"
        self._vad = make_vad(config.vad, config.model)
        self._shaper = Shaper(config.vad)
        self._audio = _Tape()
        self._waiting: list[Stretch] = []
        self._finished = False

    def feed(self, block: Waveform) -> list[Segment]:
        """Take the next samples (16 kHz mono float32 in [-1, 1]); give the segments that are done.

        Segments come in order, do not overlap each other, and their words lie within them.
        """
        if self._finished:
            raise UserError("this stream is finished; start another one for more audio")
        check_waveform(block)
        self._audio.append(block)
        spans = self._vad.feed(block)
        self._waiting += self._shaper.feed(spans, self._vad.settled)
        segments: list[Segment] = []
        if sum(s.end - s.start for s in self._waiting) >= self._batch_seconds * SAMPLE_RATE:
            segments = self._recognise()
        self._audio.forget(self._needed())
        return segments

    def finish(self) -> list[Segment]:
        """The stream is over: give the segments that are left."""
        if self._finished:
            return []
        self._finished = True
        total = self._audio.end
        self._waiting += self._shaper.feed(self._vad.finish(), total)
        self._waiting += self._shaper.finish(total)
        segments = self._recognise()
        self._audio.forget(total)
        return segments

    def _needed(self) -> int:
        """First sample that is still needed."""
        candidates = [self._shaper.lookback(self._vad.settled), self._shaper.needed]
        if self._waiting:
            candidates.append(self._waiting[0].start)
        return min(c for c in candidates if c is not None)

    def _recognise(self) -> list[Segment]:
        """Recognise the stretches that wait."""
        heard = self._hear(self._waiting)
        self._waiting = []
        if self._language == "auto":
            heard = self._part_languages(heard)
        segments = (
            _segment(one, self._language, self._model.word_delays, self._quiet(one.stretch))
            for one in heard
        )
        return [segment for segment in segments if segment is not None]

    def _quiet(self, stretch: Stretch) -> Pauses | None:
        """Where it is quiet in a stretch; None where words keep FunASR's times."""
        if not self._draws_words:
            return None
        return edges.pauses(self._audio.cut(stretch.start, stretch.end))

    def _hear(self, stretches: Sequence[Stretch]) -> list[_Heard]:
        recognitions = self._model.recognise(
            [self._audio.cut(s.start, s.end) for s in stretches],
            language=self._language,
            itn=self._itn,
            batch_seconds=self._batch_seconds,
        )
        return [_Heard(*pair) for pair in zip(stretches, recognitions, strict=True)]

    def _part_languages(self, heard: list[_Heard]) -> list[_Heard]:
        """Give each language of a stretch that seems to hold several its own segment."""
        doubtful = {i: parts for i, one in enumerate(heard) if len(parts := self._doubt(one)) > 1}
        if not doubtful:
            return heard
        again = iter(self._hear([part for parts in doubtful.values() for part in parts]))
        groups: dict[int, list[Stretch]] = {}
        for i, parts in doubtful.items():
            joined = _same_language(list(itertools.islice(again, len(parts))))
            if len(joined) > 1:
                groups[i] = joined
        readings = iter(self._hear([group for joined in groups.values() for group in joined]))
        result: list[_Heard] = []
        for i, one in enumerate(heard):
            split = list(itertools.islice(readings, len(groups.get(i, ()))))
            result += split if split and _surer(split, one) else [one]
        return result

    def _doubt(self, one: _Heard) -> list[Stretch]:
        """Parts to hear again; none if the stretch is surely of one language."""
        recognition, stretch = one.recognition, one.stretch
        torn = recognition.language_probability < _SURE_LANGUAGE
        if not recognition.tokens:
            return []
        parts = self._fine_parts(stretch, torn)
        if torn or any(_foreign(one, part) for part in parts):
            return [Stretch(start, end, ((start, end),)) for start, end in parts]
        return []

    def _fine_parts(self, stretch: Stretch, torn: bool) -> list[Span]:
        """Parts of a stretch, themselves parted at their pauses; where there are none, and the
        stretch is torn, at its quietest moment."""
        fine: list[Span] = []
        for start, end in stretch.parts:
            pauses = _pauses(self._audio.cut(start, end)) if end - start >= 2 * _SHORT_PART else []
            edges = [start, *(start + pause for pause in pauses), end]
            fine += itertools.pairwise(edges)
        if len(fine) == 1 and torn and stretch.end - stretch.start >= 2 * _SHORT_PART:
            middle = self._audio.quietest(stretch.start, stretch.end)
            return [(stretch.start, middle), (middle, stretch.end)]
        return fine


@dataclass(frozen=True, slots=True)
class _Heard:
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


def recognise_array(model: SenseVoice, audio: Waveform, config: Config) -> list[Segment]:
    """Recognise all of a recording that is in memory.

    Args:
        audio: 16 kHz mono float32 in [-1, 1], shape (samples,).

    Raises:
        UserError: the array is not that.
    """
    check_waveform(audio)
    stream = SpeechStream(model, config)
    step = 10 * SAMPLE_RATE
    segments = [
        segment
        for start in range(0, len(audio), step)
        for segment in stream.feed(audio[start : start + step])
    ]
    return segments + stream.finish()


class _Tape:
    """The end of a stream, by sample number."""

    def __init__(self) -> None:
        self._blocks: list[Waveform] = []
        self._start = 0
        self.end = 0

    def append(self, block: Waveform) -> None:
        # A copy: the caller may fill the same buffer again.
        self._blocks.append(block.copy())
        self.end += len(block)

    def cut(self, start: int, end: int) -> Waveform:
        pieces, at = [], self._start
        for block in self._blocks:
            if at < end and at + len(block) > start:
                pieces.append(block[max(start - at, 0) : end - at])
            at += len(block)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def forget(self, before: int) -> None:
        while self._blocks and self._start + len(self._blocks[0]) <= before:
            self._start += len(self._blocks.pop(0))

    def quietest(self, start: int, end: int) -> int:
        """Middle of the quietest 0.2 s in the middle half of a stretch."""
        quarter = (end - start) // 4
        smooth = np.convolve(
            _energy(self.cut(start + quarter, end - quarter)), np.ones(20), "valid"
        )
        return start + quarter + (int(np.argmin(smooth)) + 10) * _ENERGY_STEP


_ENERGY_STEP = SAMPLE_RATE // 100


def _energy(audio: Waveform) -> npt.NDArray[np.float32]:
    """Mean square of every hundredth of a second."""
    whole = audio[: len(audio) // _ENERGY_STEP * _ENERGY_STEP]
    energy: npt.NDArray[np.float32] = np.square(whole).reshape(-1, _ENERGY_STEP).mean(axis=1)
    return energy


def _pauses(audio: Waveform) -> list[int]:
    """Middles of the pauses of at least ``_BREATH``, in samples; ``_SHORT_PART`` lies between.

    A pause is quieter than a third of the way, in decibels, from the quietest to the loudest.
    """
    level = 10 * np.log10(_energy(audio) + 1e-10)
    low, high = np.percentile(level, (5, 90))
    quiet = np.concatenate(([False], level < low + (high - low) / 3, [False]))
    edges = np.flatnonzero(np.diff(quiet)).reshape(-1, 2)
    found: list[int] = []
    for first, last in edges.tolist():
        middle = (first + last) // 2 * _ENERGY_STEP
        before = found[-1] if found else 0
        if last - first >= _BREATH and middle - before >= _SHORT_PART:
            found.append(middle)
    while found and len(audio) - found[-1] < _SHORT_PART:
        found.pop()
    return found


def _sample(frame: int) -> int:
    return round(frame * ctc.FRAME_SECONDS * SAMPLE_RATE)


def _foreign(one: _Heard, part: Span) -> bool:
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


def _same_language(parts: Sequence[_Heard]) -> list[Stretch]:
    """Join neighbouring parts of one language; parts that cannot tell go with a neighbour."""
    labels: list[Language | None] = []
    for part in parts:
        recognition = part.recognition
        unsure = (
            not recognition.tokens
            or recognition.language is Language.NOSPEECH
            or recognition.language_probability < _SURE_LANGUAGE
            or part.stretch.end - part.stretch.start < _SHORT_PART
        )
        labels.append(None if unsure else recognition.language)
    joined: list[Stretch] = []
    current: Language | None = None
    for part, label in zip(parts, labels, strict=True):
        if joined and (label is None or current is None or label is current):
            before = joined[-1]
            joined[-1] = Stretch(before.start, part.stretch.end, before.parts + part.stretch.parts)
        else:
            joined.append(part.stretch)
            current = None
        current = current or label
    return joined


def _surer(split: Sequence[_Heard], whole: _Heard) -> bool:
    """Whether readings of the parts are as sure of their tokens as the reading of the whole."""
    parts = _certainty(one.recognition for one in split)
    return parts > _certainty([whole.recognition]) - _AS_SURE


def _certainty(recognitions: Iterable[Recognition]) -> float:
    """Mean log probability of all tokens."""
    tokens = [token for recognition in recognitions for token in recognition.tokens]
    if not tokens:
        return -math.inf
    return sum(math.log(max(token.probability, 1e-9)) for token in tokens) / len(tokens)


def _segment(
    heard: _Heard, asked: str, delays: Mapping[Language, float], quiet: Pauses | None
) -> Segment | None:
    """Put a recognition on the stream's clock; None if there is no text in it.

    A language that was asked for is the segment's language, whatever the model says.

    Args:
        delays: how late the model is at word starts, in seconds, by language.
        quiet: draw word edges to these pauses; None leaves the times as FunASR gives them.
    """
    recognition = heard.recognition
    language = recognition.language if asked == "auto" else Language(asked)
    found = richtext.words(recognition.tokens)
    if not found or recognition.language is Language.NOSPEECH:
        return None
    start, end = heard.stretch.start / SAMPLE_RATE, heard.stretch.end / SAMPLE_RATE
    late = delays.get(language, 0.0) if quiet is not None else 0.0
    frames = recognition.frames
    spans = [
        (ctc.seconds(word.start, frames) - late, ctc.seconds(word.end, frames) - late)
        for word in found
    ]
    placed = edges.place(spans, end - start, _HOLD, quiet)
    words = tuple(
        Word(
            word.text,
            start + first,
            min(start + last, end),
            word.probability,
            word.space_before and i > 0,
        )
        for i, (word, (first, last)) in enumerate(zip(found, placed, strict=True))
    )
    return Segment(
        start=start,
        end=end,
        text=join_words(words),
        words=words,
        language=language,
        language_probability=recognition.languages[language],
        emotion=recognition.emotion,
        emotion_probability=recognition.emotion_probability,
        events=recognition.events,
        probability=math.exp(_certainty([recognition])),
    )
