"""SenseVoice: FunASR builds the network, its forward pass over whole batches is our own.

What the network answers at its queries (``network_inputs.py``) are ordinary pieces of its
vocabulary, found here by name, because ids differ between models.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

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
from vidtag.listening.speech.batches import check_samples
from vidtag.listening.speech.device import (
    batch_seconds,
    choose_device,
    choose_number_type,
    finish_work,
)
from vidtag.listening.speech.encoder import BatchRows, Encoder
from vidtag.listening.speech.features import FeatureExtractor
from vidtag.listening.speech.forced_path import forced_path
from vidtag.listening.speech.funasr_door import build
from vidtag.listening.speech.head import Group, Head
from vidtag.listening.speech.in_batches import Read, divided, shared_out, through
from vidtag.listening.speech.network_inputs import LANGUAGES, QUERIES, NetworkInputs
from vidtag.listening.speech.recognition import EVENT_CLASSES, Recognition, Vocabulary
from vidtag.listening.speech.transfer import Array, fetch, send_numbers
from vidtag.listening.speech.weights import load_weights
from vidtag.listening.speech.workers import Workers
from vidtag.listening.stop import Stop, never_stop
from vidtag.listening.windows import WindowPosteriors
from vidtag.media.samples import Samples

T = TypeVar("T")

_EMOTION_QUERY, _EVENT_QUERY = 1, 2

FUNASR_PARTS = (
    "funasr.frontends.wav_frontend",
    "funasr.models.sense_voice.model",
    "funasr.models.specaug.specaug",
    "funasr.tokenizer.sentencepiece_tokenizer",
)
"""Where FunASR keeps what the configuration of a SenseVoice model names."""

MEMORY_RAN_OUT = "memory ran out, so smaller batches were used; recognition.batch_size_s sets them"


class SenseVoice:
    """A loaded model. Make one with ``SenseVoice.load``; it may be used from several threads.

    On a CPU as many batches are worked on side by side as PyTorch has threads.

    Attributes:
        info: which model it is.
        device: where it runs.
        number_type: what it multiplies matrices in, such as ``float32``.
        pool, workers: the threads that work on batches, and how many those are.
        batch_seconds: of audio that it is best given at once, where nobody says how much.
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
        self._on_cpu = self.device.type == "cpu"
        self.pool = Workers(torch.get_num_threads() if self._on_cpu else None)
        # The event pass asks about few windows, and next about what follows from that. Behind
        # batches of half a minute each it would wait for seconds, and recognition then for it.
        self._window_pool = Workers(self.pool.count) if self._on_cpu else self.pool
        self.workers = self.pool.count
        self.batch_seconds = batch_seconds(self.device, self.workers)
        self._encoder = Encoder(network.encoder, number_type, on_copied)
        queries = network.embed.weight.data.to(torch.float32, copy=True)
        self._inputs = NetworkInputs(features, queries)
        self._blank: int = network.blank_id
        self._vocabulary = Vocabulary(tokenizer, self._blank)
        weight, bias = network.ctc.ctc_lo.weight.data, network.ctc.ctc_lo.bias.data
        self.spell = self._vocabulary.speller.spelled
        pieces = len(self._vocabulary.pieces)
        if pieces != len(weight):
            raise ModelError(f"the tokenizer has {pieces} pieces, the checkpoint {len(weight)}")
        self._head = Head(weight, bias, self._blank, number_type, self._encoder.middle)
        known = self._vocabulary
        groups = (known.language_ids, known.emotion_ids, known.event_ids)
        self._languages, self._emotions, self._events = map(self._head.group, groups)
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
        batch_seconds: float | None = None,
        texts: Sequence[Sequence[Spelled]] | None = None,
        stop: Stop = never_stop,
    ) -> list[Recognition]:
        """Recognise waveforms, each by itself.

        Args:
            waveforms: 16 kHz mono float32 in [-1, 1], each of shape (samples,).
            language: one of ``LANGUAGES``.
            itn: write punctuation, capitals and numbers as figures.
            batch_seconds: seconds of audio, padding included, that go through the network at once;
                None leaves it to the model.
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

        def work(batch: list[int]) -> Read[dict[int, Recognition]]:
            stop()
            return self._divided(
                batch, lambda part: self._recognise(waveforms, part, language, itn, texts)
            )

        most = self.batch_seconds if batch_seconds is None else batch_seconds
        parts = shared_out(lengths, most, self.pool, self.device)
        found = {
            i: one
            for part in through(self.pool, self.device, work, parts)
            for i, one in part.items()
        }
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

        def work(batch: list[int]) -> Read[dict[int, tuple[Samples, Samples]]]:
            return self._divided(batch, lambda part: self._classify(windows[part]))

        lengths = [windows.shape[1]] * len(windows)
        parts = shared_out(lengths, self.batch_seconds, self._window_pool, self.device)
        found = {
            i: row
            for part in through(self._window_pool, self.device, work, parts)
            for i, row in part.items()
        }
        rows = [found[i] for i in range(len(windows))]
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
        finish_work(self.device)

    def _divided(
        self, batch: list[int], compute: Callable[[list[int]], Read[Sequence[T]]]
    ) -> Read[dict[int, T]]:
        return divided(self.device, batch, compute, lambda: self.notes.append(MEMORY_RAN_OUT))

    def _classify(self, windows: Samples) -> Read[Sequence[tuple[Samples, Samples]]]:
        """Probabilities of the event classes, and of the emotions, in each window of a batch."""
        encoded, placed = self._encode(windows, "auto", True)
        first = send_numbers(placed.starts, self.device)
        read = fetch(
            (
                self._among(encoded[first + _EVENT_QUERY], self._events),
                self._among(encoded[first + _EMOTION_QUERY], self._emotions),
            )
        )

        def said() -> Sequence[tuple[Samples, Samples]]:
            events, emotions = map(self._finite, read())
            return list(zip(events, emotions, strict=True))

        return said

    def _recognise(
        self,
        waveforms: Sequence[Samples],
        batch: list[int],
        language: str,
        itn: bool,
        texts: Sequence[Sequence[Spelled]] | None,
    ) -> Read[Sequence[Recognition]]:
        """Recognise one batch of the waveforms."""
        encoded, placed = self._encode([waveforms[i] for i in batch], language, itn)
        first = send_numbers(placed.starts, self.device)
        began = time.thread_time()
        found = [
            self._among(encoded[first], self._languages),
            self._among(encoded[first + _EMOTION_QUERY], self._emotions),
            self._among(encoded[first + _EVENT_QUERY], self._events),
        ]
        # FunASR reads the queries and the audio as one path; so tags come first in the text.
        audio = [
            slice(start + QUERIES, start + length)
            for start, length in zip(placed.starts, placed.lengths, strict=True)
        ]
        aligned = []
        if texts is None:
            found += self._head.best(encoded)
        else:
            silent = (self._blank, *self._vocabulary.speller.silent)
            for number, rows in zip(batch, audio, strict=True):
                scores, path = forced_path(self._head, encoded[rows], texts[number], silent)
                found.append(scores)
                aligned.append(path)
        read = fetch(found)
        self.spent["head"] += time.thread_time() - began

        def recognised() -> Sequence[Recognition]:
            said = read()
            groups, tagged = [self._finite(rows) for rows in said[:3]], said[3:]
            results = []
            for number, rows in enumerate(audio):
                tags = [self._blank] * QUERIES
                if texts is not None:
                    path = aligned[number](tagged[number])
                else:
                    ids, certain = tagged
                    path = ctc.decode(ids[rows], certain[rows], self._blank)
                    tags = ids[rows.start - QUERIES : rows.start].tolist()
                own = (group[number] for group in groups)
                results.append(self._vocabulary.recognition(tags, path, *own))
            return results

        return recognised

    def _encode(
        self, waveforms: Sequence[Samples] | Samples, language: str, itn: bool
    ) -> tuple[torch.Tensor, BatchRows]:
        """Run the encoder: states of shape (rows, width), and where each recording's are."""
        began = time.thread_time()
        inputs, placed = self._inputs(waveforms, language, itn)
        counted = time.thread_time()
        self.spent["features"] += counted - began
        states = self._encoder(inputs, placed)
        self.spent["encoder"] += time.thread_time() - counted
        return states, placed

    def _among(self, states: torch.Tensor, group: Group) -> torch.Tensor:
        """Probabilities among a group of pieces, from states of shape (recordings, width)."""
        return self._head.among(states, group).softmax(dim=1)

    def _finite(self, rows: Array) -> Array:
        if not np.isfinite(rows).all():
            raise ModelError(
                f"the numbers of this model overflow in {self.number_type}",
                remedy="set model.number_type: float32",
            )
        return rows
