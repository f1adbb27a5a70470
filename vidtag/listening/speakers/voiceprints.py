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

from vidtag.listening.speakers.checkpoints import load_tensors
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.funasr_door import campplus_network
from vidtag.media.samples import SAMPLE_RATE, Samples

Voiceprints = npt.NDArray[np.float32]
"""Shape (stretches, dimensions), each of length 1: their products are cosines."""

_BATCH = 16


class Embedder(Protocol):
    """Makes voiceprints."""

    @property
    def length(self) -> int:
        """Samples it takes at once."""

    def __call__(self, stretches: Sequence[Samples]) -> Voiceprints:
        """Voiceprints of stretches (16 kHz mono float32); none of them empty."""


class CampPlus:
    """CAM++ on stretches of three seconds; what is shorter is repeated.

    Raises:
        ModelError: the file is damaged.
    """

    length = 3 * SAMPLE_RATE

    def __init__(self, file: Path, device: torch.device) -> None:
        network = campplus_network()
        load_tensors(network, file)
        self._network = network.eval().to(device)
        self._features = FeatureExtractor.plain(80, device)
        self._device = device

    def __call__(self, stretches: Sequence[Samples]) -> Voiceprints:
        """Voiceprints of stretches."""
        rows = [np.resize(one, self.length).astype(np.float32) for one in stretches]
        prints = [
            self._embed(np.stack(rows[first : first + _BATCH]))
            for first in range(0, len(rows), _BATCH)
        ]
        return np.concatenate(prints) if prints else np.zeros((0, 192), np.float32)

    def _embed(self, rows: Samples) -> Voiceprints:
        with torch.inference_mode():
            sound = torch.from_numpy(rows).to(self._device)
            counts = torch.full((len(rows),), self.length, device=self._device)
            features, _ = self._features(sound, counts)
            features = features - features.mean(dim=1, keepdim=True)
            prints = torch.nn.functional.normalize(self._network(features), dim=1)
            result: Voiceprints = prints.float().cpu().numpy()
        return result
