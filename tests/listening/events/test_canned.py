"""A recording that is played again is known, whatever was done to it; another laugh is not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vidtag.core.records import EventKind, EventSpan
from vidtag.listening.events.canned import recordings
from vidtag.listening.events.texture import HOP, TextureMeter
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE, Samples

CLIPS = Path(__file__).parents[4] / "shared" / "real" / "sound" / "clips"
SPEECH = Path(__file__).parents[1] / "speech" / "data"


def crowd(seed: int, seconds: float = 3.0) -> Samples:
    """Noise in bands that swell by themselves, as many voices do."""
    rng = np.random.default_rng(seed)
    samples = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(rng.normal(0, 1, samples))
    frequency = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    shaped = np.fft.irfft(spectrum / (1 + (frequency / 1200) ** 2), samples)
    return np.asarray(0.1 * shaped / shaped.std(), np.float32)


def played(sound: Samples, *, level: float, late: float, kept: slice, tilt: float) -> Samples:
    """A recording as it is played again: later by a part of a frame, cut, equalised, louder."""
    spectrum = np.fft.rfft(np.pad(sound, (0, 2 * HOP)))
    frequency = np.fft.rfftfreq(len(sound) + 2 * HOP)
    octaves = np.log2(np.maximum(frequency * SAMPLE_RATE, 50) / 1000)
    spectrum *= np.exp(-2j * np.pi * frequency * late * HOP) * 10 ** (tilt * octaves / 20)
    again = np.fft.irfft(spectrum)[: len(sound)]
    return np.asarray(level * again[kept], np.float32)


class Show:
    """Sound under construction: pauses with a little noise, and events in it."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self.sound = np.zeros(0, np.float32)
        self.spans: list[EventSpan] = []

    def pause(self, seconds: float = 3.0, under: Samples | None = None) -> None:
        noise = self._rng.normal(0, 1e-3, round(seconds * SAMPLE_RATE)).astype(np.float32)
        self.sound = np.concatenate((self.sound, noise if under is None else under))

    def play(self, sound: Samples, kind: EventKind = EventKind.LAUGHTER) -> None:
        start = len(self.sound) / SAMPLE_RATE
        self.sound = np.concatenate((self.sound, sound))
        self.spans.append(EventSpan(kind, start, len(self.sound) / SAMPLE_RATE, 1, 1))

    def told(self) -> Sequence[int | None]:
        meter = TextureMeter()
        meter.feed(self.sound)
        return recordings(self.spans, meter.finish())


def test_one_recording_is_told_whatever_was_done_to_it() -> None:
    rng = np.random.default_rng(4)
    show = Show()
    for number in (1, 2, 1, 3, 2, 1):
        show.pause()
        first = round(rng.uniform(0, 0.8) * SAMPLE_RATE)
        show.play(
            played(
                crowd(number),
                level=rng.uniform(0.2, 2),
                late=rng.uniform(0, 1),
                kept=slice(first, first + 2 * SAMPLE_RATE),
                tilt=rng.uniform(-3, 3),
            )
        )
    assert show.told() == (1, 2, 1, None, 2, 1)


def test_different_laughs_are_none() -> None:
    show = Show()
    for number in range(30):
        show.pause(1.0)
        show.play(crowd(100 + number))
    assert set(show.told()) == {None}


def test_words_over_it_do_not_hide_it() -> None:
    """Other words each time, as loud as the laugh."""
    show = Show()
    files = sorted(SPEECH.glob("*.opus"))[:3]
    for file in files:
        words = np.concatenate(list(stream_audio(probe(file))))
        show.pause()
        laugh = crowd(7)[: len(words)]
        words = words[: len(laugh)]
        show.play(laugh + words * laugh.std() / words.std())
    assert len(files) == 3
    assert show.told() == (1, 1, 1)


def test_a_scene_that_is_shown_again_is_no_canned_laugh() -> None:
    show = Show()
    before, after = 0.1 * crowd(50), 0.1 * crowd(51)
    for _ in range(2):
        show.pause()
        show.pause(under=before)
        show.play(crowd(1))
        show.pause(under=after)
    assert show.told() == (None, None)


def test_music_that_goes_round_under_laughs_does_not_make_them_one() -> None:
    show, music = Show(), 0.3 * crowd(60, 4.0)
    for number in range(3):
        for part in (music, music):
            show.pause(under=part)
        show.play(music[: 3 * SAMPLE_RATE] + 0.05 * crowd(number))
        show.pause(under=music[3 * SAMPLE_RATE :])
        show.pause(under=music)
    assert show.told() == (None, None, None)


def test_nothing_and_silence() -> None:
    assert Show().told() == ()
    show = Show()
    for _ in range(2):
        show.pause()
        show.play(np.zeros(SAMPLE_RATE, np.float32))
    assert show.told() == (None, None)


def test_time_grows_as_the_events_do() -> None:
    """Twice as many events, most of them new ones, take at most three times as long."""
    meter, rng = TextureMeter(), np.random.default_rng(2)
    meter.feed(rng.normal(0, 0.1, 60 * SAMPLE_RATE).astype(np.float32))
    texture = meter.finish()
    spans = [EventSpan(EventKind.LAUGHTER, at, at + 1, 1, 1) for at in np.arange(0, 59, 0.25)]
    taken = []
    for number in (len(spans) // 4, len(spans) // 2, len(spans)):
        began = time.process_time()
        recordings(spans[:number], texture)
        taken.append(time.process_time() - began)
    assert taken[2] < 3 * taken[1] + 0.1


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips are not on this machine")
def test_real_laughs_under_real_words() -> None:
    """Each of a dozen real laughs and applauses is played twice under other words, as loud."""
    rng = np.random.default_rng(1)
    clips = [
        np.concatenate(list(stream_audio(probe(path))))
        for folder in ("laughter", "applause")
        for path in sorted((CLIPS / folder).iterdir())
    ]
    talk = np.concatenate([
        np.concatenate(list(stream_audio(probe(path)))) for path in sorted(SPEECH.glob("*.opus"))
    ])  # fmt: skip
    speeds = (0.85, 1.0, 1.15)
    talk = np.concatenate([
        np.interp(np.arange(0, len(talk), speed), np.arange(len(talk)), part)
        for speed in speeds
        for part in (talk, talk[::-1])
    ])  # fmt: skip
    long = [clip[: 4 * SAMPLE_RATE] for clip in clips if len(clip) > 2.5 * SAMPLE_RATE][:12]
    show, at = Show(), 0
    numbers = rng.permutation(np.repeat(np.arange(len(long)), 2))[: 2 * len(long) - 4]
    for number in numbers:
        sound = played(
            long[number], level=1, late=rng.uniform(0, 1), kept=slice(None), tilt=rng.uniform(-2, 2)
        )
        words = talk[at : at + len(sound)]
        at += len(words)
        sound = sound[: len(words)]
        show.pause()
        show.play(sound + words * sound.std() / max(words.std(), 1e-3))
    told = show.told()
    twice = {number for number in numbers if list(numbers).count(number) == 2}
    hits = [place for place, number in enumerate(numbers) if number in twice and told[place]]
    assert len(hits) >= 0.85 * 2 * len(twice)
    false = [place for place, number in enumerate(numbers) if number not in twice and told[place]]
    assert not false
    groups: dict[int, set[int]] = {}
    for number, recording in zip(numbers, told, strict=True):
        if recording is not None:
            groups.setdefault(recording, set()).add(int(number))
    assert all(len(group) == 1 for group in groups.values())
