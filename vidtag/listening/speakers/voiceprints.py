"""A stretch of one voice to a voiceprint: a direction in space that is near for one speaker's
stretches and far for those of two.

Two embedders stand behind one interface; both are CAM++ (Wang et al.: CAM++, Interspeech 2023),
with FunASR's network and weights trained on Chinese and English, or on Chinese.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from vidtag.listening.speakers.campplus import FastCampPlus
from vidtag.listening.speakers.checkpoints import load_tensors
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.funasr_door import campplus_network
from vidtag.listening.speech.workers import Workers
from vidtag.media.samples import SAMPLE_RATE, Samples

Voiceprints = npt.NDArray[np.float32]
"""Shape (stretches, dimensions), each of length 1: their products are cosines."""

_BATCH = 32
"""Stretches that go through the network at once, at most."""

_SMALLEST_BATCH = 4
"""Stretches are not divided among workers into smaller batches than this."""

_SHORTEST = SAMPLE_RATE // 2
"""Samples that the network is given at least."""

_STEP = SAMPLE_RATE // 4
"""Samples by which what the network is given grows, so that many stretches are of one length."""


class Embedder(Protocol):
    """Makes voiceprints."""

    def __call__(self, stretches: Sequence[Samples], /) -> Voiceprints:
        """Voiceprints of stretches (16 kHz mono float32); none of them empty."""


class CampPlus:
    """CAM++ on stretches.

    Args:
        workers: threads that each take a batch.

    Raises:
        ModelError: the file is damaged.
    """

    def __init__(
        self,
        file: Path,
        device: torch.device,
        number_type: torch.dtype = torch.float32,
        workers: Workers | None = None,
    ) -> None:
        network = campplus_network()
        load_tensors(network, file)
        self._network = FastCampPlus(network.eval(), device, number_type)
        self._features = FeatureExtractor.plain(80, device)
        self._device = device
        self._workers = workers or Workers(1)

    def __call__(self, stretches: Sequence[Samples]) -> Voiceprints:
        """Voiceprints of stretches; what shares a batch changes nothing. Each is repeated up to
        the next length that the network is given.
        """

        def work(batch: list[int]) -> Voiceprints:
            length = _given(stretches[batch[0]])
            rows = [np.resize(stretches[number], length) for number in batch]
            return self._embed(np.stack(rows).astype(np.float32))

        prints = np.zeros((len(stretches), 192), np.float32)
        share = -(-len(stretches) // self._workers.count)
        batches = [*_batches(stretches, min(max(share, _SMALLEST_BATCH), _BATCH))]
        for batch, found in zip(batches, self._workers.map(work, batches), strict=True):
            prints[batch] = found
        return prints

    def _embed(self, rows: Samples) -> Voiceprints:
        with torch.inference_mode():
            sound = torch.from_numpy(rows).to(self._device)
            features = self._features(sound, [rows.shape[1]] * len(rows))
            features = features - features.mean(dim=1, keepdim=True)
            prints = torch.nn.functional.normalize(self._network(features), dim=1)
            result: Voiceprints = prints.float().cpu().numpy()
        return result


def _given(stretch: Samples) -> int:
    """How many samples of a stretch, repeated, the network is given."""
    return max(-(-len(stretch) // _STEP) * _STEP, _SHORTEST)


def _batches(stretches: Sequence[Samples], most: int) -> Iterator[list[int]]:
    """Numbers of stretches that are given at one length, ``most`` at once."""
    alike: dict[int, list[int]] = defaultdict(list)
    for number, stretch in enumerate(stretches):
        alike[_given(stretch)].append(number)
    for numbers in alike.values():
        for first in range(0, len(numbers), most):
            yield numbers[first : first + most]
