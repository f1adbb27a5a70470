"""A stretch of one voice to a voiceprint: a direction in space that is near for one speaker's
stretches and far for those of two.

Two embedders stand behind one interface; both are CAM++ (Wang et al.: CAM++, Interspeech 2023),
with FunASR's network and weights trained on Chinese and English, or on Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from vidtag.listening.speakers.campplus import FastCampPlus
from vidtag.listening.speakers.checkpoints import load_tensors
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.funasr_door import campplus_network
from vidtag.media.samples import SAMPLE_RATE, Samples

Voiceprints = npt.NDArray[np.float32]
"""Shape (stretches, dimensions), each of length 1: their products are cosines."""

_BATCH = 32

_SHORTEST = SAMPLE_RATE // 2
"""Samples that the network is given at least."""


class Embedder(Protocol):
    """Makes voiceprints."""

    def __call__(self, stretches: Sequence[Samples], /) -> Voiceprints:
        """Voiceprints of stretches (16 kHz mono float32); none of them empty."""


class CampPlus:
    """CAM++ on stretches of about one length.

    Raises:
        ModelError: the file is damaged.
    """

    def __init__(
        self, file: Path, device: torch.device, number_type: torch.dtype = torch.float32
    ) -> None:
        network = campplus_network()
        load_tensors(network, file)
        self._network = FastCampPlus(network.eval(), device, number_type)
        self._features = FeatureExtractor.plain(80, device)
        self._device = device

    def __call__(self, stretches: Sequence[Samples]) -> Voiceprints:
        """Voiceprints of stretches; of a batch, the shorter ones are repeated."""
        prints = np.zeros((len(stretches), 192), np.float32)
        order = sorted(range(len(stretches)), key=lambda number: len(stretches[number]))
        for first in range(0, len(order), _BATCH):
            numbers = order[first : first + _BATCH]
            length = max(len(stretches[numbers[-1]]), _SHORTEST)
            rows = [np.resize(stretches[number], length) for number in numbers]
            prints[numbers] = self._embed(np.stack(rows).astype(np.float32))
        return prints

    def _embed(self, rows: Samples) -> Voiceprints:
        with torch.inference_mode():
            sound = torch.from_numpy(rows).to(self._device)
            counts = torch.full((len(rows),), rows.shape[1], device=self._device)
            features, _ = self._features(sound, counts)
            features = features - features.mean(dim=1, keepdim=True)
            prints = torch.nn.functional.normalize(self._network(features), dim=1)
            result: Voiceprints = prints.float().cpu().numpy()
        return result
