"""What happens between two matrix products on a CPU, in one pass over memory; compiled by Numba.

As PyTorch operations it takes half as long as the products, because each of them reads and writes
all rows again. bfloat16 arrays are seen as their bits, in uint16.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt
import torch
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

MIDDLE = 64
"""What stands for 0 in rows rounded to 7 bits; numbers lie up to 63 to either side."""

_LEAST = np.float32(1e-30)
"""Rows whose numbers are all smaller are 0."""

F = TypeVar("F", bound=Callable[..., Any])


def _compiled(function: F) -> F:
    """Compile a function at its first call, and keep the result on disk where there is a place."""
    compiler: Any = functools.partial(numba.njit, nogil=True, fastmath=True, error_model="numpy")
    compiled: F
    try:
        compiled = compiler(cache=True)(function)
    except (RuntimeError, OSError):  # neither this folder nor the user's cache can be written
        compiled = compiler()(function)
    return compiled


def _part_of_its_callers(function: F) -> F:
    """Compile a function into each that calls it.

    Compiled by itself and kept on disk, it comes out with its sums in another order than when
    all is compiled at once; a machine's first run would differ from its later ones.
    """
    compiler: Any = numba.njit(inline="always")
    compiled: F = compiler(function)
    return compiled


def add(x: torch.Tensor, more: torch.Tensor, norm: Any) -> torch.Tensor:
    """Add to the residual path, and normalise.

    Args:
        x: the residual path, shape (rows, width), float32; changed in place.
        more: what is added, shape (rows, width), bfloat16 or float32.
        norm: the layer norm that follows.

    Returns:
        The normalised rows, shape (rows, width), in the type of ``more``.
    """
    out = torch.empty_like(more)
    _add(x.numpy(), _bits(more), norm.weight.numpy(), norm.bias.numpy(), norm.eps, _bits(out))
    return out


def remember(
    x: torch.Tensor,
    more: torch.Tensor,
    qkv: torch.Tensor,
    taps: torch.Tensor,
    bounds: npt.NDArray[np.int64],
    norm: Any,
) -> torch.Tensor:
    """Add to the residual path, and the memory besides, and normalise.

    Args:
        x, more, norm: as for ``add``.
        qkv: its last third are the values that memory looks at, shape (rows, 3 * width), in
            the type of ``more``.
        taps: the memory's weights, shape (taps, width), float32.
        bounds: first row of each recording, and the number of rows.

    Returns:
        The normalised rows, shape (rows, width), in the type of ``more``.
    """
    out = torch.empty_like(more)
    _remember(
        x.numpy(),
        _bits(more),
        _bits(qkv),
        taps.numpy(),
        bounds,
        (norm.weight.numpy(), norm.bias.numpy(), norm.eps),
        _bits(out),
    )
    return out


def to_int8(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Round each row to 7 bits, ``MIDDLE`` being 0.

    Args:
        x: shape (rows, width), float32.

    Returns:
        uint8 of the same shape, from 1 to 127, and what one is worth in each row, shape (rows,).
    """
    out, scales = torch.empty_like(x, dtype=torch.uint8), x.new_empty(len(x))
    _to_int8(x.numpy(), out.numpy(), scales.numpy())
    return out, scales


