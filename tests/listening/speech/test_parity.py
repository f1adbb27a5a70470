"""What we recognise is what FunASR recognises, to the letter and to the frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from vidtag.core.names import NumberType
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech import ctc
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import RATE, Audio, Clip, silence

Cases = list[Audio]
Told = Callable[[Audio, str, bool], dict[str, Any]]


@pytest.fixture(scope="module")
def cases(clips: dict[str, Clip]) -> Cases:
    """0.3 s to 30 s: clips, pieces of clips, many clips in a row, noise, silence, loud, quiet."""
    rng = np.random.default_rng(0)
    audio = [clip.audio for clip in clips.values()]
    mixed = list(audio)
    mixed += [
        clip[: int(n)] for clip in audio for n in rng.integers(round(0.3 * RATE), len(clip), 2)
    ]
    row = np.concatenate([np.concatenate((a, silence(0.3))) for a in audio])
    mixed += [row[: 7 * RATE], row, np.concatenate((row, row))[: 30 * RATE]]
    mixed += [silence(2.0), rng.normal(0, 0.1, 3 * RATE).astype(np.float32)]
    mixed += [np.clip(audio[0] * 20, -1, 1), audio[1] * 0.01]
    return mixed


@pytest.fixture(scope="module")
def told(reference: Any) -> Told:
    """What FunASR says of a recording, asked once: by its samples, language and ITN."""
    known: dict[tuple[int, str, bool], dict[str, Any]] = {}

    def ask(audio: Audio, language: str, itn: bool) -> dict[str, Any]:
        key = id(audio), language, itn
        if key not in known:
            (result,) = reference.generate(
                input=audio, language=language, use_itn=itn, output_timestamp=True
            )
            known[key] = dict(result)
        return known[key]

    return ask


@pytest.mark.parametrize("itn", [True, False])
@pytest.mark.parametrize("language", ["auto", "zh", "en", "yue", "ja", "ko"])
def test_text_of_all_lengths_in_mixed_batches_is_funasrs(
    pocket: SenseVoice, told: Told, cases: Cases, language: str, itn: bool
) -> None:
    every = 1 if language == "auto" and itn else 5
    some = cases[::every]
    ours = pocket.recognise(some, language=language, itn=itn)
    theirs = [told(audio, language, itn)["text"] for audio in some]
    assert [one.rich_text for one in ours] == theirs
    assert len({one.rich_text for one in ours}) > len(ours) // 2, "the cases should differ"


@pytest.mark.parametrize("batch_seconds", [0.1, 4.0, 20.0, 1000.0])
def test_batches_do_not_change_the_result(
    pocket: SenseVoice, cases: Cases, batch_seconds: float
) -> None:
    alone = [pocket.recognise([audio])[0] for audio in cases[:24]]
    together = pocket.recognise(cases[:24], batch_seconds=batch_seconds)
    for one, other in zip(alone, together, strict=True):
        assert one.rich_text == other.rich_text
        assert [(t.piece, t.start, t.end) for t in one.tokens] == [
            (t.piece, t.start, t.end) for t in other.tokens
        ]
        assert one.language_probability == pytest.approx(other.language_probability, abs=1e-4)
        assert one.events == pytest.approx(other.events, abs=1e-4)


def funasr_times(recognition: Recognition) -> list[list[int]]:
    """Our tokens' times, grouped to FunASR's units, in its milliseconds.

    FunASR joins an ASCII piece to the unit before it if that one is ASCII too, and skips the
    pieces that are nothing but a space.
    """
    units: list[list[int]] = []
    previous: str | None = None
    for index, token in enumerate(recognition.tokens):
        piece = token.piece
        if piece == "▁":
            continue
        span = [
            int(1000 * max(frame * 60 - 30, 0) / 1000)
            for frame in (token.start, min(token.end, recognition.frames))
        ]
        plain = previous is not None and previous.isalpha() and previous.isascii()
        if index and piece.startswith("▁"):
            piece = piece[1:]
            units.append(span)
        elif index and plain and piece.isalpha() and piece.isascii():
            assert previous is not None
            piece = previous + piece
            units[-1][1] = span[1]
        else:
            units.append(span)
        previous = piece
    return units


def test_times_are_funasrs_where_it_aligns_what_it_decoded(
    pocket: SenseVoice, reference: Any, told: Told, cases: Cases
) -> None:
    """FunASR aligns the pieces that its text is spelled with anew. Where those are other pieces
    than were decoded, its times are of something else than the text; there is nothing to equal."""
    tokenizer = reference.kwargs["tokenizer"]
    compared = differing = 0
    ours = pocket.recognise(cases)
    for audio, one in zip(cases, ours, strict=True):
        if not one.tokens:
            continue
        respelled = tokenizer.text2tokens(one.rich_text)[4:]
        if respelled != [token.piece for token in one.tokens]:
            differing += 1
            continue
        times = told(audio, "auto", True)["timestamp"]
        assert np.abs(np.array(times) - np.array(funasr_times(one))).max() <= 1
        compared += 1
    assert compared >= 20
    assert compared > differing


def test_decoding_is_the_forced_alignment_of_what_it_decodes() -> None:
    """Against FunASR's own alignment, on posteriors as flat and as sharp as they come."""
    import torch
    from funasr.models.sense_voice.utils.ctc_alignment import ctc_forced_align

    generator = torch.Generator().manual_seed(7)
    for sharpness in (0.5, 2.0, 8.0):
        scores = torch.randn(12, 40, 9, generator=generator) * sharpness
        lengths = torch.randint(3, 41, (12,), generator=generator)
        for i, frames in enumerate(lengths.tolist()):
            log_probabilities = scores[i, :frames].log_softmax(dim=1)
            certainty, path = log_probabilities.exp().max(dim=1)
            decoded = ctc.decode(path.numpy(), certainty.numpy())
            if not len(decoded.ids):
                continue
            aligned = ctc_forced_align(
                log_probabilities[None],
                torch.from_numpy(decoded.ids)[None],
                torch.tensor([frames]),
                torch.tensor([len(decoded.ids)]),
            )[0].numpy()
            tokens = np.zeros(frames, np.int64)
            for token, start, end in zip(decoded.ids, decoded.starts, decoded.ends, strict=True):
                tokens[start:end] = token
            assert (path == aligned).all()
            for token, start, end, probability in zip(
                decoded.ids, decoded.starts, decoded.ends, decoded.probabilities, strict=True
            ):
                expected = log_probabilities[start:end, token].exp().max()
                assert probability == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("samples", [400, 401, 559, 560, 960, 961, 1360, 16_000, 70_000])
