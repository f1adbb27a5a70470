"""Hears one stream of sound: looks for events and for speech in threads, ahead of recognition."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from vidtag.core.records import EventSpan, Segment, SpeakerTurn
from vidtag.core.settings import Config
from vidtag.listening.events.describe import described
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.events.track import find_spans
from vidtag.listening.speakers.finder import SpeakerFinder
from vidtag.listening.speech.given_speech import GivenSpeech
from vidtag.listening.speech.recognise import SpeechStream
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.stop import Stop
from vidtag.listening.windows import Tagger, WindowBatch
from vidtag.media.samples import SAMPLE_RATE, Samples

CHUNKS_SCANNED_AHEAD = 2
"""Chunks by which events and speech may be looked for ahead of recognition; bounds memory."""
CHUNKS_SCANNED_BEHIND = 2
"""Chunks by which events may be looked for behind recognition, where it needs none of them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sound of a video holds, and what the user should know about that."""

    segments: tuple[Segment, ...]
    events: tuple[EventSpan, ...]
    turns: tuple[SpeakerTurn, ...] = ()
    notes: tuple[str, ...] = ()
    same_voices: tuple[tuple[str, ...], ...] = ()


class Ear:
    """Hears speech, its speakers, and events in one stream of sound.

    Args:
        config: has nothing left open.
        tagger: the second witness of events, if there is one; ears share it.
        beside: runs the event pass, of all ears one after the other.
        detecting: runs the detectors of speech, likewise.

    Attributes:
        segments: what was recognised so far.
        seconds: of sound that was searched for speech.
    """

    def __init__(
        self,
        model: SenseVoice,
        config: Config,
        speech: SpeechStream | GivenSpeech,
        tagger: Tagger | None,
        beside: Executor,
        detecting: Executor,
        stop: Stop,
    ) -> None:
        events = config.events
        self._events, self._speech = events, speech
        self._beside, self._detecting = beside, detecting
        given = isinstance(speech, GivenSpeech)  # it has no other emotions than the windows'
        self._scanner = EventScanner(model, events, tagger, emotions=given, stop=stop)
        by_voices = config.speakers.by == "voices"
        self._finder = SpeakerFinder(config, workers=model.pool, stop=stop) if by_voices else None
        self._ahead: deque[tuple[Samples, Future[WindowBatch], Future[Any]]] = deque()
        self._behind: deque[Future[WindowBatch]] = deque()
        self.segments: list[Segment] = []
        self.seconds = 0.0

    def feed(self, chunk: Samples) -> None:
        """Take the next samples; speech follows once there are enough chunks ahead of it."""
        windows = self._beside.submit(self._scanner.feed, chunk)
        told = self._detecting.submit(self._speech.detect, chunk)
        self._ahead.append((chunk, windows, told))
        if len(self._ahead) > CHUNKS_SCANNED_AHEAD:
            self._hear_oldest()

    def finish(self) -> Heard:
        """The sound is over: what is in it."""
        while self._ahead:
            self._hear_oldest()
        curves = self._beside.submit(self._scanner.finish)
        self.segments += self._speech.finish()
        for windows in self._behind:
            windows.result()
        turns = self._finder.finish(self._speech.told) if self._finder is not None else ()
        notes = tuple(self._finder.notes) if self._finder is not None else ()
        words = [word for segment in self.segments for word in segment.words]
        spans = find_spans(curves.result(), self._events)
        events = described(spans, curves.result(), words)
        same_voices = tuple(self._finder.same_voices) if self._finder is not None else ()
        return Heard(tuple(self.segments), events, turns, notes, same_voices)

    def close(self) -> None:
        """Nothing more is wanted of what still waits."""
        for _, windows, told in self._ahead:
            windows.cancel()
            told.cancel()
        for windows in self._behind:
            windows.cancel()

    def _hear_oldest(self) -> None:
        chunk, windows, told = self._ahead.popleft()
        heard = None
        if self._speech.needs_windows:
            heard = windows.result()
        else:
            self._behind.append(windows)
            if len(self._behind) > CHUNKS_SCANNED_BEHIND:
                self._behind.popleft().result()
        self.segments += self._speech.feed(chunk, heard, told.result())
        if self._finder is not None:
            self._finder.feed(chunk, self._speech.told)
        self.seconds += len(chunk) / SAMPLE_RATE
