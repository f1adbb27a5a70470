from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from vidtag.core.records import Language
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.sensevoice import SenseVoice

DATA = Path(__file__).parent / "data"
RATE = 16_000

Audio = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    language: Language
    text: str
    audio: Audio


def decode(path: Path) -> Audio:
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(path)) as file:
        pieces = [p for frame in file.decode(audio=0) for p in resampler.resample(frame)]
    pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces]).astype(np.float32)


def silence(seconds: float) -> Audio:
    return np.zeros(round(seconds * RATE), np.float32)


def row(sounds: Sequence[Audio], gap: float) -> tuple[Audio, list[tuple[float, float]]]:
    """Sounds in a row with gaps around them; where each is, in seconds."""
    pieces, spans, at = [silence(gap)], [], gap
    for sound in sounds:
        length = len(sound) / RATE
        spans.append((at, at + length))
        at += length + gap
        pieces += [sound, silence(gap)]
    return np.concatenate(pieces), spans


@pytest.fixture(scope="session")
def clips() -> dict[str, Clip]:
    truth = json.loads((DATA / "clips.json").read_text(encoding="utf-8"))
    return {
        name: Clip(Language(clip["language"]), clip["text"], decode(DATA / f"{name}.opus"))
        for name, clip in truth.items()
    }


@pytest.fixture(scope="session")
def pocket() -> SenseVoice:
    return SenseVoice.load(ModelConfig(name="pocket", device="cpu", number_type="float32"))


@pytest.fixture(scope="session")
def reference() -> Iterator[Any]:
    """FunASR's own way through the same model."""
    import torch

    from vidtag.listening.models.locate import local_path

    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        from funasr import AutoModel

        model = AutoModel(
            model=str(local_path(ModelConfig(name="pocket"))),
            device="cpu",
            ncpu=torch.get_num_threads(),
            disable_update=True,
            disable_pbar=True,
            log_level="ERROR",
            # Its default adds noise; set later, it is forgotten before each call.
            frontend_conf={"dither": 0.0},
        )
    yield model
    logging.disable(logging.NOTSET)
