"""A sound tagger in TensorFlow Lite's format, as YAMNet is published, run by LiteRT.

LiteRT computes it three times as fast as onnxruntime computes the same network converted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vidtag.core.errors import ModelError, import_failure
from vidtag.core.installing import install_command
from vidtag.core.whole_file import read_head
from vidtag.listening.events.onnx_file import Family, TaggerFile, checked_window, rows_of, trial
from vidtag.listening.side_effects import native_silence

Floats = npt.NDArray[np.float32]

_MARK = b"TFL3"
_MARK_AT = 4
_ANY_NUMBER_TAKES = 15_600
"""Samples given to a model that takes any number: YAMNet's own window."""


def is_litert(path: Path) -> bool:
    """Whether a file is a model of TensorFlow Lite, by its own mark."""
    try:
        return read_head(path, _MARK_AT + len(_MARK))[_MARK_AT:] == _MARK
    except OSError:
        return False


def open_litert(path: Path, threads: int) -> tuple[TaggerFile, Callable[[Floats], Floats]]:
    """A tagging model that was tried out on a second of noise, and what runs it: ``[n, samples]``
    to ``[n, classes]`` probabilities.

    Raises:
        UserError: LiteRT is not there.
        ModelError: it is damaged, takes no waveform, or gives what are no probabilities.
    """
    interpreter = _opened(path, threads)
    inputs = interpreter.get_input_details()
    shape = [int(size) for size in inputs[0]["shape"]]
    waveform = len(inputs) == 1 and inputs[0]["dtype"] is np.float32
    if not (waveform and len(shape) in (1, 2) and shape[:-1] in ([], [1])):
        raise ModelError(
            "not an audio tagging model that vidtag knows: its input is "
            f"{'x'.join(map(str, shape))} of {inputs[0]['dtype'].__name__}",
            path=path,
            remedy="take YAMNet, or another that takes a float32 waveform",
        )
    window = checked_window(shape[-1], path)
    taken = interpreter.get_output_details()[0]["index"]

    def classify(windows: Floats) -> Floats:
        answers = []
        for one in windows:
            interpreter.set_tensor(inputs[0]["index"], one.reshape(inputs[0]["shape"]))
            interpreter.invoke()
            answers.append(rows_of(interpreter.get_tensor(taken), 1, path))
        return np.concatenate(answers)

    untried = TaggerFile(path, Family.WAVEFORM, 0, window, False, inputs[0]["name"])
    return replace(untried, classes=trial(classify, untried).shape[-1]), classify


def _opened(path: Path, threads: int) -> Any:
    """The model, ready to run on the CPU.

    Raises:
        UserError: LiteRT is not installed, or cannot be loaded.
        ModelError: it is damaged, or has operations that this LiteRT cannot run.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        use = "this tagger needs LiteRT"
        remedy = f"install it with: {install_command('ai-edge-litert')}"
        raise import_failure(error, "ai_edge_litert", use, remedy) from error
    try:
        with native_silence():
            interpreter = Interpreter(model_path=str(path), num_threads=threads)
            first = interpreter.get_input_details()[0]
            if -1 in first["shape_signature"] or list(first["shape"]) == [1]:
                shape = [1] * (len(first["shape"]) - 1) + [_ANY_NUMBER_TAKES]
                interpreter.resize_tensor_input(first["index"], shape)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, IndexError) as error:
        lines = str(error).strip().splitlines() or ["it is damaged"]
        raise ModelError(
            f"LiteRT cannot run it ({lines[0][:200]})",
            path=path,
            remedy="fetch it again, or take YAMNet",
        ) from None
    return interpreter
