from __future__ import annotations

import copy
import logging
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest

from vidtag.core.errors import UserError
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.examples import character_error
from vidtag.listening.speech.recognition import EVENT_CLASSES
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import RATE, Clip, silence


def test_the_pocket_model_understands_its_own_world(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    """Loose on purpose: its figures are held elsewhere; here, that all the parts fit together."""
    heard = pocket.recognise([clip.audio for clip in clips.values()])
    assert [one.language for one in heard] == [clip.language for clip in clips.values()]
    errors = [
        character_error("".join(t.piece for t in one.tokens), clip.text)
        for one, clip in zip(heard, clips.values(), strict=True)
    ]
    assert np.mean(errors) < 0.3
    for one in heard:
        assert one.rich_text.startswith(f"<|{one.language}|><|{one.emotion}|><|")
        assert sum(one.languages.values()) == pytest.approx(1, abs=1e-5)
        assert one.language_probability == max(one.languages.values())
        assert set(one.events) == set(EventKind)
        assert 0 <= sum(one.events.values()) <= 1 + 1e-5
        assert all(0 < t.probability <= 1 for t in one.tokens)
        assert all(0 <= t.start < t.end <= one.frames for t in one.tokens)
        assert not any(t.piece.startswith("<|") for t in one.tokens)


def test_a_forced_language_is_told_to_the_model(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    audio = [clips["en1"].audio]
    (free,), (forced,) = pocket.recognise(audio), pocket.recognise(audio, language="ja")
    assert forced.languages[Language.JA] > 1.5 * free.languages[Language.JA]


def test_results_come_in_the_order_of_the_waveforms(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    audio = [clip.audio for clip in clips.values()]
    forward = pocket.recognise(audio, batch_seconds=5)
    backward = pocket.recognise(audio[::-1], batch_seconds=5)
    assert [r.rich_text for r in forward] == [r.rich_text for r in backward[::-1]]
    assert pocket.recognise([]) == []


def test_the_shortest_audio_is_no_error(pocket: SenseVoice) -> None:
    heard = pocket.recognise([silence(0), silence(0.01), silence(0.05)])
    assert [one.frames for one in heard] == [1, 1, 1]


@pytest.mark.parametrize(
    ("audio", "cause"),
    [
        (np.zeros((2, 100), np.float32), "one-dimensional"),
        (np.zeros(100, np.float64), "float32"),
        (np.zeros(100, np.int16), "float32"),
        (np.array([0, np.nan], np.float32), "NaN"),
        (np.array([0, np.inf], np.float32), "NaN or infinite"),
        ([0.0, 0.1], "one-dimensional"),
    ],
)
def test_what_is_no_waveform_is_refused(pocket: SenseVoice, audio: object, cause: str) -> None:
    with pytest.raises(UserError, match=cause):
        pocket.recognise([audio])  # type: ignore[list-item]


def test_an_unknown_language_is_refused(pocket: SenseVoice) -> None:
    with pytest.raises(UserError, match="unknown language 'de'"):
        pocket.recognise([silence(1)], language="de")


def test_posteriors_of_windows_are_what_recognition_says(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    rng = np.random.default_rng(3)
    windows = np.stack([clip.audio[:RATE] for clip in clips.values()])
    windows = np.concatenate((windows, rng.normal(0, 0.1, (70, RATE)).astype(np.float32)))
    found = pocket.classify_windows(windows)
    assert found.other is not None
    assert found.emotions is not None
    assert found.events.shape == (80, len(EventKind))
    assert found.other.shape == (80, len(EVENT_CLASSES) - len(EventKind))
    assert found.emotions.shape == (80, len(Emotion))
    assert found.events.dtype == found.emotions.dtype == np.float32
    assert EVENT_CLASSES[: len(EventKind)] == tuple(EventKind)
    emotions = found.emotions
    for group in (np.hstack((found.events, found.other)), emotions):
        np.testing.assert_allclose(group.sum(axis=1), 1, atol=1e-5)
    heard = pocket.recognise(list(windows))
    for row, one in zip(found.events, heard, strict=True):
        assert dict(zip(EventKind, row.tolist(), strict=True)) == pytest.approx(
            dict(one.events), abs=1e-4
        )
    for row, one in zip(emotions, heard, strict=True):
        assert row.max() == pytest.approx(one.emotion_probability, abs=1e-4)
        assert row[tuple(Emotion).index(one.emotion)] == pytest.approx(row.max(), abs=1e-4)
    speech = found.other[: len(clips), EVENT_CLASSES.index("Speech") - len(EventKind)]
    assert np.median(speech) > 0.5


def test_posteriors_of_nothing(pocket: SenseVoice) -> None:
    none = pocket.classify_windows(np.zeros((0, RATE), np.float32))
    assert none.events.shape == (0, len(EventKind))
    assert none.emotions is not None
    assert none.emotions.shape == (0, len(Emotion))
    with pytest.raises(UserError, match="shape"):
        pocket.classify_windows(np.zeros(RATE, np.float32))


def test_results_survive_pickling(pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    (one,) = pocket.recognise([clips["en1"].audio])
    assert pickle.loads(pickle.dumps(one)) == one
    assert copy.deepcopy(one) == one


def test_loading_leaves_threads_logging_and_randomness_alone() -> None:
    import torch

    threads, handlers = torch.get_num_threads(), logging.getLogger().handlers[:]
    level = logging.getLogger().level
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    model = SenseVoice.load(ModelConfig(name="pocket"))
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected
    assert torch.get_num_threads() == threads
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().level == level
    assert model.info.origin == "bundled"
    assert model.info.parameters > 1_000_000
    assert len(model.info.digest) == 16


def test_a_fresh_process_says_nothing_and_keeps_its_threads() -> None:
    program = (
        "import torch; torch.set_num_threads(1)\n"
        "from vidtag.core.settings import ModelConfig\n"
        "from vidtag.listening.speech.sensevoice import SenseVoice\n"
        "import logging\n"
        "SenseVoice.load(ModelConfig(name='pocket'))\n"
        "assert torch.get_num_threads() == 1\n"
        "assert logging.getLogger().handlers == []\n"
        # What takes two seconds to import, and only FunASR's speakers need, comes when they do.
        "import sys\n"
        "assert not {'sklearn', 'scipy.stats', 'pandas'} & set(sys.modules)\n"
        "from funasr.auto.auto_model import ClusterBackend\n"
        "assert type(ClusterBackend()).__module__ == 'funasr.models.campplus.cluster_backend'\n"
        "assert 'sklearn' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("device", ["cuda:9", "mps"])
def test_a_device_that_is_not_there(device: str) -> None:
    import torch

    if device == "mps" and torch.backends.mps.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(UserError, match=r"no .* device"):
        SenseVoice.load(ModelConfig(name="pocket", device=device))
