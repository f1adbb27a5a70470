"""LISTEN as a whole holds a bounded piece of the sound, whatever is switched on and whatever
comes."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from vidtag.core.media_streams import Media
from vidtag.core.settings import Config
from vidtag.listening import run
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.recognise import SpeechStream
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE

from .conftest import Audio, Clip, row

MINUTES = 5
CHUNK = 5 * SAMPLE_RATE
SETTINGS: dict[str, Any] = {
    "model": {"name": "pocket"},
    "vad": {"max_segment": 6, "merge_length_s": 6},
    "recognition": {"batch_size_s": 10},
}
OFF = dict.fromkeys(["Laughter", "Applause", "BGM", "Cry", "Cough", "Sneeze", "Breath"])

MOST = (10 + 6 + 6 + 6) * SAMPLE_RATE + 8 * CHUNK
"""A batch, what is joined, an open span and what it is padded with; and the chunks on their way."""


def repeated(audio: Audio, seconds: float) -> Iterator[Audio]:
    """The same sound again and again."""
    whole = np.resize(audio, CHUNK * (len(audio) // CHUNK + 1))
    chunks = [whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK)]
    for number in range(round(seconds * SAMPLE_RATE / CHUNK)):
        yield chunks[number % len(chunks)].copy()


@pytest.fixture(scope="module")
def talk(clips: dict[str, Clip]) -> Audio:
    return row([clip.audio for clip in clips.values()], gap=1.0)[0]


@pytest.mark.parametrize(
    ("settings", "speech", "rest", "of"),
    [
        pytest.param({}, MINUTES, 0.0, "room", id="everything is on"),
        pytest.param({"events": {"kinds": OFF}}, MINUTES, 0.0, "room", id="no kind is looked for"),
        pytest.param(
            {"events": {"kinds": {**OFF, "Laughter": {"on": 0.9}, "BGM": {"window": 3}}}},
            MINUTES,
            0.0,
            "room",
            id="some kinds, in windows of different lengths",
        ),
        pytest.param(
            {"recognition": {"emotion_split": 1}}, MINUTES, 0.0, "room", id="no emotion split"
        ),
        pytest.param(
            {"recognition": {"emotion_split": 1}, "events": {"kinds": OFF}},
            MINUTES,
            0.0,
            "room",
            id="neither events nor emotions",
        ),
        pytest.param({}, 0.1, MINUTES, "room", id="speech, then room tone"),
        pytest.param(
            {"events": {"kinds": OFF}}, 0.1, MINUTES, "room", id="the same, without events"
        ),
        pytest.param({}, 0.0, MINUTES, "room", id="nobody speaks"),
        pytest.param({}, 0.0, MINUTES, "nothing", id="digital silence"),
        pytest.param({}, 0.0, MINUTES, "music", id="only music"),
    ],
)
def test_the_sound_in_memory_is_bounded(
    settings: dict[str, Any],
    speech: float,
    rest: float,
    of: str,
    pocket: SenseVoice,
    talk: Audio,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams: list[SpeechStream] = []
    held: list[int] = []
    traced: list[int] = []

    def watched(*args: Any, **options: Any) -> SpeechStream:
        streams.append(SpeechStream(*args, **options))
        return streams[-1]

    def chunks() -> Iterator[Audio]:
        times = np.arange(CHUNK) / SAMPLE_RATE
        beat = 1 + np.sin(2 * np.pi * 2 * times)
        chord = [np.sin(2 * np.pi * hertz * times) for hertz in (220, 277, 330, 440)]
        sounds = {
            "room": np.random.default_rng(1).normal(0, 0.005, CHUNK),
            "nothing": np.zeros(CHUNK),
            "music": 0.05 * beat * np.sum(chord, axis=0),
        }
        for sound, minutes in ((talk, speech), (sounds[of].astype(np.float32), rest)):
            for chunk in repeated(sound, 60 * minutes):
                held.extend(stream.held_samples for stream in streams)
                traced.append(tracemalloc.get_traced_memory()[0])
                yield chunk

    monkeypatch.setattr(run, "SpeechStream", watched)
    given = {key: {**SETTINGS.get(key, {}), **settings.get(key, {})} for key in SETTINGS | settings}
    duration = 60 * (speech + rest)
    media = Media("talk.wav", "wav", duration, None, (), "")
    gc.collect()
    tracemalloc.start()
    try:
        document = listen(
            media, Config.model_validate(given), pocket, decoded=DecodedMedia(chunks())
        )
    finally:
        tracemalloc.stop()
    assert bool(document.segments) == bool(speech)
    assert max(held) <= MOST
    # Segments, curves and levels stay: far less than the sound they were made of. What other
    # threads hold for a moment comes and goes with the load of the machine; what stays is in
    # the least that is held, too.
    quarter = len(traced) // 4
    grown = min(traced[-quarter:]) - min(traced[quarter : 2 * quarter])
    assert grown <= duration / 2 * SAMPLE_RATE * 4 / 8
