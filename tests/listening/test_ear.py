"""Speech and events, heard side by side."""

import threading
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import pytest

from vidtag.core.errors import ModelError
from vidtag.core.records import EventKind
from vidtag.core.settings import Config
from vidtag.listening.ear import CHUNKS_SCANNED_AHEAD, CHUNKS_SCANNED_BEHIND, Ear
from vidtag.listening.speech.vad import Told
from vidtag.listening.stop import never_stop
from vidtag.listening.windows import TaggerScope, WindowPosteriors
from vidtag.media.samples import SAMPLE_RATE

KINDS = tuple(EventKind)
CHUNK = np.random.default_rng(1).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)


class Slow:
    """A tagger that answers once it may, or fails."""

    scope = TaggerScope(KINDS)

    def __init__(self, error: Exception | None = None) -> None:
        self.may = threading.Event()
        self._error = error

    def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
        assert self.may.wait(60)
        if self._error is not None:
            raise self._error
        return WindowPosteriors(np.full((len(windows), len(KINDS)), 1e-6, np.float32))


class Listener:
    """Counts the chunks that it was fed, and those whose windows came along."""

    openings: tuple[float, ...] = ()
    told = Told((), 0)

    def __init__(self, needs_windows: bool) -> None:
        self.needs_windows = needs_windows
        self.heard = self.with_windows = 0

    def detect(self, chunk: np.ndarray) -> Told:
        return self.told

    def feed(self, chunk, windows=None, told=None) -> list:
        self.heard += 1
        self.with_windows += windows is not None
        return []

    def finish(self) -> list:
        return []


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1) as events, ThreadPoolExecutor(1) as detecting:
        yield events, detecting


def make_ear(speech: Any, tagger: Any, threads: tuple[Executor, Executor]) -> Ear:
    config = Config().with_values({"speakers.count": "off"})
    events, detecting = threads
    return Ear(tagger, config, speech, tagger, events, detecting, never_stop)


def test_speech_that_needs_no_windows_does_not_wait_for_events(threads) -> None:
    tagger, speech = Slow(), Listener(needs_windows=False)
    ear = make_ear(speech, tagger, threads)
    for _ in range(CHUNKS_SCANNED_AHEAD + CHUNKS_SCANNED_BEHIND):
        ear.feed(CHUNK)
    assert speech.heard == CHUNKS_SCANNED_BEHIND
    tagger.may.set()
    assert ear.finish().events == ()
    assert speech.heard == CHUNKS_SCANNED_AHEAD + CHUNKS_SCANNED_BEHIND
    assert speech.with_windows == 0


def test_events_never_lie_far_behind(threads) -> None:
    """What waits for them is kept in memory."""
    tagger, speech = Slow(), Listener(needs_windows=False)
    ear = make_ear(speech, tagger, threads)
    with ThreadPoolExecutor(1) as feeding:
        fed = [feeding.submit(ear.feed, CHUNK) for _ in range(10)]
        waiting = wait(fed, timeout=2).not_done
        assert len(waiting) == 10 - CHUNKS_SCANNED_AHEAD - CHUNKS_SCANNED_BEHIND
        assert speech.heard == CHUNKS_SCANNED_BEHIND
        tagger.may.set()
    ear.finish()
    assert speech.heard == 10


def test_speech_that_needs_windows_has_them_all(threads) -> None:
    tagger, speech = Slow(), Listener(needs_windows=True)
    tagger.may.set()
    ear = make_ear(speech, tagger, threads)
    for _ in range(5):
        ear.feed(CHUNK)
    ear.finish()
    assert speech.with_windows == speech.heard == 5


@pytest.mark.parametrize("chunks", [1, 3])
def test_what_fails_behind_is_not_lost(threads, chunks: int) -> None:
    tagger = Slow(ModelError("it computes nonsense"))
    tagger.may.set()
    ear = make_ear(Listener(needs_windows=False), tagger, threads)
    with pytest.raises(ModelError, match="nonsense"):
        for _ in range(chunks):
            ear.feed(CHUNK)
        ear.finish()