def test_features_are_funasrs(reference: Any, clips: dict[str, Clip], samples: int) -> None:
    import torch

    frontend = reference.kwargs["frontend"]
    extract = FeatureExtractor.from_frontend(frontend, torch.device("cpu"))
    audio = np.concatenate([clip.audio for clip in clips.values()])[3000 : 3000 + samples]
    wave, length = torch.from_numpy(audio)[None], torch.tensor([samples])
    theirs, their_frames = frontend(wave, length)
    ours = extract(wave, [samples])
    assert ours.shape[1] == extract.frames(samples) == int(their_frames[0])
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-3)
    assert (ours - theirs).abs().mean() < 1e-5


def test_features_do_not_depend_on_padding(reference: Any, clips: dict[str, Clip]) -> None:
    import torch

    extract = FeatureExtractor.from_frontend(reference.kwargs["frontend"], torch.device("cpu"))
    audio = torch.from_numpy(clips["en1"].audio)
    padded = torch.nn.functional.pad(audio, (0, 5000), value=0.5)
    alone = extract(audio[None], [len(audio)])
    among = extract(torch.stack((padded, padded)), [len(audio), len(padded)])
    torch.testing.assert_close(among[0, : alone.shape[1]], alone[0])
    assert not among[0, alone.shape[1] :].any()


def test_encoder_is_funasrs(reference: Any, pocket: SenseVoice, clips: dict[str, Clip]) -> None:
    import torch

    from vidtag.listening.speech.encoder import BatchRows, Encoder

    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(3, 50, 560, generator=generator)
    lengths = torch.tensor([50, 31, 7])
    encoder = Encoder(reference.model.encoder, torch.float32)
    packed, padded = (
        BatchRows((50, 31, 7), torch.device("cpu"), padded=padded) for padded in (False, True)
    )
    with torch.inference_mode():
        theirs, _ = reference.model.encoder(inputs.clone(), lengths)
        for layout in (packed, padded):
            ours = encoder(inputs, layout)
            for i, frames in enumerate(lengths.tolist()):
                mine = ours[layout.starts[i] : layout.starts[i] + frames]
                torch.testing.assert_close(mine, theirs[i, :frames], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ("cpu", "bfloat16"),
        ("cpu", "float16"),
        ("cuda", "float32"),
        ("cuda", "bfloat16"),
        ("cuda", "float16"),
    ],
)
def test_other_numbers_hear_nearly_the_same(
    pocket: SenseVoice, clips: dict[str, Clip], device: str, kind: NumberType
) -> None:
    """Loose, because the clips are few; ``benchmarks/number_types.py`` measures it on many.

    Few CPUs multiply float16 themselves: it goes the slow way then.
    """
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    audio = [clip.audio for clip in clips.values()]
    other = SenseVoice.load(ModelConfig(name="pocket", device=device), number_type=kind)
    assert (other.device.type, other.number_type) == (device, kind)
    wrong = total = 0
    for one, half in zip(pocket.recognise(audio), other.recognise(audio), strict=True):
        assert half.language == one.language
        assert half.language_probability == pytest.approx(one.language_probability, abs=0.1)
        pieces = [token.piece for token in one.tokens]
        wrong += Levenshtein.distance(pieces, [token.piece for token in half.tokens])
        total += len(pieces)
        if pieces == [token.piece for token in half.tokens]:
            for a, b in zip(one.tokens, half.tokens, strict=True):
                assert b.probability == pytest.approx(a.probability, abs=0.1)
    assert wrong <= 0.01 * total
    windows = np.stack([sound[:RATE] for sound in audio if len(sound) >= RATE])
    heard, expected = other.classify_windows(windows), pocket.classify_windows(windows)
    for name in ("events", "other", "emotions"):
        assert getattr(heard, name) == pytest.approx(getattr(expected, name), abs=0.1)


