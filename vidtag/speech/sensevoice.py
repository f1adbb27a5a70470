"""SenseVoice: FunASR builds the network, its forward pass over whole batches is our own.

Four query vectors stand before the features; the network answers at their positions with the
language, the emotion, the sound event and whether numbers are written as figures. What it writes
there are ordinary pieces of its vocabulary, found here by name, because ids differ between models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vidtag.config import ModelConfig
from vidtag.errors import ModelError, UserError
from vidtag.speech.features import FeatureExtractor
from vidtag.speech.models import resolve
from vidtag.speech.quiet import quiet
from vidtag.types import SAMPLE_RATE, EventKind, ModelInfo

if TYPE_CHECKING:
    import torch

Waveform = npt.NDArray[np.float32]

QUERIES = 4
"""Positions before the audio: language, emotion, event, text normalisation."""

EVENT_COLUMNS: tuple[str, ...] = (*EventKind, "Speech", "Event_UNK")
"""What the columns of ``SenseVoice.event_posteriors`` stand for."""

_LANGUAGE_QUERY = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_EMOTION_QUERY, _EVENT_QUERY = 1, 2
_WITH_ITN, _WITHOUT_ITN = 14, 15


class SenseVoice:
    """A loaded model. Make one with ``SenseVoice.load``; it may be used from one thread at a time.

    Attributes:
        info: which model it is.
        device: where it runs.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        features: FeatureExtractor,
        info: ModelInfo,
        device: torch.device,
    ) -> None:
        self.info = info
        self.device = device
        self._network = network
        self._pieces = tokenizer
        self._features = features
        ids = {tokenizer.id_to_piece(i): i for i in range(tokenizer.get_piece_size())}
        self._event_ids = self._find(ids, EVENT_COLUMNS)

    @classmethod
    def load(cls, config: ModelConfig) -> SenseVoice:
        """Load the model that ``config`` names, onto the device it names.

        Raises:
            ModelUnavailableError: it has to be fetched, and cannot be.
            ModelError: the folder is incomplete, or holds something else.
            UserError: the device does not exist here.
        """
        import torch

        folder = resolve(config)
        device = _device(config.device)
        with quiet():
            from funasr import AutoModel

            network, parts = AutoModel.build_model(
                model=str(folder.path),
                device=str(device),
                ncpu=torch.get_num_threads(),
                init_param=str(folder.checkpoint),
            )
        features = FeatureExtractor.from_frontend(parts["frontend"], device)
        info = ModelInfo(
            name=folder.name,
            origin=folder.origin,
            revision=folder.revision,
            parameters=sum(p.numel() for p in network.parameters()),
            digest=_digest(folder.checkpoint),
        )
        return cls(network, parts["tokenizer"].sp, features, info, device)

    def event_posteriors(self, windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability of each event being the main sound of each window.

        Args:
            windows: shape (n, samples), 16 kHz mono in [-1, 1]; all of one length, so that none is
                padded.

        Returns:
            Shape (n, len(EVENT_COLUMNS)), columns as ``EVENT_COLUMNS`` names them: the kinds in the
            order of ``EventKind``, then Speech, then Event_UNK. Rows sum to 1.
        """
        import torch

        if windows.ndim != 2 or windows.dtype != np.float32:
            raise UserError("windows must be a float32 array of shape (n, samples)")
        rows = [np.zeros((0, len(EVENT_COLUMNS)), np.float32)]
        size = max(1, int(_WINDOW_BATCH_SECONDS * SAMPLE_RATE / max(windows.shape[1], 1)))
        head = self._network.ctc.ctc_lo
        with torch.inference_mode():
            weight, bias = head.weight[self._event_ids], head.bias[self._event_ids]
            for first in range(0, len(windows), size):
                batch = torch.from_numpy(np.ascontiguousarray(windows[first : first + size]))
                batch = batch.to(self.device)
                samples = torch.full((len(batch),), batch.shape[1], device=self.device)
                encoded, _ = self._encode(batch, samples, language="auto", itn=True)
                scores = torch.nn.functional.linear(encoded[:, _EVENT_QUERY], weight, bias)
                rows.append(scores.float().softmax(dim=1).cpu().numpy())
        return np.concatenate(rows)

    def _encode(
        self, waveforms: torch.Tensor, samples: torch.Tensor, *, language: str, itn: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the encoder: shapes (batch, QUERIES + frames, width) and (batch,) frames."""
        import torch

        features, frames = self._features(waveforms, samples)
        norm = _WITH_ITN if itn else _WITHOUT_ITN
        query = torch.tensor([_LANGUAGE_QUERY[language], 1, 2, norm], device=self.device)
        queries = self._network.embed(query).expand(len(features), -1, -1)
        encoded, _ = self._network.encoder(torch.cat((queries, features), dim=1), frames + QUERIES)
        return encoded, frames

    def _find(self, ids: Mapping[str, int], names: Sequence[str]) -> list[int]:
        missing = [name for name in names if f"<|{name}|>" not in ids]
        if missing:
            raise ModelError(f"the tokenizer has no piece <|{missing[0]}|>: not a SenseVoice model")
        return [ids[f"<|{name}|>"] for name in names]


_WINDOW_BATCH_SECONDS = 64.0


def _device(name: str) -> torch.device:
    import torch

    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"there is no CUDA device {name} here", remedy="use --device cpu or auto")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError("there is no MPS device here", remedy="use --device cpu or auto")
    return device


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