def from_int8(y: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Finish a product of rounded rows, in place.

    Args:
        y: the product, shape (rows, width), float32.
        scales: what one is worth in each row, shape (rows,).
        bias: what is added, shape (width,).
    """
    _from_int8(y.numpy(), scales.numpy(), bias.numpy())
    return y


def between_int8(
    y: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Finish a product as ``from_int8``, make negative ones 0, and round again, 0 being 0.

    Args:
        y: overwritten.

    Returns:
        As ``to_int8``, from 0 to 127.
    """
    out, new = torch.empty_like(y, dtype=torch.uint8), torch.empty_like(scales)
    _between_int8(y.numpy(), scales.numpy(), bias.numpy(), out.numpy(), new.numpy())
    return out, new


def _bits(x: torch.Tensor) -> npt.NDArray[Any]:
    """bfloat16 as the bits it consists of, since NumPy does not know it; float32 as it is."""
    seen: npt.NDArray[Any] = (x.view(torch.uint16) if x.dtype is torch.bfloat16 else x).numpy()
    return seen


def _widened(typing: Any, bits: Any) -> Any:
    """float32 from the bits of a bfloat16; one that is float32 already stays as it is."""
    if bits == types.float32:
        return types.float32(types.float32), lambda context, builder, signature, args: args[0]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        i32 = ir.IntType(32)
        wide = builder.shl(builder.zext(arguments[0], i32), ir.Constant(i32, 16))
        return builder.bitcast(wide, ir.FloatType())

    return types.float32(types.uint16), generate


def _narrowed(typing: Any, number: Any, like: Any) -> Any:
    """Bits of the bfloat16 nearest to a finite float32, to even where two are; a float32 if
    ``like`` is one."""
    if like == types.float32:
        return like(types.float32, like), lambda context, builder, signature, args: args[0]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        i32 = ir.IntType(32)
        sixteen, one, half = (ir.Constant(i32, value) for value in (16, 1, 0x7FFF))
        bits = builder.bitcast(arguments[0], i32)
        even = builder.and_(builder.lshr(bits, sixteen), one)
        rounded = builder.add(bits, builder.add(even, half))
        return builder.trunc(builder.lshr(rounded, sixteen), ir.IntType(16))

    return types.uint16(types.float32, types.uint16), generate


_wide: Any = intrinsic(_widened)
_narrow: Any = intrinsic(_narrowed)


@_part_of_its_callers
def _normalise(row: Any, weight: Any, bias: Any, eps: Any, out: Any) -> None:
    width = len(row)
    total = np.float32(0)
    for i in range(width):
        total += row[i]
    mean = total / np.float32(width)
    squares = np.float32(0)
    for i in range(width):
        squares += (row[i] - mean) * (row[i] - mean)
    scale = np.float32(1) / np.sqrt(squares / np.float32(width) + np.float32(eps))
    for i in range(width):
        out[i] = _narrow((row[i] - mean) * scale * weight[i] + bias[i], out[i])


@_compiled
def _add(x: Any, more: Any, weight: Any, bias: Any, eps: Any, out: Any) -> None:
    rows, width = x.shape
    for n in range(rows):
        for i in range(width):
            x[n, i] += _wide(more[n, i])
        _normalise(x[n], weight, bias, eps, out[n])


@_compiled
def _remember(
    x: Any,
    more: Any,
    qkv: Any,
    taps: Any,
    bounds: Any,
    norm: Any,
    out: Any,
) -> None:
    weight, bias, eps = norm
    width = x.shape[1]
    count = len(taps)
    reach = count // 2
    for recording in range(len(bounds) - 1):
        begin, end = bounds[recording], bounds[recording + 1]
        for n in range(begin, end):
            row = x[n]
            for i in range(width):
                row[i] += _wide(more[n, i])
            for k in range(max(0, begin + reach - n), min(count, end + reach - n)):
                # A slice per row keeps the stride known to be one, so that it is vectorised.
                values, tap = qkv[n + k - reach, 2 * width : 3 * width], taps[k]
                for i in range(width):
                    row[i] += tap[i] * _wide(values[i])
            _normalise(row, weight, bias, eps, out[n])


@_compiled
def _to_int8(x: Any, out: Any, scales: Any) -> None:
    rows, width = x.shape
    for n in range(rows):
        row = x[n]
        highest = np.float32(0)
        for i in range(width):
            highest = max(highest, abs(row[i]))
        scales[n] = highest / np.float32(63)
        per = np.float32(63) / max(highest, _LEAST)
        for i in range(width):
            out[n, i] = np.uint8(np.int32(row[i] * per + np.float32(MIDDLE + 0.5)))


@_compiled
def _from_int8(y: Any, scales: Any, bias: Any) -> None:
    rows, width = y.shape
    for n in range(rows):
        scale = scales[n]
        for i in range(width):
            y[n, i] = y[n, i] * scale + bias[i]


@_compiled
def _between_int8(y: Any, scales: Any, bias: Any, out: Any, new: Any) -> None:
    rows, width = y.shape
    for n in range(rows):
        scale = scales[n]
        highest = np.float32(0)
        for i in range(width):
            y[n, i] = max(y[n, i] * scale + bias[i], np.float32(0))
            highest = max(highest, y[n, i])
        new[n] = highest / np.float32(127)
        per = np.float32(127) / max(highest, _LEAST)
        for i in range(width):
            out[n, i] = np.uint8(np.int32(y[n, i] * per + np.float32(0.5)))
