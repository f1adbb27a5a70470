"""SenseVoice: FunASR builds the network, its forward pass over whole batches is our own.

Four query vectors stand before the features; the network answers at their positions with the
language, the emotion, the sound event and whether numbers are written as figures. What it writes
there are ordinary pieces of its vocabulary, found here by name, because ids differ between models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from vidtag.config import ModelConfig
from vidtag.errors import ModelError, UserError
from vidtag.speech import ctc
from vidtag.speech.encoder import Encoder
from vidtag.speech.features import FeatureExtractor
from vidtag.speech.funasr_door import build
from vidtag.speech.models import load_weights, resolve
from vidtag.types import SAMPLE_RATE, Emotion, EventKind, Language, ModelInfo

if TYPE_CHECKING:
    import torch

Waveform = npt.NDArray[np.float32]

NumberType = Literal["float32", "bfloat16", "float16"]

QUERIES = 4
"""Positions before the audio: language, emotion, event, text normalisation."""

EVENT_COLUMNS: tuple[str, ...] = (*EventKind, "Speech", "Event_UNK")
"""What the columns of ``SenseVoice.event_posteriors`` stand for."""

LANGUAGES = ("auto", "zh", "en", "yue", "ja", "ko")
"""What may be asked for; ``auto`` lets the model find out."""

_LANGUAGE_QUERY = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
_EMOTION_QUERY, _EVENT_QUERY = 1, 2
_WITH_ITN, _WITHOUT_ITN = 14, 15

FUNASR_PARTS = (
    "funasr.frontends.wav_frontend",
    "funasr.models.sense_voice.model",
    "funasr.models.specaug.specaug",
    "funasr.tokenizer.sentencepiece_tokenizer",
)
"""Where FunASR keeps what the configuration of a SenseVoice model names."""

_WINDOW_BATCH_SECONDS = 64.0
"""Audio of event windows encoded at once: more is not faster on a CPU, and wants more memory."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the vocabulary as it was heard.

    Attributes:
        piece: as the vocabulary spells it; ``▁`` stands for a space.
        start, end: half-open span of feature frames; ``ctc.seconds`` makes seconds of them.
        probability: highest within the span.
    """

    piece: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was heard in one waveform.

    Attributes:
        rich_text: the model's own words, tags such as ``<|zh|>`` included, as FunASR gives them.
        tokens: the text's pieces, without tags.
        frames: length of the waveform in feature frames.
        language, emotion: the likeliest, with its probability among all languages or emotions.
        languages: probability of every language.
        events: probability of each kind; what lacks to 1 is speech or unknown.
    """

    rich_text: str
    tokens: tuple[Token, ...]
    frames: int
    language: Language
    language_probability: float
    emotion: Emotion
    emotion_probability: float
    languages: Mapping[Language, float]
    events: Mapping[EventKind, float]


