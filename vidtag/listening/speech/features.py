"""Waveforms to the features SenseVoice eats: Kaldi filter banks, stacked and normalised.

This computes what FunASR's ``WavFrontend`` computes, without dither and for a whole batch at once
on whatever device the model is on. Definitions: Kaldi's ``compute-fbank-feats`` (25 ms frames every
10 ms, mean removed, pre-emphasis 0.97, Hamming window, power spectrum of 512 points, 80 triangular
mel filters from 20 Hz to half the sample rate, natural logarithm) and its low frame rate stacking
(7 frames every 6, the first and last frame repeated past the edges).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from vidtag.core.errors import ModelError
from vidtag.listening.speech.transfer import send_numbers
from vidtag.media.samples import SAMPLE_RATE

_PRE_EMPHASIS = 0.97
_LOWEST_HZ = 20.0
_FULL_SCALE = float(1 << 15)
_FLOOR = 1.1920928955078125e-07
"""Single precision epsilon, Kaldi's floor under the logarithm."""


@dataclass(frozen=True, eq=False)
class FeatureExtractor:
    """Features of a batch of waveforms.

    Attributes:
        frame_length, frame_shift: of the filter banks, in samples.
        stack, stride: filter bank frames in one feature frame, and between two.
        window: shape (frame_length,).
        mel: shape (fft bins, mel filters).
        shift, scale: normalisation, shape (stack * mel filters,).
    """

    frame_length: int
    frame_shift: int
    stack: int
    stride: int
    fft_size: int
    window: torch.Tensor
    mel: torch.Tensor
    shift: torch.Tensor
    scale: torch.Tensor

    @classmethod
    def from_frontend(cls, frontend: Any, device: torch.device) -> FeatureExtractor:
        """Take over the settings of FunASR's ``WavFrontend``.

        Raises:
            ModelError: it asks for something else than SenseVoice models do.
        """
        if frontend.fs != SAMPLE_RATE or frontend.window != "hamming" or frontend.cmvn is None:
            raise ModelError(
                f"unknown kind of audio frontend: {frontend.fs} Hz, {frontend.window} window"
            )
        wanted = (2, frontend.lfr_m * frontend.n_mels)
        if tuple(frontend.cmvn.shape) != wanted or not bool(frontend.cmvn.isfinite().all()):
            raise ModelError(
                f"its normalisation (am.mvn) is damaged: not two rows of {wanted[1]} numbers",
                remedy="fetch the model again",
            )
        length = round(frontend.frame_length * SAMPLE_RATE / 1000)
        fft_size = 1 << (length - 1).bit_length()
        return cls(
            frame_length=length,
            frame_shift=round(frontend.frame_shift * SAMPLE_RATE / 1000),
            stack=frontend.lfr_m,
            stride=frontend.lfr_n,
            fft_size=fft_size,
            window=torch.hamming_window(length, periodic=False, device=device),
            mel=_mel_filters(frontend.n_mels, fft_size).to(device),
            shift=frontend.cmvn[0].to(device),
            scale=frontend.cmvn[1].to(device),
        )

    @classmethod
    def plain(cls, mel_filters: int, device: torch.device) -> FeatureExtractor:
        """Filter banks as Kaldi gives them by default, neither stacked nor normalised; its window
        is called after Povey.
        """
        length, shift = SAMPLE_RATE // 40, SAMPLE_RATE // 100
        fft_size = 1 << (length - 1).bit_length()
        return cls(
            frame_length=length,
            frame_shift=shift,
            stack=1,
            stride=1,
            fft_size=fft_size,
            window=torch.hann_window(length, periodic=False, device=device).pow(0.85),
            mel=_mel_filters(mel_filters, fft_size).to(device),
            shift=torch.zeros(mel_filters, device=device),
            scale=torch.ones(mel_filters, device=device),
        )

    def frames(self, samples: int) -> int:
        """Feature frames that come of so many samples (at least one frame's worth)."""
        return -(-(self._last_bank(samples) + 1) // self.stride)

    def _last_bank(self, samples: int) -> int:
        return (max(samples, self.frame_length) - self.frame_length) // self.frame_shift

    def __call__(self, waveforms: torch.Tensor, samples: Sequence[int]) -> torch.Tensor:
        """Compute features.

        Args:
            waveforms: shape (batch, time), float32 in [-1, 1], zero past each one's end.
            samples: valid samples of each; what is shorter than one filter bank frame counts as
                padded with silence to one.

        Returns:
            Features of shape (batch, frames, stack * mel filters), zero past each one's end.
        """
        if waveforms.shape[1] < self.frame_length:
            waveforms = functional.pad(waveforms, (0, self.frame_length - waveforms.shape[1]))
        # Pre-emphasis and the mean's removal, in an order that passes over the frames, which
        # overlap, as few times as can be: x[i] - m - c (x[i-1] - m) = (x[i] - c x[i-1]) - (1-c) m.
        waveforms = waveforms * _FULL_SCALE
        raw = waveforms.unfold(1, self.frame_length, self.frame_shift)
        means = raw.mean(dim=2, keepdim=True) * (1 - _PRE_EMPHASIS)
        emphasised = waveforms.clone()
        emphasised[:, 1:] -= _PRE_EMPHASIS * waveforms[:, :-1]
        frames = emphasised.unfold(1, self.frame_length, self.frame_shift) - means
        frames[..., 0] = raw[..., 0] * (1 - _PRE_EMPHASIS) - means[..., 0]
        frames *= self.window
        spectrum = torch.fft.rfft(frames, n=self.fft_size)
        power = spectrum.real.square() + spectrum.imag.square()
        banks = (power @ self.mel).clamp(min=_FLOOR).log()

        frames_of = [self.frames(count) for count in samples]
        last_banks = [self._last_bank(count) for count in samples]
        counts, last_bank = send_numbers([frames_of, last_banks], banks.device)
        most = max(frames_of)
        offsets = torch.arange(self.stack, device=banks.device) - (self.stack - 1) // 2
        centres = torch.arange(most, device=banks.device) * self.stride
        index = (centres[:, None] + offsets).flatten()[None].clamp(min=0)
        index = torch.minimum(index, last_bank[:, None])
        stacked = banks.gather(1, index[..., None].expand(-1, -1, banks.shape[2]))
        features = stacked.reshape(len(banks), most, -1)
        features = (features + self.shift) * self.scale
        valid = torch.arange(most, device=banks.device) < counts[:, None]
        found: torch.Tensor = features * valid[..., None]
        return found


def _mel(hertz: float) -> float:
    return 1127.0 * math.log(1.0 + hertz / 700.0)


def _mel_filters(count: int, fft_size: int) -> torch.Tensor:
    """Triangles evenly spaced in mel, shape (fft_size / 2 + 1, count); the last bin is unused."""
    low, high = _mel(_LOWEST_HZ), _mel(SAMPLE_RATE / 2)
    step = (high - low) / (count + 1)
    left = low + step * torch.arange(count, dtype=torch.float64)
    hertz = torch.arange(fft_size // 2 + 1, dtype=torch.float64) * (SAMPLE_RATE / fft_size)
    mel = 1127.0 * torch.log1p(hertz / 700.0)
    rising = (mel[:, None] - left) / step
    filters = torch.minimum(rising, 2.0 - rising).clamp(min=0.0)
    filters[-1] = 0.0
    return filters.float()
