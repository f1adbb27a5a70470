"""Where to compute, and in which numbers."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from vidtag.core.errors import UserError
from vidtag.core.names import NumberType


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is the first of CUDA, MPS and CPU that is there.

    Raises:
        UserError: it does not exist here.
    """
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


def choose_number_type(name: NumberType, device: torch.device) -> torch.dtype:
    """What to multiply matrices in; ``auto`` is the fastest that keeps the text.

    That is bfloat16 where the device multiplies it, float16 on GPUs that do not, else float32.
    """
    if name != "auto":
        kind: torch.dtype = getattr(torch, name)
        return kind
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "cpu" and multiplies_bfloat16():
        return torch.bfloat16
    return torch.float32


def multiplies_bfloat16() -> bool:
    """Whether the CPU has instructions that multiply bfloat16 (AVX512-BF16, AMX, or Arm's)."""
    if not has_onednn():
        return False
    if platform.machine() in ("aarch64", "arm64"):
        try:
            return " bf16 " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
        except OSError:
            return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def lacks_matrix_tiles() -> bool:
    """Whether the CPU multiplies bfloat16 by AVX512-BF16, and has no AMX."""
    tiles = torch.cpu._is_amx_tile_supported()
    return bool(has_onednn() and torch.cpu._is_avx512_bf16_supported() and not tiles)


def has_onednn() -> bool:
    """Whether PyTorch was built with oneDNN (its CPU matrix products, once called MKL-DNN)."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def lays_out(number_type: torch.dtype) -> bool:
    """Whether oneDNN lays out weights of a number type beforehand on this CPU."""
    if number_type is torch.bfloat16:
        return has_onednn() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if number_type is torch.float16:
        return has_onednn() and bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())
    return has_onednn()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of PyTorch's says that there is not memory enough."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "can't allocate memory" in str(error) or "not enough memory" in str(error)
