"""Every detector keeps to the same rules; and hears what it should."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vidtag.core.errors import ModelError
from vidtag.core.settings import ModelConfig, VadConfig
from vidtag.listening.speech.vad import FsmnVad, SileroVad, Span, Vad, make_vad

from . import fsmn
from .conftest import RATE, Audio, Clip, silence

MakeVad = Callable[[VadConfig], Vad]


@pytest.fixture(scope="module")
def fsmn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fsmn.make(tmp_path_factory.mktemp("vad") / "fsmn")


@pytest.fixture(params=["silero", "fsmn-vad"])
def vad(request: pytest.FixtureRequest, fsmn_folder: Path) -> MakeVad:
    if request.param == "silero":
        return SileroVad
    return lambda config: FsmnVad(config, fsmn_folder)


@pytest.fixture(scope="module")
def talk(clips: dict[str, Clip]) -> tuple[Audio, list[Span]]:
    """All clips with 0.8 s of near silence between; where each is."""
    rng = np.random.default_rng(2)
    pieces, spans, at = [], [], 0
    for clip in clips.values():
        for piece in (silence(0.8), clip.audio):
            pieces.append(piece)
            at += len(piece)
        spans.append((at - len(clip.audio), at))
    audio = np.concatenate([*pieces, silence(1.0)])
    return (audio + rng.normal(0, 1e-4, len(audio))).astype(np.float32), spans


def run(detector: Vad, audio: Audio, block: int) -> list[Span]:
    spans: list[Span] = []
    for start in range(0, len(audio), block):
        new = detector.feed(audio[start : start + block])
        spans += new
        assert all(end <= min(start + block, len(audio)) for _, end in new)
    return spans + detector.finish()


@pytest.mark.parametrize("block", [1, 511, 4096, 33_333, 10**7])
def test_spans_are_ordered_and_do_not_depend_on_the_blocks(
    vad: MakeVad, talk: tuple[Audio, list[Span]], block: int
) -> None:
    audio = talk[0][: RATE * (1 if block == 1 else 15)]
    spans = run(vad(VadConfig()), audio, block)
    assert spans == run(vad(VadConfig()), audio, 16_000)
    assert spans
    assert all(0 <= start < end <= len(audio) for start, end in spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))


def test_all_speech_is_found_and_no_silence(vad: MakeVad, talk: tuple[Audio, list[Span]]) -> None:
    audio, truth = talk
    found, wanted = np.zeros(len(audio), bool), np.zeros(len(audio), bool)
    for start, end in run(vad(VadConfig()), audio, 8000):
        found[start:end] = True
    for start, end in truth:
        wanted[start:end] = True
        assert found[start : start + RATE // 4].mean() > 0.6, "the onset is missed"
    assert found[wanted].mean() > 0.95
    assert wanted[found].mean() > 0.75


def test_nothing_settled_is_taken_back(vad: MakeVad, talk: tuple[Audio, list[Span]]) -> None:
    detector, audio = vad(VadConfig()), talk[0]
    settled = 0
    for start in range(0, len(audio), 5000):
        for span in detector.feed(audio[start : start + 5000]):
            assert span[0] >= settled
        assert detector.settled >= settled
        settled = detector.settled
        assert settled >= start - 4 * RATE, "an unfinished span is kept too long"
    assert all(span[0] >= settled for span in detector.finish())


def test_long_speech_is_cut_where_it_pauses(vad: MakeVad, clips: dict[str, Clip]) -> None:
    """Pauses are too short to end a span, but a cut must fall into one."""
    pieces, pauses, at = [], [], 0
    for clip in [*clips.values()] * 2:
        for piece in (clip.audio[: RATE + RATE // 2], silence(0.2)):
            pieces.append(piece)
            at += len(piece)
        pauses.append((at - round(0.2 * RATE), at))
    audio = np.concatenate(pieces)
    spans = run(vad(VadConfig(max_segment=8, min_silence=0.6)), audio, 16_000)
    cuts = [left[1] for left, right in itertools.pairwise(spans) if left[1] == right[0]]
    assert len(cuts) >= 3
    assert all(end - start <= 8 * RATE for start, end in spans)
    inside = sum(any(a - 640 <= cut <= b + 640 for a, b in pauses) for cut in cuts)
    assert inside >= len(cuts) - 1


def test_silence_and_nothing_hold_no_speech(vad: MakeVad) -> None:
    assert run(vad(VadConfig()), silence(20), 16_000) == []
    assert vad(VadConfig()).finish() == []
    assert run(vad(VadConfig()), silence(0.01), 16_000) == []


def test_speech_up_to_the_very_end_is_kept(vad: MakeVad, clips: dict[str, Clip]) -> None:
    audio = np.concatenate((silence(0.5), clips["en1"].audio[:-2000]))
    spans = run(vad(VadConfig()), audio, 16_000)
    assert len(audio) - 4800 <= spans[-1][1] <= len(audio)


@pytest.mark.parametrize("noise", [0.003, 0.02])
def test_silero_hears_speech_in_noise(clips: dict[str, Clip], noise: float) -> None:
    rng = np.random.default_rng(4)
    for clip in clips.values():
        audio = np.concatenate((silence(1), clip.audio, silence(1)))
        audio = (audio + rng.normal(0, noise, len(audio))).astype(np.float32)
        heard = sum(end - start for start, end in run(SileroVad(VadConfig()), audio, 8000))
        assert heard > 0.7 * len(clip.audio)


def test_a_lower_threshold_never_hears_less(talk: tuple[Audio, list[Span]]) -> None:
    heard = [
        sum(end - start for start, end in run(SileroVad(VadConfig(threshold=t)), talk[0], 8000))
        for t in (0.9, 0.5, 0.2)
    ]
    assert heard == sorted(heard)


def test_the_default_is_made_without_a_network() -> None:
    assert isinstance(make_vad(VadConfig(), ModelConfig()), SileroVad)


def test_making_it_leaves_pytorch_its_threads() -> None:
    """Importing silero_vad would set them to one."""
    program = (
        "import torch; torch.set_num_threads(3)\n"
        "from vidtag.core.settings import VadConfig\n"
        "from vidtag.listening.speech.vad import SileroVad\n"
        "SileroVad(VadConfig())\n"
        "assert torch.get_num_threads() == 3\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_a_folder_that_is_no_fsmn_vad(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("model: Nothing\n")
    with pytest.raises(ModelError, match="cannot build a model"):
        FsmnVad(VadConfig(), tmp_path)


def test_hours_of_digital_silence_take_no_time(
    clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies beyond ten minutes of it is not heard; here it is twenty seconds."""
    talk = next(iter(clips.values())).audio
    gap = np.zeros(60 * RATE, np.float32)
    audio = np.concatenate([talk, gap, talk, gap, talk])
    heard = []
    for limit in (20 * RATE, SileroVad.HEARD_OF_NOTHING):
        monkeypatch.setattr(SileroVad, "HEARD_OF_NOTHING", limit)
        steps, found = 0, []
        for block in (7_777, 60 * RATE):
            detector = SileroVad(VadConfig())
            ask = detector._session.run

            def count(names: None, inputs: dict[str, Audio], ask: Any = ask) -> Any:
                nonlocal steps
                steps += len(inputs["input"])
                return ask(names, inputs)

            monkeypatch.setattr(detector, "_session", SimpleNamespace(run=count))
            found.append(run(detector, audio, block))
        assert found[0] == found[1]
        assert len(found[0]) >= 3
        heard.append(steps)
    unheard = 2 * 2 * 40 * RATE / SileroVad.CHUNK  # two runs, two gaps, 40 s of each
    assert heard[1] - heard[0] == pytest.approx(unheard, rel=0.02)
