"""What a recording can hold, one case each, with the truth known: sound, pocket model, spans.

Speech is by voices the model never learned from; sounds are synthesised here, from seeds of their
own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.listening.speech.conftest import DATA, decode
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventsConfig, ModelConfig, VadConfig
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.events.track import find_spans
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.speech.vad import make_vad
from vidtag.media.level import frame_power
from vidtag.media.samples import SAMPLE_RATE

pytest.importorskip("scipy")

from tools.pocket.sounds import applause, human, laughter, music

LAUGHTER, APPLAUSE, BGM, COUGH = (
    EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.BGM, EventKind.COUGH,
)  # fmt: skip
REACTIONS = (LAUGHTER, APPLAUSE)


@dataclass
class Recording:
    """Sound under construction, over the faint hiss of a room, and what is true of it."""

    seconds: float
    audio: np.ndarray = field(init=False)
    truths: list[tuple[EventKind, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        samples = round(self.seconds * SAMPLE_RATE)
        self.audio = np.random.default_rng(11).normal(0, 2e-4, samples)

    def lay(self, sound: np.ndarray, at: float, level: float) -> float:
        """Add a sound with that root mean square; gives its end."""
        first = round(at * SAMPLE_RATE)
        sound = sound[: len(self.audio) - first]
        self.audio[first : first + len(sound)] += sound * level / np.sqrt(np.mean(sound**2))
        return at + len(sound) / SAMPLE_RATE

    def say(self, *names: str, at: float = 0.5, pause: float = 0.4) -> float:
        """Sentences one after another; gives the end of the last."""
        for name in names:
            at = self.lay(decode(DATA / f"{name}.opus"), at, 0.06) + pause
        return at - pause

    def event(
        self,
        kind: EventKind,
        method: Callable[..., np.ndarray],
        at: float,
        seconds: float,
        level: float,
        seed: int = 5,
    ) -> None:
        sound = method(np.random.default_rng(seed), seconds)
        self.lay(sound, at, level)
        first, last = audible(sound)
        self.truths.append((kind, at + first, at + last))

    def spans(self, model: SenseVoice) -> tuple[EventSpan, ...]:
        config = EventsConfig().with_calibration(model.facts.calibration)
        scanner = EventScanner(model, config)
        scanner.feed(self.audio.astype(np.float32))
        return find_spans(scanner.finish(), config)


def audible(sound: np.ndarray) -> tuple[float, float]:
    """Seconds between which a sound is within 25 dB of its loudest 10 ms."""
    power = frame_power(sound)
    loud = np.flatnonzero(power >= power.max() * 10**-2.5)
    return float(loud[0]) / 100, float(loud[-1] + 1) / 100


@pytest.fixture(scope="module")
def pocket() -> SenseVoice:
    return SenseVoice.load(ModelConfig(name="pocket", device="cpu"))


def check(
    recording: Recording, spans: tuple[EventSpan, ...], onset: float = 0.3, overlap: float = 0.5
) -> None:
    """Every truth has its span, and no reaction is made up."""
    for kind, start, end in recording.truths:
        best = max(
            (s for s in spans if s.kind is kind), key=lambda s: _iou(s, start, end), default=None
        )
        assert best is not None, (kind, spans)
        assert _iou(best, start, end) >= overlap, (kind, start, end, spans)
        assert best.start == pytest.approx(start, abs=onset), (kind, spans)
    for span in spans:
        if span.kind in REACTIONS:
            assert any(k is span.kind and _iou(span, a, b) > 0 for k, a, b in recording.truths), (
                span
            )


def _iou(span: EventSpan, start: float, end: float) -> float:
    common = min(span.end, end) - max(span.start, start)
    return max(0.0, common) / (max(span.end, end) - min(span.start, start))


def test_laughter_under_speech(pocket: SenseVoice) -> None:
    recording = Recording(14)
    recording.say("en1", "en2", "zh1", "en1", "en2", pause=0.15)
    recording.event(LAUGHTER, laughter.laugh_group, 4.0, 3.0, 0.09)
    check(recording, recording.spans(pocket), onset=0.8)  # its first calls drown in a word


def test_laughter_and_applause_at_once(pocket: SenseVoice) -> None:
    recording = Recording(14)
    recording.say("en1")
    recording.event(LAUGHTER, laughter.laugh_audience, 4.0, 4.0, 0.08)
    recording.event(APPLAUSE, applause.clap_granular, 7.0, 5.0, 0.08)
    check(recording, recording.spans(pocket), onset=0.8)


def test_claps_over_music(pocket: SenseVoice) -> None:
    recording = Recording(16)
    recording.event(BGM, music.music_additive, 1.0, 14.0, 0.03)
    recording.event(APPLAUSE, applause.clap_noise, 6.0, 4.0, 0.12, seed=8)
    spans = recording.spans(pocket)
    _, begin, end = recording.truths[0]
    recording.truths = recording.truths[1:]
    check(recording, spans, onset=0.5)
    heard = sum(min(s.end, end) - max(s.start, begin) for s in spans if s.kind is BGM)
    assert heard > 0.4 * (end - begin)


def test_one_cough(pocket: SenseVoice) -> None:
    recording = Recording(9)
    end = recording.say("en1")
    recording.event(COUGH, human.cough_burst, end + 0.6, 0.4, 0.1)
    recording.say("en2", at=end + 2.0)
    spans = recording.spans(pocket)
    check(recording, spans, overlap=0.3)
    assert sum(span.kind is COUGH for span in spans) == 1


def test_what_voice_activity_does_not_hear(pocket: SenseVoice) -> None:
    """Applause in a gap that the detector of speech throws away."""
    recording = Recording(14)
    end = recording.say("en1")
    recording.event(APPLAUSE, applause.clap_granular, end + 0.8, 4.0, 0.08)
    recording.say("en2", at=end + 6.0)
    vad = make_vad(VadConfig(), ModelConfig(name="pocket"))
    speech = [*vad.feed(recording.audio.astype(np.float32)), *vad.finish()]
    gap = (round((end + 1.2) * SAMPLE_RATE), round((end + 4.4) * SAMPLE_RATE))
    assert not any(start < gap[1] and stop > gap[0] for start, stop in speech)
    check(recording, recording.spans(pocket))


@pytest.mark.parametrize("at", ["start", "end"])
def test_a_laugh_at_the_very_edge_of_the_file(pocket: SenseVoice, at: str) -> None:
    recording = Recording(8)
    recording.say("en1", at=3.0)
    recording.event(LAUGHTER, laughter.laugh_group, 0.0 if at == "start" else 6.0, 2.0, 0.08)
    spans = recording.spans(pocket)
    check(recording, spans)
    (laugh,) = [span for span in spans if span.kind is LAUGHTER]
    if at == "start":
        assert laugh.start == pytest.approx(recording.truths[0][1], abs=0.1)
    else:
        assert laugh.end == pytest.approx(recording.truths[0][2], abs=0.3)


def test_speech_alone_is_no_reaction(pocket: SenseVoice) -> None:
    recording = Recording(24)
    recording.say("en1", "zh1", "ja1", "ko1", "yue1", "en2", "zh2", "ja2", "ko2", "yue2")
    check(recording, recording.spans(pocket))
