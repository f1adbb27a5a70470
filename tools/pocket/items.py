"""An example as it is trained on or measured with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.pocket.mix import Unit
from tools.pocket.sounds import RATE, Audio


@dataclass(frozen=True)
class Item:
    """An example: (frames, 80) log-mel float16, labels, and for test items the sound as int16."""

    kind: str
    features: npt.NDArray[np.float16]
    lang: str | None
    emotion: str | None
    event: str | None
    units: tuple[Unit, ...] | None
    family: str
    seconds: float
    audio: npt.NDArray[np.int16] | None


def mel(audio: Audio) -> npt.NDArray[np.float16]:
    """80 log-mel bins every 10 ms, as funasr's WavFrontend computes them with dither 0."""
    import torch
    from funasr.utils import fbank

    wave = torch.from_numpy(audio * 32768.0)[None]
    frames = fbank.fbank(
        wave,
        num_mel_bins=80,
        frame_length=25,
        frame_shift=10,
        dither=0.0,
        energy_floor=0.0,
        window_type="hamming",
        sample_frequency=RATE,
        snip_edges=True,
    )
    return np.asarray(frames, np.float16)
