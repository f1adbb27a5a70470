"""How fast an encoder block's four products are in int8, against float32, on one thread.

    ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 python benchmarks/int8.py
    ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI python benchmarks/int8.py

Weights are int8 by output channel, rows are quantised as they come, by PyTorch over oneDNN. (Its
other engine, FBGEMM, looks at the processor by itself, so that it cannot be held to AVX2.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

ROWS = 544
SHAPES = ((512, 1536), (512, 512), (512, 2048), (2048, 512))
"""Inputs and outputs of a block's products."""


def milliseconds(work: Callable[[], Any]) -> float:
    """The quickest of a dozen times."""
    taken = []
    for _ in range(14):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken[2:]) * 1000


def main() -> None:
    torch.set_num_threads(1)
    torch.backends.quantized.engine = "onednn"
    total = {"float32": 0.0, "int8": 0.0}
    for inputs, outputs in SHAPES:
        x, bias = torch.randn(ROWS, inputs), torch.randn(outputs)
        weight = torch.randn(outputs, inputs) * 0.05
        scales, zeros = weight.abs().amax(1).double() / 127, torch.zeros(outputs, dtype=torch.long)
        quantised = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        packed = torch.ops.quantized.linear_prepack(quantised, bias)
        laid_out = torch.ops.mkldnn._reorder_linear_weight(weight)
        plain, dynamic = torch.ops.mkldnn._linear_pointwise, torch.ops.quantized.linear_dynamic
        given: tuple[Any, ...] = (x, laid_out, bias, "none", [], "")
        total["float32"] += milliseconds(partial(plain, *given))
        total["int8"] += milliseconds(partial(dynamic, x, packed))
    said = ", ".join(f"{name} {taken:.1f} ms" for name, taken in total.items())
    print(f"{said}: int8 is {total['float32'] / total['int8']:.2f} times as fast")


if __name__ == "__main__":
    main()
