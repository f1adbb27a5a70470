"""A second witness of events: a general sound tagger beside SenseVoice.

Such taggers are trained on AudioSet, ten-second clips with over 500 labels that do not exclude
each other. SenseVoice is a sensitive witness, a tagger a precise one; ``pooling`` joins the two.
What takes the waveform runs through LiteRT (YAMNet as it is published) or onnxruntime; zipformer
and CED models, which take features, through sherpa-onnx.
"""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vidtag.core.errors import ModelError, import_failure
from vidtag.core.installing import install_command
from vidtag.core.names import YAMNET
from vidtag.core.records import EventKind
from vidtag.core.settings import TaggerConfig
from vidtag.listening.events.labels import columns, finer, read_labels, some_labels
from vidtag.listening.events.litert_file import is_litert, open_litert
from vidtag.listening.events.onnx_file import (
    Family,
    TaggerFile,
    checked,
    examine,
    run,
)
from vidtag.listening.models.tagger_files import TaggerFiles, tagger_files
from vidtag.listening.models.yamnet import FETCH
from vidtag.listening.windows import Tagger, TaggerScope, WindowPosteriors
from vidtag.media.samples import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

Classify = Callable[[Floats], Floats]
"""``[n, samples]`` to ``[n, classes]`` probabilities."""


class AudioSetTagger:
    """A tagger whose classes carry AudioSet's labels.

    A kind's probability is the sum of its labels', at most 1.

    Args:
        classify: runs the model.
        path: of the model, for messages.
        names: labels in the order of the classes; at least one means a kind.
        window: samples that the model listens to at once; None if any number will do.
    """

    def __init__(
        self, classify: Classify, path: Path, names: Sequence[str], window: int | None
    ) -> None:
        self._classify = classify
        self._path = path
        self._columns = columns(names)
        self._finer = finer(names)
        kinds = tuple(kind for kind in EventKind if kind in self._columns)
        self._scope = TaggerScope(kinds, tuple(self._finer), window)

    @property
    def scope(self) -> TaggerScope:
        """What it can tell."""
        return self._scope

    def classify_windows(self, windows: Floats, /) -> WindowPosteriors:
        """Events and finer labels; the kinds do not exclude each other.

        Raises:
            ModelError: what the model gives are no probabilities.
        """
        size = self._scope.window or windows.shape[1]
        pieces = _pieces(windows, size)
        answers = checked(self._classify(pieces.reshape(-1, size)), self._path)
        classes = answers.reshape(*pieces.shape[:2], -1).mean(axis=1)
        events = np.zeros((len(windows), len(EventKind)), np.float32)
        for column, kind in enumerate(EventKind):
            own = list(self._columns.get(kind, ()))
            events[:, column] = classes[:, own].sum(axis=1)
        labels = classes[:, list(self._finer.values())].astype(np.float32)
        return WindowPosteriors(np.clip(events, 0.0, 1.0), labels=labels)


def make_tagger(config: TaggerConfig) -> Tagger | None:
    """The tagger that settings name; None if they name none.

    Everything about it that can be wrong is found out here, before any listening.

    Raises:
        UserError: sherpa-onnx is needed and not installed.
        ModelError: a file is missing, is no such model, or model and labels do not fit.
    """
    found = tagger_files(config)
    if found is None:
        return None
    if config.model != YAMNET:
        return _made(found, config.threads)
    remedy = f"fetch it: {FETCH}; or set events.tagger.model to null to do without"
    if not found.model.is_file():
        raise ModelError(
            "the sound tagger YAMNet is not on this machine", path=found.model, remedy=remedy
        )
    try:
        return _made(found, config.threads)
    except ModelError as error:
        raise ModelError(error.cause, path=error.path, remedy=remedy) from None


def _made(found: TaggerFiles, threads: int) -> Tagger:
    classify: Classify | None = None
    if is_litert(found.model):
        file, classify = open_litert(found.model, threads)
    else:
        file, session = examine(found.model, threads)
        if file.family is Family.WAVEFORM:
            classify = functools.partial(run, session, file)
    labels, names = found.labels, read_labels(found.labels)
    if file.classes != len(names):
        raise ModelError(
            f"{len(names)} labels for a model of {file.classes} classes",
            path=labels,
            remedy=f"take the label file that belongs to {file.path.name}",
        )
    if not columns(names):
        raise ModelError(
            "none of its labels is a kind of event that vidtag knows",
            path=labels,
            remedy=f"labels are AudioSet's display names, such as {some_labels()}",
        )
    if classify is None:
        classify = _sherpa_classify(file, names, threads)
    return AudioSetTagger(classify, file.path, names, file.window)


def _sherpa_classify(file: TaggerFile, names: Sequence[str], threads: int) -> Classify:
    """A zipformer or CED model, with the features that sherpa-onnx computes for it."""
    sherpa = _sherpa()
    model = (
        {"zipformer": sherpa.OfflineZipformerAudioTaggingModelConfig(model=str(file.path))}
        if file.family is Family.ZIPFORMER
        else {"ced": str(file.path)}
    )
    # It ends the process at labels that are not quoted, so it gets a copy that is.
    with tempfile.TemporaryDirectory(prefix="vidtag-labels-") as folder:
        labels = Path(folder) / "labels.csv"
        with labels.open("w", encoding="utf-8", newline="") as target:
            target.write("index,mid,display_name\n")
            for index, name in enumerate(names):
                quoted = name.replace('"', "'").replace("\n", " ")
                target.write(f'{index},/m/{index},"{quoted}"\n')
        tagger: Any = sherpa.AudioTagging(
            sherpa.AudioTaggingConfig(
                model=sherpa.AudioTaggingModelConfig(num_threads=threads, **model),
                labels=str(labels),
                top_k=file.classes,
            )
        )

    def classify(windows: Floats) -> Floats:
        answers = np.zeros((len(windows), file.classes), np.float32)
        for row, window in zip(answers, windows, strict=True):
            stream = tagger.create_stream()
            stream.accept_waveform(SAMPLE_RATE, window)
            for event in tagger.compute(stream, file.classes):
                row[event.index] = event.prob
        return answers

    return classify


def _sherpa() -> Any:
    try:
        import sherpa_onnx
    except ImportError as error:
        command = install_command("vidtag[tagger]")
        remedy = f"install it with: {command}, or take YAMNet, which needs nothing more"
        use = "this tagger needs sherpa-onnx"
        raise import_failure(error, "sherpa_onnx", use, remedy) from error
    return sherpa_onnx


def _pieces(windows: Floats, size: int) -> Floats:
    """``[n, pieces, size]``: the middle of each window, or as many pieces as cover a long one."""
    length = windows.shape[1]
    if length < size:
        before = (size - length) // 2
        return np.pad(windows, ((0, 0), (before, size - length - before)), "symmetric")[:, None]
    count = max(1, math.ceil(length / size - 0.1))
    room = length - size
    starts = [room // 2] if count == 1 else [room * i // (count - 1) for i in range(count)]
    return np.ascontiguousarray(np.stack([windows[:, s : s + size] for s in starts], axis=1))
