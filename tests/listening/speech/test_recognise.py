from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from vidtag.core.errors import UserError
from vidtag.core.records import Language, Segment, join_words
from vidtag.core.settings import Config, ModelConfig, RecognitionConfig, VadConfig
from vidtag.listening.speech.examples import character_error
from vidtag.listening.speech.recognise import SpeechStream, recognise_array
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import RATE, Audio, Clip, row, silence

CONFIG = Config(model=ModelConfig(name="pocket"))


def stream(model: SenseVoice, config: Config, audio: Audio, block: int) -> list[Segment]:
    recogniser = SpeechStream(model, config)
    found = [
        s for at in range(0, len(audio), block) for s in recogniser.feed(audio[at : at + block])
    ]
    return found + recogniser.finish()


def check(segments: Sequence[Segment], duration: float) -> None:
    for segment in segments:
        assert 0 <= segment.start < segment.end <= duration + 1e-9
        assert segment.text == join_words(segment.words) != ""
        edges = [segment.start, *(t for w in segment.words for t in (w.start, w.end)), segment.end]
        assert edges == sorted(edges)
        assert all(0 < w.probability <= 1 for w in segment.words)
        assert 0 <= segment.language_probability <= 1
        assert segment.language is not Language.NOSPEECH
    for left, right in itertools.pairwise(segments):
        assert left.end <= right.start


def test_a_talk_in_five_languages(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    """Long gaps, so each sentence is a segment of its own."""
    audio, spans = row([c.audio for c in clips.values()], gap=2.0)
    segments = recognise_array(pocket, audio, CONFIG)
    check(segments, len(audio) / RATE)
    assert [s.language for s in segments] == [c.language for c in clips.values()]
    errors = [
        character_error(segment.text, clip.text)
        for segment, clip in zip(segments, clips.values(), strict=True)
    ]
    assert np.mean(errors) < 0.3
    for segment, (start, end) in zip(segments, spans, strict=True):
        assert start - 0.25 < segment.start < start + 0.1
        assert end - 0.1 < segment.end < end + 0.4
        assert segment.words[0].start == pytest.approx(start, abs=0.35)
        assert segment.words[-1].end <= end + 0.35


@pytest.mark.parametrize("block", [160, 9_999, 10**7])
def test_blocks_do_not_matter(pocket: SenseVoice, clips: dict[str, Clip], block: int) -> None:
    audio, _ = row([c.audio for c in clips.values()], gap=0.6)
    assert stream(pocket, CONFIG, audio, block) == stream(pocket, CONFIG, audio, 16_000)


def test_batches_do_not_matter(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    audio, _ = row([c.audio for c in clips.values()], gap=0.6)
    small = CONFIG.model_copy(update={"recognition": RecognitionConfig(batch_size_s=1)})
    few, many = (stream(pocket, config, audio, 16_000) for config in (CONFIG, small))
    assert [(s.start, s.end, s.text) for s in few] == [(s.start, s.end, s.text) for s in many]


def test_near_sentences_of_one_language_are_joined(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    audio, _ = row([clips["zh1"].audio, clips["zh2"].audio], gap=0.6)
    assert len(recognise_array(pocket, audio, CONFIG)) == 1
    apart = CONFIG.model_copy(update={"vad": VadConfig(merge_vad=False)})
    assert len(recognise_array(pocket, audio, apart)) == 2


@pytest.mark.parametrize("gap", [0.25, 0.6])
def test_each_language_of_a_mixed_talk_comes_out(
    pocket: SenseVoice, clips: dict[str, Clip], gap: float
) -> None:
    """The gaps are short enough for the sentences to be heard in one piece at first."""
    right = total = 0
    for order in (
        ("en1", "zh1", "en2"),
        ("zh2", "ko2"),
        ("ko1", "en2", "ja1"),
        ("yue1", "en1"),
        ("ja2", "ko1"),
    ):
        chosen = [clips[name] for name in order]
        audio, spans = row([clip.audio for clip in chosen], gap)
        segments = recognise_array(pocket, audio, CONFIG)
        check(segments, len(audio) / RATE)
        for clip, (start, end) in zip(chosen, spans, strict=True):
            middle = (start + end) / 2
            total += 1
            right += any(
                s.start <= middle < s.end and s.language is clip.language for s in segments
            )
    assert right >= total - 1


def test_a_language_that_is_asked_for_stays(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    audio, _ = row([clips["en1"].audio, clips["zh1"].audio], gap=0.6)
    config = Config(model=ModelConfig(name="pocket", language="zh"))
    segments = recognise_array(pocket, audio, config)
    assert {s.language for s in segments} == {Language.ZH}


def test_itn_reaches_the_model(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    audio, _ = row([clips["zh2"].audio], gap=0.6)
    plain = Config(model=ModelConfig(name="pocket", itn=False))
    (with_itn,) = recognise_array(pocket, audio, CONFIG)
    (without,) = recognise_array(pocket, audio, plain)
    assert with_itn.text.endswith("。")
    assert not without.text.endswith("。")


@pytest.mark.parametrize("seconds", [0, 0.005, 1, 90])
def test_silence_holds_no_segments(pocket: SenseVoice, seconds: float) -> None:
    assert recognise_array(pocket, silence(seconds), CONFIG) == []


def test_only_needed_audio_is_kept(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    """However long the recording, and whether it is all silence, all speech or a mixture."""
    talk = np.concatenate([c.audio for c in clips.values()])
    mixture, _ = row([c.audio for c in clips.values()], gap=1.0)
    config = CONFIG.model_copy(
        update={
            "vad": VadConfig(max_segment=6, merge_length_s=6),
            "recognition": RecognitionConfig(batch_size_s=12),
        }
    )
    # A batch, what was joined but is not finished, an open span, and the block itself.
    most = (12 + 6 + 6 + 6 + 2) * RATE
    for audio in (silence(40), np.tile(talk, 3), np.tile(mixture, 2)):
        recogniser = SpeechStream(pocket, config)
        for at in range(0, len(audio), RATE):
            recogniser.feed(audio[at : at + RATE])
            assert recogniser.held_samples <= most
        recogniser.finish()
        assert recogniser.held_samples == 0


def test_the_caller_may_fill_the_same_block_again(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    audio, _ = row([clips["en1"].audio, clips["ko1"].audio], gap=2.0)
    recogniser, block, found = SpeechStream(pocket, CONFIG), silence(0.1), []
    whole = audio[: len(audio) // len(block) * len(block)]
    for at in range(0, len(whole), len(block)):
        block[:] = whole[at : at + len(block)]
        found += recogniser.feed(block)
    found += recogniser.finish()
    assert found == stream(pocket, CONFIG, whole, len(block))


def test_a_finished_stream_stays_finished(pocket: SenseVoice) -> None:
    recogniser = SpeechStream(pocket, CONFIG)
    assert recogniser.finish() == recogniser.finish() == []
    with pytest.raises(UserError, match="finished"):
        recogniser.feed(silence(1))


@pytest.mark.parametrize(
    "audio", [np.full(100, np.nan, np.float32), np.zeros((100, 2), np.float32), np.zeros(100)]
)
def test_what_is_no_audio_is_refused(pocket: SenseVoice, audio: Audio) -> None:
    with pytest.raises(UserError):
        recognise_array(pocket, audio, CONFIG)
    with pytest.raises(UserError):
        SpeechStream(pocket, CONFIG).feed(audio)
