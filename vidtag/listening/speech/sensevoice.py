"""SenseVoice: FunASR builds the network, its forward pass over whole batches is our own.

Four query vectors stand before the features; the network answers at their positions with the
language, the emotion, the sound event and whether numbers are written as figures. What it writes
there are ordinary pieces of its vocabulary, found here by name, because ids differ between models.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.utils.rnn import pad_sequence

from vidtag.core.errors import ModelError, UserError
from vidtag.core.names import NumberType
from vidtag.core.origins import ModelInfo
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.core.settings import Calibration, ModelConfig
from vidtag.listening.identity import ModelFacts
from vidtag.listening.models.digests import model_digests
from vidtag.listening.models.locate import resolve
from vidtag.listening.models.model_folder import read_event_settings, read_word_delays
from vidtag.listening.speech import ctc
from vidtag.listening.speech.alignment import Spelled
from vidtag.listening.speech.batches import batches, check_samples
from vidtag.listening.speech.device import choose_device, choose_number_type, is_out_of_memory
from vidtag.listening.speech.encoder import BatchRows, Encoder
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.forced_path import forced_path
from vidtag.listening.speech.funasr_door import build
from vidtag.listening.speech.head import Head
from vidtag.listening.speech.recognition import EVENT_CLASSES, Recognition, Vocabulary
from vidtag.listening.speech.weights import load_weights
from vidtag.listening.speech.workers import Workers
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import WindowPosteriors
from vidtag.media.samples import SAMPLE_RATE, Samples

T = TypeVar("T")

QUERIES = 4
"""Positions before the audio: language, emotion, event, text normalisation."""

LANGUAGES = ("auto", "zh", "en", "yue", "ja", "ko")
"""What may be asked for; ``auto`` lets the model find out."""

_LANGUAGE_QUERY = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_EMOTION_QUERY, _EVENT_QUERY, _WITH_ITN, _WITHOUT_ITN = 1, 2, 14, 15

FUNASR_PARTS = (
    "funasr.frontends.wav_frontend",
    "funasr.models.sense_voice.model",
    "funasr.models.specaug.specaug",
    "funasr.tokenizer.sentencepiece_tokenizer",
)
"""Where FunASR keeps what the configuration of a SenseVoice model names."""

MEMORY_RAN_OUT = "memory ran out, so smaller batches were used; recognition.batch_size_s sets them"

_CPU_BATCH_SECONDS = 32.0
"""Audio that one CPU core works on at once: more no longer fits its cache, less leaves the matrices
too small."""

_SMALLEST_BATCH_SECONDS = 8.0
"""Audio is not divided among cores into smaller batches than this."""

_GPU_BATCH_SECONDS = 640.0
"""Audio of event windows that a GPU works on at once."""


class SenseVoice:
    """A loaded model. Make one with ``SenseVoice.load``; it may be used from several threads.

    On a CPU as many batches are worked on side by side as PyTorch has threads.

    Attributes:
        info: which model it is.
        device: where it runs.
        number_type: what it multiplies matrices in, such as ``float32``.
        pool, workers: the threads that work on them, and how many those are.
        word_delays: how late it is at word starts, in seconds, by language; as far as known.
        facts: what it brings along that settings leave open.
        spell: a word in its pieces; see ``Speller.spelled``.
        digests: of the files it was loaded from; see ``listening.models.digests``.
        notes: what the user should know about what was asked of it so far, such as that memory was
            short, once for each time.
        spent: seconds of a CPU's time that ``features``, ``encoder`` and ``head`` took so far.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        features: FeatureExtractor,
        info: ModelInfo,
        number_type: torch.dtype,
        own: tuple[Mapping[Language, float], Calibration] = ({}, {}),
        digests: Mapping[str, str] | None = None,
        on_copied: Callable[[], None] = lambda: None,
    ) -> None:
        self.info = info
        word_delays, calibration = own  # what the model's folder says of itself
        self.word_delays = dict(word_delays)
        self.digests = dict(digests or {})
        self.device: torch.device = features.window.device
        self.number_type = str(number_type).removeprefix("torch.")
        self.facts = ModelFacts(calibration, self.number_type)
        self.notes: list[str] = []
        self.spent = dict.fromkeys(("features", "encoder", "head"), 0.0)
        self._features = features
        self._on_cpu = self.device.type == "cpu"
        self.pool = Workers(torch.get_num_threads() if self._on_cpu else None)
        self.workers = self.pool.count
        self._most_seconds = _CPU_BATCH_SECONDS if self._on_cpu else float("inf")
        self._encoder = Encoder(network.encoder, number_type, on_copied)
        self._queries = network.embed.weight.data.to(torch.float32, copy=True)
        self._blank: int = network.blank_id
        self._vocabulary = Vocabulary(tokenizer, self._blank)
        weight, bias = network.ctc.ctc_lo.weight.data, network.ctc.ctc_lo.bias.data
        self.spell = self._vocabulary.speller.spelled
        pieces = len(self._vocabulary.pieces)
        if pieces != len(weight):
            raise ModelError(f"the tokenizer has {pieces} pieces, the checkpoint {len(weight)}")
        self._head = Head(weight, bias, self._blank, number_type, self._encoder.middle)
        on_copied()

    @classmethod
    def load(cls, config: ModelConfig, *, number_type: NumberType | None = None) -> SenseVoice:
        """Load the model that ``config`` names, onto the device it names.

        Args:
            number_type: instead of what ``config`` says; docs/models.md tells what each changes.

        Raises:
            ModelUnavailableError: it has to be fetched, and cannot be.
            ModelError: the folder is incomplete, or holds something else.
            UserError: the device, or int8, is not to be had here.
        """
        folder = resolve(config)
        device = choose_device(config.device)
        kind = choose_number_type(number_type or config.number_type, device)
        digests = model_digests(folder)
        # FunASR would load the weights by itself, but let missing ones pass with a print.
        network, parts = build(folder.path, FUNASR_PARTS, empty=True, init_param=None)
        on_copied = load_weights(network, folder)
        network.to(device).eval()
        parameters = sum(parameter.numel() for parameter in network.parameters())
        info = ModelInfo(
            name=folder.name,
            origin=folder.origin,
            revision=folder.revision,
            parameters=parameters,
            digest=digests["model.weights"],
        )
        features = FeatureExtractor.from_frontend(parts["frontend"], device)
        own = read_word_delays(folder), read_event_settings(folder)
        return cls(network, parts["tokenizer"].sp, features, info, kind, own, digests, on_copied)

    def recognise(
        self,
        waveforms: Sequence[Samples],
        *,
        language: str = "auto",
        itn: bool = True,
        batch_seconds: float = 60.0,
        texts: Sequence[Sequence[Spelled]] | None = None,
        stop: Stop = never_stop,
    ) -> list[Recognition]:
        """Recognise waveforms, each by itself.

        Args:
            waveforms: 16 kHz mono float32 in [-1, 1], each of shape (samples,).
            language: one of ``LANGUAGES``.
            itn: write punctuation, capitals and numbers as figures.
            batch_seconds: seconds of audio, padding included, that go through the network at once.
            texts: what is said in each; tokens then are its pieces, or none if it is too long.
            stop: asked before every batch.

        Returns:
            One result for each waveform, in their order.

        Raises:
            UserError: a waveform is not what it should be, or the language is unknown.
            ModelError: what the model computes overflows.
        """
        if language not in LANGUAGES:
            raise UserError(
                f"unknown language {language!r}", remedy=f"choose among {', '.join(LANGUAGES)}"
            )
        for waveform in waveforms:
            check_samples(waveform)
        lengths = [len(w) for w in waveforms]

        def work(batch: list[int]) -> dict[int, Recognition]:
            stop()
            return self._divided(
                batch, lambda part: self._recognise(waveforms, part, language, itn, texts)
            )

        parts = batches(lengths, self._share(lengths, batch_seconds), padded=not self._on_cpu)
        results = self.pool.map(work, parts)
        found = {index: one for part in results for index, one in part.items()}
        return [found[i] for i in range(len(waveforms))]

    def classify_windows(self, windows: Samples, /) -> WindowPosteriors:
        """Probability of each event being the main sound of each window, and of each emotion.

        Args:
            windows: shape (n, samples), 16 kHz mono in [-1, 1]; all of one length, so that none is
                padded.

        Raises:
            UserError: the array is of another shape or type.
            ModelError: what the model computes overflows.
        """
        if windows.ndim != 2 or windows.dtype != np.float32:
            raise UserError("windows must be a float32 array of shape (n, samples)")
        most = _CPU_BATCH_SECONDS if self._on_cpu else _GPU_BATCH_SECONDS
        seconds = self._share([windows.shape[1]] * len(windows), most)
        size = max(1, int(seconds * SAMPLE_RATE / max(windows.shape[1], 1)))

        def work(batch: list[int]) -> dict[int, tuple[Samples, Samples]]:
            return self._divided(batch, lambda part: self._classify(windows[part]))

        numbers = list(range(len(windows)))
        parts = [numbers[first : first + size] for first in range(0, len(windows), size)]
        results = self.pool.map(work, parts)
        rows = [result[i] for part, result in zip(parts, results, strict=True) for i in part]
        classes = np.array([row for row, _ in rows], np.float32).reshape(-1, len(EVENT_CLASSES))
        emotions = np.array([row for _, row in rows], np.float32).reshape(-1, len(Emotion))
        kinds = len(EventKind)
        return WindowPosteriors(classes[:, :kinds], classes[:, kinds:], emotions)

    def encode(self, batches: Sequence[tuple[torch.Tensor, Sequence[int]]]) -> None:
        """Run the encoder alone over batches, to measure it.

        Args:
            batches: inputs of shape (recordings, longest, input width), and rows of each.
        """

        def work(batch: tuple[torch.Tensor, Sequence[int]]) -> None:
            with torch.inference_mode():
                self._encoder(batch[0], BatchRows(batch[1], self.device))

        self.pool.map(work, batches)
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def _share(self, lengths: Sequence[int], most: float) -> float:
        """Seconds of audio in a batch, so that every worker has one."""
        share = sum(lengths) / SAMPLE_RATE / self.workers
        return min(most, self._most_seconds, max(share, _SMALLEST_BATCH_SECONDS))

    def _divided(
        self, batch: list[int], compute: Callable[[list[int]], Sequence[T]]
    ) -> dict[int, T]:
        """Compute a batch, in parts if there is not memory enough for all of it at once."""
        try:
            with torch.inference_mode():
                return dict(zip(batch, compute(batch), strict=True))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise UserError(
                    "there is not memory enough to recognise even one segment",
                    remedy="set vad.max_segment lower, close other programs, or use --device cpu",
                ) from error
        self.notes.append(MEMORY_RAN_OUT)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        half = len(batch) // 2
        return self._divided(batch[:half], compute) | self._divided(batch[half:], compute)

    def _classify(self, windows: Samples) -> list[tuple[Samples, Samples]]:
        """Probabilities of the event classes, and of the emotions, in each window of a batch."""
        batch = torch.from_numpy(windows).to(self.device)
        samples = torch.full((len(batch),), batch.shape[1], device=self.device)
        encoded, placed = self._encode(batch, samples, "auto", True)
        first = torch.tensor(placed.starts, device=self.device)
        events = self._group(encoded[first + _EVENT_QUERY], self._vocabulary.event_ids)
        emotions = self._group(encoded[first + _EMOTION_QUERY], self._vocabulary.emotion_ids)
        return list(zip(events, emotions, strict=True))

    def _recognise(
        self,
        waveforms: Sequence[Samples],
        batch: list[int],
        language: str,
        itn: bool,
        texts: Sequence[Sequence[Spelled]] | None,
    ) -> list[Recognition]:
        """Recognise one batch of the waveforms."""
        some = [waveforms[i] for i in batch]
        samples = torch.tensor([len(w) for w in some], device=self.device)
        padded = pad_sequence([torch.from_numpy(w) for w in some], batch_first=True)
        encoded, placed = self._encode(padded.to(self.device), samples, language, itn)
        first = torch.tensor(placed.starts, device=self.device)
        languages = self._group(encoded[first], self._vocabulary.language_ids)
        emotions = self._group(encoded[first + _EMOTION_QUERY], self._vocabulary.emotion_ids)
        events = self._group(encoded[first + _EVENT_QUERY], self._vocabulary.event_ids)
        began = time.thread_time()
        if texts is None:
            ids, certain = (each.cpu().numpy() for each in self._head.best(encoded))
        self.spent["head"] += time.thread_time() - began
        results = []
        for number, (start, length) in enumerate(zip(placed.starts, placed.lengths, strict=True)):
            # FunASR reads the queries and the audio as one path; so tags come first in the text.
            audio, tags = slice(start + QUERIES, start + length), [self._blank] * QUERIES
            if texts is not None:
                silent = (self._blank, *self._vocabulary.speller.silent)
                path = forced_path(self._head, encoded[audio], texts[batch[number]], silent)
            else:
                path = ctc.decode(ids[audio], certain[audio], self._blank)
                tags = ids[start : start + QUERIES].tolist()
            groups = languages[number], emotions[number], events[number]
            results.append(self._vocabulary.recognition(tags, path, *groups))
        return results

    def _encode(
        self, waveforms: torch.Tensor, samples: torch.Tensor, language: str, itn: bool
    ) -> tuple[torch.Tensor, BatchRows]:
        """Run the encoder: states of shape (rows, width), and where each recording's are."""
        began = time.thread_time()
        features, frames = self._features(waveforms, samples)
        counted = time.thread_time()
        self.spent["features"] += counted - began
        norm = _WITH_ITN if itn else _WITHOUT_ITN
        queries = self._queries[[_LANGUAGE_QUERY[language], 1, 2, norm]]
        inputs = torch.cat((queries.expand(len(features), -1, -1), features), dim=1)
        placed = BatchRows([n + QUERIES for n in frames.tolist()], self.device)
        states = self._encoder(inputs, placed)
        self.spent["encoder"] += time.thread_time() - counted
        return states, placed

    def _group(self, states: torch.Tensor, ids: list[int]) -> npt.NDArray[np.float32]:
        """Probabilities among a group of pieces, from states of shape (recordings, width)."""
        scores = self._head.among(states, ids)
        rows: npt.NDArray[np.float32] = scores.softmax(dim=1).cpu().numpy()
        if not np.isfinite(rows).all():
            raise ModelError(
                f"the numbers of this model overflow in {self.number_type}",
                remedy="set model.number_type: float32",
            )
        return rows
