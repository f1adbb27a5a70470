"""Writes an ONNX model of a few nodes, byte by byte, so that no test needs the onnx package.

Field numbers and enumerations are those of ``onnx.proto`` (github.com/onnx/onnx).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FLOAT, INT64 = 1, 7


def tagger(slopes: Sequence[float], offsets: Sequence[float], *, zipformer: bool = True) -> bytes:
    """A sound tagger in the shape sherpa-onnx expects: features in, one probability per class out.

    Class ``i`` has the probability ``sigmoid(slopes[i] * mean feature + offsets[i])``.

    Args:
        zipformer: whether it takes what a zipformer does, 80 features a frame and the number of
            frames, or what CED does, 64 rows of features.
    """
    classes = len(slopes)
    nodes = [_node("ReduceMean", ["x"], "level", _ints("axes", 1, 2), _int("keepdims", 0))]
    level = "level"
    if zipformer:  # it has to be used, or the runtime drops the input
        nodes += [
            _node("Cast", ["x_lens"], "lengths", _int("to", FLOAT)),
            _node("Mul", ["lengths", "zero"], "nothing"),
            _node("Add", ["level", "nothing"], "summed"),
        ]
        level = "summed"
    nodes += [
        _node("Unsqueeze", [level, "last"], "column"),
        _node("MatMul", ["column", "slopes"], "sloped"),
        _node("Add", ["sloped", "offsets"], "logits"),
        _node("Sigmoid", ["logits"], "probs"),
    ]
    constants: dict[str, np.ndarray] = {
        "zero": np.array(0, np.float32),
        "last": np.array([1], np.int64),
        "slopes": np.array([slopes], np.float32),
        "offsets": np.array([offsets], np.float32),
    }
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "tagger")
    graph += b"".join(_field(5, _tensor(name, value)) for name, value in constants.items())
    if zipformer:
        graph += _field(11, _port("x", FLOAT, "N", "T", 80))
        graph += _field(11, _port("x_lens", INT64, "N"))
    else:
        graph += _field(11, _port("x", FLOAT, "N", 64, "T"))
    graph += _field(12, _port("probs", FLOAT, "N", classes))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def waveform_tagger(
    slopes: Sequence[float],
    offsets: Sequence[float],
    shape: Sequence[int | str],
    *,
    kind: int = FLOAT,
    sigmoid: bool = True,
    rate: str = "",
    opset: int = 13,
    nan_at: float | None = None,
) -> bytes:
    """A sound tagger that takes the waveform, as YAMNet does.

    Class ``i`` has the probability ``sigmoid(slopes[i] * mean square of the window + offsets[i])``.

    Args:
        shape: of its input; the last is the number of samples.
        kind: of its input.
        sigmoid: whether it ends in one; without, it gives numbers that are no probabilities.
        rate: what it says about its own sample rate; nothing if empty.
        nan_at: mean square above which it gives NaN.
    """
    rank = len(shape)
    axes = _ints("axes", *range(1 if rank > 1 else 0, rank))
    least = 0.0 if nan_at is None else nan_at
    nodes = [
        _node("Cast", ["waveform"], "x", _int("to", FLOAT)),
        _node("Mul", ["x", "x"], "square"),
        _node("ReduceMean", ["square"], "mean", axes, _int("keepdims", 0)),
        _node("Sub", ["mean", "least"], "above"),
        _node("Relu", ["above"], "level"),
        _node("Reshape", ["level", "column shape"], "column"),
        _node("MatMul", ["column", "slopes"], "sloped"),
        _node("Add", ["sloped", "offsets"], "logits" if sigmoid else "scores"),
    ]
    if sigmoid:
        nodes.append(_node("Sigmoid", ["logits"], "scores"))
    if nan_at is not None:  # 0 below, and the root of a negative number above
        nodes[4:5] = [
            _node("Relu", ["above"], "over"),
            _node("Neg", ["over"], "under"),
            _node("Sqrt", ["under"], "level"),
        ]
    constants: dict[str, np.ndarray] = {
        "least": np.array(least, np.float32),
        "column shape": np.array([-1, 1], np.int64),
        "slopes": np.array([slopes], np.float32),
        "offsets": np.array([offsets], np.float32),
    }
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "tagger")
    graph += b"".join(_field(5, _tensor(name, value)) for name, value in constants.items())
    graph += _field(11, _port("waveform", kind, *shape))
    graph += _field(12, _port("scores", FLOAT, "M", len(slopes)))
    model = _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, opset))
    return model + (_field(14, _field(1, "sample_rate") + _field(2, rate)) if rate else b"")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    head = b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)
    return head + b"".join(_field(5, attribute) for attribute in attributes)


def _int(name: str, value: int) -> bytes:
    return _field(1, name) + _field(3, value) + _field(20, 2)


def _ints(name: str, *values: int) -> bytes:
    return _field(1, name) + b"".join(_field(8, value) for value in values) + _field(20, 7)


def _tensor(name: str, value: np.ndarray) -> bytes:
    kind = FLOAT if value.dtype == np.float32 else INT64
    dims = b"".join(_field(1, size) for size in value.shape)
    return dims + _field(2, kind) + _field(8, name) + _field(9, value.tobytes())


def _port(name: str, kind: int, *shape: int | str) -> bytes:
    dims = b"".join(
        _field(1, _field(2, size) if isinstance(size, str) else _field(1, size)) for size in shape
    )
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))