class SenseVoice:
    """A loaded model. Make one with ``SenseVoice.load``; it may be used from one thread at a time.

    Attributes:
        info: which model it is.
        device: where it runs.
        number_type: what it multiplies matrices in, such as ``float32``.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        features: FeatureExtractor,
        info: ModelInfo,
        number_type: torch.dtype,
    ) -> None:
        self.info = info
        self.device: torch.device = features.window.device
        self.number_type = str(number_type).removeprefix("torch.")
        self._tokenizer = tokenizer
        self._features = features
        self._encoder = Encoder(network.encoder, number_type)
        self._queries = network.embed.weight.data
        self._head = network.ctc.ctc_lo.weight.data.to(number_type)
        self._head_bias = network.ctc.ctc_lo.bias.data.to(number_type)
        self._blank: int = network.blank_id
        self._pieces: list[str] = [
            tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size())
        ]
        if len(self._pieces) != len(self._head):
            raise ModelError(
                f"the tokenizer has {len(self._pieces)} pieces, the checkpoint {len(self._head)}"
            )
        self._language_ids = self._find(tuple(Language))
        self._emotion_ids = self._find(tuple(Emotion))
        self._event_ids = self._find(EVENT_COLUMNS)

    @classmethod
    def load(cls, config: ModelConfig, *, number_type: NumberType = "float32") -> SenseVoice:
        """Load the model that ``config`` names, onto the device it names.

        Args:
            number_type: what matrices are multiplied in. float32 gives FunASR's text to the
                letter; bfloat16 is about twice as fast where the hardware multiplies it, and
                changes about one token in a hundred.

        Raises:
            ModelUnavailableError: it has to be fetched, and cannot be.
            ModelError: the folder is incomplete, or holds something else.
            UserError: the device does not exist here.
        """
        import torch

        folder = resolve(config)
        device = _device(config.device)
        # FunASR would load the weights by itself, but let missing ones pass with a print.
        network, parts = build(folder.path, FUNASR_PARTS, init_param=None)
        digest = load_weights(network, folder)
        network.to(device).eval()
        parameters = sum(parameter.numel() for parameter in network.parameters())
        info = ModelInfo(
            name=folder.name,
            origin=folder.origin,
            revision=folder.revision,
            parameters=parameters,
            digest=digest,
        )
        features = FeatureExtractor.from_frontend(parts["frontend"], device)
        return cls(network, parts["tokenizer"].sp, features, info, getattr(torch, number_type))

    def recognise(
        self,
        waveforms: Sequence[Waveform],
        *,
        language: str = "auto",
        itn: bool = True,
        batch_seconds: float = 60.0,
    ) -> list[Recognition]:
        """Recognise waveforms, each by itself.

        Args:
            waveforms: 16 kHz mono float32 in [-1, 1], each of shape (samples,).
            language: one of ``LANGUAGES``.
            itn: write punctuation, capitals and numbers as figures.
            batch_seconds: seconds of audio, padding included, that go through the network at once.

        Returns:
            One result for each waveform, in their order.

        Raises:
            UserError: a waveform is not what it should be, or the language is unknown.
        """
        import torch

        if language not in LANGUAGES:
            raise UserError(
                f"unknown language {language!r}", remedy=f"choose among {', '.join(LANGUAGES)}"
            )
        for waveform in waveforms:
            check_waveform(waveform)
        results: dict[int, Recognition] = {}
        with torch.inference_mode():
            for batch in _batches([len(w) for w in waveforms], batch_seconds):
                recognised = self._recognise([waveforms[i] for i in batch], language, itn)
                results.update(zip(batch, recognised, strict=True))
        return [results[i] for i in range(len(waveforms))]

    def event_posteriors(self, windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability of each event being the main sound of each window.

        Args:
            windows: shape (n, samples), 16 kHz mono in [-1, 1]; all of one length, so that none is
                padded.

        Returns:
            Shape (n, len(EVENT_COLUMNS)), columns as ``EVENT_COLUMNS`` names them: the kinds in the
            order of ``EventKind``, then Speech, then Event_UNK. Rows sum to 1.

        Raises:
            UserError: the array is of another shape or type.
        """
        import torch

        if windows.ndim != 2 or windows.dtype != np.float32:
            raise UserError("windows must be a float32 array of shape (n, samples)")
        rows = [np.zeros((0, len(EVENT_COLUMNS)), np.float32)]
        size = max(1, int(_WINDOW_BATCH_SECONDS * SAMPLE_RATE / max(windows.shape[1], 1)))
        with torch.inference_mode():
            for first in range(0, len(windows), size):
                batch = torch.from_numpy(np.ascontiguousarray(windows[first : first + size]))
                samples = torch.full((len(batch),), batch.shape[1], device=self.device)
                encoded, _ = self._encode(batch.to(self.device), samples, "auto", True)
                rows.append(self._group(encoded[:, _EVENT_QUERY], self._event_ids))
        return np.concatenate(rows)

    def _recognise(self, waveforms: list[Waveform], language: str, itn: bool) -> list[Recognition]:
        """Recognise one batch."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        samples = torch.tensor([len(w) for w in waveforms], device=self.device)
        padded = pad_sequence([torch.from_numpy(w) for w in waveforms], batch_first=True)
        encoded, frames = self._encode(padded.to(self.device), samples, language, itn)
        languages = self._group(encoded[:, 0], self._language_ids)
        emotions = self._group(encoded[:, _EMOTION_QUERY], self._emotion_ids)
        events = self._group(encoded[:, _EVENT_QUERY], self._event_ids)
        scores = torch.nn.functional.linear(
            encoded.to(self._head.dtype), self._head, self._head_bias
        )
        # FunASR reads the queries and the audio as one path; so tags come first in the text.
        tags = scores[:, :QUERIES].argmax(dim=2).cpu().tolist()
        paths = ctc.decode(scores[:, QUERIES:], frames, self._blank)
        return [
            self._result(*row) for row in zip(tags, paths, languages, emotions, events, strict=True)
        ]

    def _result(
        self,
        tags: list[int],
        path: ctc.Decoded,
        languages: npt.NDArray[np.float32],
        emotions: npt.NDArray[np.float32],
        events: npt.NDArray[np.float32],
    ) -> Recognition:
        ids = path.ids.tolist()
        tokens = tuple(
            Token(self._pieces[i], start, end, probability)
            for i, start, end, probability in zip(
                ids,
                path.starts.tolist(),
                path.ends.tolist(),
                path.probabilities.tolist(),
                strict=True,
            )
            if not is_tag(self._pieces[i])
        )
        spelled = _join_paths(tags, ids, path, self._blank)
        language, emotion = int(languages.argmax()), int(emotions.argmax())
        return Recognition(
            rich_text=self._tokenizer.decode_ids(spelled),
            tokens=tokens,
            frames=path.frames,
            language=tuple(Language)[language],
            language_probability=float(languages[language]),
            emotion=tuple(Emotion)[emotion],
            emotion_probability=float(emotions[emotion]),
            languages=dict(zip(Language, languages.tolist(), strict=True)),
            events=dict(zip(EventKind, events.tolist(), strict=False)),
        )

    def _encode(
        self, waveforms: torch.Tensor, samples: torch.Tensor, language: str, itn: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the encoder: shapes (batch, QUERIES + frames, width) and (batch,) frames."""
        import torch

        features, frames = self._features(waveforms, samples)
        norm = _WITH_ITN if itn else _WITHOUT_ITN
        queries = self._queries[[_LANGUAGE_QUERY[language], 1, 2, norm]]
        inputs = torch.cat((queries.expand(len(features), -1, -1), features), dim=1)
        alike = bool((frames == features.shape[1]).all())
        return self._encoder(inputs, None if alike else frames + QUERIES), frames

    def _group(self, encoded: torch.Tensor, ids: list[int]) -> npt.NDArray[np.float32]:
        """Probabilities among a group of pieces, from states of shape (batch, width)."""
        from torch.nn import functional

        head, bias = self._head[ids].float(), self._head_bias[ids].float()
        rows: npt.NDArray[np.float32] = (
            functional.linear(encoded.float(), head, bias).softmax(dim=1).cpu().numpy()
        )
        return rows

    def _find(self, names: Sequence[str]) -> list[int]:
        ids = {piece: i for i, piece in enumerate(self._pieces)}
        missing = [name for name in names if f"<|{name}|>" not in ids]
        if missing:
            raise ModelError(
                f"the tokenizer has no piece <|{missing[0]}|>: not that of a SenseVoice model"
            )
        return [ids[f"<|{name}|>"] for name in names]


