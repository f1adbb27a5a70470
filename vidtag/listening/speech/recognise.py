"""A stream of audio to segments with words, in bounded memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from vidtag.core.errors import UserError
from vidtag.core.records import Language, Segment, Word, join_words
from vidtag.core.settings import Config
from vidtag.listening.speech import ctc, richtext
from vidtag.listening.speech import word_edges as edges
from vidtag.listening.speech.audio_buffer import AudioBuffer
from vidtag.listening.speech.batches import check_samples
from vidtag.listening.speech.emotion_changes import EmotionSplitter
from vidtag.listening.speech.language_changes import LanguageSplitter
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.speech.splitting import (
    RecognisedStretch,
    Splitter,
    certainty,
    split,
)
from vidtag.listening.speech.stretches import Stretch, StretchBuilder
from vidtag.listening.speech.vad import Span, Told, make_vad
from vidtag.listening.speech.window_emotions import WindowEmotions
from vidtag.listening.speech.word_edges import Pauses
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import WindowBatch, WindowResult
from vidtag.media.samples import SAMPLE_RATE, Samples

WORD_HOLD = 0.3
"""A word lasts at most so long past the end of its last token: CTC marks a token where it
is sure of it, not how long it is spoken."""


class SpeechStream:
    """Recognises speech while audio is fed to it; sample 0 is time 0.

    Stretches of speech wait until there are enough of them for a batch. Only audio that is still
    needed is kept: that of stretches that wait, of spans that may yet be joined, and of an
    unfinished span; not the silence between.

    Args:
        expects_windows: every chunk comes with the windows of the event pass, if they are needed.
            Stretches then wait until their windows are known, and are split where the emotion
            changes. Without, no other emotion is looked for within a stretch.
        stop: asked before every batch.

    Attributes:
        told: what the detector of speech answered last.
        needs_windows: ``feed`` wants to know what the event pass answered; without, this stream
            asks for windows of its own where it looks for other emotions.
        openings: none: only a transcript has passages, see ``GivenSpeech``.

    Raises (all methods):
        UserError: a chunk is not a one-dimensional float32 array of finite samples.
    """

    openings: Collection[float] = ()

    def __init__(
        self,
        model: SenseVoice,
        config: Config,
        *,
        expects_windows: bool = False,
        stop: Stop = never_stop,
    ) -> None:
        self._model = model
        self._stop = stop
        self._language = config.model.language
        self._itn = config.model.itn
        self._batch_seconds = config.recognition.batch_size_s or model.batch_seconds
        self._draws_words = config.recognition.word_times == "drawn"
        self._vad = make_vad(config.vad, config.model)
        self.told = Told((), 0)
        self._builder = StretchBuilder(config.vad)
        self._audio = AudioBuffer()
        self._emotions = WindowEmotions()
        self._settled = 0
        self._splitters: list[Splitter] = []
        if config.model.language == "auto":
            self._splitters.append(LanguageSplitter(self._audio.cut))
        least = config.recognition.emotion_split
        splits_emotions = expects_windows and least < 1
        # Beside a tagger the event pass has windows only where an event may be.
        self.needs_windows = splits_emotions and not config.events.tagger.acts
        if splits_emotions:
            self._splitters.append(EmotionSplitter(self._emotions, least))
        self._waiting: list[Stretch] = []
        self._finished = False

    @property
    def held_samples(self) -> int:
        """Samples of the stream that are in memory."""
        return len(self._audio)

    def detect(self, chunk: Samples) -> Told:
        """Where somebody speaks in the next samples. It may be asked ahead of ``feed``, in a thread
        of its own.
        """
        if self._finished:
            raise UserError("this stream is finished; start another one for more audio")
        check_samples(chunk)
        return Told(tuple(self._vad.feed(chunk)), self._vad.settled)

    def feed(
        self, chunk: Samples, windows: WindowBatch | None = None, told: Told | None = None
    ) -> list[Segment]:
        """Take the next samples (16 kHz mono float32 in [-1, 1]); give the segments that are done.

        Segments come in order, do not overlap each other, and their words lie within them.

        Args:
            windows: what the event pass answered while it scanned this chunk.
            told: what ``detect`` said of this chunk; None asks it.
        """
        self.told = told or self.detect(chunk)
        self._audio.append(chunk)
        if windows is not None and self.needs_windows:
            self._emotions.extend(windows.results)
            self._settled = windows.settled
        self._enqueue(self._builder.feed(self.told.spans, self.told.settled))
        ready = [*itertools.takewhile(self._is_ready, self._waiting)]
        segments: list[Segment] = []
        if sum(s.end - s.start for s in ready) >= self._batch_seconds * SAMPLE_RATE:
            segments = self._recognise(ready)
        self._forget()
        return segments

    def finish(self) -> list[Segment]:
        """The stream is over: give the segments that are left."""
        if self._finished:
            return []
        self._finished = True
        total = self._audio.end
        self.told = Told(tuple(self._vad.finish()), total)
        self._enqueue(self._builder.feed(self.told.spans, total))
        self._enqueue(self._builder.finish(total))
        segments = self._recognise(self._waiting)
        self._audio.forget(total)
        return segments

    def _is_ready(self, stretch: Stretch) -> bool:
        return not self.needs_windows or stretch.end <= self._settled

    def _enqueue(self, stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            self._audio.hold(stretch.start, stretch.end)
        self._waiting += stretches

    def _forget(self) -> None:
        """Drop the audio, and the windows, that nothing to come needs."""
        needed = self._builder.lookback(self.told.settled)
        if self._builder.needed is not None:
            needed = min(needed, self._builder.needed)
        self._audio.forget(needed)
        self._emotions.keep([(s.start, s.end) for s in self._waiting], needed)

    def _recognise(self, stretches: Sequence[Stretch]) -> list[Segment]:
        """Recognise the first of the stretches that wait."""
        if not stretches:
            return []
        recognised = self._read(stretches)
        for splitter in self._splitters:
            if not self.needs_windows and isinstance(splitter, EmotionSplitter):
                self._ask_emotions([w for one in recognised for w in splitter.unheard(one)])
            recognised = split(recognised, splitter, self._read)
        segments = [
            _segment(one, self._language, self._model.word_delays, self._pauses(one.stretch))
            for one in recognised
        ]
        self._waiting = self._waiting[len(stretches) :]
        self._audio.release(stretches[-1].end)
        return [segment for segment in segments if segment is not None]

    def _ask_emotions(self, windows: Sequence[Span]) -> None:
        """Ask the model for the emotions of second-long windows."""
        if not windows:
            return
        self._stop()
        sound = np.stack([self._audio.cut(start, end) for start, end in windows])
        said = self._model.classify_windows(sound)
        if said.emotions is not None:
            rows = zip(windows, said.events, said.emotions, strict=True)
            self._emotions.extend(WindowResult(*span, *answer) for span, *answer in rows)

    def _pauses(self, stretch: Stretch) -> Pauses | None:
        """Where it is quiet in a stretch; None where words keep FunASR's times."""
        if not self._draws_words:
            return None
        return edges.pauses(self._audio.cut(stretch.start, stretch.end))

    def _read(self, stretches: Sequence[Stretch]) -> list[RecognisedStretch]:
        recognitions = self._model.recognise(
            [self._audio.cut(s.start, s.end) for s in stretches],
            language=self._language,
            itn=self._itn,
            batch_seconds=self._batch_seconds,
            stop=self._stop,
        )
        return [RecognisedStretch(*pair) for pair in zip(stretches, recognitions, strict=True)]


