"""Waveforms to what the encoder eats: four query vectors, then features.

The network answers at the queries' positions with the language, the emotion, the sound event and
whether numbers are written as figures.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from vidtag.listening.speech.encoder import BatchRows
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.transfer import host_buffer, send
from vidtag.media.samples import Samples

QUERIES = 4
"""Positions before the audio: language, emotion, event, text normalisation."""

LANGUAGES = ("auto", "zh", "en", "yue", "ja", "ko")
"""What may be asked for; ``auto`` lets the model find out."""

_LANGUAGE_QUERY = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_WITH_ITN, _WITHOUT_ITN = 14, 15


class NetworkInputs:
    """Makes inputs of waveforms.

    Args:
        queries: what may be asked, shape (queries, input width), float32, on the device.
    """

    def __init__(self, features: FeatureExtractor, queries: torch.Tensor) -> None:
        self._features, self._queries = features, queries
        self._device = queries.device

    def __call__(
        self, waveforms: Sequence[Samples] | Samples, language: str, itn: bool
    ) -> tuple[torch.Tensor, BatchRows]:
        """Inputs of shape (recordings, longest, input width), and where each is to lie."""
        samples = [len(waveform) for waveform in waveforms]
        padded = host_buffer((len(samples), max(samples)), torch.float32, self._device)
        for row, waveform in zip(padded.numpy(), waveforms, strict=True):
            row[: len(waveform)], row[len(waveform) :] = waveform, 0.0
        features = self._features(send(padded, self._device), samples)
        asked = (_LANGUAGE_QUERY[language], 1, 2, _WITH_ITN if itn else _WITHOUT_ITN)
        queries = torch.stack([self._queries[query] for query in asked])
        inputs = torch.cat((queries.expand(len(features), -1, -1), features), dim=1)
        rows = [self._features.frames(count) + QUERIES for count in samples]
        return inputs, BatchRows(rows, self._device)