def is_tag(piece: str) -> bool:
    """Whether a piece of the vocabulary is a tag such as ``<|zh|>``, not text."""
    return piece.startswith("<|") and piece.endswith("|>")


def check_waveform(waveform: npt.NDArray[Any]) -> None:
    """Refuse an array that is not a waveform.

    Raises:
        UserError: it is not one-dimensional, not float32, or holds NaN or infinity.
    """
    if not isinstance(waveform, np.ndarray) or waveform.ndim != 1:
        shape = getattr(waveform, "shape", type(waveform).__name__)
        raise UserError(f"audio must be a one-dimensional array (mono), not {shape}")
    if waveform.dtype != np.float32:
        raise UserError(
            f"audio must be float32 in [-1, 1], not {waveform.dtype}",
            remedy="divide integers by their full scale and convert with astype('float32')",
        )
    if not np.isfinite(waveform).all():
        raise UserError("the audio holds NaN or infinite samples")


def _batches(lengths: Sequence[int], seconds: float) -> Iterator[list[int]]:
    """Indices of waveforms that go together: alike in length, and not too much at once."""
    most = seconds * SAMPLE_RATE
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i), reverse=True):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _join_paths(tags: list[int], ids: list[int], path: ctc.Decoded, blank: int) -> list[int]:
    """Ids of queries and audio as one CTC path: repeats merge, also where the two meet."""
    joined: list[int] = []
    previous = None
    for tag in tags:
        if tag not in (previous, blank):
            joined.append(tag)
        previous = tag
    touching = bool(ids) and path.starts[0] == 0 and ids[0] == previous
    return joined + (ids[1:] if touching else ids)


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
