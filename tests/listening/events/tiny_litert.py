"""A sound tagger in TensorFlow Lite's format, small enough to write by hand."""

from collections.abc import Sequence

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema


def waveform_tagger(
    slopes: Sequence[float],
    offsets: Sequence[float],
    shape: Sequence[int] = (15600,),
    *,
    inputs: Sequence[int] = (0,),
    outputs: Sequence[int] = (7,),
) -> bytes:
    """``sigmoid(slope * mean square + offset)`` for each class, of a waveform of this shape; a
    length of -1 takes any.

    Args:
        inputs, outputs: tensors that it says to take and to give.
    """
    classes = len(slopes)
    axes = np.array([len(shape) - 1], np.int32)
    buffers: list[bytes] = [
        b"",
        axes.tobytes(),
        np.array(slopes, np.float32).tobytes(),
        np.array(offsets, np.float32).tobytes(),
    ]
    real = [max(1, size) for size in shape]
    tensors = [
        ("waveform", real, schema.TensorType.FLOAT32, 0),
        ("square", real, schema.TensorType.FLOAT32, 0),
        ("axes", [1], schema.TensorType.INT32, 1),
        ("mean", [*real[:-1], 1], schema.TensorType.FLOAT32, 0),
        ("slopes", [classes, 1], schema.TensorType.FLOAT32, 2),
        ("offsets", [classes], schema.TensorType.FLOAT32, 3),
        ("level", [1, classes], schema.TensorType.FLOAT32, 0),
        ("scores", [1, classes], schema.TensorType.FLOAT32, 0),
    ]
    kinds = schema.BuiltinOperator
    steps = [
        (kinds.MUL, schema.BuiltinOptions.MulOptions, schema.MulOptionsT(), (0, 0), 1),
        (kinds.MEAN, schema.BuiltinOptions.ReducerOptions, _keeping(), (1, 2), 3),
        (
            kinds.FULLY_CONNECTED,
            schema.BuiltinOptions.FullyConnectedOptions,
            schema.FullyConnectedOptionsT(),
            (3, 4, 5),
            6,
        ),
        (kinds.LOGISTIC, schema.BuiltinOptions.NONE, None, (6,), 7),
    ]
    graph = schema.SubGraphT()
    graph.tensors = [_tensor(*one) for one in tensors]
    if -1 in shape:
        graph.tensors[0].shapeSignature = list(shape)
    graph.inputs, graph.outputs = list(inputs), list(outputs)
    graph.operators = []
    model = schema.ModelT()
    model.version, model.operatorCodes = 3, []
    for index, (kind, options_type, options, taken, output) in enumerate(steps):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        code.version = 1
        model.operatorCodes.append(code)
        step = schema.OperatorT()
        step.opcodeIndex, step.inputs, step.outputs = index, list(taken), [output]
        step.builtinOptionsType, step.builtinOptions = options_type, options
        graph.operators.append(step)
    model.subgraphs = [graph]
    model.buffers = []
    for data in buffers:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(data, np.uint8) if data else None
        model.buffers.append(buffer)
    builder = flatbuffers.Builder(4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _keeping() -> "schema.ReducerOptionsT":
    options = schema.ReducerOptionsT()
    options.keepDims = True
    return options


def _tensor(name: str, shape: list[int], kind: int, buffer: int) -> "schema.TensorT":
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
    return tensor
