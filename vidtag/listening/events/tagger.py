"""A second opinion: a general sound tagger beside SenseVoice, through sherpa-onnx.

Such taggers are trained on AudioSet, ten-second clips with over 500 labels that do not exclude
each other. Where footage has laughter and applause that SenseVoice takes for something else, a
tagger often knows them, and the other way round. ``Fused`` pools the two.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from vidtag.core.errors import ModelError, UserError
from vidtag.core.records import EventKind
from vidtag.core.settings import TaggerConfig
from vidtag.listening.models.digests import tagger_labels
from vidtag.listening.windows import WindowModel, WindowPosteriors
from vidtag.media.samples import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

LABELS: Mapping[EventKind, frozenset[str]] = {
    EventKind.LAUGHTER: frozenset(
        {"Laughter", "Baby laughter", "Giggle", "Snicker", "Belly laugh", "Chuckle, chortle"}
    ),
    EventKind.APPLAUSE: frozenset({"Applause", "Clapping"}),
    EventKind.BGM: frozenset({"Music", "Background music", "Theme music", "Soundtrack music"}),
    EventKind.CRY: frozenset({"Crying, sobbing", "Baby cry, infant cry", "Whimper", "Wail, moan"}),
    EventKind.COUGH: frozenset({"Cough"}),
    EventKind.SNEEZE: frozenset({"Sneeze"}),
    EventKind.BREATH: frozenset({"Breathing", "Gasp", "Pant"}),
}
"""Display names of AudioSet's ontology (research.google.com/audioset) that mean our kinds."""


class SherpaTagger:
    """A zipformer or CED audio tagging model, as sherpa-onnx publishes them.

    Each kind gets the probability of the likeliest of its labels; labels that mean no kind of
    ours are ignored.

    Args:
        config: model and label files; ``config.model`` is set.

    Raises:
        UserError: sherpa-onnx is not installed.
        ModelError: a file is missing, is no such model, or model and labels do not fit.
    """

    def __init__(self, config: TaggerConfig) -> None:
        sherpa = _sherpa()
        assert config.model is not None
        model = Path(os.path.expanduser(config.model))
        labels = tagger_labels(config)
        assert labels is not None
        inputs, classes = _examine(model)
        names = _read_labels(labels)
        # sherpa-onnx ends the process where labels and model differ: so look first.
        if classes != len(names):
            raise ModelError(
                f"{len(names)} labels for a model of {classes} classes",
                path=labels,
                remedy=f"take the label file that belongs to {model.name}",
            )
        self._columns = [
            [index for index, name in enumerate(names) if name in LABELS[kind]]
            for kind in EventKind
        ]
        if not any(self._columns):
            raise ModelError(
                "none of its labels is a kind of event that vidtag knows",
                path=labels,
                remedy=f"labels are AudioSet's display names, such as {_some_labels()}",
            )
        files = (
            {"zipformer": sherpa.OfflineZipformerAudioTaggingModelConfig(model=str(model))}
            if inputs == 2
            else {"ced": str(model)}
        )
        self._classes = classes
        self._tagger: Any = sherpa.AudioTagging(
            sherpa.AudioTaggingConfig(
                model=sherpa.AudioTaggingModelConfig(num_threads=config.threads, **files),
                labels=str(labels),
                top_k=classes,
            )
        )

    def classify_windows(self, windows: Floats, /) -> WindowPosteriors:
        """Events alone; the kinds do not exclude each other."""
        answer = np.zeros((len(windows), len(self._columns)), np.float32)
        for row, window in zip(answer, windows, strict=True):
            stream = self._tagger.create_stream()
            stream.accept_waveform(SAMPLE_RATE, window)
            classes = np.zeros(self._classes, np.float32)
            for event in self._tagger.compute(stream, self._classes):
                classes[event.index] = event.prob
            row[:] = [classes[columns].max(initial=0.0) for columns in self._columns]
        return WindowPosteriors(answer)


class Fused:
    """Two detectors as one: ``(1 - weight) * first + weight * second``, kind by kind.

    The mean, and not the product: a kind that one of the two cannot hear at all keeps the other's
    vote. With a weight of 0.5 and thresholds above 0.5, one detector alone cannot raise an event.
    """

    def __init__(self, first: WindowModel, second: WindowModel, weight: float) -> None:
        self._first, self._second, self._weight = first, second, weight

    def classify_windows(self, windows: Floats, /) -> WindowPosteriors:
        """Events of both; all else is the first detector's own."""
        first = self._first.classify_windows(windows)
        second = self._second.classify_windows(windows)
        events = (1 - self._weight) * first.events + self._weight * second.events
        return replace(first, events=events.astype(np.float32))


def with_tagger(model: WindowModel, config: TaggerConfig) -> WindowModel:
    """The detector to scan with: the model alone, or fused with the tagger that is configured."""
    if config.model is None:
        return model
    return Fused(model, SherpaTagger(config), config.weight)


def _sherpa() -> Any:
    try:
        import sherpa_onnx
    except ImportError:
        raise UserError(
            "events.tagger needs sherpa-onnx, which is not installed",
            remedy="install it with: pip install 'vidtag[tagger]'",
        ) from None
    return sherpa_onnx


def _read_labels(path: Path) -> Sequence[str]:
    """Display names in the order of the model's classes: a CSV with ``display_name`` as third."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
    except OSError as error:
        raise ModelError(
            f"the labels of the tagger cannot be read ({error.strerror or error})",
            path=path,
            remedy="set events.tagger.labels to its class_labels_indices.csv",
        ) from None
    except (UnicodeDecodeError, csv.Error):
        rows = [[]]
    if any(len(row) != 3 or row[0] != str(i) for i, row in enumerate(rows)) or not rows:
        raise ModelError(
            "not a label file: expected a heading, then rows of index, id and name, from index 0",
            path=path,
        )
    return [row[2] for row in rows]


def _examine(path: Path) -> tuple[int, int]:
    """Number of inputs and of classes of an audio tagging model."""
    if not path.is_file():
        raise ModelError(
            "there is no such tagger model", path=path, remedy="set events.tagger.model to a file"
        )
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        inputs, shape = len(session.get_inputs()), session.get_outputs()[0].shape
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"not an ONNX model ({reason})", path=path) from None
    if inputs not in (1, 2) or len(shape) != 2 or not isinstance(shape[1], int):
        raise ModelError(
            "not an audio tagging model: expected one or two inputs and one row of probabilities",
            path=path,
            remedy="take a zipformer or CED model that sherpa-onnx publishes for audio tagging",
        )
    return inputs, shape[1]


def _some_labels() -> str:
    return ", ".join(sorted(name for names in LABELS.values() for name in names)[:3])
