"""The way over a GPU, on a stand-in for one: what waits, what is copied how, in which numbers.

Runs with ``VIDTAG_LONG=1``: PyTorch crashes now and then, in the stand-in's tensors, as a model is
loaded onto it; in one process with hundreds of other tests it took those along.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import gpu as benchmark
from tests.builders.stand_in_gpu import RaceError, StandInGpu, stand_in_gpu
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech import network_inputs, transfer
from vidtag.listening.speech.alignment import Spelled
from vidtag.listening.speech.device import batch_seconds, choose_device, choose_number_type
from vidtag.listening.speech.sensevoice import MEMORY_RAN_OUT, SenseVoice

from .conftest import Audio, Clip

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(torch.cuda.is_available(), reason="there is a real one"),
]


@pytest.fixture
def gpu() -> Iterator[StandInGpu]:
    with stand_in_gpu() as device:
        yield device


def on_gpu(device: str = "cuda") -> SenseVoice:
    return SenseVoice.load(ModelConfig(name="pocket", device=device))


def some(clips: dict[str, Clip]) -> list[Audio]:
    return [clip.audio for clip in clips.values()][:4]


def test_nothing_waits_for_the_device_and_the_text_is_the_same(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    audio = some(clips)
    windows = np.stack([sound[:16_000] for sound in audio if len(sound) >= 16_000])
    expected, heard = pocket.recognise(audio), pocket.classify_windows(windows)
    with stand_in_gpu() as gpu:
        model = on_gpu()
        assert (str(model.device), model.number_type) == ("cuda:0", "bfloat16")
        gpu.waits.clear()
        gpu.products.clear()
        found = model.recognise(audio, batch_seconds=8)
        again = model.classify_windows(windows)
        assert not gpu.waits
        assert not gpu.pageable
        # Float32 are the first block, and what few pieces are asked for.
        assert gpu.products[torch.float32] < 0.3 * gpu.products[torch.bfloat16]
    assert [one.rich_text for one in found] == [one.rich_text for one in expected]
    assert again.events == pytest.approx(heard.events, abs=0.1)


def test_a_known_text_is_aligned_without_waiting(
    pocket: SenseVoice, clips: dict[str, Clip]
) -> None:
    audio = some(clips)[:1]
    (heard,) = pocket.recognise(audio)
    ids = {piece: number for number, piece in enumerate(pocket._vocabulary.pieces)}
    text = [Spelled(ids[token.piece]) for token in heard.tokens]
    expected = pocket.recognise(audio, texts=[text])[0].tokens
    with stand_in_gpu() as gpu:
        model = on_gpu()
        gpu.waits.clear()
        (found,) = model.recognise(audio, texts=[text])
        assert not gpu.waits
    assert [(t.piece, t.start) for t in found.tokens] == [(t.piece, t.start) for t in expected]
    assert len(expected) > 2


def test_where_its_memory_runs_out_batches_are_halved(clips: dict[str, Clip]) -> None:
    audio = some(clips)
    with stand_in_gpu() as gpu:
        model = on_gpu()
        alone = [model.recognise([sound])[0].rich_text for sound in audio]
        gpu.peak = resting = gpu.live
        model.recognise(audio)
        gpu.memory = resting + 0.6 * (gpu.peak - resting)
        found = [one.rich_text for one in model.recognise(audio)]
        assert set(model.notes) == {MEMORY_RAN_OUT}
    assert found == alone


@pytest.mark.parametrize(
    ("capability", "kind"),
    [((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)],
)
def test_auto_takes_the_16_bits_that_its_units_multiply(
    capability: tuple[int, int], kind: torch.dtype
) -> None:
    """PyTorch says of every card that it has bfloat16: older ones do it in software."""
    with stand_in_gpu(capability=capability):
        assert choose_number_type("auto", choose_device("auto")) is kind


def test_of_two_the_one_that_is_named_does_all(clips: dict[str, Clip]) -> None:
    with stand_in_gpu(count=2) as gpu:
        model = on_gpu("cuda:1")
        model.recognise(some(clips)[:1])
        assert str(model.device) == "cuda:1"
        assert {line.rpartition(" ")[2] for line in gpu.queued} == {"cuda:1"}


@pytest.mark.parametrize(("memory", "seconds"), [(80e9, 600), (1.2e9, 100), (2e8, 60)])
def test_a_batch_is_as_large_as_its_memory_allows(memory: float, seconds: float) -> None:
    with stand_in_gpu(memory=memory):
        assert batch_seconds(choose_device("auto")) == pytest.approx(seconds)


def test_the_benchmark_runs_through(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--stand-in", "--minutes", "0.05", "--rounds", "1"])
    said = capsys.readouterr().out
    assert "the speeds mean nothing" in said
    assert said.count("recognition, batches of") == 3
    assert said.count("all of LISTEN") == 1


# The stand-in itself: it can find what it is there for.


def test_a_copy_that_waits_is_found(
    clips: dict[str, Clip], gpu: StandInGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_inputs, "send", lambda buffer, device: buffer.to(device))
    on_gpu().recognise(some(clips)[:1])
    assert any("network_inputs.py" in line or "elsewhere" in line for line in gpu.waits)


def test_a_copy_from_memory_that_is_not_pinned_is_found(
    clips: dict[str, Clip], gpu: StandInGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        transfer, "host_buffer", lambda shape, kind, device: torch.empty(tuple(shape), dtype=kind)
    )
    on_gpu().recognise(some(clips)[:1])
    assert gpu.pageable


@pytest.mark.parametrize(
    "ask", [lambda t: t.sum().item(), lambda t: t[t > 1], lambda t: t.nonzero(), lambda t: t.cpu()]
)
def test_a_question_that_waits_is_found(gpu: StandInGpu, ask: Any) -> None:
    numbers = torch.arange(4, device="cuda:0")
    assert not gpu.waits
    ask(numbers)
    assert gpu.waits


def test_a_tensor_on_the_wrong_device_is_found(gpu: StandInGpu) -> None:
    with pytest.raises(RuntimeError, match="two devices"):
        torch.arange(4, device="cuda:0") + torch.arange(4)


def test_what_is_read_too_early_is_garbage(gpu: StandInGpu) -> None:
    there = torch.ones(3, device="cuda:0")
    buffer = transfer.host_buffer((3,), torch.float32, torch.device("cuda:0"))
    buffer.copy_(there, non_blocking=True)
    assert buffer.tolist() != [1, 1, 1]
    event = torch.cuda.Event()
    event.record()
    event.synchronize()
    assert buffer.tolist() == [1, 1, 1]


def test_a_stream_that_does_not_wait_is_found(gpu: StandInGpu) -> None:
    device = torch.device("cuda:0")
    beside = torch.cuda.Stream(device)
    with torch.cuda.stream(beside):
        there = transfer.host_buffer((3,), torch.float32, device).to(device, non_blocking=True)
    with pytest.raises(RaceError, match="did not wait"):
        there + 1
    torch.cuda.current_stream(device).wait_stream(beside)
    there + 1


def test_a_buffer_that_is_written_to_too_early_is_found(gpu: StandInGpu) -> None:
    device = torch.device("cuda:0")
    buffer = transfer.host_buffer((3,), torch.float32, device)
    buffer.fill_(1)
    transfer.send(buffer, device)
    buffer.fill_(2)
    with pytest.raises(RaceError, match="written to"):
        torch.cuda.current_stream(device).synchronize()
