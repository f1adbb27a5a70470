"""Which of up to three voices is heard at each moment of ten seconds of sound.

The network is pyannote's segmentation 3.0 (Bredin: pyannote.audio 2.1; Plaquet and Bredin: Powerset
multi-class cross entropy loss for neural speaker diarization, both Interspeech 2023): a bank of
learnt band-pass filters (SincNet, Ravanelli and Bengio 2018), convolutions, a recurrent network in
both directions, and seven classes: silence, each of three voices, each pair of them. It knows
voices only within its ten seconds: voice 0 of one window may be voice 2 of the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from vidtag.listening.speakers.checkpoints import load_tensors
from vidtag.listening.speech.workers import Workers
from vidtag.media.samples import SAMPLE_RATE, Samples

WINDOW = 10 * SAMPLE_RATE
"""Samples that the network takes at once."""

VOICES = 3
"""Voices it tells apart within a window."""

FRAME = 270
"""Samples between two frames of its answer."""

_CENTRE = 495
"""Sample at the middle of what the first frame sees."""

_CLASSES = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""The voices that each class of the network means."""

Activity = npt.NDArray[np.float32]
"""Shape (windows, frames, VOICES): probability that each voice is heard."""

_FILTER_LENGTH = 251
_STEP = 10
_LOWEST_HZ = _NARROWEST_HZ = 50.0

_PART = 768
"""Frames that are computed at once."""


def frame_of(sample: int) -> int:
    """The frame, counted from the window's start, whose middle is nearest to a sample of it."""
    return max(0, round((sample - _CENTRE) / FRAME))


