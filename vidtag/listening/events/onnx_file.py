"""What an ONNX sound tagger takes and gives, found out before anything is listened to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from vidtag.core.errors import ModelError
from vidtag.core.whole_file import read_head
from vidtag.media.samples import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

_RATE_KEYS = ("sample_rate", "sampling_rate", "samplerate")
"""Names under which a model's own notes may say which rate it takes."""
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(k?)(?:hz)?\s*", re.IGNORECASE)
_OPSETS = re.compile(r"Opset (\d+) is under development.*till opset (\d+)", re.DOTALL)
"""What onnxruntime says of a model newer than itself."""
_NO_GRAPH = re.compile("No graph was found|does not have a graph")
"""What it says of an empty file."""
_INSIDE_IT = re.compile(
    r"\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .+? failed:|/\S+:\d+ .*?\) "
)
"""What its errors have before the reason: its number, the file, and a place in its own source."""
_SHORTEST, _LONGEST = 0.1, 30.0
"""Seconds of sound between which a model's fixed input lies."""
_TRIAL_SECONDS = 1.0
_TRIAL_FRAMES = 100
"""Feature frames of the trial: 10 ms each, as both families have it."""
_LONGEST_REASON = 200
_TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
"""Of inputs that a tagger may have; others are told as ``double`` for ``tensor(double)``."""


class Family(Enum):
    """What a tagger takes."""

    WAVEFORM = "waveform"
    CED = "CED features"
    ZIPFORMER = "zipformer features"


@dataclass(frozen=True, slots=True)
class TaggerFile:
    """A tagging model that was tried out.

    Attributes:
        classes: probabilities it gives for each window.
        window: samples of its waveform, or None where any number will do.
        batches: whether it takes many windows at once.
        input: name of its first input.
    """

    path: Path
    family: Family
    classes: int
    window: int | None
    batches: bool
    input: str


