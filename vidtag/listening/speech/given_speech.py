"""Speech whose words a transcript gives: segments with their times, emotions and languages.

Nothing is recognised. Words that have times keep them, and their emotions are those of the event
pass's windows. Words of cues are aligned with the sound where the model knows the language, else
they are timed by characters.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from vidtag.core.given_transcript import GivenPassage, Transcript, parts_words
from vidtag.core.records import Emotion, EventKind, Language, Segment, Word, join_words
from vidtag.core.settings import Config
from vidtag.listening.speech import ctc
from vidtag.listening.speech import word_edges as edges
from vidtag.listening.speech.alignment import Spelled
from vidtag.listening.speech.audio_buffer import AudioBuffer
from vidtag.listening.speech.given_groups import Group, group
from vidtag.listening.speech.given_words import part, timed_words
from vidtag.listening.speech.recognise import WORD_HOLD
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.richtext import TimedWord
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.speech.window_emotions import WindowEmotions
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import WindowBatch
from vidtag.media.samples import SAMPLE_RATE, Samples

_MARGIN = 0.5
"""Seconds of sound before and after cues that are listened to: people time cues by hand."""

_REACH = 1.0
"""Seconds that a word may lie outside its own cue."""

_LEAST_LIKELY = -7.0
"""Mean log probability of a text's pieces below which it is not what was said, as the model hears
it: then times by characters are better."""


_AROUND = SAMPLE_RATE
"""Samples around short speech where a window may lie that tells of its emotion."""


class GivenSpeech:
    """Makes segments of a transcript while audio is fed to it; sample 0 is time 0.

    As ``SpeechStream``, whose place it takes; only audio that is still needed is kept.

    Args:
        transcript: with times, at least of passages.
        stop: asked before every batch.

    Attributes:
        told: None: no detector of speech is asked.
        needs_windows: ``feed`` wants to know what the event pass answered.
        openings: starts of the words that begin a passage, or what one of several people says in
            it, as they are in the segments.
    """

    told: None = None
    needs_windows = True

    def __init__(
        self,
        model: SenseVoice,
        config: Config,
        transcript: Transcript,
        *,
        stop: Stop = never_stop,
    ) -> None:
        self._model = model
        self._config = config
        self._stop = stop
        self._waiting = group(transcript.passages)
        self._audio = AudioBuffer()
        self._emotions = WindowEmotions()
        self._settled = 0
        self._reached = 0.0
        self.openings: set[float] = set()

    def detect(self, chunk: Samples) -> None:
        """Nothing: no detector of speech is asked."""

    def feed(
        self, chunk: Samples, windows: WindowBatch | None = None, told: None = None
    ) -> list[Segment]:
        """Take the next samples (16 kHz mono float32 in [-1, 1]); give the segments that are done.

        Args:
            windows: what the event pass answered while it scanned this chunk.
            told: None: no detector of speech is asked.
        """
        self._audio.append(chunk)
        if windows is not None:
            self._emotions.extend(windows.results)
            self._settled = windows.settled
        heard = min(self._settled, self._audio.end) / SAMPLE_RATE
        ready = [*itertools.takewhile(lambda g: g.end + _MARGIN <= heard, self._waiting)]
        segments = self._segments(ready)
        needed = round((self._waiting[0].start - _MARGIN) * SAMPLE_RATE) if self._waiting else None
        self._audio.forget(self._audio.end if needed is None else needed)
        since = self._settled if needed is None else min(needed, self._settled)
        self._emotions.keep([], since - 2 * _AROUND)
        return segments

    def finish(self) -> list[Segment]:
        """The stream is over: give the segments that are left."""
        return self._segments(self._waiting)

    def _segments(self, groups: Sequence[Group]) -> list[Segment]:
        """Segments of the first of the groups that wait."""
        self._waiting = self._waiting[len(groups) :]
        heard = self._heard([g for g in groups if not g.timed and g.language is not None])
        found = (self._segment(one, heard.get(one)) for one in groups)
        return [segment for segment in found if segment is not None]

    def _heard(self, groups: Sequence[Group]) -> dict[Group, Recognition]:
        """Groups of cues, aligned with the sound."""
        result: dict[Group, Recognition] = {}
        for language, some in itertools.groupby(groups, key=lambda one: one.language):
            alike = [*some]
            assert language is not None
            recognitions = self._model.recognise(
                [self._cut(one) for one in alike],
                language=language.value,
                itn=self._config.model.itn,
                batch_seconds=self._config.recognition.batch_size_s,
                texts=[self._spelled(one) for one in alike],
                stop=self._stop,
            )
            result.update(zip(alike, recognitions, strict=True))
        return result

    def _cut(self, one: Group) -> Samples:
        first = round(max(one.start - _MARGIN, 0) * SAMPLE_RATE)
        cut = self._audio.cut(first, round((one.end + _MARGIN) * SAMPLE_RATE))
        return cut if len(cut) else np.zeros(1, np.float32)

    def _spelled(self, one: Group) -> list[Spelled]:
        origin = max(one.start - _MARGIN, 0)
        found = []
        for passage in one.passages:
            earliest = max(passage.start - origin - _REACH, 0)
            latest = passage.end - origin + _REACH
            for word in part(passage.text):
                pieces = self._model.spell(word.text, _is_spaced(word, passage))
                found += [Spelled(*piece, earliest, latest) for piece in pieces]
        return found

    def _segment(self, one: Group, heard: Recognition | None) -> Segment | None:
        words = None if heard is None else self._aligned(one, heard)
        if words is None:
            words = _by_passages(one.passages)
        words = _after(words, self._reached)
        if not words:
            return None
        begun = itertools.accumulate(itertools.chain(*map(_lengths, one.passages)), initial=0)
        self.openings.update(words[at].start for at in begun if at < len(words))
        self._reached = words[-1].end
        emotion, sure = self._emotion(words[0].start, words[-1].end)
        events: Mapping[EventKind, float] = {}
        if heard is not None:
            emotion, sure, events = heard.emotion, heard.emotion_probability, heard.events
        return Segment(
            start=words[0].start,
            end=words[-1].end,
            text=join_words(words),
            words=tuple(words),
            language=one.language or Language.NOSPEECH,
            language_probability=1.0,
            emotion=emotion,
            emotion_probability=sure,
            events=events,
        )

    def _aligned(self, one: Group, heard: Recognition) -> list[Word] | None:
        """Words of cues where the sound has them; None if the sound does not fit them."""
        tokens = heard.tokens
        if not tokens:
            return None
        likely = [math.log(max(token.probability, 1e-9)) for token in tokens]
        if sum(likely) / len(likely) < _LEAST_LIKELY:
            return None
        draws = self._config.recognition.word_times == "drawn"
        late = self._model.word_delays.get(one.language or Language.NOSPEECH, 0.0) if draws else 0.0
        audio = self._cut(one)
        texts: list[tuple[TimedWord, bool]] = []
        spans: list[tuple[float, float] | None] = []
        at = 0
        for passage in one.passages:
            for word in part(passage.text):
                count = len(self._model.spell(word.text, _is_spaced(word, passage)))
                mine, at = tokens[at : at + count], at + count
                frames = heard.frames
                spans.append(
                    (
                        ctc.seconds(mine[0].start, frames) - late,
                        ctc.seconds(mine[-1].end, frames) - late,
                    )
                    if mine
                    else None
                )
                texts.append((word, _is_spaced(word, passage)))
        quiet = edges.pauses(audio) if draws else None
        duration = len(audio) / SAMPLE_RATE
        placed = edges.place(_between(spans, duration), duration, WORD_HOLD, quiet)
        origin = max(one.start - _MARGIN, 0)
        return [
            Word(word.text, origin + start, origin + end, 1.0, spaced and number > 0)
            for number, ((word, spaced), (start, end)) in enumerate(zip(texts, placed, strict=True))
        ]

    def _emotion(self, start: float, end: float) -> tuple[Emotion, float]:
        """The likeliest emotion of a stretch, by the windows of the event pass that lie in it."""
        span = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        around = span[0] - _AROUND, span[1] + _AROUND
        mean = self._emotions.mean_within(span)
        if mean is None:
            mean = self._emotions.mean_within(around)
        if mean is None:
            return Emotion.UNKNOWN, 0.0
        best = int(mean.argmax())
        return tuple(Emotion)[best], float(mean[best])


def _is_spaced(word: TimedWord, passage: GivenPassage) -> bool:
    """Whether a space stands before a word; cues of languages with spaces are parted by one."""
    return word.space_before or (word.start == 0 and passage.language in (Language.EN, Language.KO))


def _lengths(passage: GivenPassage) -> list[int]:
    """How many words each of those has who speak in a passage."""
    if len(passage.said) > 1:
        return [len(part(text)) for text in passage.said]
    return [len(timed_words(passage))]


def _by_passages(passages: Sequence[GivenPassage]) -> list[Word]:
    """Words timed by their passages; those of different passages are parted by a space."""
    words: list[Word] = []
    for passage in passages:
        for number, word in enumerate(timed_words(passage)):
            first = number == 0 and bool(words)
            spaced = word.space_before or (first and parts_words(words[-1].text, word.text))
            words.append(Word(word.text, word.start, word.end, word.probability, spaced))
    return words


def _between(
    spans: Sequence[tuple[float, float] | None], duration: float
) -> list[tuple[float, float]]:
    """Spans of words; those the vocabulary cannot spell lie between their neighbours."""
    result: list[tuple[float, float]] = []
    for number, span in enumerate(spans):
        if span is None:
            before = result[-1][1] if result else 0.0
            ahead = itertools.takewhile(lambda s: s is None, spans[number:])
            missing = len([*ahead])
            after = next((s[0] for s in spans[number:] if s is not None), duration)
            step = max(after - before, 0.0) / missing
            span = (before, before + step)
        result.append(span)
    return result


def _after(words: Sequence[Word], time: float) -> list[Word]:
    """Words that begin no earlier than the last segment ended, in order."""
    result = []
    for word in words:
        start = max(word.start, time)
        end = max(word.end, start)
        result.append(Word(word.text, start, end, word.probability, word.space_before))
        time = start
    return result
