"""How many laugh: on made sound whose pitch and syllables are known, and on real laughs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.builders.documents import make_words
from vidtag.core.records import EventKind, EventSpan, Size, Word
from vidtag.listening.events.size import size_of
from vidtag.listening.events.texture import TextureMeter
from vidtag.media.audio import stream_audio
from vidtag.media.level import LevelMeter
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE, Samples

CLIPS = Path(__file__).parents[4] / "shared" / "real" / "sound" / "clips" / "laughter"
MANY = ("BrbDanDev", "frozenjs", "clarkio", "rmcpantoja", "ideo_crowd")
"""The clips in which an audience laughs, by their spectrograms; in all others one person does."""


def heard(sound: Samples, words: Sequence[Word] = ()) -> Size | None:
    """How many laugh in all of a sound that can be heard."""
    texture, level = TextureMeter(), LevelMeter()
    texture.feed(sound)
    level.feed(sound)
    loudness, _ = level.finish()
    loud = np.flatnonzero(loudness > loudness.max() - 35)
    span = EventSpan(EventKind.LAUGHTER, loud[0] / 100, (loud[-1] + 1) / 100, 1, 1)
    return size_of(span, loudness, texture.finish().voicing, words)


def person(rng: np.random.Generator, seconds: float = 2.0) -> Samples:
    """One who laughs: a pitch that falls through overtones, five syllables a second."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = rng.uniform(120, 350) * (1 - 0.1 * time / seconds)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    voice = sum(np.sin(n * phase) / n for n in range(1, 8))
    rate, late = rng.uniform(4, 6), rng.uniform(0, 1)
    syllables = np.clip(np.sin(2 * np.pi * (rate * time + late)), 0, None) ** 2
    breath = rng.normal(0, 0.05, len(time))
    return np.asarray(0.1 * rng.uniform(0.3, 1) * (voice + breath) * syllables, np.float32)


def people(number: int, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    together = np.sum([person(rng) for _ in range(number)], axis=0)
    return np.asarray(together / np.abs(together).max() / 2, np.float32)


def test_one_laughs_and_many_do() -> None:
    rooms = np.random.default_rng(9)
    for seed in range(2):
        assert heard(people(1, seed)) is Size.ONE
        assert heard(people(60, seed)) is Size.HOUSE
        quiet = people(1, seed)
        noisy = quiet + rooms.normal(0, quiet.std() / 3, len(quiet)).astype(np.float32)
        assert heard(noisy) in (Size.ONE, Size.SOME)
        assert heard(0.01 * people(60, seed)) is Size.HOUSE


def test_more_people_are_never_told_as_fewer() -> None:
    order = (Size.ONE, Size.SOME, Size.HOUSE)
    for seed in range(2):
        told = [heard(people(number, seed)) for number in (1, 8, 60)]
        places = [order.index(size) for size in told if size]
        assert len(places) == 3
        assert places == sorted(places)


def test_a_laugh_of_breath_is_no_house() -> None:
    """Syllables of noise have no pitch, as the house has none; but they come and go."""
    rng = np.random.default_rng(3)
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, None) ** 2
    assert heard((0.1 * rng.normal(0, 1, len(time)) * syllables).astype(np.float32)) is None


def test_where_somebody_speaks_over_it_nothing_is_told() -> None:
    house = people(60, 1)
    assert heard(house, make_words("we talk all over the laugh here now", each=0.3)) is None
    assert heard(house, make_words("two words", 2.0)) is Size.HOUSE


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips are not on this machine")
def test_real_laughs() -> None:
    told = {path.stem: heard(np.concatenate(list(stream_audio(probe(path)))))
            for path in sorted(CLIPS.iterdir())}  # fmt: skip
    many = {name: size for name, size in told.items() if name.startswith(MANY)}
    alone = {name: size for name, size in told.items() if name not in many}
    assert (len(many), len(alone)) == (5, 17)
    assert Size.ONE not in many.values()
    assert list(many.values()).count(Size.HOUSE) >= 4, many
    assert Size.HOUSE not in alone.values(), alone
    assert list(alone.values()).count(Size.ONE) >= 9, alone