@pytest.mark.parametrize("own", [64, 70, 80])
def test_attention_by_products_is_attention(own: int) -> None:
    """Of the recording's own rows, whatever lies behind them."""
    import torch

    from vidtag.listening.speech.encoder import _attend

    generator = torch.Generator().manual_seed(2)
    parts = torch.randn(12, 80, 16, generator=generator).bfloat16()
    parts[:, own:] *= 50
    q, k, v = parts[:, :own].float().chunk(3)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    found = _attend(parts, own).float()
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("kind", ["bfloat16", "float32"])
def test_the_kernels_compute_what_pytorch_does(kind: str) -> None:
    import torch
    from torch.nn import functional

    from vidtag.listening.speech import kernels

    generator = torch.Generator().manual_seed(2)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    number_type = getattr(torch, kind)
    x, more, qkv = random(40, 64), random(40, 64).to(number_type), random(40, 192).to(number_type)
    norm = torch.nn.LayerNorm(64, eps=1e-12).requires_grad_(False)
    norm.weight.copy_(random(64))
    norm.bias.copy_(random(64))
    taps = random(11, 64)
    expected = x + more.float()
    for begin, end in ((0, 25), (25, 28), (28, 40)):
        values = qkv[begin:end, 128:].float().t()[None]
        memory = functional.conv1d(values, taps.t()[:, None], padding=5, groups=64)
        expected[begin:end] += memory[0].t()
    ours = x.clone()
    normed = kernels.remember(ours, more, qkv, taps, np.array([0, 25, 28, 40]), norm)
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(normed, norm(expected).to(number_type), atol=1e-2, rtol=1e-2)
    ours = x.clone()
    normed = kernels.add(ours, more, norm)
    torch.testing.assert_close(ours, x + more.float())
    torch.testing.assert_close(normed, norm(ours).to(number_type), atol=1e-2, rtol=1e-2)
    assert (normed.float() - norm(ours)).abs().max() < 2**-8 * norm(ours).abs().max()


@pytest.mark.parametrize("pieces", [100, 300, 5000])
@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_the_head_finds_the_likeliest_piece(pieces: int, kind: str) -> None:
    """Also where scores are nearly alike, and where most of them is the same for all pieces, which
    bfloat16 by itself cannot tell apart.
    """
    import torch

    from vidtag.listening.speech.head import Head

    generator = torch.Generator().manual_seed(3)
    weight = torch.randn(pieces, 48, generator=generator)
    bias = torch.randn(pieces, generator=generator)
    middle = 5 * torch.randn(48, generator=generator)
    states = middle + torch.randn(1500, 48, generator=generator)
    weight += 3 * torch.randn(48, generator=generator)
    bias -= weight @ middle  # no piece is always the likeliest
    # Two pieces that differ by a thousandth.
    weight[7], bias[7] = weight[pieces // 2], bias[pieces // 2] + 1e-3
    expected = torch.nn.functional.linear(states, weight, bias)
    certainty, ids = expected.softmax(dim=1).max(dim=1)
    head = Head(weight, bias, 0, getattr(torch, kind), middle)
    best, ours = head.best(states)
    wrong = (best != ids).float().mean()
    assert wrong <= (0 if kind == "float32" else 0.002)
    spoken = (best == ids) & (ids != 0)
    torch.testing.assert_close(ours[spoken], certainty[spoken], atol=0.03, rtol=0.05)
    assert not ours[best == 0].any()


def test_a_wide_network_of_random_weights_is_funasrs(
    tmp_path: Path, clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SenseVoiceSmall's width and vocabulary, fewer blocks: what the pocket model is too small to
    show. ``benchmarks/parity.py`` does the same with all 70 blocks."""
    from benchmarks import parity, random_model

    small = {"output_size": 512, "linear_units": 2048, "num_blocks": 3, "tp_blocks": 2}
    monkeypatch.setattr(random_model, "ENCODER", small)
    audio = [clip.audio for clip in clips.values()]
    audio += [audio[0][: RATE // 3], np.concatenate(audio)[: 30 * RATE]]
    found = parity.compare(tmp_path / "model", audio, ["auto", "ja"])
    assert found.recordings == 4 * len(audio)
    assert found.same == found.recordings