def recognise_array(model: SenseVoice, audio: Samples, config: Config) -> list[Segment]:
    """Recognise all of a recording that is in memory.

    Args:
        audio: 16 kHz mono float32 in [-1, 1], shape (samples,).

    Raises:
        UserError: the array is not that.
    """
    check_samples(audio)
    stream = SpeechStream(model, config)
    step = 10 * SAMPLE_RATE
    segments = [
        segment
        for start in range(0, len(audio), step)
        for segment in stream.feed(audio[start : start + step])
    ]
    return segments + stream.finish()


def _segment(
    recognised: RecognisedStretch,
    wanted: str,
    delays: Mapping[Language, float],
    pauses: Pauses | None,
) -> Segment | None:
    """Put a recognition on the stream's clock; None if there is no text in it.

    A language other than ``auto`` is the segment's language, whatever the model says.

    Args:
        delays: how late the model is at word starts, in seconds, by language.
        pauses: draw word edges to these pauses; None leaves the times as FunASR gives them.
    """
    recognition = recognised.recognition
    language = recognition.language if wanted == "auto" else Language(wanted)
    found = richtext.words(recognition.tokens)
    if not found or recognition.language is Language.NOSPEECH:
        return None
    start, end = recognised.stretch.start / SAMPLE_RATE, recognised.stretch.end / SAMPLE_RATE
    late = delays.get(language, 0.0) if pauses is not None else 0.0
    frames = recognition.frames
    early = late + recognised.lead / SAMPLE_RATE
    spans = [
        (ctc.seconds(word.start, frames) - early, ctc.seconds(word.end, frames) - early)
        for word in found
    ]
    placed = edges.place(spans, end - start, WORD_HOLD, pauses)
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