def sample_of(frame: int) -> int:
    """Where the stretch begins that a frame stands for, in samples from the window's start."""
    return max(0, frame * FRAME + _CENTRE - FRAME // 2)


class Segmenter(Protocol):
    """Tells voices apart within windows."""

    def __call__(self, windows: list[Samples], /) -> Activity:
        """What is heard in windows of ``WINDOW`` samples each."""


class Segmentation:
    """The network, loaded.

    Args:
        workers: threads that share the windows.

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
        network = _Network()
        load_tensors(network, file, key="state_dict")
        network.fix_filters()
        self._network = network.eval().to(device, number_type)
        self._device, self._number_type = device, number_type
        self._workers = workers or Workers(1)
        meaning = torch.zeros(len(_CLASSES), VOICES)
        for number, voices in enumerate(_CLASSES):
            meaning[number, list(voices)] = 1.0
        self._meaning = meaning.to(device)

    def __call__(self, windows: list[Samples]) -> Activity:
        """What is heard in windows of ``WINDOW`` samples each."""
        share = -(-len(windows) // self._workers.count)
        parts = [windows[first : first + share] for first in range(0, len(windows), share)]
        return np.concatenate(self._workers.map(self._heard, parts))

    def _heard(self, windows: list[Samples]) -> Activity:
        with torch.inference_mode():
            sound = torch.from_numpy(np.stack(windows)).to(self._device, self._number_type)
            posteriors = self._network(sound[:, None]).float().softmax(dim=-1)
            activity: Activity = (posteriors @ self._meaning).cpu().numpy()
        return activity


class _SincBank(nn.Module):
    """Pairs of band-pass filters, the second of each a quarter of a period behind the first."""

    def __init__(self, pairs: int) -> None:
        super().__init__()
        self.low_hz_ = nn.Parameter(torch.zeros(pairs, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(pairs, 1))
        half = _FILTER_LENGTH // 2
        self.register_buffer("window_", torch.zeros(half))
        self.register_buffer("n_", torch.zeros(1, half))

    def filters(self) -> torch.Tensor:
        """Impulse responses, shape (2 * pairs, 1, length); those of one phase come first."""
        low = _LOWEST_HZ + self.low_hz_.abs()
        high = (low + _NARROWEST_HZ + self.band_hz_.abs()).clamp(max=SAMPLE_RATE / 2)
        width = 2 * (high - low)
        time = self.get_buffer("n_")  # negative, in radians per hertz
        taper = self.get_buffer("window_") * 2 / time / width
        even = (torch.sin(high * time) - torch.sin(low * time)) * taper
        odd = (torch.cos(low * time) - torch.cos(high * time)) * taper
        one, none = torch.ones_like(low), torch.zeros_like(low)
        cosines = torch.cat((even, one, even.flip(1)), dim=1)
        sines = torch.cat((odd, none, -odd.flip(1)), dim=1)
        return torch.cat((cosines, sines))[:, None]


class _FirstLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.filterbank = _SincBank(40)


class _Sound(nn.Module):
    """Sound to 60 features per frame."""

    def __init__(self) -> None:
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.convolutions = [nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)]
        self.conv1d = nn.ModuleList((_FirstLayer(), *self.convolutions))
        self.norms = [nn.InstanceNorm1d(n, affine=True) for n in (80, 60, 60)]
        self.norm1d = nn.ModuleList(self.norms)

    def forward(self, sound: torch.Tensor, bank: torch.Tensor) -> torch.Tensor:
        """Shape (windows, 1, samples) to (windows, frames, 60); ``bank`` is (length, 80).

        Time is the outer dimension, so that a convolution is one large matrix product; and windows
        go one by one, so that what lies between stays in the processor's cache.
        """
        levelled = self.wav_norm1d(sound)[:, 0]
        return torch.stack([self._of_one(window, bank) for window in levelled])

    def _of_one(self, sound: torch.Tensor, bank: torch.Tensor) -> torch.Tensor:
        out = _levelled(_highest_of_three(sound, bank, _STEP, magnitude=True), self.norms[0])
        for convolution, norm in zip(self.convolutions, self.norms[1:], strict=True):
            # What it adds to a channel is lost when channels are brought to one mean.
            kernel = convolution.weight.permute(2, 1, 0).flatten(0, 1)
            out = _levelled(_highest_of_three(out, kernel, out.shape[1]), norm)
        return out


def _highest_of_three(
    signal: torch.Tensor, kernel: torch.Tensor, step: int, *, magnitude: bool = False
) -> torch.Tensor:
    """A convolution over time, and of every three frames of it the highest.

    On a CPU in parts: what lies between would not fit into its cache.

    Args:
        signal: its first dimension is time.
        kernel: shape (numbers that a frame sees, channels).
        step: numbers of the signal from one frame to the next.
        magnitude: whether it is without its sign that a number counts.

    Returns:
        Shape (frames, channels).
    """
    seen = signal.flatten().unfold(0, len(kernel), step)
    seen = seen[: len(seen) // 3 * 3]
    highest = []
    for part in torch.split(seen, _PART if signal.device.type == "cpu" else len(seen)):
        out = torch.mm(part, kernel)
        if magnitude:
            out.abs_()
        first, second, third = (out[n::3] for n in range(3))
        highest.append(torch.maximum(torch.maximum(first, second), third))
    return torch.cat(highest)


def _levelled(frames: torch.Tensor, norm: nn.InstanceNorm1d) -> torch.Tensor:
    """Each channel brought to one mean and spread over time, and what is negative made small."""
    mean = frames.mean(dim=0, dtype=torch.float32)
    spread = frames.square().mean(dim=0, dtype=torch.float32) - mean.square()
    scale = norm.weight * torch.rsqrt(spread.clamp(min=0) + norm.eps)
    shift = norm.bias - mean * scale
    out = torch.addcmul(shift.to(frames.dtype), frames, scale.to(frames.dtype))
    return functional.leaky_relu_(out)


class _Network(nn.Module):
    """Its parts bear the names that the published weights give them."""

    bank: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = _Sound()
        self.lstm = nn.LSTM(60, 128, 4, bidirectional=True, batch_first=True)
        self.linears = [nn.Linear(256, 128), nn.Linear(128, 128)]
        self.linear = nn.ModuleList(self.linears)
        self.classifier = nn.Linear(128, len(_CLASSES))
        self.register_buffer("bank", torch.zeros(_FILTER_LENGTH, 80), persistent=False)

    def fix_filters(self) -> None:
        """Compute the filters once; their parameters are learnt no more."""
        first = self.sincnet.conv1d[0]
        assert isinstance(first, _FirstLayer)
        with torch.no_grad():
            self.bank = first.filterbank.filters()[:, 0].t().contiguous()

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        """Logits of the classes, shape (windows, frames, classes)."""
        out = self.sincnet(sound, self.bank)
        out, _ = self.lstm(out)
        for linear in self.linears:
            out = functional.leaky_relu(linear(out))
        logits: torch.Tensor = self.classifier(out)
        return logits