def open_session(path: Path, threads: int = 1) -> Any:
    """The model, ready to run on the CPU.

    Raises:
        ModelError: it is missing, unreadable, no ONNX model, or one that this onnxruntime cannot
            run.
    """
    try:
        read_head(path, 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise ModelError(
            "there is no such tagger model"
            if missing
            else f"the tagger's model cannot be read ({error.strerror or error})",
            path=path,
            remedy="set events.tagger.model to a .tflite or .onnx file that can be read, "
            "to yamnet, or to null to do without",
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _cannot_run(error, path) from None


def _cannot_run(error: Exception, path: Path) -> ModelError:
    """The error of a file that onnxruntime refuses, by what it says of it."""
    if isinstance(error, runtime_errors.InvalidProtobuf) or _NO_GRAPH.search(str(error)):
        return ModelError(
            "neither a TensorFlow Lite nor an ONNX model, or only a part of one",
            path=path,
            remedy="set events.tagger.model to YAMNet's .tflite file or a tagger's .onnx file",
        )
    has = f"onnxruntime {onnxruntime.__version__}"
    if said := _OPSETS.search(str(error)):
        return ModelError(
            f"it is of opset {said[1]}, and {has} runs up to {said[2]}",
            path=path,
            remedy="export it for an older opset, or upgrade onnxruntime",
        )
    return ModelError(
        f"{has} cannot run it ({_reason(error)})",
        path=path,
        remedy="export it anew for an older opset, or take YAMNet",
    )


def examine(path: Path, threads: int = 1) -> tuple[TaggerFile, Any]:
    """Find out what a tagging model takes and gives, and try it on a second of noise.

    Returns:
        What it is, and the open session it was tried in.

    Raises:
        ModelError: it is missing, of another rank, type or rate, or gives what are no
            probabilities.
    """
    session = open_session(path, threads)
    _check_rate(session, path)
    inputs = session.get_inputs()
    family = _family([(_TYPES.get(one.type, one.type[7:-1]), one.shape) for one in inputs], path)
    size = inputs[0].shape[-1] if family is Family.WAVEFORM else None
    window = checked_window(size, path) if isinstance(size, int) and size > 1 else None
    lead = inputs[0].shape[0]
    batches = family is Family.WAVEFORM and len(inputs[0].shape) == 2 and lead != 1
    if batches and isinstance(lead, int):
        raise ModelError(
            f"it takes exactly {lead} windows at once", path=path,
            remedy="export it for one window, or for any number",
        )  # fmt: skip
    tried = TaggerFile(path, family, 0, window, batches, inputs[0].name)
    if family is Family.WAVEFORM:
        answer = trial(lambda windows: run(session, tried, windows), tried)
    else:
        answer = _trial_of_features(session, tried, [one.name for one in inputs])
    return replace(tried, classes=answer.shape[-1]), session


def checked_window(samples: int, path: Path) -> int:
    """The same number of samples, if a waveform so long is a window.

    Raises:
        ModelError: it is not.
    """
    if not _SHORTEST <= samples / SAMPLE_RATE <= _LONGEST:
        raise ModelError(
            f"it takes {samples} samples at once, which at {SAMPLE_RATE} Hz is "
            f"{samples / SAMPLE_RATE:g} s",
            path=path,
            remedy=f"take a model whose waveform has {SAMPLE_RATE} Hz and lasts about a second",
        )
    return samples


def run(session: Any, file: TaggerFile, windows: Floats) -> Floats:
    """``[n, classes]`` probabilities of ``[n, samples]`` by a model that takes the waveform."""
    rank_one = len(session.get_inputs()[0].shape) == 1
    if file.batches:
        return rows_of(session.run(None, {file.input: windows})[0], len(windows), file.path)
    single = [window if rank_one else window[None] for window in windows]
    rows = [rows_of(session.run(None, {file.input: one})[0], 1, file.path) for one in single]
    return np.concatenate(rows)


def checked(answer: Floats, path: Path) -> Floats:
    """The same numbers, if they are probabilities.

    Raises:
        ModelError: they are not.
    """
    if not np.isfinite(answer).all():
        raise ModelError(
            "it gives numbers that are not finite", path=path,
            remedy="take another export of the model, such as one in float32",
        )  # fmt: skip
    if answer.size and (answer.min() < -1e-3 or answer.max() > 1 + 1e-3):
        raise ModelError(
            f"it gives numbers from {answer.min():.3g} to {answer.max():.3g}, which are no "
            "probabilities",
            path=path,
            remedy="take an export that ends in a sigmoid",
        )
    return answer


def trial(classify: Callable[[Floats], Floats], file: TaggerFile) -> Floats:
    """What a model that takes the waveform gives for noise, quiet, loud and clipped, and silence.

    Raises:
        ModelError: it fails, or gives what are no probabilities.
    """
    length = file.window or round(_TRIAL_SECONDS * SAMPLE_RATE)
    sound = np.resize(_noise(), (1, length))
    loud = sound / np.abs(sound).max()
    windows = np.concatenate([sound, loud, np.sign(sound), np.zeros_like(sound)])
    return _trying(lambda: classify(windows), file)


def _trial_of_features(session: Any, file: TaggerFile, names: list[str]) -> Floats:
    if file.family is Family.CED:
        given = {names[0]: np.resize(_noise(), (1, 64, _TRIAL_FRAMES))}
    else:
        features = np.resize(_noise(), (1, _TRIAL_FRAMES, 80))
        given = {names[0]: features, names[1]: np.array([_TRIAL_FRAMES], np.int64)}
    return _trying(lambda: rows_of(session.run(None, given)[0], 1, file.path), file)


def _noise() -> Floats:
    return np.random.default_rng(0).normal(0, 0.1, (1, 1 << 16)).astype(np.float32)


def _trying(answering: Callable[[], Floats], file: TaggerFile) -> Floats:
    try:
        answer = answering()
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"a trial with a second of noise failed ({_reason(error)})", path=file.path,
            remedy="take YAMNet, or a zipformer or CED model as sherpa-onnx publishes them",
        ) from None  # fmt: skip
    return checked(answer, file.path)


def rows_of(answer: Any, windows: int, path: Path) -> Floats:
    """``[windows, classes]`` of a model's answer; several frames of one window become their mean.

    Raises:
        ModelError: it is no row of numbers for each window.
    """
    array = np.asarray(answer)
    if array.ndim == 1 and windows == 1:
        array = array[None]
    if array.ndim == 2 and windows == 1 and len(array) > 1:
        array = array.mean(axis=0, keepdims=True)
    if array.ndim != 2 or len(array) != windows or array.dtype.kind != "f":
        shape = "x".join(map(str, array.shape)) or "one number"
        raise ModelError(
            f"not an audio tagging model: its answer to {windows} window(s) is {shape} of "
            f"{array.dtype}, not a row of probabilities for each",
            path=path,
            remedy="take YAMNet, or a zipformer or CED model as sherpa-onnx publishes them",
        )
    return array.astype(np.float32)


def _family(inputs: list[tuple[Any, list[Any]]], path: Path) -> Family:
    shapes = [(kind, len(shape)) for kind, shape in inputs]
    if shapes in ([(np.float32, 1)], [(np.float32, 2)]):
        return Family.WAVEFORM
    if shapes == [(np.float32, 3)]:
        return Family.CED
    if shapes == [(np.float32, 3), (np.int64, 1)]:
        return Family.ZIPFORMER
    found = ", ".join(f"{getattr(kind, '__name__', kind)} of rank {rank}" for kind, rank in shapes)
    raise ModelError(
        f"not an audio tagging model that vidtag knows: its input is {found or 'nothing'}",
        path=path,
        remedy="take one with a float32 waveform of rank 1 or 2 (YAMNet), or a zipformer or CED "
        "model as sherpa-onnx publishes them",
    )


def _check_rate(session: Any, path: Path) -> None:
    """A model need not say its rate; one that says another is refused."""
    notes = session.get_modelmeta().custom_metadata_map
    for key in _RATE_KEYS:
        if said := _RATE.fullmatch(notes.get(key, "")):
            rate = float(said[1]) * (1000 if said[2] else 1)
            if rate != SAMPLE_RATE:
                raise ModelError(
                    f"it takes sound of {rate:g} Hz, and vidtag listens at {SAMPLE_RATE} Hz",
                    path=path,
                    remedy=f"take a model of {SAMPLE_RATE} Hz",
                )


def _reason(error: Exception) -> str:
    """The first sentence of an error, without what only its authors understand."""
    words = " ".join(_INSIDE_IT.sub("", str(error)).split()) or type(error).__name__
    return (
        words
        if len(words) <= _LONGEST_REASON
        else f"{words[:_LONGEST_REASON].rsplit(' ', 1)[0]} ..."
    )
