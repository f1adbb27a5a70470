"""A sound tagger in TensorFlow Lite's format, as YAMNet is published, run by LiteRT.

LiteRT computes it three times as fast as onnxruntime computes the same network converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    interpreter, inputs, outputs = _opened(path, threads)
    shapes = [[int(size) for size in one["shape"]] for one in inputs]
    waveform = len(inputs) == 1 and inputs[0]["dtype"] is np.float32
    if not (waveform and outputs and shapes[0] and shapes[0][:-1] in ([], [1])):
        kinds = [one["dtype"].__name__ for one in inputs]
        found = [
            f"{'x'.join(map(str, shape)) or 'one number'} of {kind}"
            for shape, kind in zip(shapes, kinds, strict=True)
        ]
        takes = f"its {'input is' if len(found) == 1 else 'inputs are'} {', '.join(found)}"
        said = "it takes nothing" if not found else takes if outputs else "it gives nothing"
        raise ModelError(
            f"not an audio tagging model that vidtag knows: {said}",
            path=path,
            remedy="take YAMNet, or another that takes a float32 waveform and nothing more",
        )
    window = checked_window(shapes[0][-1], path)
    taken = outputs[0]["index"]

    def classify(windows: Floats) -> Floats:
        answers = []
        for one in windows:
            interpreter.set_tensor(inputs[0]["index"], one.reshape(inputs[0]["shape"]))
            interpreter.invoke()
            answers.append(rows_of(interpreter.get_tensor(taken), 1, path))
        return np.concatenate(answers)

    untried = TaggerFile(path, Family.WAVEFORM, 0, window, False, inputs[0]["name"])
    return replace(untried, classes=trial(classify, untried).shape[-1]), classify


def _opened(
    path: Path, threads: int
) -> tuple[Any, Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """The model, ready to run on the CPU, and what LiteRT tells of its inputs and outputs.

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
            for one in interpreter.get_input_details()[:1]:
                if -1 in one["shape_signature"] or list(one["shape"]) == [1]:
                    shape = [1] * (len(one["shape"]) - 1) + [_ANY_NUMBER_TAKES]
                    interpreter.resize_tensor_input(one["index"], shape)
            interpreter.allocate_tensors()
            return interpreter, interpreter.get_input_details(), interpreter.get_output_details()
    except (ValueError, RuntimeError, IndexError) as error:
        lines = str(error).strip().splitlines() or ["it is damaged"]
        raise ModelError(
            f"LiteRT cannot run it ({lines[0][:200]})",
            path=path,
            remedy="fetch it again, or take YAMNet",
        ) from None
