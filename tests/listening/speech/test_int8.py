"""Recognition in int8: what it changes, what it needs, and where it is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from vidtag.core.errors import UserError
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech import device, kernels
from vidtag.listening.speech.encoder import BatchRows, Encoder
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import Clip

CPU = torch.device("cpu")

pytestmark = pytest.mark.skipif(
    not device.multiplies_int8(), reason="int8 is for x86 CPUs with AVX2"
)


@pytest.fixture(scope="module")
def rounded() -> SenseVoice:
    return SenseVoice.load(ModelConfig(name="pocket", device="cpu", number_type="int8"))


def test_at_most_a_token_in_two_hundred_changes(
    pocket: SenseVoice, rounded: SenseVoice, clips: dict[str, Clip]
) -> None:
    """``benchmarks/number_types.py`` measures it on more sound."""
    assert rounded.number_type == rounded.facts.number_type == "int8"
    rng = np.random.default_rng(0)
    audio = [
        (np.pad(clip.audio, (int(rng.integers(0, 960)), 0)) * rng.uniform(0.4, 1)).astype("f4")
        for clip in clips.values()
        for _ in range(3)
    ]
    wrong = total = 0
    for one, other in zip(pocket.recognise(audio), rounded.recognise(audio), strict=True):
        assert (other.language, other.emotion) == (one.language, one.emotion)
        pieces = [token.piece for token in one.tokens]
        wrong += Levenshtein.distance(pieces, [token.piece for token in other.tokens])
        total += len(pieces)
    assert total > 300
    assert wrong <= 0.005 * total


def test_what_shares_a_batch_changes_nothing(rounded: SenseVoice, clips: dict[str, Clip]) -> None:
    """Rows are rounded each by itself: a loud neighbour takes no bits away from a quiet one."""
    audio = [clip.audio for clip in clips.values()]
    quiet = audio[0] * np.float32(0.1)
    alone = rounded.recognise([quiet])[0]
    beside = rounded.recognise([quiet, *audio[1:]])[0]
    assert [token.piece for token in beside.tokens] == [token.piece for token in alone.tokens]
    for one, other in zip(alone.tokens, beside.tokens, strict=True):
        assert other.probability == pytest.approx(one.probability, abs=0.02)


@given(
    rows=st.integers(1, 40), width=st.integers(1, 70), seed=st.integers(0, 99), loud=st.booleans()
)
def test_a_product_is_near_that_of_float32(rows: int, width: int, seed: int, loud: bool) -> None:
    """Off by at most what rounding weights and rows can do; exactly 0 where a row is."""
    from vidtag.listening.speech.int8 import Int8Linear

    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(50, width, generator=generator)
    weight[3] = 0
    bias = torch.randn(50, generator=generator)
    x = torch.randn(rows, width, generator=generator) * (1e4 if loud else 1)
    x[0] = 0
    found = Int8Linear(weight, bias)(x)
    expected = torch.nn.functional.linear(x, weight, bias)
    rounding = weight.abs().amax(1) / 127 / 2, x.abs().amax(1) / 63 / 2
    most = (
        x.abs().sum(1)[:, None] * rounding[0]
        + (weight.abs().sum(1) + width * rounding[0]) * rounding[1][:, None]
    )
    assert ((found - expected).abs() <= 1.001 * most + 1e-5 * (1 + expected.abs())).all()
    assert torch.equal(found[0], bias)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_numbers_are_not_cut_off(sign: int) -> None:
    """AVX2 without VNNI adds two products in 16 bits: with 8 bits on both sides they do not fit."""
    from vidtag.listening.speech.int8 import Int8Linear

    weight = torch.full((64, 512), 0.5)
    x = torch.full((32, 512), 3.0 * sign)
    linear = Int8Linear(weight, torch.zeros(64))
    torch.testing.assert_close(linear(x), torch.full((32, 64), 768.0 * sign), rtol=1e-5, atol=0)
    following = Int8Linear(torch.full((8, 64), -0.25), torch.zeros(8))
    expected = torch.full((32, 8), -0.25 * 64 * 768 if sign > 0 else 0.0)
    torch.testing.assert_close(linear.feed(x, following), expected, rtol=1e-5, atol=0)


def test_rows_are_rounded_to_the_nearest() -> None:
    x = torch.randn(30, 77, generator=torch.Generator().manual_seed(4))
    numbers, scales = kernels.to_int8(x)
    again = (numbers.float() - kernels.MIDDLE) * scales[:, None]
    assert ((again - x).abs() <= 0.5001 * scales[:, None]).all()
    assert int(numbers.min()) >= 1
    assert int(numbers.max()) <= 127


def test_an_encoder_of_full_width_points_the_same_way(tmp_path: Path) -> None:
    """SenseVoiceSmall's width with fewer blocks, random weights: the cosine of each row."""
    from benchmarks import random_model

    small = {"output_size": 512, "linear_units": 2048, "num_blocks": 6, "tp_blocks": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random_model, "ENCODER", small)
        random_model.write_folder(tmp_path / "model")
        network, _ = random_model.random_network(tmp_path / "model")
    inputs = torch.randn(2, 60, 560, generator=torch.Generator().manual_seed(1))
    batch = BatchRows((60, 45), CPU)
    with torch.inference_mode():
        exact, rounded = (
            Encoder(network.encoder, kind)(inputs, batch)[: batch.bounds[-2]]
            for kind in (torch.float32, torch.int8)
        )
    assert torch.cosine_similarity(exact, rounded).min() > 0.999


TELL = """
import torch
torch.cpu._is_avx512_bf16_supported = torch.cpu._is_amx_tile_supported = lambda: False
from vidtag.listening.speech.device import choose_number_type
from vidtag.listening.speech.int8 import Int8Linear
linear = Int8Linear(torch.full((64, 512), 0.5), torch.zeros(64))
largest = linear(torch.full((32, 512), 3.0)).max().item()
print(choose_number_type("auto", torch.device("cpu")), round(largest, 2))
"""


@pytest.mark.parametrize(
    ("level", "onednn", "chosen"), [("avx2", "AVX2", "int8"), ("default", "SSE41", "float32")]
)
def test_auto_takes_it_where_there_is_avx2_without_bfloat16(
    level: str, onednn: str, chosen: str
) -> None:
    """PyTorch and oneDNN are told what the CPU can do; bfloat16, which it finds out by itself, is
    denied. There, too, the largest numbers are not cut off.
    """
    told = {"ATEN_CPU_CAPABILITY": level, "ONEDNN_MAX_CPU_ISA": onednn}
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [f"torch.{chosen}", "768.0"]


@pytest.mark.parametrize(
    ("vectors", "tiles", "chosen", "chosen_float"),
    [
        (False, False, torch.int8, torch.float32),
        (True, False, torch.int8, torch.bfloat16),  # Zen 4, Cooper Lake
        (True, True, torch.bfloat16, torch.bfloat16),  # Sapphire Rapids
    ],
)
def test_auto_does_not_take_it_where_there_are_matrix_tiles(
    vectors: bool,
    tiles: bool,
    chosen: torch.dtype,
    chosen_float: torch.dtype,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: vectors)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    assert device.choose_number_type("auto", CPU) is chosen
    assert device.choose_float_type("auto", CPU) is chosen_float


@pytest.mark.parametrize("where", ["cuda", "mps"])
def test_elsewhere_it_is_refused(where: str) -> None:
    with pytest.raises(UserError, match=r"int8 is for x86 CPUs .* not for (cuda|mps)") as caught:
        device.choose_number_type("int8", torch.device(where))
    assert "auto" in str(caught.value)
