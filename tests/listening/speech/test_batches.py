"""Work is shared out so that no core waits for another longer than it must."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listening.speech.conftest import Clip
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.speech.device import batch_seconds
from vidtag.listening.speech.in_batches import shared_out
from vidtag.listening.speech.recognise import SpeechStream
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.speech.workers import Workers
from vidtag.media.samples import SAMPLE_RATE

CPU = torch.device("cpu")
LONGEST = 32.0
"""Seconds that a core computes at once, at most."""


@pytest.fixture(scope="module")
def two() -> Workers:
    return Workers(2)


def seconds_of(parts: list[list[int]], lengths: list[int]) -> list[float]:
    return [sum(lengths[i] for i in part) / SAMPLE_RATE for part in parts]


def test_three_full_batches_are_four_even_ones(two: Workers) -> None:
    lengths = [round(s * SAMPLE_RATE) for s in (15, 14, 13, 12, 9, 8, 6, 4, 3, 1.5, 0.5)]
    parts = shared_out(lengths, 60.0, two, CPU)
    assert len(parts) == 4
    assert max(seconds_of(parts, lengths)) - min(seconds_of(parts, lengths)) <= 1


def test_an_odd_number_of_windows_leaves_none_over(two: Workers) -> None:
    assert [len(part) for part in shared_out([SAMPLE_RATE] * 41, 60.0, two, CPU)] == [21, 20]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(0.05, 30), max_size=40),
    st.one_of(st.just(60.0), st.floats(0.1, 100)),
)
def test_all_goes_through_once_and_no_batch_is_too_long(
    two: Workers, seconds: list[float], most: float
) -> None:
    lengths = [round(s * SAMPLE_RATE) for s in seconds]
    parts = shared_out(lengths, most, two, CPU)
    assert sorted(i for part in parts for i in part) == list(range(len(lengths)))
    limit = min(most, LONGEST) + 1 / SAMPLE_RATE
    long = [p for p, s in zip(parts, seconds_of(parts, lengths), strict=True) if s > limit]
    assert all(len(part) == 1 for part in long)


def test_sixteen_cores_are_given_more_than_two(two: Workers) -> None:
    assert batch_seconds(CPU, 2) == 2 * LONGEST
    assert batch_seconds(CPU, 16) == 16 * LONGEST
    assert batch_seconds(CPU, 1) == 60


def test_speech_detected_ahead_is_recognised_as_ever(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    config = Config(model=ModelConfig(name="pocket", language="en"))
    audio = [clips[name].audio for name in ("en1", "ko1", "en1")]
    ahead, step = SpeechStream(pocket, config), SpeechStream(pocket, config)
    told = [ahead.detect(chunk) for chunk in audio]
    found = [s for a, t in zip(audio, told, strict=True) for s in ahead.feed(a, told=t)]
    assert [*found, *ahead.finish()] == [*(s for a in audio for s in step.feed(a)), *step.finish()]
