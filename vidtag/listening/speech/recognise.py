"""A stream of audio to segments with words, in bounded memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from vidtag.core.errors import UserError
from vidtag.core.records import SAMPLE_RATE, Language, Segment, Word, join_words
from vidtag.core.settings import Config
from vidtag.listening.speech import ctc, richtext
from vidtag.listening.speech import word_edges as edges
from vidtag.listening.speech.moods import Moods
from vidtag.listening.speech.parts import Emotions, Heard, Languages, Question, certainty, split
from vidtag.listening.speech.sensevoice import SenseVoice, Waveform, check_waveform
from vidtag.listening.speech.shape import Shaper, Stretch
from vidtag.listening.speech.vad import make_vad
from vidtag.listening.speech.word_edges import Pauses

_HOLD = 0.3
"""A word lasts at most so long past the end of its last token: CTC marks a token where it
is sure of it, not how long it is spoken."""


class SpeechStream:
    """Recognises speech while audio is fed to it; sample 0 is time 0.

    Only audio that is still needed is kept: that of an unfinished span, of spans that may yet be
    joined, and of stretches that wait for their batch to fill.

    Args:
        moods: emotions of windows of the same sound, kept up by the caller; what they are not yet
            known for waits. Without them, no other emotion is looked for within a stretch.

    Raises (all methods):
        UserError: a block is not a one-dimensional float32 array of finite samples.
    """

    def __init__(self, model: SenseVoice, config: Config, moods: Moods | None = None) -> None:
        self._model = model
        self._language = config.model.language
        self._itn = config.model.itn
        self._batch_seconds = config.recognition.batch_size_s
        self._draws_words = config.recognition.word_times == "drawn"
        self._vad = make_vad(config.vad, config.model)
        self._shaper = Shaper(config.vad)
        self._audio = _Tape()
        self._questions: list[Question] = []
        if config.model.language == "auto":
            self._questions.append(Languages(self._audio.cut))
        self._moods, sure = moods or Moods(), config.recognition.emotion_split
        self._waits_for_moods = moods is not None and sure < 1
        if self._waits_for_moods:
            self._questions.append(Emotions(self._moods, sure))
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
        ready = [*itertools.takewhile(self._is_ready, self._waiting)]
        segments: list[Segment] = []
        if sum(s.end - s.start for s in ready) >= self._batch_seconds * SAMPLE_RATE:
            segments = self._recognise(ready)
        self._forget(self._needed())
        return segments

    def finish(self) -> list[Segment]:
        """The stream is over: give the segments that are left."""
        if self._finished:
            return []
        self._finished = True
        total = self._audio.end
        self._waiting += self._shaper.feed(self._vad.finish(), total)
        self._waiting += self._shaper.finish(total)
        segments = self._recognise(self._waiting)
        self._forget(total)
        return segments

    def _is_ready(self, stretch: Stretch) -> bool:
        return not self._waits_for_moods or stretch.end <= self._moods.settled

    def _needed(self) -> int:
        """First sample that is still needed."""
        candidates = [self._shaper.lookback(self._vad.settled), self._shaper.needed]
        if self._waiting:
            candidates.append(self._waiting[0].start)
        return min(c for c in candidates if c is not None)

    def _forget(self, before: int) -> None:
        self._audio.forget(before)
        self._moods.forget(before)

    def _recognise(self, stretches: Sequence[Stretch]) -> list[Segment]:
        """Recognise the first of the stretches that wait."""
        heard = self._hear(stretches)
        self._waiting = self._waiting[len(stretches) :]
        for question in self._questions:
            heard = split(heard, question, self._hear)
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

    def _hear(self, stretches: Sequence[Stretch]) -> list[Heard]:
        recognitions = self._model.recognise(
            [self._audio.cut(s.start, s.end) for s in stretches],
            language=self._language,
            itn=self._itn,
            batch_seconds=self._batch_seconds,
        )
        return [Heard(*pair) for pair in zip(stretches, recognitions, strict=True)]


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


def _segment(
    heard: Heard, asked: str, delays: Mapping[Language, float], quiet: Pauses | None
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
        probability=math.exp(certainty([recognition])),
    )
